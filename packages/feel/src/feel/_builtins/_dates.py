"""Built-ins that make, take apart and read dates, times and durations (DMN 1.5, clauses 10.3.4.1 and 10.3.4.11)."""

import calendar
import datetime as dt
from decimal import Decimal

from feel import _temporal
from feel._builtins._signature import builtin
from feel._run import Run
from feel._values import MonthsDuration
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
_MOST_OFFSET = dt.timedelta(hours=18)


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise Fault("value", "a whole number is needed")
    return int(number)


def _date_of(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> dt.date:
    return _temporal.make_date(_whole(year), _whole(month), _whole(day))


def _time_of(value: dt.time | dt.date) -> dt.time:
    if isinstance(value, dt.datetime):
        return value.timetz()
    return value if isinstance(value, dt.time) else dt.time(tzinfo=dt.UTC)


def _time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: dt.timedelta | None = None) -> dt.time:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise Fault("value", "there is no such time")
    if offset is not None and abs(offset) > _MOST_OFFSET:
        raise Fault("value", "there is no such offset")
    zone = None if offset is None else dt.timezone(offset) if offset else dt.UTC
    fraction = int((second - int(second)) * 1_000_000)
    return dt.time(_whole(hour), _whole(minute), int(second), fraction, zone)


def _date_and_time(date: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(_date_of(date), time)


def _in_zone(value: dt.datetime, zone: str) -> dt.datetime:
    target = _temporal.parse_zone("@" + zone)
    if value.tzinfo is None:
        raise Fault("value", "a time without a zone can't be moved to another")
    return value.astimezone(target)


def _months_between(start: dt.date, end: dt.date) -> MonthsDuration:
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return MonthsDuration(months)


def _day_of_year(value: dt.date) -> Decimal:
    return Decimal(value.timetuple().tm_yday)


def _week_of_year(value: dt.date) -> Decimal:
    return Decimal(value.isocalendar().week)


def _last_day_of_month(value: dt.date) -> dt.date:
    return _date_of(value).replace(day=calendar.monthrange(value.year, value.month)[1])


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
    builtin("date and time(date: date and time, timezone: string)", _in_zone),
    builtin("duration(from: string)", _temporal.parse_duration),
    builtin("years and months duration(from: any date, to: any date)", _months_between),
    builtin("day of year(date: any date)", _day_of_year),
    builtin("day of week(date: any date)", lambda value: _DAYS[value.weekday()]),
    builtin("month of year(date: any date)", lambda value: _MONTHS[value.month - 1]),
    builtin("week of year(date: any date)", _week_of_year),
    builtin("last day of month(date: any date)", _last_day_of_month),
    builtin("abs(n: months duration)", lambda value: MonthsDuration(abs(value.months))),
    builtin("now()", _now, run=True),
    builtin("today()", _today, run=True),
)
