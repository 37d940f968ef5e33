"""Offsets and time zones."""

import datetime as dt
import functools
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feel._wide import CYCLE_DAYS, LAST_DAY, DateTime, Time, WideDateTime, nanoseconds_of_day
from feel.errors import Fault

OFFSET = re.compile(r"Z|z|[+-]\d{2}:\d{2}(?::\d{2})?", re.ASCII)
MOST_OFFSET = dt.timedelta(hours=14)
"""As in XML Schema; the zones of the IANA database may have been further away long ago."""


def parse_zone(text: str) -> dt.tzinfo:
    """Read `Z`, `+01:00` or `@Europe/Berlin`. Raises: Fault for a zone that isn't known."""
    if text in {"Z", "z"}:
        return dt.UTC
    if text.startswith("@"):
        return named_zone(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if minutes > 59 or (seconds and seconds[0] > 59):
        raise Fault("value", f"There is no offset {text}")
    offset = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return fixed_zone(-offset if text[0] == "-" else offset)


def zone_of(text: str) -> dt.tzinfo:
    """Read `Z`, `+01:00` or `Europe/Berlin`, as the functions with a time zone take it. Raises: Fault."""
    return parse_zone(text if OFFSET.fullmatch(text) else f"@{text}")


def fixed_zone(offset: dt.timedelta) -> dt.tzinfo:
    """Give the zone of an offset. Raises: Fault when it is further away than 14 hours or has parts of a second."""
    if abs(offset) > MOST_OFFSET or offset.microseconds:
        raise Fault("value", "An offset lies between -14:00 and +14:00, in whole seconds")
    return dt.timezone(offset) if offset else dt.UTC


def named_zone(name: str) -> dt.tzinfo:
    """Give a zone of the IANA database. Raises: Fault when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("value", f"There is no time zone {name}") from None


def offset_of(value: Time | DateTime) -> dt.timedelta | None:
    """Give the offset that a value has from UTC; None for a local one.

    A time of day with a zone, which has no day to look the offset up for, has the zone's standard one: that of winter.
    """
    if value.tzinfo is None:
        return None
    if isinstance(value, WideDateTime):
        return _familiar(value).utcoffset()
    if isinstance(value, dt.datetime):
        return value.utcoffset()
    offset = value.tzinfo.utcoffset(None)
    return _standard_offset(value.tzinfo) if offset is None else offset


@functools.lru_cache(maxsize=512)
def _standard_offset(zone: dt.tzinfo) -> dt.timedelta:
    offsets = (dt.datetime(2000, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return min(offset or dt.timedelta() for offset in offsets)


def _familiar(value: DateTime) -> dt.datetime:
    """Give a moment of Python's with the same offset: fractions cut, and years without rules of their own shifted.

    Zones keep their rule after the last known change, and have local mean time before the first; and every 400 years
    the calendar repeats.
    """
    seconds, rest = divmod(nanoseconds_of_day(value) // 1000, 1_000_000)
    day = dt.date.fromordinal(_familiar_day(value.toordinal()))
    time = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest, value.tzinfo, fold=value.fold)
    return dt.datetime.combine(day, time)


def _familiar_day(ordinal: int) -> int:
    if 366 < ordinal < LAST_DAY - 366:
        return ordinal
    cycle = 1 if ordinal < CYCLE_DAYS else 23
    return (ordinal - 1) % CYCLE_DAYS + 1 + cycle * CYCLE_DAYS


def offset_at(moment: DateTime, zone: dt.tzinfo) -> tuple[dt.timedelta, int]:
    """Give the offset of a zone at a moment in UTC, and whether the hour there is the second of its name."""
    utc = _familiar(moment).replace(tzinfo=zone)
    local = zone.fromutc(utc)
    return local.replace(tzinfo=None) - utc.replace(tzinfo=None), local.fold


def zone_name(value: Time | DateTime) -> str | None:
    """Give the property `timezone`: the identifier in the IANA database, null for a mere offset."""
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def zone_text(value: Time | DateTime) -> str:
    """Write the offset or zone of a value."""
    name = zone_name(value)
    if name is not None:
        return f"@{name}"
    offset = offset_of(value)
    if offset is None:
        return ""
    seconds = abs(offset) // dt.timedelta(seconds=1)
    if not seconds:
        return "Z"
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}" + (f":{seconds % 60:02d}" if seconds % 60 else "")
    return ("-" if offset < dt.timedelta() else "+") + clock
