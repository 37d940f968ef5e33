"""Events between capabilities: announced inside the transaction, heard as `config.subscriptions` says."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from firstline.wiring import wiring


def announce(*events: object) -> None:
    """Hand each of `events` (frozen dataclasses), in their order, to its subscribers, which write in the same transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{', '.join(type(one).__name__ for one in events)} was announced outside of a transaction.")
    subscriptions = _subscriptions()
    for event in events:
        for hear in subscriptions.get(type(event), ()):
            hear(event)


def _subscriptions() -> Mapping[type, tuple[Callable[[Any], None], ...]]:
    table: Mapping[type, tuple[Callable[[Any], None], ...]] = wiring().SUBSCRIPTIONS
    return table
