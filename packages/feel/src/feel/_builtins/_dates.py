"""Built-ins that make, take apart and read dates, times and durations (DMN 1.5, clauses 10.3.4.1 and 10.3.4.11)."""

import datetime as dt
from decimal import Decimal

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


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise Fault("value", "a whole number is needed")
    return int(number)


def _date_of(value: AnyDate) -> Date:
    return value.date() if isinstance(value, dt.datetime | WideDateTime) else value


def _date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> Date:
    if abs(year) > _MOST_YEAR or not 1 <= month <= 12 or not 1 <= day <= 31:
        raise Fault("value", "there is no such date")
    return make_date(_whole(year), _whole(month), _whole(day))


def _time_of(value: Time | AnyDate) -> Time:
    if isinstance(value, dt.time | WideTime):
        return value
    return _temporal.midnight(value).timetz()


def _time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: Duration | None = None) -> Time:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise Fault("value", "there is no such time")
    seconds = _whole(hour) * 3600 + _whole(minute) * 60
    return make_time(seconds * SECOND + int(second * SECOND), None if offset is None else _zone_of(offset))


def _zone_of(offset: Duration) -> dt.tzinfo:
    if isinstance(offset, WideDuration):
        raise Fault("value", "there is no such offset")
    return _temporal.fixed_zone(offset)


def _date_and_time(date: AnyDate, time: Time) -> DateTime:
    return make_date_and_time(_date_of(date), time)


def _date_and_time_there(date: AnyDate, time: Time, zone: str) -> DateTime:
    return moment_of(date.toordinal(), nanoseconds_of_day(time), _temporal.zone_of(zone))


def _in_zone(value: DateTime, zone: str) -> DateTime:
    return _temporal.moved_to(value, _temporal.zone_of(zone))


def _day_of_year(value: AnyDate) -> Decimal:
    return Decimal(alike_date(value).timetuple().tm_yday)


def _week_of_year(value: AnyDate) -> Decimal:
    return Decimal(alike_date(value).isocalendar().week)


def _last_day_of_month(value: AnyDate) -> Date:
    return make_date(value.year, value.month, _temporal.last_day(value.year, value.month))


def _now(run: Run) -> dt.datetime:
    return run.now()


def _today(run: Run) -> dt.date:
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
    builtin("duration(from: string)", _temporal.parse_duration),
    builtin("years and months duration(from: any date, to: any date)", _temporal.months_between),
    builtin("day of year(date: any date)", _day_of_year),
    builtin("day of week(date: any date)", lambda value: _DAYS[alike_date(value).weekday()]),
    builtin("month of year(date: any date)", lambda value: _MONTHS[value.month - 1]),
    builtin("week of year(date: any date)", _week_of_year),
    builtin("last day of month(date: any date)", _last_day_of_month),
    builtin("abs(n: months duration)", lambda value: MonthsDuration(abs(value.months))),
    builtin("now()", _now, run=True),
    builtin("today()", _today, run=True),
)
