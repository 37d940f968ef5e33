"""One LISTEN connection per process, fanned out to bounded queues: a slow screen loses hints, never memory."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

from firstline.push.actions import CHANNEL
from firstline.runtime import database

QUEUE_SIZE = 100
RECONNECT_SECONDS = 1.0


@dataclass(eq=False)
class Subscriber:
    """One open screen."""

    audiences: frozenset[str]
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE_SIZE))
    # Whether hints were lost: the screen has to connect anew, and then looks at everything again.
    has_lost: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Hands each hint to the screens that it is addressed to."""

    def __init__(self) -> None:
        self._by_audience: dict[str, set[Subscriber]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None
        self._is_listening = asyncio.Event()

    def subscribe(self, audiences: Iterable[str]) -> Subscriber:
        """Begin to listen for `audiences`."""
        if self._listening is None or self._listening.done() or self._is_of_another_loop(self._listening):
            self._is_listening = asyncio.Event()
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        subscriber = Subscriber(frozenset(audiences))
        for audience in subscriber.audiences:
            self._by_audience[audience].add(subscriber)
        return subscriber

    async def listening(self) -> None:
        """Wait until hints arrive: what changes from now on is heard, so look once more before you wait for them."""
        await self._is_listening.wait()

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Stop listening."""
        for audience in subscriber.audiences:
            self._by_audience[audience].discard(subscriber)
            if not self._by_audience[audience]:
                del self._by_audience[audience]

    @staticmethod
    def _is_of_another_loop(task: "asyncio.Task[None]") -> bool:
        return task.get_loop() is not asyncio.get_running_loop()

    async def _listen(self) -> None:
        listened_before = False
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(listening_address(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    if listened_before:
                        self._lose_all()
                    listened_before = True
                    self._is_listening.set()
                    async for notification in connection.notifies():
                        self._hand_out(notification.payload)
            except psycopg.Error:
                self._is_listening.clear()
                await asyncio.sleep(RECONNECT_SECONDS)

    def _lose_all(self) -> None:
        """What was said while the database was away, nobody heard."""
        for subscribers in self._by_audience.values():
            for subscriber in subscribers:
                subscriber.has_lost.set()

    def _hand_out(self, payload: str) -> None:
        message = json.loads(payload)
        text = json.dumps({"kind": message["kind"], "id": message["id"]})
        for subscriber in list(self._by_audience.get(message["audience"], ())):
            if subscriber.queue.full():
                subscriber.has_lost.set()
            else:
                subscriber.queue.put_nowait(text)


def listening_address() -> str:
    """Say where Django's own database is, for a connection outside of its pool: in tests that isn't the one of the settings."""
    from django.db import connection  # noqa: PLC0415 -- needs configured settings

    parameters = connection.get_connection_params()
    known = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    return psycopg.conninfo.make_conninfo(database.database_url(), **known)


hub = Hub()
