"""What should stand in a source after everything that was confirmed, and where it doesn't."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from firstline.sources.rules.commands import Record
from firstline.sources.rules.definitions import Command
from firstline.sources.rules.values import same

# By record, by the name of the change.
Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverging:
    """A record that doesn't show what was confirmed: `found` are all its values, None when it has gone."""

    record: str
    expected: dict[str, Any]
    found: dict[str, Any] | None
    found_by: str


def still_expected(
    command: Command, wanted: Values, later: Iterable[tuple[Command, Values]]
) -> dict[str, dict[str, Any]]:
    """Take out of what `command` wrote whatever was confirmed again later: that is compared there."""
    overwritten = {
        (other.record, record, change.path)
        for other, values in later
        for record, written in values.items()
        for change in other.changes
        if change.name in written
    }
    paths = {change.name: change.path for change in command.changes}
    left = {
        record: {
            name: value
            for name, value in values.items()
            if name in paths and (command.record, record, paths[name]) not in overwritten
        }
        for record, values in wanted.items()
    }
    return {record: values for record, values in left.items() if values}


def diverging(expected: Values, current: Sequence[Record]) -> list[Diverging]:
    """List the records of which at least one value isn't as expected; only those values are named."""
    by_record = {one.record: one for one in current}
    found = []
    for record, values in expected.items():
        now = by_record.get(record)
        different = {
            name: value for name, value in values.items() if now is None or not same(now.values.get(name), value)
        }
        if different:
            found.append(
                Diverging(
                    record=record,
                    expected=different,
                    found=dict(now.values) if now else None,
                    found_by=now.customer if now else "",
                )
            )
    return found


def last_due(at: time, *, now: datetime) -> datetime:
    """Say when a daily thing at `at` was due last; `now` is a local time with its zone.

    >>> from datetime import UTC
    >>> last_due(time(3), now=datetime(2026, 11, 22, 2, 59, tzinfo=UTC)).day
    21
    """
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)
