"""Every night what nobody needs any more is cleared away, in small batches, each a transaction of its own.

Any number of workers may do it at once: each leaves alone what another has in hand.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from firstline.accounts import housekeeping as accounts
from firstline.cases import housekeeping as cases
from firstline.outbox import housekeeping as outbox
from firstline.sources import housekeeping as sources
from firstline.sources.rules.reconciliation import last_due

log = logging.getLogger(__name__)

CLEARERS: Mapping[str, Callable[[datetime], Iterator[int]]] = {
    "effects": outbox.clear,
    "sessions": accounts.clear,
    "drafts": cases.clear,
    "readings": sources.clear,
}


class Night:
    """Remembers for one worker up to which night it has cleared; a worker that starts clears at once."""

    def __init__(self) -> None:
        self._cleared_at: datetime | None = None

    def clear_when_due(self, *, now: datetime, stop: threading.Event) -> bool:
        """Clear, once after each night's hour, until nothing is left or the worker stops; returns whether it was time."""
        at = settings.FIRSTLINE_SWEEP_AT
        if at is None or (
            self._cleared_at is not None and self._cleared_at >= last_due(at, now=timezone.localtime(now))
        ):
            return False
        cleared = clear(now=now, stop=stop)
        self._cleared_at = now
        log.info("Cleared away: %s", ", ".join(f"{count} {what}" for what, count in cleared.items()))
        return True


def clear(*, now: datetime, stop: threading.Event) -> dict[str, int]:
    """Clear everything away; returns how many of each kind."""
    cleared = dict.fromkeys(CLEARERS, 0)
    for what, clearer in CLEARERS.items():
        for count in clearer(now):
            cleared[what] += count
            if stop.is_set():
                return cleared
    return cleared
