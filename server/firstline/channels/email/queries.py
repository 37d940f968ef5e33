"""Reads of mail that arrived."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from firstline.channels.email.models import Mailbox, RawMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedMessage:
    id: UUID
    source: str
    size: int
    envelope_from: str
    received_at: datetime
    problem: str
    raw_file_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingMailbox:
    name: str
    since: datetime
    problem: str


def quarantined(
    messages: "QuerySet[RawMessage] | None" = None, *, before: tuple[datetime, UUID] | None = None, limit: int = 100
) -> tuple[QuarantinedMessage, ...]:
    """Give the messages that wait for a person, the newest first; `before` is where the last page ended."""
    query = RawMessage.objects.all() if messages is None else messages
    query = query.filter(state=RawMessage.State.QUARANTINED)
    if before is not None:
        at, last = before
        query = query.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=last))
    rows = query.order_by("-received_at", "-id")[:limit]
    return tuple(
        QuarantinedMessage(
            id=row.id,
            source=row.source,
            size=row.size,
            envelope_from=row.envelope_from or "",
            received_at=row.received_at,
            problem=row.problem,
            raw_file_id=row.raw_file_id,
        )
        for row in rows
    )


def count_by_state() -> dict[str, int]:
    """Count the messages that arrived, by what became of them."""
    counted = RawMessage.objects.order_by().values_list("state").annotate(Count("id"))
    return {state: number for state, number in counted}  # noqa: C416 - rows of two aren't typed as pairs


def failing_mailboxes() -> tuple[FailingMailbox, ...]:
    """Give the mailboxes that can't be read at the moment, and since when."""
    rows = Mailbox.objects.exclude(failing_since=None).order_by("failing_since")
    return tuple(
        FailingMailbox(name=row.name, since=row.failing_since, problem=row.problem) for row in rows if row.failing_since
    )
