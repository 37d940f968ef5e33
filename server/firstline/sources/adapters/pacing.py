"""A connector that asks no more often than its source bears, in this process; whoever asks waits as long as they want to."""

import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from django.utils.translation import gettext_noop

from firstline.sources.ports import Connector, Guarantee, Row, SourceLate
from firstline.sources.rules.pace import Pace, reserved


class PacedConnector:
    """Stands before another connector."""

    def __init__(self, inner: Connector, pace: Pace) -> None:
        self.guarantee: Guarantee = inner.guarantee
        self._inner = inner
        self._pace = pace
        self._lock = Lock()
        self._due_at = 0.0

    def read(self, read: Any, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        return self._inner.read(read, parameters, limit=limit, seconds=self._wait(seconds))

    def write(self, write: Any, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        self._inner.write(write, records, key=key, seconds=self._wait(seconds))

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return self._inner.was_written(key, seconds=self._wait(seconds))

    def close(self) -> None:
        self._inner.close()

    def _wait(self, seconds: float) -> float:
        """Wait for a place, and say how many seconds are left then; who can't wait so long takes none."""
        with self._lock:
            wait, due_at = reserved(self._pace, self._due_at, time.monotonic())
            if wait >= seconds:
                raise SourceLate(gettext_noop("it is asked as often as it may be"))
            self._due_at = due_at
        time.sleep(wait)
        return seconds - wait
