"""Loops and filters to code."""

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel._compiler._values import ITEM, is_number
from feel._nodes import mentions

if TYPE_CHECKING:
    from feel._compiler._compiler import Compiler


_ARITHMETIC = frozenset({"+", "-", "*", "/", "**"})


def for_each(compiler: "Compiler", node: n.For) -> ast.expr:
    names = [name for name, _ in node.iterators]
    partial = mentions(node.body, "partial") and "partial" not in names
    body = compiler.repeated(node.body, [*names, "partial"] if partial else names)
    domains = _domains(compiler, node.iterators)
    return compiler.operation("for_each", node.position, domains, *body, ast.Constant(partial))


def quantified(compiler: "Compiler", node: n.Quantified) -> ast.expr:
    names = [name for name, _ in node.iterators]
    condition = compiler.repeated(node.condition, names)
    domains = _domains(compiler, node.iterators)
    return compiler.operation("quantify", node.position, domains, *condition, ast.Constant(not node.every))


def _domains(compiler: "Compiler", iterators: Sequence[tuple[str, n.Node]]) -> ast.expr:
    names = [name for name, _ in iterators]
    lambdas: list[ast.expr] = [compiler.later(domain, names[:at]) for at, (_, domain) in enumerate(iterators)]
    return ast.Tuple(lambdas, ast.Load())


def filtered(compiler: "Compiler", node: n.Filter) -> ast.expr:
    value = compiler.emit(node.value)
    if _is_arithmetic(node.condition) and not mentions(node.condition, ITEM):
        return compiler.operation("item_at", node.position, value, compiler.emit(node.condition))
    return compiler.operation("select", node.position, value, *compiler.repeated(node.condition, [None]))


def _is_arithmetic(node: n.Node) -> bool:
    return (
        is_number(node) or isinstance(node, n.Negate) or (isinstance(node, n.Binary) and node.operator in _ARITHMETIC)
    )
