"""Sessions that are over are forgotten."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.sessions.models import Session

from firstline.statements import delete_some


def clear(now: datetime) -> Iterator[int]:
    """Forget sessions that are over, batch by batch; gives how many each time."""
    yield from delete_some(Session.objects.filter(expire_date__lt=now))
