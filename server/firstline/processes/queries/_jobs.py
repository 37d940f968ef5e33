"""Reads of jobs that are done in the house, and of all that aren't done."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstline import codec
from firstline.processes.models import (
    Job,
)
from firstline.processes.ports import Job as JobToDo
from firstline.statements import FEW, ONE_BY_ONE, execute


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job that isn't done; `state` open = is tried at `next_attempt_at`, failed = waits for its incident."""

    id: UUID
    element_id: str
    type: str
    headers: Mapping[str, str]
    state: str
    # Attempts that didn't succeed, since it was last sent out.
    attempts: int
    next_attempt_at: datetime | None
    last_error: str
    created_at: datetime


def open_jobs(instance_id: UUID) -> list[JobRow]:
    """List the jobs of an instance that aren't done, with attempts and last error, oldest first."""
    return [
        JobRow(
            id=one.id,
            element_id=one.element_id,
            type=one.type,
            headers=one.headers,
            state=one.state,
            attempts=one.attempts,
            next_attempt_at=one.next_attempt_at,
            last_error=one.last_error,
            created_at=one.created_at,
        )
        for one in Job.objects.filter(instance_id=instance_id).order_by("id")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """A job for its worker in the house; how many unexpected failures it may still have."""

    job: JobToDo
    failures_allowed: int
    is_suspended: bool


def jobs_to_do(wanted: Iterable[tuple[UUID, int]], *, now: datetime) -> dict[tuple[UUID, int], ToDo]:
    """Describe jobs, by id and round, to their workers; what isn't to be done is left out."""
    document = json.dumps([{"id": str(id_), "round": round_} for id_, round_ in wanted])
    rows = execute(_JOBS_TO_DO, [document]).fetchall()
    return {(row[0], row[1]): _to_do(*row[:1], *row[2:], now=now) for row in rows}


def _to_do(
    id_: UUID,
    type_: str,
    instance_id: UUID,
    business_id: UUID | None,
    element_id: str,
    headers: str,
    variables: str,
    attempts: int,
    failures_allowed: int,
    is_suspended: bool,  # noqa: FBT001 -- a column
    *,
    now: datetime,
) -> ToDo:
    job = JobToDo(
        id=id_,
        key=str(id_),
        type=type_,
        instance_id=instance_id,
        business_id=business_id,
        element_id=element_id,
        headers=json.loads(headers),
        variables={name: codec.decode(value) for name, value in json.loads(variables).items()},
        attempt=attempts + 1,
        now=now,
    )
    return ToDo(job=job, failures_allowed=failures_allowed, is_suspended=is_suspended)


_JOBS_TO_DO = f"""
SELECT job.id, job.round, job.type, job.instance_id, instance.business_id, job.element_id, job.headers::text,
    (WITH RECURSIVE up AS (
        SELECT id, scope_id, 0 AS depth FROM processes_elementinstance WHERE id = job.element_instance_id
        UNION ALL
        SELECT e.id, e.scope_id, up.depth + 1 FROM processes_elementinstance e JOIN up ON e.id = up.scope_id
    )
    SELECT coalesce(json_object_agg(name, value), '{{}}')::text FROM (
        SELECT DISTINCT ON (v.name) v.name, v.value
        FROM up, LATERAL (SELECT name, value FROM processes_variable WHERE scope_id = up.id {ONE_BY_ONE}) v
        ORDER BY v.name, up.depth
    ) visible),
    job.attempts, job.retries - 1 - job.failures, instance.suspended_at IS NOT NULL
FROM (SELECT * FROM json_to_recordset(%s::json) AS wanted (id uuid, round integer) {FEW}) wanted,
    LATERAL (SELECT * FROM processes_job WHERE id = wanted.id AND round = wanted.round AND state = 'open' {ONE_BY_ONE}) job,
    LATERAL (SELECT * FROM processes_instance WHERE id = job.instance_id {ONE_BY_ONE}) instance
"""  # noqa: S608 -- nothing of it is a value
