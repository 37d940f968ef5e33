"""Reads of the history: facts, and states of the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

import bpmn
from bpmn import apply, facts
from firstline.processes import rules
from firstline.processes.models import (
    HistoryFact,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    sequence: int
    at: datetime
    kind: str
    element_id: str
    # The fact without values that may be erased.
    data: Mapping[str, Any]


def history(instance_id: UUID, *, after: int = 0, limit: int = 500) -> list[HistoryRow]:
    """List the facts of an instance in order, from behind the sequence number `after` on."""
    found = HistoryFact.objects.filter(instance_id=instance_id, sequence__gt=after).order_by("sequence")[:limit]
    return [
        HistoryRow(sequence=one.sequence, at=one.at, kind=one.kind, element_id=one.element_id, data=one.data)
        for one in found
    ]


def facts_of(instance_id: UUID, *, until: int | None = None) -> list[facts.Fact]:
    """Read the facts themselves, up to the sequence number `until`."""
    found = HistoryFact.objects.filter(instance_id=instance_id).order_by("sequence")
    if until is not None:
        found = found.filter(sequence__lte=until)
    return [rules.join_fact(one.data, one.values) for one in found]


def sequence_at(instance_id: UUID, moment: datetime) -> int:
    """Say which fact of an instance was the newest at a moment, 0 = none yet: from it, `state_at` rebuilds what was then."""
    told = HistoryFact.objects.filter(instance_id=instance_id, at__lte=moment)
    newest: int | None = told.aggregate(newest=Max("sequence"))["newest"]
    return newest or 0


def state_at(instance_id: UUID, *, sequence: int | None = None) -> bpmn.State:
    """Rebuild the exact state of an instance as it was after a fact, by default after the newest."""
    state = bpmn.State()
    for fact in facts_of(instance_id, until=sequence):
        apply(state, fact)
    return state
