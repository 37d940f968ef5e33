"""Operators and conditions to code."""

import ast
from decimal import Decimal
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel._code import is_, load, store
from feel._compiler._table import OPERATORS

if TYPE_CHECKING:
    from feel._compiler._compiler import Compiler


def negate(compiler: "Compiler", node: n.Negate) -> ast.expr:
    if isinstance(node.operand, n.Literal) and isinstance(node.operand.value, Decimal):
        return compiler.code.constant(node.operand.value.copy_negate() if node.operand.value else node.operand.value)
    return compiler.operation("negate", node.position, compiler.emit(node.operand))


def binary(compiler: "Compiler", node: n.Binary) -> ast.expr:
    return compiler.operation(
        OPERATORS[node.operator], node.position, compiler.emit(node.left), compiler.emit(node.right)
    )


def logic(compiler: "Compiler", node: n.Logic) -> ast.expr:
    operands = [compiler.emit(operand) for operand in node.operands]
    return compiler.judged(operands, node.position, every=node.operator == "and")


def between(compiler: "Compiler", node: n.Between) -> ast.expr:
    variable = compiler.code.variable()
    value = ast.NamedExpr(store(variable), compiler.emit(node.value))
    low = compiler.operation("greater_equal", node.position, value, compiler.emit(node.low))
    high = compiler.operation("less_equal", node.position, load(variable), compiler.emit(node.high))
    return compiler.judged([low, high], node.position, every=True)


def conditional(compiler: "Compiler", node: n.If) -> ast.expr:
    return ast.IfExp(
        is_(compiler.emit(node.condition), constant=True), compiler.emit(node.then), compiler.emit(node.otherwise)
    )
