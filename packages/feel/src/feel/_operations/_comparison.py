"""Equality, order and ranges (DMN 1.5, clauses 10.3.2.13 and 10.3.2.7)."""

# Generated code calls these with positional arguments only.
# ruff: noqa: FBT001
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from decimal import Decimal

from feel import _temporal
from feel._run import Run
from feel._temporal import Moment
from feel._values import MonthsDuration, Range, described, type_name
from feel._wide import AnyDate, Duration, nanoseconds_of
from feel.errors import Fault


def same(run: Run, left: object, right: object) -> bool | None:
    """Compare two values; null when they are of different types."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right) and type_name(left) != type_name(right):
        return None
    if type(left) is dt.datetime and type(right) is dt.datetime:
        return _temporal.moments_order(left, right) == 0
    if isinstance(left, list) and isinstance(right, list):
        run.spend(len(left))
        return len(left) == len(right) and all(same(run, a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        run.spend(len(left))
        return left.keys() == right.keys() and all(same(run, left[key], right[key]) is True for key in left)
    if isinstance(left, Moment) and isinstance(right, Moment):
        return _temporal.moments_order(left, right) == 0
    if isinstance(left, Range) and isinstance(right, Range):
        return _same_range(run, left, right)
    return left == right


def _same_range(run: Run, left: Range, right: Range) -> bool:
    written_alike = (left.start_included, left.end_included, left.single) == (
        right.start_included,
        right.end_included,
        right.single,
    )
    return written_alike and same(run, left.start, right.start) is True and same(run, left.end, right.end) is True


def equal(run: Run, position: int, left: object, right: object) -> bool | None:
    result = same(run, left, right)
    if result is None:
        run.note("type", position, f"{described(left)} and {described(right)} can't be compared")
    return result


def not_equal(run: Run, position: int, left: object, right: object) -> bool | None:
    result = equal(run, position, left, right)
    return None if result is None else not result


def order(left: object, right: object) -> int:
    """Tell -1, 0 or 1 as `left` stands before, at or after `right`. Raises: Fault when they have no order."""
    kind = type(left)
    if kind is type(right) and kind in _ORDERED:
        return (left > right) - (left < right)  # type: ignore[operator, no-any-return]
    if type(left) is dt.datetime and type(right) is dt.datetime:
        return _temporal.moments_order(left, right)
    if type_name(left) == type_name(right):
        if isinstance(left, Moment) and isinstance(right, Moment):
            return _temporal.moments_order(left, right)
        if isinstance(left, AnyDate) and isinstance(right, AnyDate):
            return _sign(left.toordinal() - right.toordinal())
        if isinstance(left, Duration) and isinstance(right, Duration):
            return _sign(nanoseconds_of(left) - nanoseconds_of(right))
    raise Fault("type", f"{described(left)} and {described(right)} have no order")


_ORDERED = frozenset({Decimal, str, dt.date, dt.timedelta, MonthsDuration})
"""Types whose own order is FEEL's."""


def _sign(gap: int) -> int:
    return (gap > 0) - (gap < 0)


def _ordered(run: Run, position: int, left: object, right: object) -> int | None:
    try:
        return order(left, right)
    except Fault as fault:
        run.note(fault.kind, position, fault.message)
        return None


def less(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left < right
    result = _ordered(run, position, left, right)
    return None if result is None else result < 0


def less_equal(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left <= right
    result = _ordered(run, position, left, right)
    return None if result is None else result <= 0


def greater(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left > right
    result = _ordered(run, position, left, right)
    return None if result is None else result > 0


def greater_equal(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left >= right
    result = _ordered(run, position, left, right)
    return None if result is None else result >= 0


def in_range(value: object, bounds: Range) -> bool:
    """Tell whether a value lies in a range. Raises: Fault when they have no order."""
    start, end = bounds.start, bounds.end
    if type(value) is Decimal and type(start) is Decimal and type(end) is Decimal:
        low_enough = value < end or (bounds.end_included and value == end)
        return low_enough and (value > start or (bounds.start_included and value == start))
    if bounds.start is not None:
        low = order(value, bounds.start)
        if low < 0 or (low == 0 and not bounds.start_included):
            return False
    if bounds.end is not None:
        high = order(value, bounds.end)
        if high > 0 or (high == 0 and not bounds.end_included):
            return False
    return True


def within(run: Run, position: int, value: object, bounds: object) -> bool | None:
    if not isinstance(bounds, Range):
        return None
    try:
        return in_range(value, bounds)
    except Fault as fault:
        run.note(fault.kind, position, fault.message)
        return None


def make_range(
    run: Run,
    position: int,
    start: object,
    end: object,
    start_included: bool,
    end_included: bool,
    closed: bool,
    single: bool,
) -> Range | None:
    """Build a range; `closed` when both ends are written, so that null at one of them is a mistake."""
    if closed:
        if start is None or end is None:
            return run.note("value", position, "A range needs both its ends")
        if _ordered(run, position, start, end) is None:
            return None
    return Range(start, end, start_included, end_included, single)
