"""An open request that waits for jobs: asleep until there is something, or its time is up."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from asgiref.sync import sync_to_async

from firstline import clock, turns
from firstline.errors import FirstlineError
from firstline.processes import queries
from firstline.processes.adapters.workers import AUDIENCE
from firstline.push.hub import Subscriber, hub

Found = TypeVar("Found")

# Hints may be lost while the database restarts.
LONGEST_NAP_SECONDS = 10.0
SHORTEST_NAP_SECONDS = 0.02
HUB_SECONDS = 5.0
# Open requests of one web process.
MOST_WAITING = 500

_waiting = 0


class TooManyWait(FirstlineError):
    """More workers wait here than one process holds."""

    code = "too-many-wait"
    status = 503


async def first_jobs(
    look: Callable[[datetime], Sequence[Found]], *, types: Sequence[str], seconds: float
) -> Sequence[Found]:
    """Look for jobs, and again whenever there may be some, until there are or `seconds` are over. Raises: TooManyWait."""
    found, _nap = await sync_to_async(_looked)(look, types)
    if found or seconds <= 0:
        return found
    turns.give_back()
    with _one_more():
        subscriber = hub.subscribe(AUDIENCE + type_ for type_ in types)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(hub.listening(), min(seconds, HUB_SECONDS))
            return await _look_until_found(look, types, subscriber, seconds)
        finally:
            hub.unsubscribe(subscriber)


async def _look_until_found(
    look: Callable[[datetime], Sequence[Found]], types: Sequence[str], subscriber: Subscriber, seconds: float
) -> Sequence[Found]:
    time = asyncio.get_running_loop().time
    ends_at = time() + seconds
    while True:
        _drain(subscriber.queue)
        async with turns.another():
            found, nap = await sync_to_async(_looked)(look, types)
        left = ends_at - time()
        if found or left <= 0:
            return found
        with suppress(TimeoutError):
            await asyncio.wait_for(subscriber.queue.get(), min(left, nap))


def _looked(look: Callable[[datetime], Sequence[Found]], types: Sequence[str]) -> tuple[Sequence[Found], float]:
    """Look once; say also how long to sleep at most when there is nothing."""
    now = clock.now()
    try:
        found = look(now)
        due_at = None if found else queries.next_job_due_at(types, after=now)
    finally:
        turns.lend_connection()
    if due_at is None:
        return found, LONGEST_NAP_SECONDS
    return found, min(LONGEST_NAP_SECONDS, max(SHORTEST_NAP_SECONDS, (due_at - now).total_seconds()))


def _drain(queue: "asyncio.Queue[str]") -> None:
    while not queue.empty():
        queue.get_nowait()


class _one_more:  # noqa: N801 -- reads as what it does
    """Count an open request while it waits."""

    def __enter__(self) -> None:
        global _waiting  # noqa: PLW0603 -- of the whole process
        if _waiting >= MOST_WAITING:
            raise TooManyWait("Too many workers wait here. Come again in some seconds, or run more web processes.")
        _waiting += 1

    def __exit__(self, *_: object) -> None:
        global _waiting  # noqa: PLW0603 -- as above
        _waiting -= 1
