"""Constructs that begin with a keyword."""

from feel import _nodes as n
from feel._limits import MAX_NESTING
from feel._parser._cursor import Cursor
from feel._parser._names import declared
from feel._parser._scopes import index_names
from feel._parser._types import written_type


def if_then_else(cursor: Cursor) -> n.Node:
    """Parse `if` and what belongs to it."""
    position = cursor.advance().position
    condition = cursor.guarded(Cursor.expression, "then")
    cursor.expect("then")
    then = cursor.guarded(Cursor.expression, "else")
    cursor.expect("else")
    return n.If(condition, then, cursor.expression(), position)


def for_each(cursor: Cursor) -> n.Node:
    """Parse `for` and what belongs to it."""
    position = cursor.advance().position
    iterators = _iterators(cursor, "return")
    cursor.scopes.append(index_names(("partial",)))
    body = cursor.expression()
    del cursor.scopes[-len(iterators) - 1 :]
    return n.For(iterators, body, position)


def quantified(cursor: Cursor) -> n.Node:
    """Parse `some` or `every` and what belongs to it."""
    quantifier = cursor.advance()
    iterators = _iterators(cursor, "satisfies")
    condition = cursor.expression()
    del cursor.scopes[-len(iterators) :]
    return n.Quantified(quantifier.text == "every", iterators, condition, quantifier.position)


def _iterators(cursor: Cursor, end: str) -> tuple[tuple[str, n.Node], ...]:
    iterators: list[tuple[str, n.Node]] = []
    while not iterators or cursor.take(","):
        if cursor.nesting + len(iterators) > MAX_NESTING:
            # Every variable is a loop inside the one before.
            cursor.fail("too_deep", f"The text is nested deeper than {MAX_NESTING} levels")
        name = declared(cursor, "a variable", "in")
        cursor.expect("in")
        domain = cursor.guarded(_domain, ",", end)
        iterators.append((name, domain))
        cursor.scopes.append(index_names((name,)))
    cursor.expect(end)
    return tuple(iterators)


def _domain(cursor: Cursor) -> n.Node:
    start = cursor.expression()
    if not cursor.at(".."):
        return start
    position = cursor.advance().position
    return n.RangeOf(start, cursor.expression(), start_included=True, end_included=True, position=position)


def function_definition(cursor: Cursor) -> n.Node:
    """Parse `function` and what belongs to it."""
    position = cursor.advance().position
    cursor.expect("(")
    parameters: list[tuple[str, n.Type | None]] = []
    while not cursor.take(")"):
        if parameters:
            cursor.expect(",")
        name = declared(cursor, "a parameter", ":", ",", ")")
        parameters.append((name, written_type(cursor) if cursor.take(":") else None))
    if cursor.take("external"):
        if not cursor.at("{"):
            cursor.fail("expected", f"“{{” is expected, not {cursor.found()}")
        return n.Lambda(tuple(parameters), None, position, cursor.expression())
    cursor.scopes.append(index_names(name for name, _ in parameters))
    body = cursor.expression()
    cursor.scopes.pop()
    return n.Lambda(tuple(parameters), body, position)
