"""When the executor has something to do."""

from datetime import datetime

from django.db.models import Min

from firstline.processes.models import (
    InboxEntry,
    StartWait,
    Timer,
)


def next_due_at() -> datetime | None:
    """Say when there is something to do next; a moment in the past means now."""
    # What only a newer version knows is for others.
    inbox = InboxEntry.objects.filter(is_held=False, kind__in=InboxEntry.Kind.values).order_by("instance_id", "id")
    waiting: datetime | None = inbox.values_list("created_at", flat=True).first()
    if waiting is not None:
        return waiting
    timer: datetime | None = Timer.objects.filter(is_held=False).aggregate(at=Min("due_at"))["at"]
    start: datetime | None = StartWait.objects.filter(due_at__isnull=False).aggregate(at=Min("due_at"))["at"]
    return min(filter(None, (timer, start)), default=None)
