"""What threads want at the same time is gathered: one of them does it for all who wait, and they sleep meanwhile.

Whoever finds nobody at work begins, and what is wanted meanwhile is for the next, which is the first of those who wait. Those who were
served together want the next thing at about the same time; so whoever works behind such a crowd waits a moment for as many: for a small
part of what the work before took, and not at all where people come alone.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

# Of what the work before took, and at most.
_PATIENCE, _LONGEST_PATIENCE_SECONDS = 0.25, 0.002
_W = TypeVar("_W")


class _Caller:
    """A thread: how much of what it wants isn't done, and whether it is the one who works."""

    __slots__ = ("gate", "left", "works")

    def __init__(self, left: int) -> None:
        self.gate = threading.Lock()
        self.gate.acquire()
        self.left = left
        self.works = False


class Gathering(Generic[_W]):
    """Has `work` do up to `most` of what is wanted at once."""

    def __init__(self, work: Callable[[list[_W]], None], *, most: int) -> None:
        self._work, self._most = work, most
        self._waiting: deque[tuple[_Caller, _W]] = deque()
        self._is_anybody_at_work = False
        self._lock = threading.Lock()
        # Opened when as many wait as were served before, if somebody waits for that.
        self._crowd: threading.Lock | None = None
        # Of the work before.
        self._served, self._seconds = 0, 0.0

    def __len__(self) -> int:
        """Say how much waits."""
        return len(self._waiting)

    def serve(self, wanted: Sequence[_W]) -> None:
        """Return when all of it was given to `work`. Raises: what `work` raises, in the thread that works."""
        if not wanted:
            return
        caller = _Caller(len(wanted))
        try:
            with self._lock:
                self._waiting.extend((caller, one) for one in wanted)
                if self._crowd is not None and len(self._waiting) >= self._served:
                    self._crowd.release()
                    self._crowd = None
                caller.works = not self._is_anybody_at_work
                self._is_anybody_at_work = True
            if not caller.works:
                # Until its own is done, or it is the next to work.
                caller.gate.acquire()
            while caller.left:
                self._work_for_all()
        finally:
            self._leave(caller)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let everybody who comes meanwhile wait, as if somebody were at work."""
        with self._lock:
            self._is_anybody_at_work = True
        try:
            yield
        finally:
            with self._lock:
                self._pass_on()

    def _work_for_all(self) -> None:
        self._wait_for_others()
        batch: list[tuple[_Caller, _W]] = []
        began = time.monotonic()
        try:
            with self._lock:
                while self._waiting and len(batch) < self._most:
                    batch.append(self._waiting.popleft())
            self._work([one for _, one in batch])
        finally:
            self._served, self._seconds = len(batch), time.monotonic() - began
            for caller, _ in batch:
                caller.left -= 1
                if not (caller.left or caller.works):
                    caller.gate.release()

    def _wait_for_others(self) -> None:
        with self._lock:
            if len(self._waiting) >= self._served:
                return
            self._crowd = crowd = threading.Lock()
            crowd.acquire()
        crowd.acquire(timeout=min(self._seconds * _PATIENCE, _LONGEST_PATIENCE_SECONDS))
        with self._lock:
            self._crowd = None

    def _leave(self, caller: _Caller) -> None:
        with self._lock:
            if caller.left:
                # Its thread is being ended; nobody else is to begin what it wanted.
                self._waiting = deque(one for one in self._waiting if one[0] is not caller)
            if caller.works:
                self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            following = self._waiting[0][0]
            following.works = True
            following.gate.release()
        else:
            self._is_anybody_at_work = False
