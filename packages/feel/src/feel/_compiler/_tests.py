"""Unary tests to code."""

import ast
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel._code import call, load, store
from feel._compiler._table import OPERATORS
from feel._nodes import mentions

if TYPE_CHECKING:
    from feel._compiler._compiler import Compiler


INPUT = "?"


def in_tests(compiler: "Compiler", node: n.In) -> ast.expr:
    variable = compiler.code.variable()
    value = ast.NamedExpr(store(variable), compiler.emit(node.value))
    both = ast.Tuple([value, any_of(compiler, node.tests, variable)], ast.Load())
    return ast.Subscript(both, ast.Constant(1), ast.Load())


def unary_tests(compiler: "Compiler", node: n.Tests) -> ast.expr:
    variable = next(variable for name, variable in reversed(compiler.scopes) if name == INPUT)
    return any_of(compiler, node, variable)


def any_of(compiler: "Compiler", node: n.Tests, variable: str) -> ast.expr:
    """Build unary tests of the value in a variable."""
    tests = [_test(compiler, test, variable) for test in node.tests]
    if not tests:
        return ast.Constant(not node.negated)
    result = tests[0] if len(tests) == 1 else compiler.judged(tests, node.position, every=False)
    return call("negation", result) if node.negated else result


def _test(compiler: "Compiler", test: n.Node, variable: str) -> ast.expr:
    value = load(variable)
    if isinstance(test, n.Comparison):
        return compiler.operation(OPERATORS[test.operator], test.position, value, compiler.emit(test.operand))
    if isinstance(test, n.RangeOf):
        return compiler.operation("within", test.position, value, compiler.emit(test))
    if mentions(test, INPUT):
        # In `x in (? > 3)` the input is x, even in the cell of another input.
        compiler.scopes.append((INPUT, variable))
        judged = compiler.emit(test)
        compiler.scopes.pop()
        return compiler.operation("verdict", test.position, judged)
    return compiler.operation("match", test.position, value, compiler.emit(test))


def comparison(compiler: "Compiler", node: n.Comparison) -> ast.expr:
    variable = next(variable for name, variable in reversed(compiler.scopes) if name == INPUT)
    return _test(compiler, node, variable)
