"""Effects that were carried out long ago are forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from firstline.outbox.models import OutboxEntry
from firstline.statements import delete_some


def clear(now: datetime) -> Iterator[int]:
    """Forget what was carried out more than `FIRSTLINE_OUTBOX_DAYS` ago, batch by batch; gives how many each time.

    Until then the same effect wanted again is still the same. What was given up stays, as a person may have to look at it.
    """
    before = now - timedelta(days=settings.FIRSTLINE_OUTBOX_DAYS)
    yield from delete_some(OutboxEntry.objects.filter(state=OutboxEntry.State.DONE, ended_at__lt=before))
