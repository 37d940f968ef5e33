"""Operators by their strength, and what follows an operand."""

from decimal import Decimal

from feel import _nodes as n
from feel._lexer import Token
from feel._limits import MAX_NESTING
from feel._parser import _names, _primary, _tests, _types
from feel._parser._cursor import Cursor, Stop
from feel._parser._scopes import KEYWORDS
from feel.errors import Problem

_LEVELS = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "between", "in"), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
}
_ARITHMETIC = 4
_NEVER_FIRST = KEYWORDS - {"null", "true", "false", "if", "for", "some", "every"}
"""Keywords that no expression begins with."""


def expression(cursor: Cursor) -> n.Node:
    """Parse an expression of any kind."""
    outer, cursor.bracket_ends = cursor.bracket_ends, False
    cursor.nesting += 1
    if cursor.nesting > MAX_NESTING:
        cursor.problems.append(
            Problem("too_deep", f"The text is nested deeper than {MAX_NESTING} levels", cursor.token.position)
        )
        cursor.i = len(cursor.tokens) - 1
        raise Stop
    node = _binary(cursor, 1)
    cursor.nesting -= 1
    cursor.bracket_ends = outer
    return node


def arithmetic(cursor: Cursor, after: n.Node | None = None) -> n.Node:
    """Parse what stands between comparisons."""
    return _binary(cursor, _ARITHMETIC, None if after is None else _postfix(cursor, after))


def _binary(cursor: Cursor, level: int, left: n.Node | None = None) -> n.Node:
    node = _operand(cursor) if left is None else left
    while (own := _LEVELS.get(cursor.texts[cursor.i], 0)) >= level:
        operator = cursor.advance()
        if operator.text in {"and", "or"}:
            node = _logic(cursor, node, operator, own)
        elif operator.text == "between":
            node = _between(cursor, node, operator)
        elif operator.text == "in":
            node = n.In(node, _tests.in_tests(cursor), operator.position)
        else:
            node = n.Binary(operator.text, node, _binary(cursor, own + 1), operator.position)
    return node


def _logic(cursor: Cursor, first: n.Node, operator: Token, level: int) -> n.Node:
    operands = [first, _binary(cursor, level + 1)]
    while cursor.take(operator.text):
        operands.append(_binary(cursor, level + 1))
    return n.Logic(operator.text, tuple(operands), operator.position)


def _between(cursor: Cursor, value: n.Node, operator: Token) -> n.Node:
    low = _binary(cursor, _ARITHMETIC)
    cursor.expect("and")
    return n.Between(value, low, _binary(cursor, _ARITHMETIC), operator.position)


def _operand(cursor: Cursor) -> n.Node:
    if cursor.at("-"):
        # Written in a row, they nest without a bracket.
        minus = cursor.advance()
        return _negated(cursor.deeper(_operand), minus)
    node = _postfix(cursor, _primary.primary(cursor))
    while cursor.at("instance") and cursor.texts[cursor.i + 1] == "of":
        position = cursor.advance().position
        cursor.advance()
        node = n.InstanceOf(node, _types.written_type(cursor), position)
    return node


def _negated(node: n.Node, minus: Token) -> n.Node:
    if isinstance(node, n.InstanceOf) and isinstance(node.value, n.Literal) and isinstance(node.value.value, Decimal):
        # The minus before a number is a part of it.
        return n.InstanceOf(n.Negate(node.value, minus.position), node.type, node.position)
    return n.Negate(node, minus.position)


def _postfix(cursor: Cursor, node: n.Node) -> n.Node:
    while True:
        if cursor.at("."):
            position = cursor.advance().position
            node = n.Path(node, _names.property_name(cursor), position)
        elif cursor.at("[") and not (cursor.bracket_ends and _ends_range(cursor)):
            node = _primary.filtered(cursor, node)
        elif cursor.at("("):
            node = _primary.called(cursor, node)
        else:
            return node


def _ends_range(cursor: Cursor) -> bool:
    following = cursor.tokens[cursor.i + 1]
    if following.kind == "symbol":
        return following.text not in {"(", "[", "-", "@", "?", "{"}
    return following.kind == "end" or following.text in _NEVER_FIRST
