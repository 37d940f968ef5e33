"""Paths and filters (DMN 1.5, clauses 10.3.2.5 and 10.3.2.15)."""

# Generated code calls these with positional arguments only.
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable
from decimal import Decimal

from feel import _temporal
from feel._run import Run
from feel._values import Range, described


def has(value: object, key: str) -> bool:
    """Tell whether a value is a context with this key."""
    return type(value) is dict and key in value


def path(run: Run, position: int, value: object, name: str) -> object:
    if type(value) is dict:
        if name in value:
            return value[name]
        return run.note("property", position, f"The context has no “{name}”")
    if isinstance(value, list):
        run.spend(len(value))
        return [path(run, position, item, name) for item in value]
    part = _temporal.PARTS.get(type(value), {}).get(name)
    if part is not None:
        return part(value)
    if isinstance(value, Range) and name in _RANGE_PARTS:
        return getattr(value, _RANGE_PARTS[name])
    return run.note("property", position, f"{described(value)} has no “{name}”")


_RANGE_PARTS = {
    "start": "start",
    "end": "end",
    "start included": "start_included",
    "end included": "end_included",
}


def _as_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def item_at(run: Run, position: int, value: object, index: object) -> object:
    items = _as_list(value)
    if type(index) is not Decimal or index != int(index) or not index:
        return run.note("value", position, "An index is a whole number, counted from 1 or, from the end, from -1")
    at = int(index)
    if abs(at) > len(items):
        return run.note("value", position, f"The list has no item {at}")
    return items[at - 1 if at > 0 else at]


def select(run: Run, position: int, value: object, condition: Callable[[object], object], cost: int) -> object:
    items = _as_list(value)
    run.spend(len(items) * cost)
    if not items:
        return []
    first = condition(items[0])
    if type(first) is Decimal:
        return item_at(run, position, value, first)
    chosen = items[:1] if first is True else []
    chosen += [item for item in items[1:] if condition(item) is True]
    return chosen
