"""Calls of built-ins as direct code."""

import ast
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel._builtins import Builtin
from feel._code import call, compare
from feel._constants import read_at_once
from feel._direct import _loops
from feel._direct._kinds import RESULTS, Builtins
from feel._direct._reading import CHECKED, Kind, NotDirect

if TYPE_CHECKING:
    from feel._direct._compiler import DirectCompiler

Built = tuple[ast.expr, Kind]
_OF_LISTS = frozenset({"sum", "min", "max", "mean"})
"""Those that make a number of a list of numbers, or null of an empty one."""


def called(compiler: "DirectCompiler", node: n.Call, _wanted: Kind) -> Built:
    """Build the call of a built-in. Raises: NotDirect."""
    candidates = compiler.kinds.builtin(node)
    if candidates is None or node.named is not None:
        raise NotDirect
    if (value := read_at_once(candidates, node.arguments)) is not None:
        return compiler.known(value)
    name, count = candidates[0].name, len(node.arguments)
    if name == "not" and count == 1:
        return ast.UnaryOp(ast.Not(), compiler.of_kind(node.arguments[0], bool)), bool
    compiler.only_outside_loops()
    if name in _OF_LISTS and count == 1:
        return _of_list(compiler, candidates, node.arguments[0]), Decimal
    fitting = [candidate for candidate in candidates if candidate.takes(count)]
    if name not in RESULTS or not fitting:
        raise NotDirect
    return _of_values(compiler, fitting[0], node.arguments), RESULTS[name]


def size(compiler: "DirectCompiler", node: n.Node) -> ast.expr | None:
    """Build a whole number of Python's: lengths are compared as such. None for other nodes."""
    number = whole_number(node)
    if number is not None:
        return ast.Constant(number)
    if isinstance(node, n.Call) and node.named is None and len(node.arguments) == 1:
        candidates = compiler.kinds.builtin(node)
        if candidates and candidates[0].name == "string length":
            compiler.only_outside_loops()
            return call("len", compiler.of_kind(node.arguments[0], str))
    return None


def whole_number(node: n.Node) -> int | None:
    """Give the whole number that is written; None for other nodes."""
    value = node.value if isinstance(node, n.Literal) else None
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None


def _of_values(compiler: "DirectCompiler", builtin: Builtin, arguments: Sequence[n.Node]) -> ast.expr:
    built: list[ast.expr] = []
    for argument, parameter in zip(arguments, builtin.parameters, strict=False):
        if parameter.types is None or len(parameter.types) != 1 or parameter.types[0] not in CHECKED:
            raise NotDirect
        built.append(compiler.of_kind(argument, parameter.types[0]))
    if builtin.name == "contains":
        return compare(built[1], ast.In(), built[0])
    if builtin.name == "substring" and (part := _part(compiler, built[0], arguments[1:])) is not None:
        return part
    return call(compiler.names.constant(builtin.call), *built)


def _part(compiler: "DirectCompiler", string: ast.expr, places: Sequence[n.Node]) -> ast.expr | None:
    """Build a slice when the places are written and count from the front; None for others."""
    start, *lengths = map(whole_number, places)
    if start is None or start < 1 or any(length is None or length < 1 for length in lengths):
        return None
    bound, read = compiler.bound(string)
    long_enough = compare(call("len", bound), ast.GtE(), ast.Constant(start))
    end = ast.Constant(start - 1 + (lengths[0] or 0)) if lengths else None
    part = ast.Subscript(read, ast.Slice(ast.Constant(start - 1), end), ast.Load())
    return ast.IfExp(long_enough, part, call("leave"))


def _of_list(compiler: "DirectCompiler", candidates: Builtins, argument: n.Node) -> ast.expr:
    builtin = next(candidate for candidate in candidates if candidate.parameters[0].types == (list,))
    if builtin.needs_run:
        raise NotDirect
    numbers = _loops.items(compiler, argument, Decimal)
    given, read = compiler.bound(call(compiler.names.constant(builtin.call), numbers))
    return ast.IfExp(compare(given, ast.IsNot(), ast.Constant(None)), read, call("leave"))
