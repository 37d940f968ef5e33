"""What a customer reads about time and progress, decided as pure functions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

State = Literal["done", "now", "next"]


def step_states(count: int, *, standing: int | None, is_over: bool) -> list[State]:
    """Say of each visible step whether it is done, under way or to come; `standing` is the step's number, from 1.

    A case of which nothing is known yet stands at its first step.

    >>> step_states(3, standing=2, is_over=False)
    ['done', 'now', 'next']
    """
    if is_over:
        return ["done"] * count
    at = standing or 1
    return ["done" if number < at else "now" if number == at else "next" for number in range(1, count + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """When something is to be done: a range of days; `is_late` when the last of them is over."""

    first: date
    last: date
    is_late: bool

    @property
    def kind(self) -> str:
        """Which sentence says it: late, today, tomorrow (today or tomorrow), or days."""
        if self.is_late:
            return "late"
        days = (self.last - self.first).days
        return ("today", "tomorrow")[days] if days < 2 else "days"


def expected(due_at: datetime | None, *, now: datetime, zone: ZoneInfo) -> Expected | None:
    """Turn a moment by which a step is due into the range that a customer is told; a step without one has none.

    >>> from datetime import UTC
    >>> found = expected(
    ...     datetime(2026, 11, 26, 12, tzinfo=UTC),
    ...     now=datetime(2026, 11, 23, 9, tzinfo=UTC),
    ...     zone=ZoneInfo("Europe/Berlin"),
    ... )
    >>> found.kind, found.last.isoformat()
    ('days', '2026-11-26')
    """
    if due_at is None:
        return None
    today, last = now.astimezone(zone).date(), due_at.astimezone(zone).date()
    # From a week on, the first days of the range are left out: nobody waits by the letter box for nothing.
    first = today if (last - today).days < 7 else today + timedelta(days=(last - today).days // 2)
    return Expected(first=min(first, last), last=last, is_late=due_at < now)
