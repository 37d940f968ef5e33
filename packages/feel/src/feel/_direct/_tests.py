"""Unary tests as direct code: `in`, and the cells of decision tables."""

import ast
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel._code import compare, joined, load
from feel._direct._reading import Kind, NotDirect, Variable
from feel._nodes import mentions

if TYPE_CHECKING:
    from feel._direct._compiler import DirectCompiler

_INPUT = "?"
SIGNS: dict[str, type[ast.cmpop]] = {
    "=": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}


def in_tests(compiler: "DirectCompiler", node: n.In, _wanted: Kind) -> tuple[ast.expr, Kind]:
    """Build `value in tests`. Raises: NotDirect."""
    variable = compiler.reads.variable(node.value)
    if variable is None or variable.many or mentions(node.tests, _INPUT):
        raise NotDirect
    return any_of(compiler, node.tests, variable), bool


def any_of(compiler: "DirectCompiler", node: n.Tests, variable: Variable) -> ast.expr:
    """Build tests of a variable. Raises: NotDirect."""
    if not node.tests:
        return ast.Constant(not node.negated)
    texts = [test.value for test in node.tests if isinstance(test, n.Literal) and isinstance(test.value, str)]
    if len(texts) == len(node.tests):
        values = ast.Tuple([ast.Constant(text) for text in texts], ast.Load())
        result: ast.expr = compare(variable.used_as(str), ast.In(), values)
    else:
        result = joined(ast.Or(), [_test(compiler, test, variable) for test in node.tests])
    return ast.UnaryOp(ast.Not(), result) if node.negated else result


def _test(compiler: "DirectCompiler", test: n.Node, variable: Variable) -> ast.expr:
    match test:
        case n.Comparison():
            return _against(compiler, variable, test.operator, test.operand)
        case n.RangeOf():
            return _within(compiler, variable, test)
        case n.ListOf(items=(_, *_)) if not any(isinstance(item, n.ListOf) for item in test.items):
            return joined(ast.Or(), [_test(compiler, item, variable) for item in test.items])
        case n.Literal(value=None):
            return compare(load(variable.name), ast.Is(), ast.Constant(None))
    if compiler.reads.binds(_INPUT) and mentions(test, _INPUT):
        return compiler.of_kind(test, bool)
    return _against(compiler, variable, "=", test)


def _against(compiler: "DirectCompiler", variable: Variable, operator: str, operand: n.Node) -> ast.expr:
    right, kind = compiler.emit(operand, variable.kind)
    if kind is None:
        raise NotDirect
    return compare(variable.used_as(compiler.comparable(kind, operator)), SIGNS[operator](), right)


def _within(compiler: "DirectCompiler", variable: Variable, node: n.RangeOf) -> ast.expr:
    ends = [end for end in (node.start, node.end) if end is not None]
    kind = variable.kind or compiler.kinds.of(*ends)
    if kind is None:
        raise NotDirect
    value = variable.used_as(compiler.comparable(kind, "<"))
    signs: list[ast.cmpop] = []
    values: list[ast.expr] = []
    if node.start is not None:
        values.append(compiler.of_kind(node.start, kind))
        signs.append(ast.LtE() if node.start_included else ast.Lt())
    values.append(value)
    if node.end is not None:
        values.append(compiler.of_kind(node.end, kind))
        signs.append(ast.LtE() if node.end_included else ast.Lt())
    return ast.Compare(values[0], signs, values[1:])
