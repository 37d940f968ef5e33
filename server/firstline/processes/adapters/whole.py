"""Loads instances of few rows whole, many with one statement; what is larger is loaded key by key (see `loading`)."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

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
# Tasks and calls are no more than what the element instance that waits for them says.
_LOAD = f"""
SELECT i.id::text, json_build_object(
    'elements', (SELECT {_ALL} FROM (
        SELECT id, element_id, scope_id, tokens, waits, incident_id, details
        FROM processes_elementinstance WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'variables', (SELECT {_ALL} FROM (
        SELECT scope_id, name, pg_column_size(value) > {_MOST_BYTES} AS is_large,
            CASE WHEN pg_column_size(value) <= {_MOST_BYTES} THEN value END AS value
        FROM processes_variable WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'jobs', (SELECT {_ALL} FROM (
        SELECT id, element_instance_id, element_id, round
        FROM processes_job WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'timers', (SELECT {_ALL} FROM (
        SELECT id, element_instance_id, element_id, due_at, "interval", repetitions_left
        FROM processes_timer WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'messages', (SELECT {_ALL} FROM (
        SELECT id, element_instance_id, element_id
        FROM processes_subscription WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'listeners', (SELECT {_ALL} FROM (
        SELECT id, element_instance_id, element_id, kind, name, watches, part, holds
        FROM processes_listener WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'joins', (SELECT {_ALL} FROM (
        SELECT scope_id, element_id, waiting, taken
        FROM processes_join WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'compensables', (SELECT {_ALL} FROM (
        SELECT scope_id, "order", element_id, element_instance_id, round, inside
        FROM processes_compensable WHERE instance_id = i.id LIMIT {_MOST_ROWS}) r),
    'incidents', (SELECT {_ALL} FROM (
        SELECT id, element_instance_id, element_id, kind, message, stage
        FROM processes_incident
        WHERE instance_id = i.id AND resolved_at IS NULL AND element_instance_id IS NOT NULL LIMIT {_MOST_ROWS}) r)
)::text
FROM (SELECT value::uuid AS id FROM json_array_elements_text(%s::json)) AS i
"""  # noqa: S608 -- numbers of this module


def load_whole(ids: Iterable[UUID]) -> dict[UUID, State]:
    """Load those of the instances that are small: complete but for the head, which their own row tells."""
    wanted = [str(id_) for id_ in ids]
    if not wanted:
        return {}
    # From JSON: of an array the planner would look at the length, and plan anew each time.
    rows = execute(_LOAD, [json.dumps(wanted)]).fetchall()
    loaded = ((UUID(id_), json.loads(document)) for id_, document in rows)
    return {id_: _state(kinds) for id_, kinds in loaded if _is_small(kinds)}


def _is_small(kinds: Mapping[str, list[Row] | None]) -> bool:
    variables = kinds["variables"]
    return None not in kinds.values() and not any(row["is_large"] for row in variables or ())


def _state(kinds: Mapping[str, list[Row]]) -> State:
    state = State()
    for kind, rows in kinds.items():
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
