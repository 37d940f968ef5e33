"""Operands: literals, what stands in brackets, and calls."""

from decimal import Decimal, Overflow

from feel import _nodes as n
from feel._lexer import Token, unquote
from feel._parser import _keywords, _names
from feel._parser._cursor import Cursor
from feel._parser._scopes import KEYWORDS, Names, index_names
from feel._values import NUMBERS
from feel.errors import Problem

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONSTANTS = {"null": None, "true": True, "false": False}
_MOST_DIGITS = 200


def primary(cursor: Cursor) -> n.Node:
    """Parse an operand without what may follow it."""
    token = cursor.token
    if token.kind == "number":
        cursor.advance()
        return n.Literal(_number(cursor, token), token.position)
    if token.kind == "string":
        cursor.advance()
        return n.Literal(unquote(token.text), token.position)
    if token.kind == "symbol":
        return _bracketed(cursor, token)
    if token.text in KEYWORDS and cursor.known()[1] < 2:
        return _keyword(cursor, token)
    return _names.name(cursor)


def _number(cursor: Cursor, token: Token) -> Decimal:
    try:
        if len(token.text) < _MOST_DIGITS:
            return NUMBERS.create_decimal(token.text)
        message = "A number has too many digits"
    except Overflow:
        message = "A number is too large: the largest is 9.999...E+6144"
    cursor.problems.append(Problem("number", message, token.position))
    return Decimal(0)


def _bracketed(cursor: Cursor, token: Token) -> n.Node:
    match token.text:
        case "(":
            return _parenthesis(cursor)
        case "[":
            return _list_or_range(cursor)
        case "]" if cursor.texts[cursor.i + 1] not in {"", ",", ")", "]", "}"}:
            cursor.advance()
            return range_from(cursor, cursor.expression(), token, included=False)
        case "{":
            return context(cursor)
        case "@":
            return _temporal(cursor)
        case "?":
            cursor.advance()
            return n.Name("?", token.position)
    return _names.name(cursor)


def _keyword(cursor: Cursor, token: Token) -> n.Node:
    match token.text:
        case "null" | "true" | "false":
            cursor.advance()
            return n.Literal(_CONSTANTS[token.text], token.position)
        case "if":
            return _keywords.if_then_else(cursor)
        case "for":
            return _keywords.for_each(cursor)
        case "some" | "every":
            return _keywords.quantified(cursor)
        case "function":
            return _keywords.function_definition(cursor)
    return cursor.fail("expected_expression", f"An expression is expected, not {cursor.found()}")


def _parenthesis(cursor: Cursor) -> n.Node:
    opening = cursor.advance()
    if cursor.texts[cursor.i] in COMPARISONS:
        operator, operand = cursor.advance().text, cursor.arithmetic()
        cursor.expect(")")
        if operator == "!=":
            sides = (_half_open(side, operand, opening.position) for side in "<>")
            return n.ListOf(tuple(sides), opening.position)
        return _half_open(operator, operand, opening.position)
    node = cursor.guarded(Cursor.expression, ")", "..")
    if cursor.at(".."):
        return range_from(cursor, node, opening, included=False)
    cursor.expect(")")
    return node


def _list_or_range(cursor: Cursor) -> n.Node:
    opening = cursor.advance()
    if cursor.take("]"):
        return n.ListOf((), opening.position)
    first = cursor.guarded(Cursor.expression, ",", "]", "..")
    if cursor.at(".."):
        return range_from(cursor, first, opening, included=True)
    items = [first]
    while not cursor.take("]"):
        cursor.expect_comma("]")
        items.append(cursor.guarded(Cursor.expression, ",", "]"))
    return n.ListOf(tuple(items), opening.position)


def range_from(cursor: Cursor, start: n.Node, opening: Token, *, included: bool) -> n.Node:
    """Parse the rest of a range after its start."""
    cursor.expect("..")
    outer, cursor.bracket_ends = cursor.bracket_ends, True
    end = cursor.arithmetic()
    cursor.bracket_ends = outer
    if cursor.texts[cursor.i] not in {"]", ")", "["}:
        cursor.fail("expected", f"The end of the range, “]” or “)”, is expected, not {cursor.found()}")
    closing = cursor.advance().text
    return n.RangeOf(start, end, included, closing == "]", opening.position)


def _temporal(cursor: Cursor) -> n.Node:
    position = cursor.advance().position
    if cursor.token.kind != "string":
        cursor.fail("expected", f"A string is expected after “@”, not {cursor.found()}")
    return n.Temporal(unquote(cursor.advance().text), position)


def context(cursor: Cursor) -> n.Node:
    """Parse `{...}`."""
    opening = cursor.advance()
    entries: list[tuple[str, n.Node]] = []
    scope: Names = {}
    cursor.scopes.append(scope)

    def entry(cursor: Cursor) -> n.Node:
        key = (
            unquote(cursor.advance().text)
            if cursor.token.kind == "string"
            else _names.declared(cursor, "an entry", ":")
        )
        cursor.expect(":")
        own = index_names((key,))
        for index in (scope, cursor.properties):
            for first, found in own.items():
                index.setdefault(first, []).extend(found)
        value = cursor.expression()
        entries.append((key, value))
        return value

    cursor.items(entry, "}")
    cursor.scopes.pop()
    return n.ContextOf(tuple(entries), opening.position)


def filtered(cursor: Cursor, value: n.Node) -> n.Node:
    """Parse the filter of a value."""
    opening = cursor.advance()
    cursor.filters += 1
    cursor.scopes += (cursor.properties, index_names(("item",)))
    condition = cursor.guarded(Cursor.expression, "]")
    del cursor.scopes[-2:]
    cursor.filters -= 1
    cursor.expect("]")
    return n.Filter(value, condition, opening.position)


def called(cursor: Cursor, callee: n.Node) -> n.Node:
    """Parse the arguments of a call."""
    cursor.advance()
    labels: list[str] = []

    def argument(cursor: Cursor) -> n.Node:
        label = _names.label(cursor, ":")
        if label is not None:
            cursor.advance()
            labels.append(label)
        return cursor.expression()

    arguments = tuple(cursor.items(argument, ")"))
    if labels and len(labels) != len(arguments):
        position = cursor.tokens[cursor.i - 1].position
        cursor.problems.append(Problem("mixed_arguments", "Either all arguments are named or none is", position))
    return n.Call(callee, arguments, tuple(labels) if labels else None, callee.position)


def _half_open(operator: str, operand: n.Node, position: int) -> n.RangeOf:
    """Read `(< 5)` as the range that it stands for."""
    below, above = operator in {"<", "<=", "="}, operator in {">", ">=", "="}
    return n.RangeOf(
        start=operand if above else None,
        end=operand if below else None,
        start_included=operator in {">=", "="},
        end_included=operator in {"<=", "="},
        position=position,
        single=operator == "=",
    )
