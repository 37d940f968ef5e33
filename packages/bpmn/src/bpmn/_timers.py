"""ISO 8601 dates, durations and cycles, as timers use them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from feel import MonthsDuration, narrowed

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d{1,9})Y)?(?:(?P<months>\d{1,9})M)?(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
_ZONE_NAME = re.compile(r"(.+?)(?:@|\[)([A-Za-z_+\-/0-9]+)\]?")


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months and exact time, as one ISO duration may hold both."""

    months: int
    exact: timedelta

    @property
    def goes_on(self) -> bool:
        """Whether it leads forward in time: a cycle that doesn't would be due again at once, for ever."""
        return self.months >= 0 and self.exact >= timedelta() and bool(self.months or self.exact)

    def after(self, moment: datetime) -> datetime:
        """Add to `moment`; a day that the month doesn't have becomes its last.

        >>> parse_duration("P1M").after(datetime(2026, 1, 31, tzinfo=UTC)).date()
        datetime.date(2026, 2, 28)
        """
        if self.months:
            years, month = divmod(moment.year * 12 + moment.month - 1 + self.months, 12)
            moment = moment.replace(year=years, month=month + 1, day=min(moment.day, _days_in(years, month + 1)))
        return moment + self.exact


@dataclass(frozen=True, slots=True)
class Cycle:
    """How often (None = for ever), from when (None = from now), and the ISO text of the duration between."""

    repetitions: int | None
    start: datetime | None
    interval: str


@lru_cache(maxsize=1000)
def parse_duration(text: str) -> Duration:
    """Read an ISO duration.

    Raises: ValueError.
    >>> parse_duration("PT1H30M").exact
    datetime.timedelta(seconds=5400)
    """
    match = _DURATION.fullmatch(text.strip())
    parts = match.groupdict() if match else {}
    units = {unit: number for unit, number in parts.items() if unit != "sign" and number is not None}
    if not units or text.strip().endswith("T"):
        raise ValueError(f"'{text}' isn't an ISO 8601 duration such as PT30M or P2D")
    sign = -1 if parts["sign"] else 1
    months = int(units.pop("years", 0)) * 12 + int(units.pop("months", 0))
    exact = timedelta(**{unit: float(number) if unit == "seconds" else int(number) for unit, number in units.items()})
    return Duration(sign * months, sign * exact)


def parse_cycle(text: str) -> Cycle:
    """Read an ISO repetition such as R3/PT10M, R/P1D or R5/2026-01-01T08:00:00Z/P7D.

    Raises: ValueError.
    """
    first, *rest = text.strip().split("/")
    if not re.fullmatch(r"R\d{0,9}", first) or len(rest) not in {1, 2}:
        raise ValueError(f"'{text}' isn't an ISO 8601 repetition such as R3/PT10M")
    if not parse_duration(rest[-1]).goes_on:
        raise ValueError(f"'{text}' repeats without time between; write a duration such as PT10M")
    start = parse_moment(rest[0]) if len(rest) == 2 else None
    return Cycle(int(first[1:]) if len(first) > 1 else None, start, rest[-1])


def due_again(
    due_at: datetime, interval: str, repetitions_left: int | None, *, now: datetime
) -> tuple[datetime, int | None] | None:
    """Say when a timer that was due at `due_at` is due again after `now`, and how often after that; None = it was the last time.

    It keeps its rhythm, and rounds that were missed are over, as if they had happened.

    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> due_again(at, "PT1H", 5, now=at + timedelta(hours=2, minutes=30))
    (datetime.datetime(2026, 1, 5, 12, 0, tzinfo=datetime.timezone.utc), 2)
    """
    for _ in range(_MOST_MISSED):
        if not interval or repetitions_left == 0:
            return None
        try:
            due_at = parse_duration(interval).after(due_at)
        except (ValueError, OverflowError):
            # The calendar ends with the year 9999.
            return None
        repetitions_left = None if repetitions_left is None else repetitions_left - 1
        if due_at > now:
            return due_at, repetitions_left
    # With so many rounds, nobody misses the rhythm.
    return due_again(now, interval, repetitions_left, now=now)


_MOST_MISSED = 10_000


def parse_moment(text: str) -> datetime:
    """Read an ISO date and time; without a zone it is in UTC.

    Raises: ValueError.
    """
    named = _ZONE_NAME.fullmatch(text.strip())
    if named and "T" in named[1]:
        return datetime.fromisoformat(named[1]).replace(tzinfo=ZoneInfo(named[2])).astimezone(UTC)
    return as_moment(datetime.fromisoformat(text.strip()))


def as_moment(value: object) -> datetime:
    """Turn a FEEL date, date and time or text into a moment in UTC.

    Raises: ValueError.
    """
    if isinstance(value, str):
        return parse_moment(value)
    value = narrowed(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError(f"{value!r} isn't a date and time")


def as_duration_text(value: object) -> str:
    """Turn a FEEL duration or text into the ISO text of a duration.

    Raises: ValueError.
    """
    value = narrowed(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, MonthsDuration):
        return str(value)
    if isinstance(value, str):
        parse_duration(value)
        return value.strip()
    raise ValueError(f"{value!r} isn't a duration")


def duration_text(value: timedelta) -> str:
    """Write an exact duration.

    >>> duration_text(timedelta(days=1, seconds=1.5))
    'P1DT1.5S'
    """
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    seconds = f"{value.seconds}.{value.microseconds:06}".rstrip("0").rstrip(".")
    days = f"{value.days}D" if value.days else ""
    rest = f"T{seconds}S" if seconds != "0" or not days else ""
    return f"{sign}P{days}{rest}"


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day
