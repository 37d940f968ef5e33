"""Dates, times and durations: from text, to text, their parts, and their arithmetic."""

import calendar
import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feel._values import MonthsDuration
from feel.errors import Fault

_DATE = re.compile(r"(-?(?:\d{4}|[1-9]\d{4,8}))-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z0-9_+\-/]{1,60})?")
_DAYS = re.compile(r"(-)?P(?:(\d{1,12})D)?(?:T(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(\.\d*)?S)?)?")
_MONTHS = re.compile(r"(-)?P(?:(\d{1,12})Y)?(?:(\d{1,12})M)?")

DAY = dt.timedelta(days=1)


def parse_date(text: str) -> dt.date:
    """Read `2026-11-21`. Raises: Fault."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise Fault("value", f"“{text}” is no date; write it as 2026-11-21")
    return make_date(int(match[1]), int(match[2]), int(match[3]))


def make_date(year: int, month: int, day: int) -> dt.date:
    """Build a date. Raises: Fault when there is no such day, or its year isn't in 1 to 9999."""
    try:
        return dt.date(year, month, day)
    except (ValueError, OverflowError):
        raise Fault("value", f"There is no date {year}-{month}-{day}") from None


def parse_time(text: str) -> dt.time:
    """Read `14:30:00`, with a fraction, an offset or a zone. Raises: Fault."""
    match = _TIME.fullmatch(text.removeprefix("T"))
    if match is None:
        raise Fault("value", f"“{text}” is no time; write it as 14:30:00")
    fraction = int((match[4] or ".0")[1:7].ljust(6, "0"))
    try:
        return dt.time(int(match[1]), int(match[2]), int(match[3]), fraction, parse_zone(match[5]))
    except ValueError:
        raise Fault("value", f"There is no time {text}") from None


def parse_zone(text: str | None) -> dt.tzinfo | None:
    """Read `Z`, `+01:00` or `@Europe/Berlin`. Raises: Fault for a zone that isn't known."""
    if text is None:
        return None
    if text in {"Z", "z"}:
        return dt.UTC
    if text.startswith("@"):
        return _zone(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    offset = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    if minutes > 59 or offset > dt.timedelta(hours=18):
        raise Fault("value", f"There is no offset {text}")
    return dt.timezone(-offset if text[0] == "-" else offset) if offset else dt.UTC


def _zone(name: str) -> dt.tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("value", f"There is no time zone {name}") from None


def parse_date_and_time(text: str) -> dt.datetime:
    """Read `2026-11-21T14:30:00`, with an offset or a zone; a date alone means midnight. Raises: Fault."""
    date, separator, time = text.partition("T")
    if not separator:
        return dt.datetime.combine(parse_date(date), dt.time())
    if time.startswith("T"):
        raise Fault("value", f"“{text}” is no date and time; write it as 2026-11-21T14:30:00")
    if time.startswith("24:00:00"):
        midnight = dt.datetime.combine(parse_date(date), parse_time(time.replace("24", "00", 1)))
        return _next_day(midnight)
    return dt.datetime.combine(parse_date(date), parse_time(time))


def _next_day(value: dt.datetime) -> dt.datetime:
    try:
        return value + DAY
    except OverflowError:
        raise Fault("value", "The date leaves the years 1 to 9999") from None


def parse_duration(text: str) -> dt.timedelta | MonthsDuration:
    """Read `P1DT2H` or `P1Y2M`. Raises: Fault."""
    if months := _MONTHS.fullmatch(text):
        if months[2] or months[3]:
            total = int(months[2] or 0) * 12 + int(months[3] or 0)
            return MonthsDuration(-total if months[1] else total)
    elif (days := _DAYS.fullmatch(text)) and not text.endswith(("P", "T")):
        return _days_duration(days)
    raise Fault("value", f"“{text}” is no duration; write it as P1DT2H or P1Y2M")


def _days_duration(match: re.Match[str]) -> dt.timedelta:
    try:
        value = dt.timedelta(
            days=int(match[2] or 0),
            hours=int(match[3] or 0),
            minutes=int(match[4] or 0),
            seconds=int(match[5] or 0),
            microseconds=int((match[6] or ".0")[1:7].ljust(6, "0")),
        )
    except OverflowError:
        raise Fault("value", "The duration is too long") from None
    return -value if match[1] else value


def parse_literal(text: str) -> object:
    """Read what stands after `@`: the form decides between date, time, date and time, and duration. Raises: Fault."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text[1:].partition("@")[0]:
        return parse_date_and_time(text)
    return parse_date(text) if _DATE.fullmatch(text) else parse_time(text)


def to_text(value: dt.date | dt.time | dt.timedelta | MonthsDuration) -> str:
    """Write a temporal value in the form that the parsers above read."""
    if isinstance(value, MonthsDuration):
        return str(value)
    if isinstance(value, dt.timedelta):
        return _duration_text(value)
    if isinstance(value, dt.datetime):
        return f"{value.date().isoformat()}T{_time_text(value.timetz())}"
    return _time_text(value) if isinstance(value, dt.time) else value.isoformat()


def _time_text(value: dt.time) -> str:
    plain = value.replace(tzinfo=None).isoformat()
    plain = plain.rstrip("0") if value.microsecond else plain
    if value.tzinfo is None:
        return plain
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{plain}@{value.tzinfo.key}"
    offset = value.utcoffset()
    return plain + ("Z" if not offset else dt.time(tzinfo=value.tzinfo).isoformat()[8:])


def _duration_text(value: dt.timedelta) -> str:
    magnitude = abs(value)
    hours, rest = divmod(magnitude.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{magnitude.microseconds:06d}".rstrip("0") if magnitude.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{magnitude.days}D" if magnitude.days else ""
    return ("-" if value < dt.timedelta() else "") + "P" + (days + ("T" + clock if clock else "") or "T0S")


def add_months(value: dt.date, months: int) -> dt.date:
    """Move a date or a date and time by calendar months; the day is cut to the month's last. Raises: Fault."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise Fault("arithmetic", "The date leaves the years 1 to 9999")
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def add_duration(value: object, duration: dt.timedelta | MonthsDuration) -> object:
    """Move a date, time, or date and time. Raises: Fault when it leaves the years 1 to 9999, or can't be moved so."""
    if isinstance(duration, MonthsDuration):
        if isinstance(value, dt.date):
            return add_months(value, duration.months)
        raise Fault("type", "Only a date can be moved by months")
    if isinstance(value, dt.time):
        return (
            (dt.datetime.combine(dt.date(2000, 1, 1), value.replace(tzinfo=None)) + duration % DAY)
            .time()
            .replace(tzinfo=value.tzinfo)
        )
    try:
        if isinstance(value, dt.datetime):
            return _move(value, duration)
        if isinstance(value, dt.date):
            return (dt.datetime.combine(value, dt.time()) + duration).date()
    except OverflowError:
        raise Fault("arithmetic", "The date leaves the years 1 to 9999") from None
    raise Fault("type", "Only a date, time, or date and time can be moved by a duration")


def _move(value: dt.datetime, duration: dt.timedelta) -> dt.datetime:
    # Python moves the wall clock of a zoned value; FEEL moves the moment.
    if isinstance(value.tzinfo, ZoneInfo):
        return (value.astimezone(dt.UTC) + duration).astimezone(value.tzinfo)
    return value + duration


def difference(left: object, right: object) -> dt.timedelta:
    """Count from `right` to `left`. Raises: Fault when only one of them has a zone, or they are of different kinds."""
    if isinstance(left, dt.time) and isinstance(right, dt.time):
        day = dt.date(2000, 1, 1)
        left, right = dt.datetime.combine(day, left), dt.datetime.combine(day, right)
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        first, second = as_moment(left), as_moment(right)
        if (first.tzinfo is None) == (second.tzinfo is None):
            return first - second
        raise Fault("type", "A time with a zone and one without can't be subtracted")
    raise Fault("type", "These can't be subtracted")


def as_moment(value: dt.date) -> dt.datetime:
    """Take a date as its midnight in UTC, and bring zoned values there too, so that they compare as moments."""
    if not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time(), dt.UTC)
    return value if value.tzinfo is None else value.astimezone(dt.UTC)


def _offset(value: dt.datetime | dt.time) -> dt.timedelta | None:
    return value.utcoffset()


def _zone_name(value: dt.datetime | dt.time) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _clock_part(index: int) -> Callable[[dt.timedelta], Decimal]:
    def part(value: dt.timedelta) -> Decimal:
        magnitude = abs(value)
        seconds = magnitude.seconds
        parts = (magnitude.days, seconds // 3600, seconds // 60 % 60, seconds % 60)
        return Decimal(parts[index] if value >= dt.timedelta() else -parts[index])

    return part


def _months_part(value: MonthsDuration, divisor: int) -> Decimal:
    count = abs(value.months)
    part = count // 12 if divisor else count % 12
    return Decimal(-part if value.months < 0 else part)


_DATE_PARTS: dict[str, Callable[..., object]] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.isoweekday()),
}
_TIME_PARTS: dict[str, Callable[..., object]] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: Decimal(value.second),
    "time offset": _offset,
    "timezone": _zone_name,
}
PARTS: dict[type, dict[str, Callable[..., object]]] = {
    dt.date: _DATE_PARTS,
    dt.time: _TIME_PARTS,
    dt.datetime: _DATE_PARTS | _TIME_PARTS,
    dt.timedelta: {name: _clock_part(index) for index, name in enumerate(("days", "hours", "minutes", "seconds"))},
    MonthsDuration: {
        "years": lambda value: _months_part(value, 1),
        "months": lambda value: _months_part(value, 0),
    },
}
"""What can be asked of a temporal value with a dot (DMN 1.5, table 65)."""
