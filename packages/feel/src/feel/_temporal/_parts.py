"""What can be asked of a temporal value with a dot (DMN 1.5, tables 65 and 66)."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from feel._temporal._zones import offset_of, zone_name
from feel._values import MonthsDuration
from feel._wide import (
    DAY,
    SECOND,
    DateTime,
    Duration,
    Time,
    WideDate,
    WideDateTime,
    WideDuration,
    WideTime,
    alike_date,
    decimal_seconds,
    nanoseconds_of,
    nanoseconds_of_day,
)

Part = Callable[..., object]
_HOUR, _MINUTE = 3600 * SECOND, 60 * SECOND


def _second(value: Time | DateTime) -> Decimal:
    return decimal_seconds(nanoseconds_of_day(value) % _MINUTE)


def _days_part(unit: int, within: int | None) -> Part:
    """Give the whole units in what is left of a larger one; a negative duration has negative parts."""

    def part(value: Duration) -> Decimal:
        nanoseconds = nanoseconds_of(value)
        count = (abs(nanoseconds) % within if within else abs(nanoseconds)) // unit
        return Decimal(-count if nanoseconds < 0 else count)

    return part


def _seconds(value: Duration) -> Decimal:
    nanoseconds = nanoseconds_of(value)
    rest = abs(nanoseconds) % _MINUTE
    return decimal_seconds(-rest if nanoseconds < 0 else rest)


def _years(value: MonthsDuration) -> Decimal:
    return Decimal(-(-value.months // 12) if value.months < 0 else value.months // 12)


def _months(value: MonthsDuration) -> Decimal:
    return Decimal(-(-value.months % 12) if value.months < 0 else value.months % 12)


_DATE: dict[str, Part] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(alike_date(value).isoweekday()),
}
_TIME: dict[str, Part] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": _second,
    "time offset": offset_of,
    "timezone": zone_name,
}
_DURATION: dict[str, Part] = {
    "days": _days_part(DAY, None),
    "hours": _days_part(_HOUR, DAY),
    "minutes": _days_part(_MINUTE, _HOUR),
    "seconds": _seconds,
}
PARTS: dict[type, dict[str, Part]] = {
    **dict.fromkeys((dt.date, WideDate), _DATE),
    **dict.fromkeys((dt.time, WideTime), _TIME),
    **dict.fromkeys((dt.datetime, WideDateTime), _DATE | _TIME),
    **dict.fromkeys((dt.timedelta, WideDuration), _DURATION),
    MonthsDuration: {"years": _years, "months": _months},
}
