"""Arithmetic of dates, times and durations (DMN 1.5, tables 56 to 59)."""

import calendar
import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from feel._temporal._zones import offset_at, offset_of
from feel._values import NUMBERS, MonthsDuration
from feel._wide import (
    DAY,
    AnyDate,
    DateTime,
    Duration,
    Time,
    WideDateTime,
    WideDuration,
    WideTime,
    date_of,
    make_date,
    make_duration,
    make_time,
    moment_of,
    nanoseconds_of,
    nanoseconds_of_day,
)
from feel.errors import Fault

_ONE_DAY = dt.timedelta(days=1)
_SOME_DAY = dt.date(2000, 1, 1)
_MOST_MONTHS = 10**12
_MOST_NANOSECONDS = Decimal(10) ** 27


def make_months(count: int) -> MonthsDuration:
    """Build a years and months duration. Raises: Fault when it is too long."""
    if abs(count) > _MOST_MONTHS:
        raise Fault("arithmetic", "The duration is too long")
    return MonthsDuration(count)


def add_duration(value: AnyDate | Time, duration: Duration | MonthsDuration) -> AnyDate | Time:
    """Move a date, time, or date and time. Raises: Fault when it leaves the years, or can't be moved so."""
    if isinstance(duration, MonthsDuration):
        if isinstance(value, dt.time | WideTime):
            raise Fault("type", "A time can't be moved by months")
        return add_months(value, duration.months)
    if isinstance(value, dt.time | WideTime):
        return _turned(value, duration)
    try:
        if isinstance(value, dt.date) and isinstance(duration, dt.timedelta):
            return _moved(value, duration)
    except OverflowError:
        pass
    return _moved_far(value, nanoseconds_of(duration))


def _turned(value: Time, duration: Duration) -> Time:
    if isinstance(value, dt.time) and isinstance(duration, dt.timedelta):
        moment = dt.datetime.combine(_SOME_DAY, value.replace(tzinfo=None)) + duration % _ONE_DAY
        return moment.time().replace(tzinfo=value.tzinfo)
    return make_time((nanoseconds_of_day(value) + nanoseconds_of(duration)) % DAY, value.tzinfo)


def _moved(value: dt.date, duration: dt.timedelta) -> dt.date:
    # Python moves the wall clock of a zoned value; FEEL moves the moment.
    if isinstance(value, dt.datetime) and isinstance(value.tzinfo, ZoneInfo):
        return (value.astimezone(dt.UTC) + duration).astimezone(value.tzinfo)
    return value + duration


def _moved_far(value: AnyDate, nanoseconds: int) -> AnyDate:
    if isinstance(value, dt.datetime | WideDateTime):
        clock = nanoseconds_of_day(value) + nanoseconds
        offset = offset_of(value)
        if value.tzinfo is None or offset is None:
            return moment_of(value.toordinal(), clock, None)
        utc = _loose(value.toordinal(), clock - nanoseconds_of(offset))
        return in_zone(utc, value.tzinfo)
    return date_of(value.toordinal() + nanoseconds // DAY)


def _loose(ordinal: int, nanoseconds: int) -> WideDateTime:
    """Give a moment in UTC that may lie a few hours outside the years: only its place must be inside."""
    days, rest = divmod(nanoseconds, DAY)
    return WideDateTime(ordinal + days, rest)


def in_zone(utc: WideDateTime, zone: dt.tzinfo) -> DateTime:
    """Give the date and time in a zone at a moment in UTC. Raises: Fault when it is outside the years."""
    offset, fold = offset_at(utc, zone)
    return moment_of(utc.ordinal, utc.nanoseconds + nanoseconds_of(offset), zone, fold)


def moved_to(value: DateTime, zone: dt.tzinfo) -> DateTime:
    """Give the same moment in another zone. Raises: Fault for a local value."""
    offset = offset_of(value)
    if offset is None:
        raise Fault("value", "a local date and time has no moment that could be told elsewhere")
    return in_zone(_loose(value.toordinal(), nanoseconds_of_day(value) - nanoseconds_of(offset)), zone)


def add_months(value: AnyDate, months: int) -> AnyDate:
    """Move a date or a date and time by calendar months; the day is cut to the month's last. Raises: Fault."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    day = min(value.day, last_day(year, month + 1))
    if isinstance(value, dt.date) and 1 <= year <= dt.MAXYEAR:
        return value.replace(year=year, month=month + 1, day=day)
    date = make_date(year, month + 1, day)
    if isinstance(value, dt.datetime | WideDateTime):
        return moment_of(date.toordinal(), nanoseconds_of_day(value), value.tzinfo, value.fold)
    return date


def last_day(year: int, month: int) -> int:
    """Give the number of days of a month."""
    return calendar.monthrange(year % 400 + 400, month)[1]


def difference(left: AnyDate | Time, right: AnyDate | Time) -> Duration:
    """Count from `right` to `left`. Raises: Fault when only one of them has a zone, or they are of different kinds."""
    if isinstance(left, dt.time | WideTime) and isinstance(right, dt.time | WideTime):
        return make_duration(_apart(left, right))
    if isinstance(left, dt.time | WideTime) or isinstance(right, dt.time | WideTime):
        raise Fault("type", "A time and a date can't be subtracted")
    if type(left) is dt.date and type(right) is dt.date:
        return left - right
    first, second = midnight(left), midnight(right)
    if isinstance(first, dt.datetime) and isinstance(second, dt.datetime) and first.tzinfo is second.tzinfo is None:
        return first - second
    return make_duration((first.toordinal() - second.toordinal()) * DAY + _apart(first, second))


def _apart(left: Time | DateTime, right: Time | DateTime) -> int:
    """Count the nanoseconds between two clocks, each brought to UTC."""
    nanoseconds = nanoseconds_of_day(left) - nanoseconds_of_day(right)
    first, second = offset_of(left), offset_of(right)
    if first is None and second is None:
        return nanoseconds
    if first is None or second is None:
        raise Fault("type", "A time with an offset and one without can't be subtracted")
    return nanoseconds - nanoseconds_of(first) + nanoseconds_of(second)


def midnight(value: AnyDate) -> DateTime:
    """Take a date as its midnight in UTC, where a date and time is needed (clause 10.3.2.3.5)."""
    if isinstance(value, dt.datetime | WideDateTime):
        return value
    return moment_of(value.toordinal(), 0, dt.UTC)


def months_between(start: AnyDate, end: AnyDate) -> MonthsDuration:
    """Count whole months from one day to another."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return MonthsDuration(months)


# Durations


def total(left: Duration, right: Duration) -> Duration:
    """Add two durations. Raises: Fault when the sum is too long."""
    try:
        if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
            return left + right
    except OverflowError:
        pass
    return make_duration(nanoseconds_of(left) + nanoseconds_of(right))


def negated(duration: Duration | MonthsDuration) -> Duration | MonthsDuration:
    """Turn a duration round."""
    if isinstance(duration, MonthsDuration):
        return MonthsDuration(-duration.months)
    return make_duration(-nanoseconds_of(duration))


def multiplied(duration: Duration, number: Decimal) -> Duration:
    """Multiply a duration. Raises: Fault when it gets too long."""
    unit = _unit(duration)
    return _rounded(NUMBERS.multiply(Decimal(nanoseconds_of(duration) // unit), number), unit)


def divided(duration: Duration, number: Decimal) -> Duration:
    """Divide a duration. Raises: DivisionByZero, and Fault when it gets too long."""
    unit = _unit(duration)
    return _rounded(NUMBERS.divide(Decimal(nanoseconds_of(duration) // unit), number), unit)


def ratio(left: Duration, right: Duration) -> Decimal:
    """Tell how often one duration goes into another. Raises: DivisionByZero."""
    return NUMBERS.divide(Decimal(nanoseconds_of(left)), Decimal(nanoseconds_of(right)))


def _unit(duration: Duration) -> int:
    """Give the resolution of a result: a microsecond, so that it stays Python's own, unless there were nanoseconds."""
    return 1 if isinstance(duration, WideDuration) else 1000


def _rounded(count: Decimal, unit: int) -> Duration:
    if abs(count) > _MOST_NANOSECONDS:
        raise Fault("arithmetic", "The duration is too long")
    return make_duration(int(count.to_integral_value(ROUND_HALF_EVEN)) * unit)
