"""Takes instances in hand: whoever makes a step of one locks its row first."""

import json
from collections.abc import Iterable
from functools import cache
from uuid import UUID

from firstline.processes.adapters.rows import columns_of
from firstline.processes.models import Instance
from firstline.statements import FEW, ONE_BY_ONE, execute

_OF = {
    "instance": "SELECT %s::uuid",
    "task": "SELECT instance_id FROM processes_task WHERE id = %s",
    "job": "SELECT instance_id FROM processes_job WHERE id = %s",
    "listener": "SELECT instance_id FROM processes_listener WHERE id = %s",
}


def lock(kind: str, id_: UUID | None) -> Instance | None:
    """Lock the instance that this is, or to which this task, job or listener belongs; None when there is none.

    NO KEY UPDATE: rows of others that refer to it can still be written while it is locked.
    """
    row = execute(_statement(kind), [id_]).fetchone()
    return None if row is None else Instance.from_db(None, columns_of(Instance), row)


def lock_free(ids: Iterable[UUID]) -> dict[UUID, Instance]:
    """Lock those of these instances that nobody has in hand."""
    rows = execute(_free(), [json.dumps([str(id_) for id_ in ids])]).fetchall()
    found = (Instance.from_db(None, columns_of(Instance), row) for row in rows)
    return {instance.id: instance for instance in found}


_WANTED = f"SELECT value::uuid AS id FROM json_array_elements_text(%s::json) {FEW}"  # noqa: S608 -- no value
_PATIENCE = "SELECT set_config('lock_timeout', '1s', true)"


def lock_free_of(ids: Iterable[UUID]) -> dict[UUID, Instance]:
    """Lock the instances of these tasks and jobs that nobody has in hand; gives them by those ids.

    From then on this transaction gives up soon where it has to wait for another one.
    """
    wanted_ids = [str(id_) for id_ in ids]
    if not wanted_ids:
        execute(_PATIENCE)
        return {}
    wanted = json.dumps(wanted_ids)
    rows = execute(_free_of(), [wanted, wanted]).fetchall()
    return {row[0]: Instance.from_db(None, columns_of(Instance), row[1:]) for row in rows}


@cache
def _free_of() -> str:
    columns = ", ".join(f"i.{name}" for name in columns_of(Instance))
    tasks, jobs = (
        f"SELECT t.id, t.instance_id FROM ({_WANTED}) w,"  # noqa: S608 -- names
        f" LATERAL (SELECT id, instance_id FROM {table} WHERE id = w.id {ONE_BY_ONE}) t"
        for table in ("processes_task", "processes_job")
    )
    return (
        f"WITH patience AS MATERIALIZED ({_PATIENCE})"  # noqa: S608 -- names
        f" SELECT w.id, {columns} FROM patience, ({tasks} UNION ALL {jobs}) w JOIN processes_instance i ON i.id = w.instance_id"
        " ORDER BY i.id FOR NO KEY UPDATE OF i SKIP LOCKED"
    )


@cache
def _free() -> str:
    columns = ", ".join(columns_of(Instance))
    return f"SELECT {columns} FROM processes_instance WHERE id IN ({_WANTED}) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"  # noqa: S608 -- names


@cache
def _statement(kind: str) -> str:
    columns = ", ".join(columns_of(Instance))
    return f"SELECT {columns} FROM processes_instance WHERE id = ({_OF[kind]}) FOR NO KEY UPDATE"  # noqa: S608 -- names
