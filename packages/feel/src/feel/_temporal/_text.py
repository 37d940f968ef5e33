"""Temporal values to text: the canonical forms, which the parsers read again."""

import datetime as dt

from feel._temporal._zones import zone_text
from feel._values import MonthsDuration
from feel._wide import (
    DAY,
    SECOND,
    AnyDate,
    DateTime,
    Duration,
    Time,
    WideDateTime,
    WideDuration,
    nanoseconds_of,
    nanoseconds_of_day,
)

Point = AnyDate | Time
AnyDuration = Duration | MonthsDuration
Temporal = Point | AnyDuration


def to_text(value: Temporal) -> str:
    """Write a temporal value in the form that the parsers read."""
    if isinstance(value, MonthsDuration):
        return str(value)
    if isinstance(value, dt.timedelta | WideDuration):
        return _duration_text(value)
    if isinstance(value, dt.datetime | WideDateTime):
        return f"{value.date().isoformat()}T{_time_text(value)}"
    return value.isoformat() if isinstance(value, AnyDate) else _time_text(value)


def _time_text(value: Time | DateTime) -> str:
    fraction = _fraction(nanoseconds_of_day(value) % SECOND)
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}{fraction}{zone_text(value)}"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def _duration_text(value: Duration) -> str:
    nanoseconds = nanoseconds_of(value)
    days, rest = divmod(abs(nanoseconds), DAY)
    seconds, rest = divmod(rest, SECOND)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{_fraction(rest)}S" if seconds or rest else ""
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-" if nanoseconds < 0 else "") + "P" + (text or "T0S")
