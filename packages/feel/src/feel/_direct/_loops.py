"""`for`, `some`, `every` and filters as Python's own loops, over lists of numbers or of strings.

Nothing counts the steps of such a loop, so its length and what it repeats are bounded together.
"""

import ast
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel._code import call, load, store
from feel._direct._reading import LISTS, Kind, NotDirect
from feel._nodes import mentions, parts_within

if TYPE_CHECKING:
    from feel._direct._compiler import DirectCompiler

_MOST_STEPS = 50_000
"""Nodes evaluated in one loop."""

Built = tuple[ast.expr, Kind]


def for_each(compiler: "DirectCompiler", node: n.For, _wanted: Kind) -> Built:
    """Build `for` with one variable. Raises: NotDirect."""
    return _for(compiler, node, None)[0], None


def filtered(compiler: "DirectCompiler", node: n.Filter, _wanted: Kind) -> Built:
    """Build a filter with a condition on `item`. Raises: NotDirect."""
    return _filter(compiler, node)[0], None


def quantified(compiler: "DirectCompiler", node: n.Quantified, _wanted: Kind) -> Built:
    """Build `some` or `every` with one variable. Raises: NotDirect."""
    (name, domain), *others = node.iterators
    if others:
        raise NotDirect
    (condition, _), loop, _ = _loop(compiler, name, domain, node.condition, bool)
    return call("all" if node.every else "any", ast.GeneratorExp(condition, [loop])), bool


def items(compiler: "DirectCompiler", domain: n.Node, kind: Kind) -> ast.expr:
    """Build a list whose items are of a kind. Raises: NotDirect."""
    variable = compiler.reads.variable(domain)
    if variable is not None:
        if variable.kind is not None and (variable.kind is not kind or not variable.many):
            raise NotDirect
        variable.many, variable.kind = True, kind
        return load(variable.name)
    compiler.in_items = True
    if isinstance(domain, n.For):
        built, found = _for(compiler, domain, kind)
    elif isinstance(domain, n.Filter):
        built, found = _filter(compiler, domain)
    else:
        raise NotDirect
    compiler.in_items = False
    if found is not kind:
        raise NotDirect
    return built


def _for(compiler: "DirectCompiler", node: n.For, wanted: Kind) -> Built:
    (name, domain), *others = node.iterators
    if others or mentions(node.body, "partial"):
        raise NotDirect
    (body, kind), loop, _ = _loop(compiler, name, domain, node.body, wanted)
    return ast.ListComp(body, [loop]), kind


def _filter(compiler: "DirectCompiler", node: n.Filter) -> Built:
    # Items that are contexts would bring their own names: `item` must be compared, so that its type is known.
    (condition, _), loop, kind = _loop(compiler, "item", node.value, node.condition, bool)
    assert isinstance(loop.target, ast.Name)
    loop.ifs.append(condition)
    return ast.ListComp(load(loop.target.id), [loop]), kind


def _loop(
    compiler: "DirectCompiler", name: str, domain: n.Node, body: n.Node, wanted: Kind
) -> tuple[Built, ast.comprehension, Kind]:
    """Build what is repeated, the loop around it, and the kind of the items."""
    compiler.only_outside_loops()
    compiler.in_loop = True
    item = compiler.reads.bind(name)
    built = compiler.emit(body, wanted)
    compiler.reads.unbind()
    compiler.in_loop = False
    if item.kind not in LISTS:
        raise NotDirect
    most = _MOST_STEPS // sum(1 for _ in parts_within(body))
    bounded = call("short_enough", items(compiler, domain, item.kind), ast.Constant(most))
    return built, ast.comprehension(store(item.name), bounded, [], 0), item.kind
