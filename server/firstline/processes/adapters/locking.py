"""Takes instances in hand: whoever makes a step of one locks its row first."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from bpmn import State
from firstline.processes.adapters.rows import columns_of
from firstline.processes.adapters.whole import read, select
from firstline.processes.models import Instance
from firstline.statements import FEW, ONE_BY_ONE, execute

_OF = {
    "instance": "SELECT %s::uuid",
    "task": "SELECT instance_id FROM processes_task WHERE id = %s",
    "job": "SELECT instance_id FROM processes_job WHERE id = %s",
    "lease": "SELECT instance_id FROM processes_lease WHERE id = %s",
    "listener": "SELECT instance_id FROM processes_listener WHERE id = %s",
}


def lock(kind: str, id_: UUID | None) -> Instance | None:
    """Lock the instance that this is, or to which this task, job, lease or listener belongs; None when there is none.

    NO KEY UPDATE: rows of others that refer to it can still be written while it is locked.
    """
    row = execute(_statement(kind), [id_]).fetchone()
    return None if row is None else Instance.from_db(None, columns_of(Instance), row)


def lock_free(ids: Iterable[UUID]) -> dict[UUID, Instance]:
    """Lock those of these instances that nobody has in hand."""
    rows = execute(_free(), [json.dumps([str(id_) for id_ in ids])]).fetchall()
    found = (Instance.from_db(None, columns_of(Instance), row) for row in rows)
    return {instance.id: instance for instance in found}


@dataclass(frozen=True, slots=True)
class Held:
    """An instance that is locked, and its state where that was read at once (see `whole`)."""

    instance: Instance
    state: State | None


_WANTED = f"SELECT value::uuid AS id FROM json_array_elements_text(%s::json) {FEW}"  # noqa: S608 -- no value
_PATIENCE = "SELECT set_config('lock_timeout', '1s', true)"


def lock_free_of(wanted: Iterable[tuple[str, UUID]]) -> dict[UUID, Held]:
    """Lock the instances of these tasks, jobs and leases (kind and id) that nobody has in hand; gives them by those ids.

    From then on this transaction gives up soon where it has to wait for another one.
    """
    ids: dict[str, dict[str, UUID]] = defaultdict(dict)
    for kind, id_ in wanted:
        ids[kind][str(id_)] = id_
    if not ids:
        execute(_PATIENCE)
        return {}
    kinds = tuple(sorted(ids))
    known = {text: id_ for of_kind in ids.values() for text, id_ in of_kind.items()}
    rows = execute(_free_of(kinds), [json.dumps(list(ids[kind])) for kind in kinds]).fetchall()
    of_instances = ((texts, _held(row, seen, document)) for texts, *row, seen, document in rows)
    return {known[text]: held for texts, held in of_instances for text in texts.split()}


def _held(row: Sequence[Any], seen: int, document: str) -> Held:
    instance = Instance.from_db(None, columns_of(Instance), row)
    # Locked is what is there now, and read what was there when the statement began.
    return Held(instance, read(document) if seen == instance.sequence else None)


@cache
def _free_of(kinds: tuple[str, ...]) -> str:
    columns = ", ".join(f"i.{name}" for name in columns_of(Instance))
    found = " UNION ALL ".join(
        f"SELECT t.id, t.instance_id FROM ({_WANTED}) w,"  # noqa: S608 -- names
        f" LATERAL (SELECT id, instance_id FROM processes_{kind} WHERE id = w.id {ONE_BY_ONE}) t"
        for kind in kinds
    )
    seen = "(SELECT sequence FROM processes_instance WHERE id = i.id)"
    locked = (
        f"SELECT w.id::text AS wanted, {columns} FROM patience, ({found}) w JOIN processes_instance i ON i.id = w.instance_id"  # noqa: S608 -- names
        " ORDER BY i.id FOR NO KEY UPDATE OF i SKIP LOCKED"
    )
    named = f"patience AS MATERIALIZED ({_PATIENCE}), locked AS MATERIALIZED ({locked})"
    once = f"(SELECT string_agg(i.wanted, ' ') AS wanted, {columns} FROM locked i GROUP BY {columns})"  # noqa: S608 -- names
    return f"WITH {named} {select(f'i.wanted, {columns}, {seen}', once)}"


@cache
def _free() -> str:
    columns = ", ".join(columns_of(Instance))
    return f"SELECT {columns} FROM processes_instance WHERE id IN ({_WANTED}) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"  # noqa: S608 -- names


@cache
def _statement(kind: str) -> str:
    columns = ", ".join(columns_of(Instance))
    return f"SELECT {columns} FROM processes_instance WHERE id = ({_OF[kind]}) FOR NO KEY UPDATE"  # noqa: S608 -- names
