"""Events between capabilities: announced inside the transaction, heard as `config.subscriptions` says."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction


def announce(event: object) -> None:
    """Hand `event` (a frozen dataclass) to its subscribers, which write in the same transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{type(event).__name__} was announced outside of a transaction.")
    for hear in _subscriptions().get(type(event), ()):
        hear(event)


def _subscriptions() -> Mapping[type, tuple[Callable[[Any], None], ...]]:
    table: Mapping[type, tuple[Callable[[Any], None], ...]] = import_module(
        settings.FIRSTLINE_SUBSCRIPTIONS
    ).SUBSCRIPTIONS
    return table
