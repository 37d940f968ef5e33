"""Order and identity of times, and of dates and times (DMN 1.5, tables 53 and 54)."""

import datetime as dt

from feel._temporal._zones import offset_of
from feel._wide import DateTime, Time, WideTime, nanoseconds_of_day

Moment = Time | DateTime


def moments_order(left: Time | DateTime, right: Moment) -> int:
    """Tell -1, 0 or 1 for two times, or two dates and times.

    The standard counts whole seconds, so fractions don't order. A local value is taken at the offset of the other.
    """
    if type(left) is dt.datetime and type(right) is dt.datetime and _python_orders(left, right):
        first = left.replace(microsecond=0) if left.microsecond else left
        second = right.replace(microsecond=0) if right.microsecond else right
        return (first > second) - (first < second)
    gap = _seconds(left) - _seconds(right)
    here, there = offset_of(left), offset_of(right)
    if here is not None and there is not None:
        gap -= (here - there) // dt.timedelta(seconds=1)
    return (gap > 0) - (gap < 0)


def _python_orders(left: dt.datetime, right: dt.datetime) -> bool:
    """Tell whether Python's order is that of the moments: it isn't when a zone's clocks are turned back."""
    kind = type(left.tzinfo)
    return kind is type(right.tzinfo) and (kind is dt.timezone or left.tzinfo is None)


def _seconds(value: Moment) -> int:
    return _day(value) * 86_400 + value.hour * 3600 + value.minute * 60 + value.second


def _day(value: Moment) -> int:
    return 0 if isinstance(value, dt.time | WideTime) else value.toordinal()


def is_identical(left: Time | DateTime, right: Moment) -> bool:
    """Tell whether two values are one element of the semantic domain: the same clock, fraction and offset."""
    clocks = (_day(left), nanoseconds_of_day(left)) == (_day(right), nanoseconds_of_day(right))
    return clocks and offset_of(left) == offset_of(right)
