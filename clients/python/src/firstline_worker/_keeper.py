"""Extends the leases of jobs that are being worked on."""

import logging
import threading
import time
from dataclasses import dataclass, field

from firstline_worker._api import Api, Away, Refused
from firstline_worker._job import Job

log = logging.getLogger("firstline_worker")

# A lease is extended when a third of it has passed, so that two attempts may fail.
_PART = 3


@dataclass(slots=True, kw_only=True)
class Held:
    """A job in hand; moments are those of `time.monotonic`."""

    lease: str
    lease_seconds: float
    job: Job
    ends_at: float
    next_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.next_at = self.ends_at - self.lease_seconds * (_PART - 1) / _PART


class Keeper:
    """A thread that extends what is in hand until it is let go."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._held: dict[str, Held] = {}
        self._change = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="firstline leases", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hold(self, held: Held) -> None:
        """Extend this from now on."""
        with self._change:
            self._held[held.lease] = held
            self._change.notify()

    def let_go(self, held: Held) -> None:
        """Extend this no more."""
        with self._change:
            self._held.pop(held.lease, None)

    def stop(self) -> None:
        """End."""
        with self._change:
            self._is_over = True
            self._change.notify()
        self._thread.join()
        self._api.close()

    def _run(self) -> None:
        with self._change:
            while not self._is_over:
                due = min(self._held.values(), key=lambda held: held.next_at, default=None)
                if due is None:
                    self._change.wait()
                elif (left := due.next_at - time.monotonic()) > 0:
                    self._change.wait(left)
                else:
                    self._change.release()
                    try:
                        self._extend(due)
                    finally:
                        self._change.acquire()

    def _extend(self, held: Held) -> None:
        asked_at = time.monotonic()
        try:
            self._api.post(f"leases/{held.lease}/extend", {"lease_seconds": held.lease_seconds})
        except Away as away:
            log.warning("The lease of the job %s couldn't be extended: %s", held.job.key, away)
            held.next_at = time.monotonic() + min(held.lease_seconds / 10, 5.0)
        except Refused as refused:
            self._lose(held, str(refused))
        else:
            held.ends_at = asked_at + held.lease_seconds
            held.next_at = asked_at + held.lease_seconds / _PART

    def _lose(self, held: Held, why: str) -> None:
        # It may have been answered meanwhile: then nobody holds it here any more.
        with self._change:
            if self._held.pop(held.lease, None) is not None:
                held.job.is_lost = True
                log.warning("The job %s is lost: %s", held.job.key, why)
