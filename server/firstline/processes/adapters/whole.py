"""Loads instances of few rows whole, many with one statement; what is larger is loaded key by key (see `loading`)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

import bpmn
from bpmn import State
from bpmn import codec as bpmn_codec
from firstline import codec
from firstline.processes.adapters.rows import Row
from firstline.statements import execute

# Of each kind; and how much a value may take that is loaded unasked.
_MOST_ROWS = 100
_MOST_BYTES = 4_000

# NULL says that there are more: then nothing of them is sent.
_ALL = f"CASE WHEN count(*) < {_MOST_ROWS} THEN coalesce(json_agg(r), '[]') END"


def _rows_of(table: str, columns: str, *, only: str = "") -> str:
    return f"(SELECT {_ALL} FROM (SELECT {columns} FROM {table} WHERE instance_id = i.id {only} LIMIT {_MOST_ROWS}) r)"  # noqa: S608 -- names


def _waits_of(kinds: Sequence[str], table: str, columns: str) -> str:
    """Look only where an element instance says that it waits for one of these kinds, which most don't."""
    there = " OR ".join(f"strpos(e.waits, '\"{kind}\"') > 0" for kind in kinds)
    return f"CASE WHEN {there} THEN {_rows_of(table, f'id, element_instance_id, element_id{columns}')} ELSE '[]' END"


_VALUE = f"pg_column_size(value) > {_MOST_BYTES} AS is_large, CASE WHEN pg_column_size(value) <= {_MOST_BYTES} THEN value END AS value"
_UNRESOLVED = "AND resolved_at IS NULL AND element_instance_id IS NOT NULL"
# Tasks and calls are no more than what the element instance that waits for them says.
_DOCUMENT = f"""json_build_object(
    'elements', e.rows,
    'variables', {_rows_of("processes_variable", f"scope_id, name, {_VALUE}")},
    'jobs', {_waits_of(["job"], "processes_job", ", round")},
    'timers', {_waits_of(["timer"], "processes_timer", ', due_at, "interval", repetitions_left')},
    'messages', {_waits_of(["message"], "processes_subscription", "")},
    'listeners', {_waits_of(["signal", "condition", "offer"], "processes_listener", ", kind, name, watches, part, holds")},
    'joins', {_rows_of("processes_join", "scope_id, element_id, waiting, taken")},
    'compensables', {_rows_of("processes_compensable", 'scope_id, "order", element_id, element_instance_id, round, inside')},
    'incidents', CASE WHEN e.incidents > 0 THEN
        {_rows_of("processes_incident", "id, element_instance_id, element_id, kind, message, stage", only=_UNRESOLVED)}
        ELSE '[]' END
)::text"""
_ELEMENTS = f"""LATERAL (
    SELECT {_ALL} AS rows, string_agg(r.waits::text, '') AS waits, count(r.incident_id) AS incidents FROM (
        SELECT id, element_id, scope_id, tokens, waits, incident_id, details
        FROM processes_elementinstance WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r) AS e"""  # noqa: S608 -- a number of this module


def select(columns: str, instances: str) -> str:
    """Write the query for columns of instances (a table, or a query in brackets, with their ids), and behind these what `read` reads."""
    return f"SELECT {columns}, {_DOCUMENT} FROM {instances} AS i, {_ELEMENTS}"  # noqa: S608 -- names


# From JSON: of an array the planner would look at the length, and plan anew each time.
_LOAD = select("i.id::text", "(SELECT value::uuid AS id FROM json_array_elements_text(%s::json))")


def load_whole(ids: Iterable[UUID]) -> dict[UUID, State]:
    """Load instances: those that are small are complete but for the head, which their own row tells; of others nothing is there yet."""
    wanted = {str(id_): id_ for id_ in ids}
    if not wanted:
        return {}
    rows = execute(_LOAD, [json.dumps(list(wanted))]).fetchall()
    return {wanted[text]: read(document) for text, document in rows}


def read(document: str) -> State:
    """Make the state of what `select` gave; what is large is loaded key by key instead."""
    kinds: dict[str, list[Row] | None] = msgspec.json.decode(document)
    state = State()
    for kind, rows in kinds.items():
        if rows is None or (kind == "variables" and any(row["is_large"] for row in rows)):
            return State(complete=False)
        for row in rows:
            _TAKE[kind](state, row)
    return state


def _element(state: State, row: Row) -> None:
    waits = tuple((kind, id_) for kind, id_ in row["waits"])
    details = row.pop("details")
    if details:
        element = bpmn_codec.element_from_data({**details, **row})
    else:
        element = bpmn.ElementInstance(
            row["id"], row["element_id"], row["scope_id"], row["tokens"], waits, row["incident_id"]
        )
    state.elements.put(element.id, element)
    for kind, id_ in waits:
        if kind in {"task", "call"}:
            state.waits.put((kind, id_), bpmn.Wait(kind, id_, element.id, element.element_id))


def _variable(state: State, row: Row) -> None:
    state.variables.set(row["scope_id"], row["name"], codec.decode(row["value"]))


def _wait(kind: str, row: Row) -> bpmn.Wait:
    return bpmn.Wait(kind, row["id"], row["element_instance_id"], row["element_id"])


def _job(state: State, row: Row) -> None:
    wait = _wait("job", row)
    wait.round = row["round"]
    state.waits.put(("job", wait.id), wait)


def _timer(state: State, row: Row) -> None:
    wait = _wait("timer", row)
    wait.due_at = datetime.fromisoformat(row["due_at"]).astimezone(UTC)
    wait.interval, wait.repetitions_left = row["interval"], row["repetitions_left"]
    state.waits.put(("timer", wait.id), wait)


def _message(state: State, row: Row) -> None:
    wait = _wait("message", row)
    state.waits.put(("message", wait.id), wait)


def _listener(state: State, row: Row) -> None:
    wait = _wait(row["kind"], row)
    wait.name, wait.part, wait.holds = row["name"], row["part"], row["holds"]
    wait.watches = tuple((watch.partition(" ")[0], watch.partition(" ")[2]) for watch in row["watches"])
    state.waits.put((wait.kind, wait.id), wait)
    if wait.kind == "signal":
        state.signals.add((wait.name,), wait.id)
    for watch in wait.watches:
        state.conditions.add(watch, wait.id)


def _join(state: State, row: Row) -> None:
    join = bpmn.Join(row["scope_id"], row["element_id"], row["waiting"], tuple(row["taken"]))
    state.joins.put((join.scope_id, join.element_id), join)


def _compensable(state: State, row: Row) -> None:
    state.compensables.put((row["scope_id"], str(row["order"])), bpmn.Compensable(**row))


def _incident(state: State, row: Row) -> None:
    state.incidents.put(row["id"], bpmn.Incident(**row))


_TAKE: Mapping[str, Callable[[State, Any], None]] = {
    "elements": _element,
    "variables": _variable,
    "jobs": _job,
    "timers": _timer,
    "messages": _message,
    "listeners": _listener,
    "joins": _join,
    "compensables": _compensable,
    "incidents": _incident,
}
