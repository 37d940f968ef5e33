"""Reads about what went out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from firstline.cases.survivors import these_cases
from firstline.correspondence.models import OutgoingMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRow:
    """A message to a customer, and whether it got out."""

    id: UUID
    address: str
    subject: str
    text: str
    state: str
    error: str
    created_at: datetime
    sent_at: datetime | None


def messages_about(case_id: UUID) -> list[OutgoingRow]:
    """List what was or will be sent about a case, oldest first: messages of its procedure, and what agents wrote.

    With what was sent about cases that go on as it.
    """
    these = these_cases(case_id)
    written = Q(contact__reasons__case_id__in=these, intents=None)
    found = OutgoingMessage.objects.filter(Q(intents__case_id__in=these) | written).distinct()
    return [_row(one) for one in found.order_by("created_at", "id")]


def _row(message: OutgoingMessage) -> OutgoingRow:
    return OutgoingRow(
        id=message.id,
        address=message.address,
        subject=message.subject,
        text=message.text,
        state=message.state,
        error=message.error,
        created_at=message.created_at,
        sent_at=message.sent_at,
    )
