"""Reads of the outbox."""

from datetime import datetime

from django.db.models import F, Min
from django.db.models.functions import Coalesce, Greatest

from firstline.outbox.models import OutboxEntry


def next_due_at() -> datetime | None:
    """Say when the next effect is due."""
    waiting = OutboxEntry.objects.filter(state=OutboxEntry.State.WAITING)
    due = Greatest(F("due_at"), Coalesce(F("leased_until"), F("due_at")))
    moment: datetime | None = waiting.aggregate(at=Min(due))["at"]
    return moment
