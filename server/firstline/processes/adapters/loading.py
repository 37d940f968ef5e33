"""Loads rows of an instance into a slice of its state, key by key."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

import bpmn
from bpmn import ABSENT, Index, Key, State, codec
from firstline.processes.models import (
    Call,
    Compensable,
    ElementInstance,
    Incident,
    Job,
    Join,
    Listener,
    Subscription,
    Task,
    Timer,
    Variable,
)

# What a wait is a row of.
WAITS: Mapping[str, type[Task | Job | Timer | Subscription | Listener | Call]] = {
    "task": Task,
    "job": Job,
    "timer": Timer,
    "message": Subscription,
    "signal": Listener,
    "condition": Listener,
    "offer": Listener,
    "call": Call,
}

# An element instance and every scope around it.
_WITH_SCOPES = """
WITH RECURSIVE up AS (
    SELECT id, element_id, scope_id, tokens, waits, incident_id, details FROM processes_elementinstance WHERE id = ANY(%s)
    UNION
    SELECT e.id, e.element_id, e.scope_id, e.tokens, e.waits, e.incident_id, e.details
    FROM processes_elementinstance e JOIN up ON e.id = up.scope_id
)
SELECT id, element_id, scope_id, tokens, waits, incident_id, details FROM up
"""


def load(state: State, keys: Iterable[Key]) -> None:
    """Add the rows of `keys` to a slice, also the knowledge that there are none."""
    wanted: dict[str, list[Any]] = defaultdict(list)
    for kind, *rest in keys:
        wanted[kind].append(tuple(rest))
    for kind, parts in wanted.items():
        _LOADERS[kind](state, parts)


def _load_elements(state: State, keys: list[tuple[str]]) -> None:
    wanted = [id_ for (id_,) in keys]
    with connection.cursor() as cursor:
        cursor.execute(_WITH_SCOPES, [[UUID(id_) for id_ in wanted]])
        columns = [column.name for column in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        ids = {name: _text(row[name]) for name in ("id", "scope_id", "incident_id")}
        plain = {"element_id": row["element_id"], "tokens": row["tokens"], "waits": json.loads(row["waits"])}
        element = codec.element_from_data({**json.loads(row["details"]), **ids, **plain})
        state.elements.rows[element.id] = element
    for id_ in wanted:
        state.elements.rows.setdefault(id_, None)
    # Leaving an element withdraws what else it waits for, so that is wanted next.
    found = [state.elements.rows[id_] for id_ in wanted]
    waits_of_wanted = [wait for element in found if element for wait in element.waits]
    missing = [wait for wait in waits_of_wanted if wait not in state.waits.rows]
    if missing:
        _load_wait_rows(state, missing)


def _load_waits(state: State, keys: list[tuple[str, str]]) -> None:
    elements = _load_wait_rows(state, keys)
    missing = [(id_,) for id_ in dict.fromkeys(elements) if id_ not in state.elements.rows]
    if missing:
        _load_elements(state, missing)


def _load_wait_rows(state: State, keys: list[tuple[str, str]]) -> list[str]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, id_ in keys:
        by_kind[kind].append(id_)
        state.waits.rows[kind, id_] = None
    elements = []
    for kind, found in by_kind.items():
        query: Any = WAITS[kind].objects.filter(id__in=found)
        if kind == "task":
            query = query.filter(state=Task.State.OPEN)
        for row in query:
            wait = bpmn.Wait(kind, str(row.id), str(row.element_instance_id), row.element_id)
            if isinstance(row, Timer):
                wait.due_at, wait.interval, wait.repetitions_left = row.due_at, row.interval, row.repetitions_left
            if isinstance(row, Job):
                wait.round = row.round
            if isinstance(row, Listener):
                wait.name, wait.part, wait.holds = row.name, row.part, row.holds
                wait.watches = tuple(_watch(text) for text in row.watches)
            state.waits.rows[kind, wait.id] = wait
            elements.append(wait.element_instance_id)
    return elements


def _watch(text: str) -> tuple[str, str]:
    scope_id, _, name = text.partition(" ")
    return scope_id, name


def _load_signals(state: State, keys: list[tuple[str]]) -> None:
    of = str(state.head().id)
    for (name,) in keys:
        state.signals.whole.add((name,))
    names = [name for (name,) in keys]
    rows = Listener.objects.filter(instance_id=of, kind=Listener.Kind.SIGNAL, name__in=names).only("id", "name")
    _load_listeners(state, [((row.name,), str(row.id)) for row in rows], state.signals, "signal")


def _load_conditions(state: State, keys: list[tuple[str, str]]) -> None:
    for key in keys:
        state.conditions.whole.add(key)
    found: list[tuple[Key, str]] = []
    rows = Listener.objects.filter(instance_id=state.head().id, watches__overlap=[" ".join(key) for key in keys])
    for row in rows:
        found += [(watch, str(row.id)) for watch in map(_watch, row.watches) if watch in keys]
    _load_listeners(state, found, state.conditions, "condition")


def _load_listeners(state: State, found: list[tuple[Key, str]], index: Index, kind: str) -> None:
    """Note which waits there are, and load them: they are wanted next."""
    for key, id_ in found:
        index.added.setdefault(key, {})[id_] = None
    missing = [(kind, id_) for _, id_ in found if (kind, id_) not in state.waits.rows]
    if missing:
        _load_waits(state, missing)


def _load_compensables(state: State, keys: list[tuple[str, str]]) -> None:
    wanted = Q()
    for scope_id, order in keys:
        state.compensables.rows[scope_id, order] = None
        wanted |= Q(scope_id=UUID(scope_id), order=int(order))
    for row in Compensable.objects.filter(wanted):
        state.compensables.rows[str(row.scope_id), str(row.order)] = bpmn.Compensable(
            str(row.scope_id), row.order, row.element_id, str(row.element_instance_id), row.round, row.inside
        )


def _load_variables(state: State, keys: list[tuple[str, str]]) -> None:
    for scope_id, name in keys:
        state.variables.set(scope_id, name, ABSENT)
    scopes, names = {UUID(scope_id) for scope_id, _ in keys}, {name for _, name in keys}
    rows = Variable.objects.filter(scope_id__in=scopes, name__in=names)
    for row in rows:
        state.variables.set(str(row.scope_id), row.name, row.value)


def _load_scopes(state: State, keys: list[tuple[str]]) -> None:
    for (scope_id,) in keys:
        state.variables.whole.add(scope_id)
    for row in Variable.objects.filter(scope_id__in=[UUID(scope_id) for (scope_id,) in keys]):
        state.variables.set(str(row.scope_id), row.name, row.value)


def _load_children(state: State, keys: list[tuple[str]]) -> None:
    for (scope_id,) in keys:
        state.children.whole.add(("children", scope_id))
        state.children.added[scope_id] = {}
    rows = ElementInstance.objects.filter(scope_id__in=[UUID(scope_id) for (scope_id,) in keys])
    for row in rows:
        state.children.added[str(row.scope_id)][str(row.id)] = row.element_id
    found = [(str(row.id),) for row in rows if str(row.id) not in state.elements.rows]
    if found:
        _load_elements(state, found)


def _load_positions(state: State, keys: list[tuple[str]]) -> None:
    for (scope_id,) in keys:
        state.children.whole.add(("positions", scope_id))
        state.children.counts[scope_id] = {}
    rows = ElementInstance.objects.filter(scope_id__in=[UUID(scope_id) for (scope_id,) in keys])
    for scope_id, element_id, number in rows.values_list("scope_id", "element_id").annotate(number=Count("id")):
        state.children.counts[str(scope_id)][element_id] = number


def _load_joins(state: State, keys: list[tuple[str, str]]) -> None:
    wanted = Q()
    for scope_id, element_id in keys:
        state.joins.rows[scope_id, element_id] = None
        wanted |= Q(scope_id=UUID(scope_id), element_id=element_id)
    for row in Join.objects.filter(wanted):
        key = (str(row.scope_id), row.element_id)
        state.joins.rows[key] = bpmn.Join(*key, dict(row.waiting), tuple(row.taken))


def _load_incidents(state: State, keys: list[tuple[str]]) -> None:
    for (id_,) in keys:
        state.incidents.rows[id_] = None
    rows = Incident.objects.filter(id__in=[UUID(id_) for (id_,) in keys], resolved_at=None)
    for row in rows.exclude(element_instance_id=None):
        state.incidents.rows[str(row.id)] = bpmn.Incident(
            str(row.id), str(row.element_instance_id), row.element_id, row.kind, row.message, row.stage
        )
    missing = [(incident.element_instance_id,) for (id_,) in keys if (incident := state.incidents.rows[id_])]
    if missing:
        _load_elements(state, missing)


_LOADERS: Mapping[str, Callable[[State, list[Any]], None]] = {
    "element": _load_elements,
    "wait": _load_waits,
    "variable": _load_variables,
    "variables": _load_scopes,
    "children": _load_children,
    "positions": _load_positions,
    "join": _load_joins,
    "signal": _load_signals,
    "condition": _load_conditions,
    "compensable": _load_compensables,
    "incident": _load_incidents,
}


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
