"""Jobs are handed out with a lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from firstline import codec, ids
from firstline.crashpoints import crash_point
from firstline.processes import queries
from firstline.processes.adapters.rows import Rows, columns_of
from firstline.processes.models import Job, Lease

# Of the variables of all jobs of one answer; one job is always given.
MAX_HANDED_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """A job in the hands of a worker; `lease_id` is what it answers with, `key` is the same however often the job is handed out."""

    lease_id: UUID
    leased_until: datetime
    key: str
    type: str
    instance_id: UUID
    business_id: UUID | None
    process_id: str
    element_id: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    # Of handing out, from 1; failures that are still allowed, this one included.
    attempt: int
    retries_left: int


@transaction.atomic
def hand_out(
    *,
    types: Sequence[str],
    worker: str,
    limit: int,
    lease: timedelta,
    variables: Sequence[str] | None,
    key_id: UUID | None,
    now: datetime,
) -> list[HandedOut]:
    """Lease up to `limit` due jobs of these types, longest due first within a type; `variables` None = all that the job sees."""
    jobs: list[Job] = []
    for type_ in types:
        if len(jobs) < limit:
            jobs += _due(type_, now, limit - len(jobs))
    seen = queries.visible_to_jobs([job.element_instance_id for job in jobs], names=variables)
    fitting = _fitting(jobs, seen)
    leases = [_lease(job, worker, key_id, now) for job in fitting]
    rows = Rows()
    for job, made in zip(fitting, leases, strict=True):
        job.lease_id, job.leases, job.next_attempt_at = made.id, made.number, now + lease
        rows.insert(Lease, str(made.id), {name: getattr(made, name) for name in columns_of(Lease)})
        rows.update(Job, str(job.id), lease_id=made.id, leases=made.number, next_attempt_at=job.next_attempt_at)
    rows.write()
    crash_point("processes.jobs.before_handing_out")
    transaction.on_commit(lambda: crash_point("processes.jobs.handed_out"))
    return [
        _handed_out(job, made, seen.get(job.element_instance_id, {})) for job, made in zip(fitting, leases, strict=True)
    ]


def _due(type_: str, now: datetime, limit: int) -> list[Job]:
    due = Job.objects.filter(is_external=True, state=Job.State.OPEN, type=type_, next_attempt_at__lte=now)
    due = due.filter(instance__suspended_at=None)
    free = due.order_by("next_attempt_at").select_for_update(skip_locked=True, of=("self",))
    return list(free.select_related("instance")[:limit])


def _fitting(jobs: list[Job], seen: Mapping[UUID, Mapping[str, str]]) -> list[Job]:
    """Leave for the next time what would make the answer too large."""
    fitting: list[Job] = []
    size = 0
    for job in jobs:
        size += sum(len(text) for text in seen.get(job.element_instance_id, {}).values())
        if fitting and size > MAX_HANDED_BYTES:
            break
        fitting.append(job)
    return fitting


def _lease(job: Job, worker: str, key_id: UUID | None, now: datetime) -> Lease:
    return Lease(
        id=ids.new_id(),
        job_id=job.id,
        instance_id=job.instance_id,
        element_id=job.element_id,
        type=job.type,
        number=job.leases + 1,
        worker=worker,
        key_id=key_id,
        begun_at=now,
    )


def _handed_out(job: Job, lease: Lease, seen: Mapping[str, str]) -> HandedOut:
    assert job.next_attempt_at is not None
    return HandedOut(
        lease_id=lease.id,
        leased_until=job.next_attempt_at,
        key=str(job.id),
        type=job.type,
        instance_id=job.instance_id,
        business_id=job.instance.business_id,
        process_id=job.instance.process_id,
        element_id=job.element_id,
        headers=job.headers,
        variables={name: codec.loads(text) for name, text in seen.items()},
        attempt=lease.number,
        retries_left=retries_left(job),
    )


def retries_left(job: Job) -> int:
    """Say how many failures make a job an incident."""
    return max(job.retries - job.failures, 1)
