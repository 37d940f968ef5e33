"""Old readings of the back-office systems are forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from firstline.sources.models import Command, Reading
from firstline.statements import delete_some


def clear(now: datetime) -> Iterator[int]:
    """Forget what was read more than `FIRSTLINE_READING_DAYS` ago, batch by batch; gives how many each time.

    Two kinds stay: the last of each view of a customer, which is shown with its date while the system is down, and those by
    which somebody decided about a change.
    """
    if settings.FIRSTLINE_READING_DAYS is None:
        return
    before = now - timedelta(days=settings.FIRSTLINE_READING_DAYS)
    same = {"customer_id": OuterRef("customer_id"), "view": OuterRef("view"), "read_of": OuterRef("read_of")}
    newer = Exists(Reading.objects.filter(**same, read_at__gt=OuterRef("read_at")))
    decided_by = Exists(Command.objects.filter(reading_id=OuterRef("id")))
    yield from delete_some(Reading.objects.filter(newer, ~decided_by, read_at__lt=before))
