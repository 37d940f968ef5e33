"""Reads of the engine, for screens and for the executor."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

import bpmn
from bpmn import apply, facts
from firstline import codec
from firstline.processes import rules
from firstline.processes.models import (
    Deployment,
    ElementInstance,
    HistoryFact,
    InboxEntry,
    Incident,
    Instance,
    Job,
    StartWait,
    Task,
    Timer,
    WorkerSeen,
)
from firstline.processes.ports import Job as JobToDo
from firstline.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRow:
    id: UUID
    process_id: str
    release_id: str
    business_id: UUID | None
    caller_id: UUID | None
    # "" = running; completed, terminated, cancelled, error.
    outcome: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    name: str
    form_id: str
    # A person's id as text, or what the model says; "" = nobody yet.
    assignee: str
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None
    # open, completed or cancelled.
    state: str
    created_at: datetime
    ended_at: datetime | None
    completed_by: UUID | None

    @property
    def is_open(self) -> bool:
        return self.state == Task.State.OPEN


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


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    kind: str
    message: str
    raised_at: datetime
    failed_again_at: datetime | None
    resolved_at: datetime | None
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveElement:
    """Where a token is: what a diagram marks."""

    element_instance_id: UUID
    element_id: str
    since: datetime
    has_incident: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementTimes:
    """When an element was passed: how often it was entered, first when, last left when (None = it never was)."""

    element_id: str
    entered: int
    first_entered_at: datetime
    last_left_at: datetime | None
    # Of all that have left, together.
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    sequence: int
    at: datetime
    kind: str
    element_id: str
    # The fact without values that may be erased.
    data: Mapping[str, Any]


# --- instances -------------------------------------------------------------------------------------------------------


def instance(instance_id: UUID) -> InstanceRow | None:
    """Describe an instance."""
    found = Instance.objects.select_related("deployment").filter(id=instance_id).first()
    return _instance_row(found) if found else None


def instances_of(business_id: UUID) -> list[InstanceRow]:
    """List the instances of a case, called ones too, oldest first."""
    found = Instance.objects.select_related("deployment").filter(business_id=business_id).order_by("id")
    return [_instance_row(one) for one in found]


def is_suspended(instance_id: UUID) -> bool:
    """Tell whether nothing happens to an instance but what operators do."""
    return Instance.objects.filter(id=instance_id).exclude(suspended_at=None).exists()


def model_xml(instance_id: UUID) -> str:
    """Read the model that an instance runs, for its diagram."""
    found: str = Instance.objects.values_list("deployment__xml", flat=True).get(id=instance_id)
    return found


def active_elements(instance_id: UUID) -> list[ActiveElement]:
    """Say where the tokens of an instance are, those in subprocesses and of the subprocesses themselves too."""
    found = ElementInstance.objects.filter(instance_id=instance_id).exclude(scope_id=None).order_by("id")
    waiting = [
        ActiveElement(
            element_instance_id=one.id,
            element_id=one.element_id,
            since=one.entered_at,
            has_incident=one.incident_id is not None,
        )
        for one in found
    ]
    held = Incident.objects.filter(instance_id=instance_id, resolved_at=None, stage="held").values_list(
        "element_id", flat=True
    )
    return waiting if not held else [_marked(one, frozenset(held)) for one in waiting]


def _marked(element: ActiveElement, held: frozenset[str]) -> ActiveElement:
    return ActiveElement(
        element_instance_id=element.element_instance_id,
        element_id=element.element_id,
        since=element.since,
        has_incident=element.has_incident or element.element_id in held,
    )


def element_times(instance_id: UUID) -> list[ElementTimes]:
    """Say which elements an instance passed and how long that took, in the order in which they were first entered."""
    with connection.cursor() as cursor:
        cursor.execute(_ELEMENT_TIMES, {"instance_id": instance_id})
        return [
            ElementTimes(
                element_id=row[0], entered=row[1], first_entered_at=row[2], last_left_at=row[3], seconds=float(row[4])
            )
            for row in cursor.fetchall()
        ]


_ELEMENT_TIMES = """
SELECT i.element_id, count(*), min(i.at), max(o.at), coalesce(sum(extract(epoch FROM o.at - i.at)), 0)
FROM processes_fact i
LEFT JOIN processes_fact o
    ON o.instance_id = i.instance_id AND o.kind IN ('ElementLeft', 'ElementCancelled') AND o.data ->> 'id' = i.data ->> 'id'
WHERE i.instance_id = %(instance_id)s AND i.kind IN ('ElementEntered', 'TokensJoined')
GROUP BY i.element_id
ORDER BY min(i.sequence)
"""


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


def _instance_row(one: Instance) -> InstanceRow:
    return InstanceRow(
        id=one.id,
        process_id=one.process_id,
        release_id=one.deployment.release_id,
        business_id=one.business_id,
        caller_id=one.caller_id,
        outcome=one.outcome,
        started_at=one.started_at,
        ended_at=one.ended_at,
    )


def deployment_of(release_id: str) -> UUID | None:
    """Find the deployment of a release's processes."""
    found: UUID | None = Deployment.objects.filter(release_id=release_id).values_list("id", flat=True).first()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A running instance that none of the same deployment called."""

    id: UUID
    process_id: str
    business_id: UUID | None


def running_roots(deployment_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> list[Root]:
    """List the roots of a deployment by process and id, from behind one on."""
    caller = Instance.objects.filter(id=OuterRef("caller_id"), deployment_id=deployment_id, outcome="")
    found = Instance.objects.filter(~Exists(caller), deployment_id=deployment_id, outcome="")
    if after is not None:
        process_id, last = after
        # The first condition is the index's, the second leaves out what was there before.
        found = found.filter(process_id__gte=process_id).exclude(process_id=process_id, id__lte=last)
    rows = found.order_by("process_id", "id").values_list("id", "process_id", "business_id")[:limit]
    return [Root(id=id_, process_id=process_id, business_id=business_id) for id_, process_id, business_id in rows]


# --- variables -------------------------------------------------------------------------------------------------------


def variables_of_instance(instance_id: UUID) -> dict[str, Any]:
    """Read the variables of an instance itself; of one that has ended, the last ones."""
    if Instance.objects.filter(id=instance_id, outcome="").exists():
        return _visible(instance_id)
    last: dict[str, Any] = {}
    sets = HistoryFact.objects.filter(instance_id=instance_id, kind=facts.VariableSet.__name__)
    for one in sets.order_by("sequence"):
        fact = rules.join_fact(one.data, one.values)
        if isinstance(fact, facts.VariableSet) and fact.scope_id == str(instance_id):
            last[fact.name] = fact.value
    return last


def variables_of_task(task_id: UUID) -> dict[str, Any]:
    """Read what an open task sees, its own variables before those around it; of a closed one, those of its instance."""
    task_ = Task.objects.filter(id=task_id).first()
    if task_ is None:
        return {}
    if task_.state != Task.State.OPEN:
        return variables_of_instance(task_.instance_id)
    return _visible(task_.element_instance_id)


_VISIBLE = """
WITH RECURSIVE up AS (
    SELECT id, scope_id, 0 AS depth FROM processes_elementinstance WHERE id = %s
    UNION ALL
    SELECT e.id, e.scope_id, up.depth + 1 FROM processes_elementinstance e JOIN up ON e.id = up.scope_id
)
SELECT DISTINCT ON (v.name) v.name, v.value::text
FROM up JOIN processes_variable v ON v.scope_id = up.id
ORDER BY v.name, up.depth
"""


def _visible(element_instance_id: UUID) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_VISIBLE, [element_instance_id])
        return {name: None if text is None else codec.loads(text) for name, text in cursor.fetchall()}


# --- tasks -----------------------------------------------------------------------------------------------------------


def task(task_id: UUID) -> TaskRow | None:
    """Describe a task."""
    found = Task.objects.filter(id=task_id).first()
    return _task_row(found) if found else None


def open_tasks(
    *,
    business_ids: Iterable[UUID] | None = None,
    instance_id: UUID | None = None,
    teams: Iterable[str] | None = None,
    assignee: str | None = None,
    unassigned: bool = False,
    limit: int = 500,
) -> list[TaskRow]:
    """List open tasks that fit every argument given, oldest first; `teams` = a candidate group is among them."""
    found = Task.objects.filter(state=Task.State.OPEN)
    if business_ids is not None:
        found = found.filter(business_id__in=list(business_ids))
    if instance_id is not None:
        found = found.filter(instance_id=instance_id)
    if teams is not None:
        found = found.filter(candidate_groups__overlap=list(teams))
    if assignee is not None:
        found = found.filter(assignee=assignee)
    if unassigned:
        found = found.filter(assignee="")
    return [_task_row(one) for one in found.order_by("id")[:limit]]


def tasks_of(business_id: UUID) -> list[TaskRow]:
    """List all tasks of a case, done ones too, oldest first."""
    return [_task_row(one) for one in Task.objects.filter(business_id=business_id).order_by("id")]


def _task_row(one: Task) -> TaskRow:
    return TaskRow(
        id=one.id,
        instance_id=one.instance_id,
        business_id=one.business_id,
        element_id=one.element_id,
        name=one.name,
        form_id=one.form_id,
        assignee=one.assignee,
        candidate_groups=tuple(one.candidate_groups),
        candidate_users=tuple(one.candidate_users),
        due_at=one.due_at,
        state=one.state,
        created_at=one.created_at,
        ended_at=one.ended_at,
        completed_by=one.completed_by,
    )


# --- jobs and incidents ----------------------------------------------------------------------------------------------


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


_JOBS_TO_DO = """
SELECT job.id, job.round, job.type, job.instance_id, instance.business_id, job.element_id, job.headers::text,
    (WITH RECURSIVE up AS (
        SELECT id, scope_id, 0 AS depth FROM processes_elementinstance WHERE id = job.element_instance_id
        UNION ALL
        SELECT e.id, e.scope_id, up.depth + 1 FROM processes_elementinstance e JOIN up ON e.id = up.scope_id
    )
    SELECT coalesce(json_object_agg(name, value), '{}')::text FROM (
        SELECT DISTINCT ON (v.name) v.name, v.value
        FROM up JOIN processes_variable v ON v.scope_id = up.id
        ORDER BY v.name, up.depth
    ) visible),
    job.attempts, job.retries - 1 - job.failures, instance.suspended_at IS NOT NULL
FROM json_to_recordset(%s::json) AS wanted (id uuid, round integer)
JOIN processes_job job ON job.id = wanted.id AND job.round = wanted.round AND job.state = 'open'
JOIN processes_instance instance ON instance.id = job.instance_id
"""


def open_incidents(
    *, instance_id: UUID | None = None, business_ids: Iterable[UUID] | None = None, limit: int = 500
) -> list[IncidentRow]:
    """List open incidents that fit every argument given, oldest first."""
    return incidents(instance_id=instance_id, business_ids=business_ids, only=Q(resolved_at=None), limit=limit)


def incidents(
    *,
    instance_id: UUID | None = None,
    business_ids: Iterable[UUID] | None = None,
    only: Q | None = None,
    limit: int = 500,
) -> list[IncidentRow]:
    """List incidents, resolved ones too, oldest first."""
    found = Incident.objects.filter(only or Q())
    if instance_id is not None:
        found = found.filter(instance_id=instance_id)
    if business_ids is not None:
        found = found.filter(business_id__in=list(business_ids))
    return [
        IncidentRow(
            id=one.id,
            instance_id=one.instance_id,
            business_id=one.business_id,
            element_id=one.element_id,
            kind=one.kind,
            message=one.message,
            raised_at=one.raised_at,
            failed_again_at=one.failed_again_at,
            resolved_at=one.resolved_at,
            resolution=one.resolution,
        )
        for one in found.order_by("id")[:limit]
    ]


# --- the executor's own ----------------------------------------------------------------------------------------------


def next_due_at() -> datetime | None:
    """Say when there is something to do next; a moment in the past means now."""
    # What only a newer version knows is for others.
    inbox = InboxEntry.objects.filter(is_held=False, kind__in=InboxEntry.Kind.values).order_by("instance_id", "id")
    waiting: datetime | None = inbox.values_list("created_at", flat=True).first()
    if waiting is not None:
        return waiting
    timer: datetime | None = Timer.objects.filter(is_held=False).aggregate(at=Min("due_at"))["at"]
    start: datetime | None = StartWait.objects.filter(due_at__isnull=False).aggregate(at=Min("due_at"))["at"]
    return min(filter(None, (timer, start)), default=None)


# --- workers outside -------------------------------------------------------------------------------------------------

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
