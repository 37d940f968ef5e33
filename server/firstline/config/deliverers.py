"""How the deliverers of a worker find effects: one looks at a time, and for no more than it can soon carry out."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from firstline import clock
from firstline.outbox import executor, queries
from firstline.outbox.actions import LONGEST_NAP
from firstline.outbox.ports import Delivery

# A deliverer takes what it can carry out within this time: what is done together is committed together.
BATCH_SECONDS = 0.1
MOST_AT_ONCE = 50


class Bell:
    """Wakes the loops when another process has committed work for them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def ring(self) -> None:
        """Wake everybody."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    @property
    def rings(self) -> int:
        """How often it rang; taken before looking for work, so that a ring meanwhile isn't missed."""
        return self._rings

    def wait(self, *, heard: int, seconds: float) -> None:
        """Sleep until it rings again, or for `seconds`."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != heard, timeout=seconds)


class Deliverers:
    """What the deliverers of this process know together: that nothing is due, as of some ring of the bell, and until when."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._looking = threading.Lock()
        self._nothing_as_of = -1
        self._nothing_until: datetime | None = None

    def engage(self) -> "Deliverer":
        """Give a thread its part."""
        return Deliverer(self)

    def take(self, limit: int) -> list[tuple[str, Delivery]]:
        """Lease up to `limit` effects, unless it is known that none is due."""
        with self._looking:
            if self._nothing_as_of == self._bell.rings and clock.now() < (self.next_due_at() or clock.now()):
                return []
            rings = self._bell.rings
            taken = executor.take(limit=limit)
            if len(taken) < limit:
                soon = clock.now() + LONGEST_NAP
                self._nothing_as_of, self._nothing_until = rings, min(queries.next_due_at() or soon, soon)
            return taken

    def look_again(self) -> None:
        """Forget that nothing is due: what was carried out may be due again."""
        self._nothing_as_of = -1

    def next_due_at(self) -> datetime | None:
        """Say when something is due next, as far as is known."""
        return self._nothing_until


@dataclass(slots=True)
class Deliverer:
    """One thread: it begins with one effect at a time, and takes more as long as they are quick."""

    _all: Deliverers
    _limit: int = 1

    def work(self) -> int:
        """Carry out what is due; returns how many effects it took."""
        taken = self._all.take(self._limit)
        if taken:
            began = time.monotonic()
            executor.deliver(taken)
            self._limit = _limit_after(len(taken), time.monotonic() - began, self._limit)
            self._all.look_again()
        return len(taken)


def _limit_after(taken: int, seconds: float, limit: int) -> int:
    """Say how many to take next.

    >>> _limit_after(4, 0.01, limit=4), _limit_after(4, 0.2, limit=4), _limit_after(1, 30.0, limit=8)
    (8, 2, 1)
    """
    in_time = int(taken * BATCH_SECONDS / max(seconds, 0.001))
    return max(1, min(in_time, 2 * limit, MOST_AT_ONCE))
