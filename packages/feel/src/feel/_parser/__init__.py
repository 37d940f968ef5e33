"""Tokens to nodes: precedence climbing over FEEL's grammar (DMN 1.5, clause 10.3.1.2).

A name may hold spaces and operators, so what it is depends on what is in scope: the longest name that is known wins.
After a mistake the parser goes on at the next comma, bracket or keyword, so that authors see all of them at once.
"""

from collections.abc import Iterable

from feel import _nodes as n
from feel._parser._cursor import Cursor
from feel._parser._operators import arithmetic, expression
from feel._parser._scopes import Names, index_names
from feel._parser._tests import unary_tests

__all__ = ["Names", "index_names", "parse_expression", "parse_unary_tests"]

_PROPERTIES = ("time offset", "start included", "end included")
"""Of dates, times and ranges: those that are no single word."""


def parse_expression(
    text: str,
    names: Iterable[str],
    builtins: Names,
    types: Iterable[str] = (),
    entries: Iterable[str] = (),
    *,
    of_items: bool = False,
) -> n.Node:
    """Parse one expression, which may be the condition of a filter; `entries` are names of contexts' entries.

    Raises: FeelSyntaxError with every problem.
    """
    cursor = _cursor(text, names, builtins, types, entries)
    if of_items:
        cursor.filters += 1
        cursor.scopes.append(cursor.properties)
    return cursor.whole(Cursor.expression)


def parse_unary_tests(
    text: str, names: Iterable[str], builtins: Names, types: Iterable[str] = (), entries: Iterable[str] = ()
) -> n.Tests:
    """Parse the cell of a decision table. Raises: FeelSyntaxError with every problem."""
    node = _cursor(text, names, builtins, types, entries).whole(unary_tests)
    return node if isinstance(node, n.Tests) else n.Tests((node,), negated=False, position=0)


def _cursor(text: str, names: Iterable[str], builtins: Names, types: Iterable[str], entries: Iterable[str]) -> Cursor:
    scopes = [builtins, index_names(names)]
    return Cursor(text, scopes, index_names((*_PROPERTIES, *entries)), index_names(types), expression, arithmetic)
