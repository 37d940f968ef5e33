"""Reads of the outbox."""

from datetime import datetime

from django.db.models import F, Min
from django.db.models.functions import Greatest

from firstline.outbox.models import OutboxEntry


def next_due_at() -> datetime | None:
    """Say when the next effect is due; what somebody has in hand, not before the lease is over."""
    waiting = OutboxEntry.objects.filter(state=OutboxEntry.State.WAITING)
    # Apart, since each has an index of its own: few are in hand, many may wait for another day.
    free: datetime | None = (
        waiting.filter(leased_until=None).order_by("due_at").values_list("due_at", flat=True).first()
    )
    in_hand = waiting.filter(leased_until__isnull=False)
    leased: datetime | None = in_hand.aggregate(at=Min(Greatest(F("due_at"), F("leased_until"))))["at"]
    return min(filter(None, (free, leased)), default=None)
