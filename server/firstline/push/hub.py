"""One LISTEN connection per process, fanned out to bounded queues: a slow screen loses hints, never memory."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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


class Hub:
    """Hands each hint to the screens that it is addressed to."""

    def __init__(self) -> None:
        self._by_audience: dict[str, set[Subscriber]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    def subscribe(self, audiences: Iterable[str]) -> Subscriber:
        """Begin to listen for `audiences`."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        subscriber = Subscriber(frozenset(audiences))
        for audience in subscriber.audiences:
            self._by_audience[audience].add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Stop listening."""
        for audience in subscriber.audiences:
            self._by_audience[audience].discard(subscriber)
            if not self._by_audience[audience]:
                del self._by_audience[audience]

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._to_all({"kind": "reconnected", "id": ""})
                    async for notification in connection.notifies():
                        message = json.loads(notification.payload)
                        self._to(self._by_audience.get(message["audience"], ()), message)
            except psycopg.OperationalError:
                await asyncio.sleep(RECONNECT_SECONDS)

    def _to_all(self, message: dict[str, Any]) -> None:
        self._to({one for group in self._by_audience.values() for one in group}, message)

    def _to(self, subscribers: Iterable[Subscriber], message: dict[str, Any]) -> None:
        text = json.dumps({"kind": message["kind"], "id": message["id"]})
        for subscriber in list(subscribers):
            if not subscriber.queue.full():
                subscriber.queue.put_nowait(text)


def _address() -> str:
    """Say where Django's own database is: in tests that isn't the one of the settings."""
    from django.db import connection  # noqa: PLC0415 -- needs configured settings

    parameters = connection.get_connection_params()
    known = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    return psycopg.conninfo.make_conninfo(database.database_url(), **known)


hub = Hub()
