"""Reads of jobs for workers outside, and of who asks for them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from firstline.processes.models import (
    Job,
    WorkerSeen,
)

_VISIBLE_TO_JOBS = """
WITH RECURSIVE up AS (
    SELECT id AS of, id, scope_id, 0 AS depth FROM processes_elementinstance WHERE id = ANY(%(ids)s)
    UNION ALL
    SELECT up.of, e.id, e.scope_id, up.depth + 1 FROM processes_elementinstance e JOIN up ON e.id = up.scope_id
)
SELECT DISTINCT ON (up.of, v.name) up.of, v.name, coalesce(v.value::text, 'null')
FROM up JOIN processes_variable v ON v.scope_id = up.id
WHERE %(names)s::text[] IS NULL OR v.name = ANY(%(names)s)
ORDER BY up.of, v.name, up.depth
"""


def visible_to_jobs(element_instance_ids: Sequence[UUID], *, names: Sequence[str] | None) -> dict[UUID, dict[str, str]]:
    """Read what jobs see, by element instance, as texts of the codec; `names` None = all of it."""
    seen: dict[UUID, dict[str, str]] = defaultdict(dict)
    if not element_instance_ids:
        return seen
    with connection.cursor() as cursor:
        wanted = None if names is None else list(names)
        cursor.execute(_VISIBLE_TO_JOBS, {"ids": list(element_instance_ids), "names": wanted})
        for element_instance_id, name, text in cursor.fetchall():
            seen[element_instance_id][name] = text
    return seen


# Type by type, so that each looks at one entry of the index.
_NEXT_JOB_DUE = """
SELECT min(first.at) FROM unnest(%s::text[]) AS wanted (type), LATERAL (
    SELECT next_attempt_at AS at FROM processes_job
    WHERE is_external AND state = 'open' AND type = wanted.type AND next_attempt_at > %s
    ORDER BY next_attempt_at LIMIT 1
) AS first
"""


def next_job_due_at(types: Sequence[str], *, after: datetime) -> datetime | None:
    """Say when the next job of these types that isn't due yet can be handed out: a lease runs out, or a back-off ends."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_JOB_DUE, [list(types), after])
        found: datetime | None = cursor.fetchone()[0]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    name: str
    last_asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTypeRow:
    """Jobs of one type that are for workers outside; counts end at `MOST_COUNTED`."""

    type: str
    # Due now; in a worker's hands or waiting to be tried again; stopped by an incident.
    waiting: int
    later: int
    stopped: int
    # Of the one that is due for longest.
    waiting_since: datetime | None
    workers: tuple[WorkerRow, ...]

    @property
    def has_no_worker(self) -> bool:
        """Tell whether nobody has ever asked for it (within the month for which workers are remembered)."""
        return not self.workers


MOST_COUNTED = 1000


# The types that have jobs, found by jumping from one to the next in the index, not by reading every job.
_TYPES_WITH_JOBS = """
WITH RECURSIVE known AS (
    (SELECT type FROM processes_job WHERE is_external ORDER BY type LIMIT 1)
    UNION ALL
    SELECT (SELECT j.type FROM processes_job j WHERE j.is_external AND j.type > known.type ORDER BY j.type LIMIT 1)
    FROM known WHERE known.type IS NOT NULL
)
SELECT type FROM known WHERE type IS NOT NULL LIMIT 500
"""


def job_types(*, now: datetime) -> list[JobTypeRow]:
    """List the types of jobs that workers outside do, or should do: those without a worker first."""
    with connection.cursor() as cursor:
        cursor.execute(_TYPES_WITH_JOBS)
        types = {type_ for (type_,) in cursor.fetchall()}
    workers: dict[str, list[WorkerRow]] = defaultdict(list)
    for one in WorkerSeen.objects.order_by("-last_asked_at")[:500]:
        workers[one.type].append(WorkerRow(name=one.worker, last_asked_at=one.last_asked_at))
    found = [_job_type(type_, tuple(workers[type_]), now) for type_ in sorted(types | set(workers))]
    return sorted(found, key=lambda row: not (row.has_no_worker and row.waiting))


def _job_type(type_: str, workers: tuple[WorkerRow, ...], now: datetime) -> JobTypeRow:
    of_type = Job.objects.filter(is_external=True, type=type_)
    due = of_type.filter(state=Job.State.OPEN, next_attempt_at__lte=now).order_by("next_attempt_at")
    later = of_type.filter(state=Job.State.OPEN, next_attempt_at__gt=now)
    return JobTypeRow(
        type=type_,
        waiting=_bounded_count(due),
        later=_bounded_count(later),
        stopped=_bounded_count(of_type.filter(state=Job.State.FAILED)),
        waiting_since=due.values_list("next_attempt_at", flat=True).first(),
        workers=workers,
    )


def _bounded_count(jobs: QuerySet[Job]) -> int:
    return jobs.order_by()[:MOST_COUNTED].count()
