"""Unary tests: the cells of decision tables, and what follows `in`."""

from feel import _nodes as n
from feel._parser._cursor import Cursor
from feel._parser._primary import COMPARISONS, range_from


def unary_tests(cursor: Cursor) -> n.Node:
    """Parse the whole cell: `-`, tests, or not(tests)."""
    if cursor.at("-") and cursor.tokens[1].kind == "end":
        cursor.advance()
        return n.Tests((), negated=False, position=0)
    if cursor.at("not") and cursor.texts[1] == "(" and (negated := _negated(cursor)):
        return negated
    tests = [cursor.guarded(_test, ",")] if cursor.token.kind != "end" else []
    while cursor.take(","):
        last = cursor.guarded(_test, ",")
        tests.append(last)
    if not tests:
        cursor.fail("expected_expression", "A test is expected; write “-” when anything will do")
    return n.Tests(tuple(tests), negated=False, position=0)


def _negated(cursor: Cursor) -> n.Node | None:
    """Parse not(tests); None when what follows shows that it's a call in a longer expression."""
    problems = len(cursor.problems)
    cursor.i = 2
    tests = cursor.items(_test, ")")
    if cursor.token.kind == "end" and tests:
        return n.Tests(tuple(tests), negated=True, position=0)
    del cursor.problems[problems:]
    cursor.i = 0
    return None


def _test(cursor: Cursor) -> n.Node:
    if cursor.texts[cursor.i] in COMPARISONS:
        operator = cursor.advance()
        return n.Comparison(operator.text, cursor.arithmetic(), operator.position)
    return cursor.expression()


def in_tests(cursor: Cursor) -> n.Tests:
    """Parse what follows `in`."""
    position = cursor.token.position
    if not cursor.at("("):
        test = _test(cursor) if cursor.texts[cursor.i] in COMPARISONS else cursor.arithmetic()
        return n.Tests((test,), negated=False, position=position)
    opening = cursor.advance()
    tests = [cursor.guarded(_test, ",", ")", "..")]
    if cursor.at(".."):
        return _one_test(cursor, range_from(cursor, tests[0], opening, included=False), position)
    while cursor.take(","):
        tests.append(cursor.guarded(_test, ",", ")"))
    cursor.expect(")")
    if len(tests) == 1 and not isinstance(tests[0], n.Comparison):
        # It was a mere bracket: what follows may go on with it.
        return _one_test(cursor, tests[0], position)
    return n.Tests(tuple(tests), negated=False, position=position)


def _one_test(cursor: Cursor, node: n.Node, position: int) -> n.Tests:
    return n.Tests((cursor.arithmetic(after=node),), negated=False, position=position)
