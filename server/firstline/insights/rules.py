"""Periods, comparisons and scales of the figures, as pure functions over plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

LONGEST_DAYS = 731
DEFAULT_REPEAT_DAYS = 14
LONGEST_REPEAT_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days of a zone, both ends included; `start` (included) and `end` (not included) are the moments."""

    first: date
    last: date
    start: datetime
    end: datetime

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def period_of(first: date, last: date, *, now: datetime, zone: ZoneInfo) -> Period:
    """Span the days from `first` to `last`; a day that still runs counts up to now."""
    end = min(_midnight(last + timedelta(days=1), zone), max(now, _midnight(first, zone)))
    return Period(first=first, last=last, start=_midnight(first, zone), end=end)


def latest_days(count: int, *, now: datetime, zone: ZoneInfo) -> Period:
    """Span the latest `count` days, today included."""
    today = now.astimezone(zone).date()
    return period_of(today - timedelta(days=count - 1), today, now=now, zone=zone)


def period_before(period: Period, *, zone: ZoneInfo) -> Period:
    """Span as many days directly before, up to the same time of day: half a today is compared with half a yesterday.

    The wall clock is moved, not the moment, so that a change to summer time doesn't shift the end.
    """
    back = timedelta(days=period.days)
    first, last = period.first - back, period.last - back
    end = (period.end.astimezone(zone).replace(tzinfo=None) - back).replace(tzinfo=zone).astimezone(UTC)
    return Period(first=first, last=last, start=_midnight(first, zone), end=end)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # In UTC, where the difference of two moments is the time between them.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def old_enough_before(*, now: datetime, repeat_days: int) -> datetime:
    """Say before which moment a contact must have come, so that its customer has had the days to come again."""
    return now - timedelta(days=repeat_days)


def percentage(part: float, whole: float) -> Decimal | None:
    """Say how many of a hundred, to one digit; None when there is nothing to share.

    >>> percentage(1, 3), percentage(1, 0)
    (Decimal('33.3'), None)
    """
    if not whole:
        return None
    return (Decimal(str(part)) * 100 / Decimal(str(whole))).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure against that of the period before: by how much it differs, and by how many of a hundred."""

    difference: float
    percent: int | None

    @property
    def direction(self) -> str:
        """Tell whether it went up, down, or stayed."""
        return "same" if self.difference == 0 else "up" if self.difference > 0 else "down"


def change(now: float | None, before: float | None) -> Change | None:
    """Compare a figure with that of the period before; None when one of them isn't known.

    >>> change(12, 10).percent, change(12, 0).percent
    (20, None)
    """
    if now is None or before is None:
        return None
    return Change(difference=now - before, percent=round((now - before) * 100 / before) if before else None)


def lengths(values: Sequence[float], *, longest: float, full: float = 0) -> list[float]:
    """Scale bars so that `full` or the greatest value is `longest`; zero stays nothing, what isn't zero is always seen.

    >>> lengths([0, 5, 10], longest=100)
    [0.0, 50.0, 100.0]
    """
    greatest = max([full, *values])
    if greatest <= 0:
        return [0.0 for _ in values]
    return [round(max(value * longest / greatest, longest / 100), 2) if value > 0 else 0.0 for value in values]


def days_between(first: date, last: date) -> list[date]:
    """List the days from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
