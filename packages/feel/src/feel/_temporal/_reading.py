"""Temporal values from text: the lexical forms of XML Schema and XPath, and zones after `@` (clause 10.3.4.1)."""

import datetime as dt
import re

from feel._temporal._arithmetic import make_months
from feel._temporal._zones import OFFSET, parse_zone
from feel._values import MonthsDuration
from feel._wide import (
    DAY,
    SECOND,
    AnyDate,
    Date,
    DateTime,
    Duration,
    Time,
    make_date,
    make_date_and_time,
    make_duration,
    make_time,
    moment_of,
)
from feel.errors import Fault

_OFFSET = f"({OFFSET.pattern})"
_DATE = re.compile(rf"(-?(?:\d{{4}}|[1-9]\d{{4,8}}))-(\d{{2}})-(\d{{2}}){_OFFSET}?", re.ASCII)
_TIME = re.compile(rf"(\d{{2}}):(\d{{2}}):(\d{{2}})(\.\d+)?({_OFFSET}|@[A-Za-z0-9_+\-/]{{1,60}})?", re.ASCII)
_DAYS = re.compile(r"(-)?P(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(\.\d*)?S)?)?", re.ASCII)
_MONTHS = re.compile(r"(-)?P(?:(\d{1,11})Y)?(?:(\d{1,12})M)?", re.ASCII)
_HOURS = (3600, 60, 1)


def parse_date(text: str) -> Date:
    """Read `2026-11-21`; an offset after it, which XML Schema allows, is left out. Raises: Fault."""
    return _date(text)[0]


def _date(text: str) -> tuple[Date, str | None]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise Fault("value", f"“{text}” is no date; write it as 2026-11-21")
    return make_date(int(match[1]), int(match[2]), int(match[3])), match[4]


def parse_time(text: str) -> Time:
    """Read `14:30:00`, with a fraction, an offset or a zone; `24:00:00` is midnight. Raises: Fault."""
    nanoseconds, zone = _clock(text.removeprefix("T"))
    return make_time(nanoseconds % DAY, zone)


def _clock(text: str) -> tuple[int, dt.tzinfo | None]:
    """Read a time of day as nanoseconds since midnight, those of 24:00:00 included, and its zone."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise Fault("value", f"“{text}” is no time; write it as 14:30:00")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    nanoseconds = (hour * 3600 + minute * 60 + second) * SECOND + _nanoseconds(match[4])
    if minute > 59 or second > 59 or nanoseconds > DAY:
        raise Fault("value", f"There is no time {text}")
    return nanoseconds, _zone(match[5])


def _zone(text: str | None) -> dt.tzinfo | None:
    return None if text is None else parse_zone(text)


def _nanoseconds(fraction: str | None) -> int:
    return int(fraction[1:10].ljust(9, "0")) if fraction else 0


def parse_date_and_time(text: str) -> DateTime:
    """Read `2026-11-21T14:30:00`, with an offset or a zone; a date alone means midnight. Raises: Fault."""
    date, separator, time = text.partition("T")
    if not separator:
        day, offset = _date(date)
        return moment_of(day.toordinal(), 0, _zone(offset))
    day, offset = _date(date)
    if offset is not None:
        raise Fault("value", f"“{text}” is no date and time; write it as 2026-11-21T14:30:00")
    nanoseconds, zone = _clock(time)
    if nanoseconds == DAY:
        return moment_of(day.toordinal(), DAY, zone)
    return make_date_and_time(day, make_time(nanoseconds, zone))


def parse_duration(text: str) -> Duration | MonthsDuration:
    """Read `P1DT2H` or `P1Y2M`. Raises: Fault."""
    if months := _MONTHS.fullmatch(text):
        if months[2] or months[3]:
            total = int(months[2] or 0) * 12 + int(months[3] or 0)
            return make_months(-total if months[1] else total)
    elif (days := _DAYS.fullmatch(text)) and not text.endswith(("P", "T")):
        seconds = int(days[2] or 0) * 86_400
        seconds += sum(int(days[part] or 0) * unit for part, unit in zip((3, 4, 5), _HOURS, strict=True))
        nanoseconds = seconds * SECOND + _nanoseconds(days[6])
        return make_duration(-nanoseconds if days[1] else nanoseconds)
    raise Fault("value", f"“{text}” is no duration; write it as P1DT2H or P1Y2M")


def parse_literal(text: str) -> AnyDate | Time | Duration | MonthsDuration:
    """Read what stands after `@`: the form decides between date, time, date and time, and duration. Raises: Fault."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text[1:].partition("@")[0]:
        return parse_date_and_time(text)
    return parse_date(text) if _DATE.fullmatch(text) else parse_time(text)
