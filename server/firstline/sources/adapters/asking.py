"""Asking sources without ever waiting longer than one wants to.

Each question runs in a thread of its own, at most `concurrency` per source at once; the same question asked twice at the same
time is asked once. Nobody waits for a thread: who asked waits until their deadline; a late answer is still in the question's future.
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.utils.translation import gettext_noop

from firstline import clock
from firstline.sources.ports import Connector, SourceDown
from firstline.sources.rules.breaker import Breaker, after_failure, after_success, on_probe

T = TypeVar("T")


class SourceBusy(SourceDown):
    """As many questions as it takes at once are on their way already."""


class SourcePaused(SourceDown):
    """It failed several times in a row; it is asked again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(gettext_noop("it isn't asked for the moment, because it failed several times in a row"))
        self.seconds = seconds


class NotYet(Exception):
    """The answer isn't there by the deadline; it may still come."""


@dataclass(slots=True)
class Question(Generic[T]):
    """A question on its way."""

    future: "Future[T]"
    started: float

    def wait(self, seconds: float) -> T:
        """Wait until `seconds` after the question was asked.

        Raises: NotYet, or whatever the source raised.
        """
        try:
            return self.future.result(timeout=max(0.0, self.started + seconds - time.monotonic()))
        except FutureTimeout:
            if self.future.done():
                return self.future.result()
            raise NotYet from None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowState:
    """How the way to a source looks from this process."""

    paused_seconds: float
    last_answer_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str


class Window:
    """The way to one source: its connector, how much it takes at once, and whether it is asked at all."""

    def __init__(self, connector: Connector, *, concurrency: int) -> None:
        self.connector = connector
        self._places = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._breaker = Breaker()
        self._last_answer_at: datetime | None = None
        self._last_failure_at: datetime | None = None
        self._last_failure = ""
        self._on_their_way: dict[Hashable, Future[object]] = {}

    def ask(self, key: Hashable, work: Callable[[], T], *, insist: bool = False) -> Question[T]:
        """Ask in a thread, and never raise here; `key` is the same for the same question.

        `insist` asks although the source is paused.
        """
        with self._lock:
            known = self._on_their_way.get(key)
            if known is not None:
                return Question(future=known, started=time.monotonic())  # type: ignore[arg-type]
            pause = self._pause(insist=insist)
            if pause:
                return _failed(SourcePaused(pause))
            if not self._places.acquire(blocking=False):
                return _failed(SourceBusy(gettext_noop("it has as much to answer as it takes at once")))
            future: Future[T] = Future()
            self._on_their_way[key] = future  # type: ignore[assignment]
        thread = threading.Thread(target=self._answer, args=(key, future, work), daemon=True, name="source")
        thread.start()
        return Question(future=future, started=time.monotonic())

    def state(self) -> "WindowState":
        """Say how it went lately, as this process knows it."""
        with self._lock:
            return WindowState(
                paused_seconds=max(0.0, self._breaker.open_until - time.monotonic()),
                last_answer_at=self._last_answer_at,
                last_failure_at=self._last_failure_at,
                last_failure=self._last_failure,
            )

    def note(self, *, success: bool, failure: str = "") -> None:
        """Count how a direct use of the connector went."""
        with self._lock:
            if success:
                self._last_answer_at = clock.now()
            else:
                self._last_failure_at, self._last_failure = clock.now(), failure
            self._breaker = after_success() if success else after_failure(self._breaker, time.monotonic())

    def _pause(self, *, insist: bool) -> float:
        """Say for how many seconds the source isn't asked; 0 when it may be asked now."""
        now = time.monotonic()
        if not insist and not self._breaker.lets_through(now):
            return self._breaker.open_until - now
        if self._breaker.pause_seconds:
            self._breaker = on_probe(self._breaker, now)
        return 0.0

    def _answer(self, key: Hashable, future: "Future[T]", work: Callable[[], T]) -> None:
        try:
            answer = work()
        except BaseException as error:  # noqa: BLE001 -- whoever waits gets it, whatever it is
            self._let_go(key, success=not isinstance(error, SourceDown), failure=str(error))
            future.set_exception(error)
        else:
            self._let_go(key, success=True)
            future.set_result(answer)

    def _let_go(self, key: Hashable, *, success: bool, failure: str = "") -> None:
        self._places.release()
        with self._lock:
            self._on_their_way.pop(key, None)
        self.note(success=success, failure=failure)


def _failed(error: Exception) -> Question[T]:
    future: Future[T] = Future()
    future.set_exception(error)
    return Question(future=future, started=time.monotonic())
