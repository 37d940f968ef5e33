"""What is most urgent, and why, as pure functions over plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _

# How long a customer who wrote may wait for somebody to look at it; a channel without its own follows the last.
ANSWER_WITHIN = {"chat": timedelta(minutes=2), "phone": timedelta(hours=1)}
ANSWER_WITHIN_OTHERWISE = timedelta(hours=24)
# A step that has no date of its own is still somebody's wish: it counts as due so long after it began.
UNDATED_DUE_AFTER = timedelta(days=3)
SOON = timedelta(hours=4)

Urgency = Literal["missed", "soon", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What the place of one piece of work depends on."""

    since: datetime
    due_at: datetime | None = None
    promised_at: datetime | None = None
    # Of a contact that waits for somebody: its channel.
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a piece of work stands in the list, and why, in words."""

    deadline: datetime
    urgency: Urgency
    why: str
    # Whether the deadline is a promise or a due date that somebody set, and not only what is usual.
    is_dated: bool = True


def deadline(dates: Dates) -> datetime:
    """Say what the risk is measured by: the earliest of promise and due date, or what is usual without either."""
    if dates.channel:
        return dates.since + ANSWER_WITHIN.get(dates.channel, ANSWER_WITHIN_OTHERWISE)
    known = [moment for moment in (dates.promised_at, dates.due_at) if moment is not None]
    return min(known, default=dates.since + UNDATED_DUE_AFTER)


def order(dates: Dates, item_id: UUID) -> tuple[datetime, UUID]:
    """Rank work: whatever has the least time left, or is late by most, comes first. Sorts ascending.

    The moment of the deadline alone decides, not the time left, so that an item's place never depends on when one looks,
    and pages fit together however long somebody takes to turn them.
    """
    return deadline(dates), item_id


def place(dates: Dates, *, now: datetime) -> Place:
    """Say how urgent a piece of work is, and why it stands where it stands."""
    at = deadline(dates)
    urgency: Urgency = "missed" if at <= now else "soon" if at <= now + SOON else "later"
    is_dated = dates.promised_at is not None or dates.due_at is not None
    return Place(deadline=at, urgency=urgency, why=_why(dates, is_missed=at <= now), is_dated=is_dated)


def _why(dates: Dates, *, is_missed: bool) -> str:
    if dates.channel:
        return _("Waits too long for an answer") if is_missed else _("Waits for an answer")
    if dates.promised_at is not None and (dates.due_at is None or dates.promised_at <= dates.due_at):
        return _("Promise missed") if is_missed else _("Promised")
    if dates.due_at is not None:
        return _("Overdue") if is_missed else _("Due")
    return _("Lies here without a date") if is_missed else _("No date set")
