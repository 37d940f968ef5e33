"""What is asked of a source about one customer: find them there, then read."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop

from firstline.sources.ports import Connector, Row, SourceLate
from firstline.sources.rules.definitions import Command, Source, View, Way
from firstline.sources.rules.spellings import SPELLINGS
from firstline.sources.rules.values import value_at

Identifiers = Mapping[str, Sequence[str]]
MAX_KEYS = 5


class Clock:
    """What is left of the time that a whole question may take."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Say how many seconds are left.

        Raises: SourceLate when none are.
        """
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise SourceLate(gettext_noop("it didn't answer in time"))
        return seconds


def customer_keys(connector: Connector, ways: Sequence[Way], identifiers: Identifiers, clock: Clock) -> list[str]:
    """Find by which keys the source knows the customer, by the first way that leads to any; none when it doesn't."""
    for way in ways:
        values = [SPELLINGS[way.spelling](value) for value in identifiers.get(way.kind, ())]
        keys: dict[str, None] = {}
        for value in filter(None, values):
            if way.find is None:
                keys[value] = None
                continue
            for row in connector.read(way.find, {"value": value}, limit=MAX_KEYS, seconds=clock.left()):
                keys[str(value_at(row, way.field))] = None
        if keys:
            return list(keys)[:MAX_KEYS]
    return []


def read_view(connector: Connector, source: Source, view: View, identifiers: Identifiers) -> list[Row] | None:
    """Read a view for a customer; None when the source doesn't know them."""
    clock = Clock(source.timeout.total_seconds())
    keys = customer_keys(connector, source.customer, identifiers, clock)
    if not keys:
        return None
    rows: list[Row] = []
    for key in keys:
        rows += connector.read(view.read, {"customer": key}, limit=view.limit - len(rows), seconds=clock.left())
        if len(rows) >= view.limit:
            break
    return rows


def read_records(
    connector: Connector, source: Source, command: Command, identifiers: Identifiers, parameters: Mapping[str, Any]
) -> list[Row]:
    """Read the records that a command would change, before it or after it.

    Who is found by what several people may share is looked at, but never written to: it may be somebody else.
    """
    clock = Clock(source.command_timeout.total_seconds())
    own = [way for way in source.customer if not way.is_shared]
    rows: list[Row] = []
    for key in customer_keys(connector, own, identifiers, clock):
        found = connector.read(
            command.read, {**parameters, "customer": key}, limit=command.max_records + 1, seconds=clock.left()
        )
        rows += [{**row, "@customer": key} for row in found]
    return rows
