"""`ports.Store` on PostgreSQL: loads the rows that a step asks for, writes those that it changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

import bpmn
from bpmn import ABSENT, Key, Program, State, Step, codec, facts
from firstline.processes import rules
from firstline.processes.adapters import correlation, loading, writing
from firstline.processes.models import Compensable, ElementInstance, HistoryStep, Instance, Join, Variable


class PostgresStore:
    """The state of one instance, whose row the caller has locked."""

    def __init__(self, instance: Instance, program: Program) -> None:
        self._instance = instance
        self._program = program

    # --- loading ---

    def begin(self) -> State:
        if not self._instance.sequence:
            return State()
        state = State(complete=False)
        state.instance = bpmn.Instance(
            str(self._instance.id),
            self._instance.process_id,
            _text(self._instance.business_id) or "",
            _text(self._instance.call_id),
            self._instance.outcome,
        )
        return state

    def load(self, state: State, keys: Iterable[Key]) -> None:
        loading.load(state, keys)

    # --- saving ---

    def save(self, state: State, step: Step, *, now: datetime) -> None:
        correlation.lock_of_step(step.facts)
        self._save_elements(state, step.after, now)
        self._save_variables(step.after, step.facts)
        self._save_joins(state, step.after)
        self._save_compensables(state, step.after)
        place = writing.Place(self._instance, self._program, now)
        for fact in step.facts:
            writing.write(place, fact)
        self._append(step.facts, now)

    def _save_elements(self, state: State, after: State, now: datetime) -> None:
        known = state.elements.rows
        gone = [id_ for id_, row in after.elements.rows.items() if row is None and known.get(id_) is not None]
        if gone:
            ElementInstance.objects.filter(id__in=gone).delete()
        there = [self._element(row, now) for row in after.elements.rows.values() if row is not None]
        if there:
            changed = ["tokens", "waits", "incident_id", "details"]
            ElementInstance.objects.bulk_create(
                there, update_conflicts=True, update_fields=changed, unique_fields=["id"]
            )

    def _element(self, row: bpmn.ElementInstance, now: datetime) -> ElementInstance:
        return ElementInstance(
            id=UUID(row.id),
            instance_id=self._instance.id,
            element_id=row.element_id,
            scope_id=_uuid(row.scope_id),
            tokens=row.tokens,
            waits=[list(wait) for wait in row.waits],
            incident_id=_uuid(row.incident_id),
            details=_details(row),
            entered_at=now,
        )

    def _save_variables(self, after: State, told: tuple[facts.Fact, ...]) -> None:
        # What began in this very step has no rows yet; a list of a loop, and what was kept for compensation, is no element.
        begun = {fact.id for fact in told if isinstance(fact, facts.ElementEntered | facts.TokensJoined)}
        dropped = [id_ for id_ in after.variables.dropped if id_ not in begun]
        if dropped:
            Variable.objects.filter(scope_id__in=dropped).delete()
        rows = [
            Variable(instance_id=self._instance.id, scope_id=UUID(scope_id), name=name, value=value)
            for scope_id, values in after.variables.values.items()
            for name, value in values.items()
            if value is not ABSENT
        ]
        if rows:
            Variable.objects.bulk_create(
                rows, update_conflicts=True, update_fields=["value"], unique_fields=["scope_id", "name"]
            )

    def _save_joins(self, state: State, after: State) -> None:
        for key, row in after.joins.rows.items():
            scope_id, element_id = key
            if row is not None:
                Join.objects.update_or_create(
                    scope_id=UUID(scope_id),
                    element_id=element_id,
                    defaults={"instance_id": self._instance.id, "waiting": row.waiting, "taken": list(row.taken)},
                )
            elif state.joins.rows.get(key) is not None:
                Join.objects.filter(scope_id=UUID(scope_id), element_id=element_id).delete()

    def _save_compensables(self, state: State, after: State) -> None:
        rows = after.compensables.rows
        gone = Q()
        for (scope_id, order), row in rows.items():
            if row is None and state.compensables.rows.get((scope_id, order)) is not None:
                gone |= Q(scope_id=UUID(scope_id), order=int(order))
        if gone:
            Compensable.objects.filter(gone).delete()
        there = [self._compensable(row) for row in rows.values() if row is not None]
        if there:
            Compensable.objects.bulk_create(there)

    def _compensable(self, row: bpmn.Compensable) -> Compensable:
        return Compensable(
            instance_id=self._instance.id,
            scope_id=UUID(row.scope_id),
            order=row.order,
            element_id=row.element_id,
            element_instance_id=UUID(row.element_instance_id),
            round=row.round,
            inside=row.inside,
        )

    def _append(self, told: tuple[facts.Fact, ...], now: datetime) -> None:
        told_in_parts = [rules.split_fact(fact) for fact in told]
        values = {str(place): held for place, (_, held) in enumerate(told_in_parts) if held is not None}
        HistoryStep.objects.create(
            instance_id=self._instance.id,
            sequence=self._instance.sequence + 1,
            at=now,
            facts=[data for data, _ in told_in_parts],
            values=values or None,
        )
        self._instance.sequence += len(told)
        self._instance.save(update_fields=["sequence", "outcome", "ended_at"])


_COLUMNS = frozenset({"id", "element_id", "scope_id", "tokens", "waits", "incident_id"})


def _details(row: bpmn.ElementInstance) -> dict[str, Any]:
    """Keep what few rows have, and only what this one has."""
    data = codec.element_to_data(row)
    return {name: value for name, value in data.items() if name not in _COLUMNS and value}


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)


def _uuid(id_: str | None) -> UUID | None:
    return None if id_ is None else UUID(id_)
