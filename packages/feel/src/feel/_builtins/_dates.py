"""Built-ins that make, take apart and read dates, times and durations (DMN 1.5, clauses 10.3.4.1 and 10.3.4.11)."""

import datetime as dt
from decimal import ROUND_DOWN, Decimal

from feel import _temporal
from feel._builtins._signature import builtin
from feel._run import Run
from feel._values import MonthsDuration
from feel._wide import (
    SECOND,
    AnyDate,
    Date,
    DateTime,
    Duration,
    Time,
    WideDateTime,
    WideDuration,
    WideTime,
    alike_date,
    make_date,
    make_date_and_time,
    make_time,
    moment_of,
    nanoseconds_of_day,
)
from feel.errors import Fault

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MOST_YEAR = 999_999_999
_NANOSECOND = Decimal("1e-9")


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise Fault("value", "a whole number is needed")
    return int(number)


def _date_of(value: AnyDate) -> Date:
    """Make a date: of a text, of a date and time, or of year, month and day. Null when there is no such date.

    date("2026-11-21") → @"2026-11-21"
    date(2026, 11, 21) → @"2026-11-21"
    date(@"2026-11-21T10:30:00Z") → @"2026-11-21"
    date("2026-02-30") → null
    """
    return value.date() if isinstance(value, dt.datetime | WideDateTime) else value


def _date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> Date:
    if abs(year) > _MOST_YEAR or not 1 <= month <= 12 or not 1 <= day <= 31:
        raise Fault("value", "there is no such date")
    return make_date(_whole(year), _whole(month), _whole(day))


def _time_of(value: Time | AnyDate) -> Time:
    """Make a time of day: of a text, of a date and time, or of hour, minute, second and an offset.

    A date gives its midnight UTC. Null when there is no such time.

        time("14:30:00+01:00") → @"14:30:00+01:00"
        time(14, 30, 0, @"PT1H") → @"14:30:00+01:00"
        time(@"2026-11-21T10:30:00Z") → @"10:30:00Z"
        time("24:30:00") → null
    """
    if isinstance(value, dt.time | WideTime):
        return value
    return _temporal.midnight(value).timetz()


def _time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: Duration | None = None) -> Time:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise Fault("value", "there is no such time")
    seconds = _whole(hour) * 3600 + _whole(minute) * 60
    return make_time(
        seconds * SECOND + int(second.quantize(_NANOSECOND, ROUND_DOWN).scaleb(9)),
        None if offset is None else _zone_of(offset),
    )


def _zone_of(offset: Duration) -> dt.tzinfo:
    if isinstance(offset, WideDuration):
        raise Fault("value", "there is no such offset")
    return _temporal.fixed_zone(offset)


def _date_and_time(date: AnyDate, time: Time) -> DateTime:
    """Make a date and time: of a text, of a date and a time, or of another one, moved to a zone.

    Null when there is no such moment or zone.

        date and time("2026-11-21T10:30:00Z") → @"2026-11-21T10:30:00Z"
        date and time(@"2026-11-21", @"10:30:00") → @"2026-11-21T10:30:00"
        date and time(@"2026-11-21T10:30:00Z", "Europe/Berlin") → @"2026-11-21T11:30:00@Europe/Berlin"
        date and time("2026-11-21T25:00:00") → null
    """
    return make_date_and_time(_date_of(date), time)


def _date_and_time_there(date: AnyDate, time: Time, zone: str) -> DateTime:
    return moment_of(date.toordinal(), nanoseconds_of_day(time), _temporal.zone_of(zone))


def _in_zone(value: DateTime, zone: str) -> DateTime:
    return _temporal.moved_to(value, _temporal.zone_of(zone))


def _duration(text: str) -> object:
    """Read a duration of years and months or of days and time. Null when the text is none.

    duration("P1Y2M") → @"P1Y2M"
    duration("P1DT2H") → @"P1DT2H"
    duration("P1M1D") → null
    """
    return _temporal.parse_duration(text)


def _months_between(start: AnyDate, end: AnyDate) -> MonthsDuration:
    """Count the whole months between two dates, as a duration.

    years and months duration(@"2024-03-15", @"2026-01-14") → @"P1Y9M"
    years and months duration(@"2026-01-14", @"2024-03-15") → @"-P1Y9M"
    """
    return _temporal.months_between(start, end)


def _day_of_week(value: AnyDate) -> str:
    """Name the day of the week, in English.

    day of week(@"2026-11-21") → "Saturday"
    """
    return _DAYS[alike_date(value).weekday()]


def _month_of_year(value: AnyDate) -> str:
    """Name the month, in English.

    month of year(@"2026-11-21") → "November"
    """
    return _MONTHS[value.month - 1]


def _day_of_year(value: AnyDate) -> Decimal:
    """Count the days of the year up to a date.

    day of year(@"2026-02-01") → 32
    """
    return Decimal(alike_date(value).timetuple().tm_yday)


def _week_of_year(value: AnyDate) -> Decimal:
    """Give the number of the week as ISO 8601 counts: weeks begin on Monday, the first one holds January 4th.

    week of year(@"2026-11-21") → 47
    week of year(@"2027-01-01") → 53
    """
    return Decimal(alike_date(value).isocalendar().week)


def _last_day_of_month(value: AnyDate) -> Date:
    """Give the last day of a date's month. Not in the standard.

    last day of month(@"2028-02-03") → @"2028-02-29"
    """
    return make_date(value.year, value.month, _temporal.last_day(value.year, value.month))


def _now(run: Run) -> dt.datetime:
    """Give the current moment, which the caller of the evaluation tells; null when it told none.

    now() instance of date and time → true
    """
    return run.now()


def _today(run: Run) -> dt.date:
    """Give the current date, in the zone of the moment that the caller of the evaluation told; null when it told none.

    today() = date(now()) → true
    """
    return run.now().date()


DATE_BUILTINS = (
    builtin("date(from: string)", _temporal.parse_date),
    builtin("date(from: any date)", _date_of),
    builtin("date(year: number, month: number, day: number)", _date_from_parts),
    builtin("time(from: string)", _temporal.parse_time),
    builtin("time(from: any time)", _time_of),
    builtin("time(from: date)", _time_of),
    builtin("time(hour: number, minute: number, second: number, offset: days duration? =)", _time_from_parts),
    builtin("date and time(from: string)", _temporal.parse_date_and_time),
    builtin("date and time(from: date and time)", lambda value: value),
    builtin("date and time(date: any date, time: time)", _date_and_time),
    builtin("date and time(date: any date, time: time, timezone: string)", _date_and_time_there),
    builtin("date and time(date: date and time, timezone: string)", _in_zone),
    builtin("duration(from: string)", _duration),
    builtin("years and months duration(from: any date, to: any date)", _months_between),
    builtin("day of year(date: any date)", _day_of_year),
    builtin("day of week(date: any date)", _day_of_week),
    builtin("month of year(date: any date)", _month_of_year),
    builtin("week of year(date: any date)", _week_of_year),
    builtin("last day of month(date: any date)", _last_day_of_month),
    builtin("abs(n: months duration)", lambda value: MonthsDuration(abs(value.months))),
    builtin("now()", _now, run=True),
    builtin("today()", _today, run=True),
)
