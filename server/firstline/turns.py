"""Turns: a web process works on so many requests at once, and whoever waits for something else lets others go on.

More threads than that would only take the processor, and connections to the database, from each other: all would be slow, and some
would fail. A request has its turn until its answer begins, or until it waits for another system.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from django.db import connection

_current: "ContextVar[Turn | None]" = ContextVar("turn", default=None)


class Turns:
    """The turns of one process: `at_once` are worked on, the others stand in line; all of it happens on one loop."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        # Those who have begun already, and those who come.
        self._underway: deque[asyncio.Future[None]] = deque()
        self._coming: deque[asyncio.Future[None]] = deque()

    async def take(self, *, patience: float | None = None, is_underway: bool = False) -> "Turn":
        """Wait for a turn; whoever is underway goes first, else first come first served.

        Raises: TimeoutError after `patience` seconds.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait(self._underway if is_underway else self._coming, patience)
        return Turn(self, asyncio.get_running_loop())

    async def _wait(self, line: "deque[asyncio.Future[None]]", patience: float | None) -> None:
        place = asyncio.get_running_loop().create_future()
        line.append(place)
        try:
            async with asyncio.timeout(patience):
                await place
        except BaseException:
            if place.done() and not place.cancelled():
                self.release()  # it came at the very moment of giving up
            place.cancel()
            raise

    def release(self) -> None:
        """Let the next one go on."""
        for line in (self._underway, self._coming):
            while line:
                place = line.popleft()
                if not place.done():
                    place.set_result(None)
                    return
        self._free += 1


class Turn:
    """The turn of one request."""

    def __init__(self, turns: Turns, loop: asyncio.AbstractEventLoop) -> None:
        self.turns = turns
        self._loop = loop
        self._is_held = True

    def give_back(self) -> None:
        """Let others go on, from whatever thread; once is enough, and more is harmless."""
        if self._is_held:
            self._is_held = False
            self._loop.call_soon_threadsafe(self.turns.release)


def begin(turn: Turn) -> None:
    """Note whose turn it is, for all that the request does from now on."""
    _current.set(turn)


def give_back() -> None:
    """Let others go on while this request waits; what it does afterwards is short, and needs no turn."""
    turn = _current.get()
    if turn is not None:
        turn.give_back()


def lend_connection() -> None:
    """Give this thread's connection to the database back while something else is waited for: a process has few of them."""
    # Within a transaction it stays: it is the transaction's.
    if not connection.in_atomic_block:
        connection.close()


@asynccontextmanager
async def another() -> AsyncIterator[None]:
    """Take a turn once more, for what a long request does in between waiting; nothing where nobody counts turns."""
    known = _current.get()
    if known is None:
        yield
        return
    turn = await known.turns.take(is_underway=True)
    try:
        yield
    finally:
        turn.give_back()
