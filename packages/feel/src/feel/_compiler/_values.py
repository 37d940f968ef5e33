"""Literals, names, lists, contexts, ranges and paths to code."""

import ast
from decimal import Decimal
from typing import TYPE_CHECKING

from feel import _builtins, _temporal
from feel import _nodes as n
from feel._code import call, load, store
from feel._values import Range
from feel.errors import Fault

if TYPE_CHECKING:
    from feel._compiler._compiler import Compiler


ITEM = "item"


def literal(compiler: "Compiler", node: n.Literal) -> ast.expr:
    return compiler.code.constant(node.value)


def temporal(compiler: "Compiler", node: n.Temporal) -> ast.expr:
    try:
        return compiler.code.constant(_temporal.parse_literal(node.text))
    except Fault as fault:
        return compiler.operation("refuse", node.position, ast.Constant(fault.message))


def name(compiler: "Compiler", node: n.Name) -> ast.expr:
    items: list[str] = []
    found: ast.expr | None = None
    for name, variable in reversed(compiler.scopes):
        if name is None:
            items.append(variable)
        if name == node.name or (name is None and node.name == ITEM):
            found = load(variable)
            break
    if found is None:
        found = _from_context(compiler, node)
    for variable in reversed(items):
        key = ast.Constant(node.name)
        entry = ast.Subscript(load(variable), key, ast.Load())
        found = ast.IfExp(call("has", load(variable), key), entry, found)
    return found


def _from_context(compiler: "Compiler", node: n.Name) -> ast.expr:
    if node.name in compiler.declared or node.name not in _builtins.BUILTINS or " " not in node.name:
        compiler.names.add(node.name)
        if all(name is not None for name, _ in compiler.scopes):
            compiler.needs.add(node.name)
    reader = ast.Attribute(load("run"), "read", ast.Load())
    return ast.Call(reader, [ast.Constant(compiler.base + node.position), ast.Constant(node.name)], [])


def list_of(compiler: "Compiler", node: n.ListOf) -> ast.expr:
    return ast.List([compiler.emit(item) for item in node.items], ast.Load())


def context_of(compiler: "Compiler", node: n.ContextOf) -> ast.expr:
    if len(dict(node.entries)) < len(node.entries):
        return compiler.operation("refuse", node.position, ast.Constant("A context can't have an entry twice"))
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for key, value in node.entries:
        keys.append(ast.Constant(key))
        if isinstance(value, n.Lambda):
            # A function may call itself by the name of its entry.
            variable = compiler.bind(key)
            values.append(ast.NamedExpr(store(variable), compiler.emit(value)))
        else:
            emitted = compiler.emit(value)
            values.append(ast.NamedExpr(store(compiler.bind(key)), emitted))
    del compiler.scopes[len(compiler.scopes) - len(node.entries) :]
    return ast.Dict(keys, values)


def range_of(compiler: "Compiler", node: n.RangeOf) -> ast.expr:
    if is_number(node.start) and is_number(node.end):
        start, end = getattr(node.start, "value", None), getattr(node.end, "value", None)
        return compiler.code.constant(Range(start, end, node.start_included, node.end_included, node.single))
    closed = node.start is not None and node.end is not None
    return compiler.operation(
        "make_range",
        node.position,
        ast.Constant(None) if node.start is None else compiler.emit(node.start),
        ast.Constant(None) if node.end is None else compiler.emit(node.end),
        *(ast.Constant(flag) for flag in (node.start_included, node.end_included, closed, node.single)),
    )


def path(compiler: "Compiler", node: n.Path) -> ast.expr:
    return compiler.operation("path", node.position, compiler.emit(node.value), ast.Constant(node.name))


def is_number(node: n.Node | None) -> bool:
    """Tell whether a node is a number as it's written."""
    return isinstance(node, n.Literal) and isinstance(node.value, Decimal)
