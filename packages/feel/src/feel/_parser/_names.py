"""Names: those that are read, those after a dot, and those that are declared."""

import re

from feel import _nodes as n
from feel._parser._cursor import Cursor
from feel._parser._scopes import KEYWORDS

_LABEL_SYMBOLS = frozenset({".", "/", "-", "'", "+", "*", "**"})
_SPACES = re.compile(r"\s+")
_LONGEST_LABEL = 24


def _word_count(cursor: Cursor) -> int:
    end = cursor.i
    while cursor.tokens[end].kind == "name" and cursor.texts[end] not in KEYWORDS:
        end += 1
    return end - cursor.i


def _written(cursor: Cursor, count: int) -> str:
    first, last = cursor.tokens[cursor.i], cursor.tokens[cursor.i + count - 1]
    return _SPACES.sub(" ", cursor.text[first.position : last.end])


def name(cursor: Cursor) -> n.Node:
    """Parse a name that is read."""
    position = cursor.token.position
    found, count = cursor.known()
    words = _word_count(cursor)
    # The keys of a filtered context aren't known here, so words in a row are taken as one name.
    if count < (words if cursor.filters else min(words, 1)):
        count = words if cursor.filters else 1
        found = _written(cursor, count)
    if not count:
        cursor.fail("expected_expression", f"An expression is expected, not {cursor.found()}")
    cursor.i += count
    return n.Name(found, position)


def property_name(cursor: Cursor) -> str:
    """Parse the name after a dot."""
    found, count = cursor.known([cursor.properties])
    words = _word_count(cursor)
    if words > count or not count:
        # After a dot a keyword may be a name too, as in `request.in`.
        count = words or (1 if cursor.token.kind == "name" else 0)
        if not count:
            cursor.fail("expected_name", f"A name is expected after “.”, not {cursor.found()}")
        found = _written(cursor, count)
    cursor.i += count
    return found


def label(cursor: Cursor, *ends: str) -> str | None:
    """Read a name that is being declared and that one of the ends follows; None when there is none."""
    if cursor.token.kind != "name":
        return None
    for end in range(cursor.i + 1, min(cursor.i + _LONGEST_LABEL, len(cursor.tokens))):
        if cursor.texts[end] in ends:
            found = _written(cursor, end - cursor.i)
            cursor.i = end
            return found
        token = cursor.tokens[end]
        if token.kind not in {"name", "number"} and token.text not in _LABEL_SYMBOLS:
            return None
    return None


def declared(cursor: Cursor, what: str, *ends: str) -> str:
    """Read a name that is being declared. Raises: Stop when there is none."""
    found = label(cursor, *ends)
    if found is None:
        cursor.fail("expected_name", f"The name of {what} is expected, not {cursor.found()}")
    return found
