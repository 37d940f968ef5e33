"""Types as they are written after `instance of` and in the parameters of functions."""

from feel import _nodes as n
from feel._limits import MAX_NESTING
from feel._parser._cursor import Cursor
from feel._parser._names import declared
from feel._parser._scopes import index_names

_TYPES = index_names(
    (
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "list",
        "context",
        "range",
        "function",
    )
)


def written_type(cursor: Cursor) -> n.Type:
    """Parse a type."""
    cursor.nesting += 1
    if cursor.nesting > MAX_NESTING:
        cursor.fail("too_deep", f"The text is nested deeper than {MAX_NESTING} levels")
    known, count = cursor.known([_TYPES, cursor.types])
    if not count:
        if cursor.token.kind != "name":
            cursor.fail("expected_type", f"A type is expected, not {cursor.found()}")
        known, count = cursor.token.text, 1
    cursor.i += count
    while cursor.at(".") and cursor.tokens[cursor.i + 1].kind == "name":
        cursor.advance()
        known += "." + cursor.advance().text
    node = _type_arguments(cursor, known) if cursor.take("<") else n.Type(known)
    cursor.nesting -= 1
    return node


def _type_arguments(cursor: Cursor, name: str) -> n.Type:
    arguments: list[n.Type] = []
    fields: list[str] = []
    while not cursor.take(">"):
        if arguments:
            cursor.expect(",")
        if name == "context":
            fields.append(declared(cursor, "a field", ":"))
            cursor.expect(":")
        arguments.append(written_type(cursor))
    if name == "function":
        cursor.expect("->")
        arguments.insert(0, written_type(cursor))
    return n.Type(name, tuple(arguments), tuple(fields))
