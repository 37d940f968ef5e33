"""Asking sources without ever waiting longer than one wants to.

Each question runs in a thread, at most `concurrency` per source at once, and others stand in line; the same question asked twice at
the same time is asked once. Nobody waits for a thread: who asked waits until their deadline; a late answer is still in the question's
answer.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, cast

from django.utils.translation import gettext_noop

from firstline import clock, turns
from firstline.sources.ports import Connector, SourceDown
from firstline.sources.rules.breaker import Breaker, after_failure, after_success, on_probe

T = TypeVar("T")

# Whoever stands in line longer isn't there any more.
PATIENCE_SECONDS = 10.0
# So many stand in line for each that is asked at once.
LINE = 8


class SourceBusy(SourceDown):
    """It has more to answer than it can within the time that anybody waits."""


class SourcePaused(SourceDown):
    """It failed several times in a row; it is asked again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(gettext_noop("it isn't asked for the moment, because it failed several times in a row"))
        self.seconds = seconds


class NotYet(Exception):
    """The answer isn't there by the deadline; it may still come."""


class Answer(Future[T]):
    """What a source says, once it does."""

    # Whoever waits for it also keeps it.
    is_awaited = False


@dataclass(slots=True)
class Question(Generic[T]):
    """A question on its way."""

    answer: "Answer[T]"
    started: float

    def left(self, seconds: float) -> float:
        """Say how much is left of `seconds` since the question was asked."""
        return max(0.0, self.started + seconds - time.monotonic())

    def wait(self, seconds: float) -> T:
        """Wait until `seconds` after the question was asked.

        Raises: NotYet, or whatever the source raised.
        """
        if not self.answer.done():
            turns.give_back()
        try:
            return self.answer.result(timeout=self.left(seconds))
        except FutureTimeout:
            if self.answer.done():
                return self.answer.result()
            raise NotYet from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question that waits for its place, or is being asked."""

    key: Hashable
    work: Callable[[], object]
    answer: Answer[object]
    since: float
    insist: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowState:
    """How the way to a source looks from this process."""

    paused_seconds: float
    last_answer_at: datetime | None
    last_failure_at: datetime | None
    last_failure: BaseException | None


class Window:
    """The way to one source: its connector, how much it takes at once, and whether it is asked at all."""

    def __init__(self, connector: Connector, *, concurrency: int) -> None:
        self.connector = connector
        self._lock = threading.Lock()
        self._free = concurrency
        self._line: deque[_Asked] = deque()
        self._longest_line = concurrency * LINE
        self._breaker = Breaker()
        self._last_answer_at: datetime | None = None
        self._last_failure_at: datetime | None = None
        self._last_failure: BaseException | None = None
        self._on_their_way: dict[Hashable, Answer[object]] = {}

    def ask(self, key: Hashable, work: Callable[[], T], *, insist: bool = False) -> Question[T]:
        """Ask in a thread, and never raise here; `key` is the same for the same question.

        `insist` asks although the source is paused.
        """
        with self._lock:
            known = self._on_their_way.get(key)
            if known is not None:
                # The same key is the same question, and so has the same kind of answer.
                return Question(answer=cast("Answer[T]", known), started=time.monotonic())
            pause = self._pause(insist=insist)
            if pause:
                return _failed(SourcePaused(pause))
            if not self._free and len(self._line) >= self._longest_line:
                return _failed(_busy())
            answer: Answer[T] = Answer()
            asked = _Asked(
                key=key, work=work, answer=cast("Answer[object]", answer), since=time.monotonic(), insist=insist
            )
            self._on_their_way[key] = asked.answer
            is_first = self._free > 0
            if is_first:
                self._free -= 1
            else:
                self._line.append(asked)
        if is_first:
            threading.Thread(target=self._serve, args=(asked,), daemon=True, name="source").start()
        return Question(answer=answer, started=asked.since)

    def state(self) -> "WindowState":
        """Say how it went lately, as this process knows it."""
        with self._lock:
            return WindowState(
                paused_seconds=max(0.0, self._breaker.open_until - time.monotonic()),
                last_answer_at=self._last_answer_at,
                last_failure_at=self._last_failure_at,
                last_failure=self._last_failure,
            )

    def note(self, *, success: bool, failure: BaseException | None = None) -> None:
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

    def _serve(self, asked: _Asked | None) -> None:
        """Ask, and go on with whoever is next in line, in the same place."""
        while asked is not None:
            try:
                answer = asked.work()
            except BaseException as error:  # noqa: BLE001 -- whoever waits gets it, whatever it is
                self._let_go(asked, success=not isinstance(error, SourceDown), failure=error)
                asked.answer.set_exception(error)
            else:
                self._let_go(asked, success=True)
                asked.answer.set_result(answer)
            asked = self._next()

    def _next(self) -> _Asked | None:
        while True:
            with self._lock:
                if not self._line:
                    self._free += 1
                    return None
                asked = self._line.popleft()
                error = self._not_any_more(asked)
                if error is None:
                    return asked
                self._on_their_way.pop(asked.key, None)
            asked.answer.set_exception(error)

    def _not_any_more(self, asked: _Asked) -> SourceDown | None:
        """Say why a question that waited isn't asked after all."""
        if time.monotonic() - asked.since > PATIENCE_SECONDS:
            return _busy()
        pause = self._pause(insist=asked.insist)
        return SourcePaused(pause) if pause else None

    def _let_go(self, asked: _Asked, *, success: bool, failure: BaseException | None = None) -> None:
        with self._lock:
            self._on_their_way.pop(asked.key, None)
        self.note(success=success, failure=failure)


def _busy() -> SourceBusy:
    return SourceBusy(gettext_noop("it has as much to answer as it takes at once"))


def _failed(error: Exception) -> Question[T]:
    answer: Answer[T] = Answer()
    answer.set_exception(error)
    return Question(answer=answer, started=time.monotonic())
