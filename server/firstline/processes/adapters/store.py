"""`ports.Store` on PostgreSQL: loads what a step needs, writes what it changed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import bpmn
from bpmn import ABSENT, Key, Program, State, Step, facts
from bpmn import codec as bpmn_codec
from firstline import codec
from firstline.processes import rules
from firstline.processes.adapters import correlation, effects, loading, writing
from firstline.processes.adapters.rows import Row, Rows, columns_of
from firstline.processes.adapters.whole import load_whole
from firstline.processes.models import Compensable, ElementInstance, HistoryStep, Instance, Join, Variable


class PostgresStore:
    """The state of one instance, whose row the caller has locked; `loaded` is it as `load_whole` gave it, where it did."""

    def __init__(self, instance: Instance, program: Program, *, loaded: State | None = None) -> None:
        self._loaded = loaded
        self._instance = instance
        self._id = str(instance.id)
        self._program = program

    # --- loading ---

    def begin(self) -> State:
        if not self._instance.sequence:
            return State()
        # What is too large is loaded key by key.
        state = self._loaded or load_whole([self._instance.id])[self._instance.id]
        is_suspended, by = self._instance.suspended_at is not None, self._instance.suspended_by
        state.instance = bpmn.Instance(
            self._id,
            self._instance.process_id,
            str(self._instance.business_id or ""),
            str(self._instance.call_id) if self._instance.call_id else None,
            self._instance.outcome,
            suspended=is_suspended and by != Instance.SuspendedBy.CALLER,
            caller_suspended=is_suspended and by != Instance.SuspendedBy.OPERATOR,
            pending=bpmn_codec.pending_from_data(json.loads(self._instance.pending))
            if self._instance.pending
            else None,
        )
        return state

    def load(self, state: State, keys: Iterable[Key]) -> None:
        loading.load(state, keys)

    # --- saving ---

    def save(self, state: State, step: Step, *, now: datetime) -> None:
        correlation.lock_of_steps([(self._instance, step.facts)])
        rows = Rows()
        self.gather(rows, state, step, now=now)
        rows.write()

    def gather(self, rows: Rows, state: State, step: Step, *, now: datetime) -> None:
        """Put what `save` would write to what else is written; the locks of its messages are held."""
        self._gather_joins(rows, state, step.after)
        # Of an instance that has ended nothing else is left (see `writing`).
        if not step.after.head().outcome:
            self._gather_elements(rows, state, step.after, now)
            self._gather_variables(rows, state, step.after, step.facts)
            self._gather_compensables(rows, state, step.after)
        place = writing.Place(rows, self._instance, self._id, self._program, now)
        for fact in step.facts:
            writing.write(place, fact)
        # Only now: what came and went within the step wants nothing.
        for fact in step.facts:
            effects.want(place, fact)
        pending = step.after.head().pending
        self._instance.pending = json.dumps(bpmn_codec.pending_to_data(pending)) if pending else ""
        self._append(rows, step.facts, now)

    def _gather_elements(self, rows: Rows, state: State, after: State, now: datetime) -> None:
        known = state.elements.rows
        for id_, row in after.elements.rows.items():
            before = known.get(id_)
            if row is None:
                if before is not None:
                    rows.delete(ElementInstance, id_)
            elif before is None:
                columns: Row = {"id": id_, "instance_id": self._id, "scope_id": row.scope_id, "entered_at": now}
                rows.insert(ElementInstance, id_, columns | _changing(row))
            elif row != before:
                rows.update(ElementInstance, id_, **_changing(row))

    def _gather_variables(self, rows: Rows, state: State, after: State, told: tuple[facts.Fact, ...]) -> None:
        # What began in this very step has no rows yet; a list of a loop, and what was kept for compensation, is no element.
        begun = {fact.id for fact in told if isinstance(fact, _BEGINNING)}
        for id_ in after.variables.dropped:
            if id_ not in begun:
                rows.delete_all(Variable, "scope_id", id_)
        for scope_id, values in after.variables.values.items():
            # Of a small scope all come along, also what didn't change.
            is_dropped = scope_id in after.variables.dropped
            before: Mapping[str, object] = {} if is_dropped else state.variables.values.get(scope_id, {})
            is_known = state.is_complete and not is_dropped
            for name, value in values.items():
                if value is not ABSENT and before.get(name, ABSENT) is not value:
                    columns: Row = {"instance_id": self._id, "scope_id": scope_id}
                    columns |= {"name": name, "value": codec.encode(value)}
                    is_new = is_known and before.get(name, ABSENT) is ABSENT
                    rows.insert(Variable, (scope_id, name), columns, is_new=is_new)

    def _gather_joins(self, rows: Rows, state: State, after: State) -> None:
        for key, row in after.joins.rows.items():
            if row is not None:
                columns: Row = {"instance_id": self._id, "scope_id": row.scope_id}
                columns |= {"element_id": row.element_id, "waiting": row.waiting, "taken": row.taken}
                rows.insert(Join, key, columns)
            elif state.joins.rows.get(key) is not None:
                rows.delete_where(Join, scope_id=key[0], element_id=key[1])

    def _gather_compensables(self, rows: Rows, state: State, after: State) -> None:
        for key, row in after.compensables.rows.items():
            if row is not None:
                columns: Row = {"instance_id": self._id, "scope_id": row.scope_id}
                columns |= {"order": row.order, "element_id": row.element_id, "round": row.round, "inside": row.inside}
                rows.insert(Compensable, key, columns | {"element_instance_id": row.element_instance_id})
            elif state.compensables.rows.get(key) is not None:
                rows.delete_where(Compensable, scope_id=key[0], order=int(key[1]))

    def _append(self, rows: Rows, told: tuple[facts.Fact, ...], now: datetime) -> None:
        instance = self._instance
        first = instance.sequence + 1
        in_parts = [rules.split_fact(fact) for fact in told]
        values = {str(place): held for place, (_, held) in enumerate(in_parts) if held is not None}
        columns: Row = {"instance_id": self._id, "sequence": first, "at": now}
        columns |= {"facts": [data for data, _ in in_parts], "values": values or None}
        rows.insert(HistoryStep, (self._id, first), columns)
        if instance._state.adding:  # noqa: SLF001 -- Django has no other name for it
            instance._state.adding = False  # noqa: SLF001 -- as above
            rows.insert(Instance, self._id, _head(instance))
        instance.sequence += len(told)
        changed = {"sequence": instance.sequence, "outcome": instance.outcome, "ended_at": instance.ended_at}
        rows.update(Instance, self._id, pending=instance.pending, **changed)


_BEGINNING = (facts.ElementEntered, facts.TokensJoined)


def _head(instance: Instance) -> Row:
    return {name: getattr(instance, name) for name in columns_of(Instance)}


def _changing(row: bpmn.ElementInstance) -> dict[str, Any]:
    return {
        "element_id": row.element_id,
        "tokens": row.tokens,
        "waits": row.waits,
        "incident_id": row.incident_id,
        "details": {} if _rest_of(row) == _NOTHING else _details(row),
    }


_COLUMNS = frozenset({"id", "element_id", "scope_id", "tokens", "waits", "incident_id"})
# What few rows have.
_REST = [one for one in fields(bpmn.ElementInstance) if one.name not in _COLUMNS]
_NOTHING = tuple(one.default for one in _REST)
_rest_of = attrgetter(*(one.name for one in _REST))


def _details(row: bpmn.ElementInstance) -> dict[str, Any]:
    """Keep what this one has of it."""
    data = bpmn_codec.element_to_data(row)
    return {name: value for name, value in data.items() if name not in _COLUMNS and value}
