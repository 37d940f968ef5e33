"""Reads: what doesn't stand in the sources as it was confirmed, and how the comparisons went."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from firstline.accounts.principals import Principal
from firstline.customers import queries as customer_queries
from firstline.sources.access import visible_divergences, withheld_changes
from firstline.sources.adapters import loaded
from firstline.sources.models import Divergence, Reconciliation
from firstline.sources.rules.definitions import Change
from firstline.sources.rules.tiles import in_language, in_words
from firstline.sources.rules.values import MASK

Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One value of a record: what was confirmed, and what stands there."""

    label: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """A record that doesn't show what was confirmed."""

    id: UUID
    case_id: UUID | None
    customer: str
    source: str
    command: str
    record: str
    values: tuple[ValueRow, ...]
    # The record has gone, so nothing can be written to it.
    is_missing: bool
    state: str
    confirmed_at: datetime
    found_at: datetime
    seen_at: datetime
    settled_at: datetime | None
    settled_by: str
    reason: str
    last_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A comparison: how much of it is done; `unreachable` names the sources that couldn't be read, with how often."""

    id: UUID
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    source: str
    total: int
    checked: int
    unreachable: tuple[tuple[str, int], ...]


def differences(
    *, principal: Principal, is_settled: bool, source: str = "", before: Key | None = None, limit: int, language: str
) -> list[DifferenceRow]:
    """List what this person may see, the newest first; `before` is where the last page ended."""
    found = visible_divergences(principal).select_related("command")
    found = found.filter(state__in=Divergence.SETTLED) if is_settled else found.exclude(state__in=Divergence.SETTLED)
    if source:
        found = found.filter(source=source)
    if before is not None:
        at, id_ = before
        found = found.filter(Q(found_at__lt=at) | Q(found_at=at, id__lt=id_))
    rows = list(found.order_by("-found_at", "-id")[:limit])
    names = customer_queries.cards([row.customer_id for row in rows])
    return [_row(row, names, principal, language) for row in rows]


def _row(row: Divergence, names: Any, principal: Principal, language: str) -> DifferenceRow:
    known = loaded.find_command(row.command.command)
    withheld = withheld_changes(principal, *known) if known else frozenset()
    card = names.get(row.customer_id)
    return DifferenceRow(
        id=row.id,
        case_id=row.case_id,
        customer=card.name if card else "",
        source=in_language(known[0].label, language) if known else row.source,
        command=in_language(known[1].label, language) if known else row.command.command,
        record=row.record,
        values=tuple(_values(row, known[1].changes if known else (), withheld, language)),
        is_missing=row.found is None,
        state=row.state,
        confirmed_at=row.command.confirmed_at or row.command.created_at,
        found_at=row.found_at,
        seen_at=row.seen_at,
        settled_at=row.settled_at,
        settled_by=row.settled_by_name,
        reason=row.reason,
        last_error=row.last_error,
    )


def _values(row: Divergence, changes: Sequence[Change], withheld: frozenset[str], language: str) -> list[ValueRow]:
    by_name = {
        change.name: replace(change, is_sensitive=True) if change.name in withheld else change for change in changes
    }
    return [
        _value(by_name.get(name), name, value, (row.found or {}).get(name), language)
        for name, value in row.expected.items()
    ]


def _value(change: Change | None, name: str, expected: object, found: object, language: str) -> ValueRow:
    if change is None:  # the definition has gone, and with it whether the value is sensitive
        return ValueRow(label=name, expected=MASK, found=MASK)
    if change.is_sensitive:
        expected, found = MASK, MASK if found is not None else None
    return ValueRow(
        label=in_language(change.label, language),
        expected=in_words(expected, change.spellings, language),
        found=in_words(found, change.spellings, language),
    )


def last_runs(*, limit: int, language: str) -> list[RunRow]:
    """List the last comparisons, the newest first."""
    return [_run(run, language) for run in Reconciliation.objects.order_by("-started_at")[:limit]]


def source_names(language: str) -> dict[str, str]:
    """Name the sources that can be written to."""
    return {one.key: in_language(one.label, language) for one in loaded.sources().values() if one.commands}


def _run(run: Reconciliation, language: str) -> RunRow:
    names = source_names(language)
    return RunRow(
        id=run.id,
        started_at=run.started_at,
        finished_at=run.finished_at,
        started_by=run.started_by_name,
        source=names.get(run.source, run.source),
        total=run.total,
        checked=run.checked,
        unreachable=tuple((names.get(key, key), number) for key, number in sorted(run.unreachable.items())),
    )
