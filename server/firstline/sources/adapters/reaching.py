"""What is asked of a source about one customer: find them there, then read."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop

from firstline.sources.ports import Connector, Row, SourceLate, SourceRefused
from firstline.sources.rules.definitions import VALUE, Command, Source, View, Way
from firstline.sources.rules.remarks import names_in
from firstline.sources.rules.spellings import SPELLINGS
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import value_at

Identifiers = Mapping[str, Sequence[str]]
MAX_KEYS = 5
_NO_KEY = gettext_noop("who is found there has no '%(field)s'; there are: %(names)s")


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


def customer_keys(connector: Connector, ways: Sequence[Way], known: Sequence[Identifiers], clock: Clock) -> list[str]:
    """Find by which keys the source knows a customer; none when it doesn't.

    `known` has the identifiers of each of those who turned out to be this one customer: the source may know all of them.
    """
    keys = (key for identifiers in known for key in _keys_of_one(connector, ways, identifiers, clock))
    return list(dict.fromkeys(keys))[:MAX_KEYS]


def _keys_of_one(connector: Connector, ways: Sequence[Way], identifiers: Identifiers, clock: Clock) -> list[str]:
    """Find the keys of one of them, by the first way that leads to any."""
    for way in ways:
        values = [SPELLINGS[way.spelling](value) for value in identifiers.get(way.kind, ())]
        keys: dict[str, None] = {}
        for value in filter(None, values):
            if way.find is None:
                keys[value] = None
                continue
            keys |= dict.fromkeys(_found(connector, way, value, clock))
        if keys:
            return list(keys)[:MAX_KEYS]
    return []


def _found(connector: Connector, way: Way, value: str, clock: Clock) -> list[str]:
    """Look up who has `value`.

    Raises: SourceRefused when somebody is found, and the key of none of them.
    """
    rows = connector.read(way.find, {VALUE: value}, limit=MAX_KEYS, seconds=clock.left())
    keys = [str(key) for row in rows if (key := value_at(row, way.field)) not in (None, "")]
    if rows and not keys:
        raise SourceRefused(_NO_KEY, field=way.field, names=names_in(rows))
    return keys


def read_view(connector: Connector, source: Source, view: View, known: Sequence[Identifiers]) -> list[Row] | None:
    """Read a view for a customer; None when the source doesn't know them."""
    clock = Clock(source.timeout.total_seconds())
    keys = customer_keys(connector, source.customer, known, clock)
    if not keys:
        return None
    rows: list[Row] = []
    for key in keys:
        rows += connector.read(view.read, {"customer": key}, limit=view.limit - len(rows), seconds=clock.left())
        if len(rows) >= view.limit:
            break
    return rows


def read_records(
    connector: Connector,
    source: Source,
    command: Command,
    known: Sequence[Identifiers],
    parameters: Mapping[str, Any],
    keys: Sequence[str] = (),
) -> list[Row]:
    """Read the records that a command would change, before it or after it; by `keys` where the customer was found by them earlier.

    Who is found by what several people may share is looked at, but never written to: it may be somebody else.
    """
    clock = Clock(source.command_timeout.total_seconds())
    own = [way for way in source.customer if not way.is_shared]
    rows: list[Row] = []
    keys = keys or customer_keys(connector, own, known, clock)
    for key in keys:
        found = connector.read(
            command.read, {**parameters, "customer": key}, limit=command.max_records + 1, seconds=clock.left()
        )
        rows += [{**row, "@customer": key} for row in found]
    if command.when_missing == "create":
        # There is one, or it is made: a record without values stands for it.
        return rows[:1] or [
            {"@customer": key, "@record": fill_content(command.new_record, parameters)} for key in keys[:1]
        ]
    return rows
