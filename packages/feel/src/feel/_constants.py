"""What an author wrote that never changes, read while compiling."""

from collections.abc import Callable
from decimal import Decimal

from feel import _nodes as n
from feel import _temporal
from feel._builtins import Builtin
from feel.errors import Fault

_READ_AT_ONCE = frozenset({"date", "time", "date and time", "duration"})


def read_temporal(node: n.Temporal) -> object:
    """Read `@"2026-11-21"`; None when it can't be read, so that it fails when it runs."""
    try:
        return _temporal.parse_literal(node.text)
    except Fault:
        return None


def read_at_once(candidates: tuple[Builtin, ...], arguments: tuple[n.Node, ...]) -> object:
    """Read `date("2026-11-21")`; None when that isn't possible, so that it fails when it runs."""
    if candidates[0].name not in _READ_AT_ONCE or len(arguments) != 1:
        return None
    argument = arguments[0]
    if not isinstance(argument, n.Literal) or not isinstance(argument.value, str):
        return None
    try:
        return candidates[0].call(argument.value)
    except Fault:
        return None


def constant_value(node: n.Node, builtin: Callable[[n.Node], tuple[Builtin, ...] | None]) -> object:
    """Give the value of a literal of any kind; None for null and for whatever must be computed."""
    match node:
        case n.Literal():
            return node.value
        case n.Temporal():
            return read_temporal(node)
        case n.Negate(operand=n.Literal(value=Decimal() as value)):
            return value.copy_negate() if value else value
        case n.Call(named=None) if (candidates := builtin(node.callee)) is not None:
            return read_at_once(candidates, node.arguments)
    return None
