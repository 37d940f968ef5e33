"""Jobs in the hands of workers outside: handed out with a lease, answered once.

A job may be handed out several times, when a lease runs out or an attempt fails: what a worker does must stand that, or use the
job's key. Its result is taken from the one who holds the newest lease while it holds, and once. Whoever comes late hears so, and changes
nothing.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from firstline import clock, codec, ids
from firstline.crashpoints import crash_point
from firstline.errors import Conflict
from firstline.outbox import rules as outbox_rules
from firstline.processes import actions, queries
from firstline.processes.adapters.locking import lock
from firstline.processes.adapters.workers import tell_workers
from firstline.processes.models import Job, Lease

# Of the variables of all jobs of one answer; one job is always given.
MAX_HANDED_BYTES = 4 * 1024 * 1024
_SEEN_IS_NOTED_EVERY = timedelta(seconds=30)


class LeaseLost(Conflict):
    """The lease ran out before the answer; the job is somebody else's, or will be."""

    code = "lease-lost"


class JobGone(Conflict):
    """Nobody waits for the job any more: the process went on without it, or ended."""

    code = "job-gone"


class AnsweredOtherwise(Conflict):
    """The lease was answered before, with something else."""

    code = "answered-otherwise"


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
    Lease.objects.bulk_create(leases)
    for job, made in zip(fitting, leases, strict=True):
        job.lease_id, job.leases, job.next_attempt_at = made.id, made.number, now + lease
    Job.objects.bulk_update(fitting, ["lease_id", "leases", "next_attempt_at"])
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
        retries_left=_retries_left(job),
    )


def _retries_left(job: Job) -> int:
    return max(job.retries - job.failures, 1)


# --- answers ---------------------------------------------------------------------------------------------------------


def complete(*, lease_id: UUID, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take the result of a job; the process goes on. Raises: LeaseLost, JobGone, AnsweredOtherwise, Refused."""

    def do(job: Job, now: datetime) -> dict[str, Any]:
        _wanted(actions.complete_job(job_id=job.id, variables=variables))
        return {"state": "completed"}

    return _answered(lease_id, "completed", [variables], do)


def throw_error(*, lease_id: UUID, code: str, message: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Throw a BPMN error at the job's task: a boundary event may catch it, else it is an incident. Raises: as `complete`."""

    def do(job: Job, now: datetime) -> dict[str, Any]:
        _wanted(actions.throw_job_error(job_id=job.id, code=code, message=message, variables=variables))
        return {"state": "error"}

    return _answered(lease_id, "error", [code, message, variables], do)


def fail(
    *, lease_id: UUID, message: str, retries_left: int | None = None, retry_after: timedelta | None = None
) -> Mapping[str, Any]:
    """Note that an attempt failed: the job is handed out again later, or is an incident when no retries are left.

    `retries_left` None = one less than before, of as many as the model allows; `retry_after` None = slower each time.
    Raises: as `complete`.
    """

    def do(job: Job, now: datetime) -> dict[str, Any]:
        left = _retries_left(job) - 1 if retries_left is None else retries_left
        if left <= 0:
            _wanted(actions.fail_job(job_id=job.id, message=message))
            return {"state": "incident"}
        after = outbox_rules.back_off(job.attempts + 1) if retry_after is None else retry_after
        _postpone(job, message, failures=job.retries - left, due_at=now + after)
        return {"state": "open", "retries_left": left, "due_at": (now + after).isoformat()}

    return _answered(lease_id, "failed", [message, retries_left, retry_after], do)


def _postpone(job: Job, message: str, *, failures: int, due_at: datetime) -> None:
    job.attempts += 1
    job.failures, job.last_error, job.next_attempt_at, job.lease_id = failures, message[:2000], due_at, None
    job.save(update_fields=["attempts", "failures", "last_error", "next_attempt_at", "lease_id"])
    # Those who wait sleep until the lease would have run out.
    tell_workers(job.type)


@transaction.atomic
def extend(*, lease_id: UUID, lease: timedelta) -> datetime:
    """Hold a job for `lease` from now on; returns until when. Raises: LeaseLost, JobGone, AnsweredOtherwise."""
    held = Lease.objects.select_for_update().get(id=lease_id)
    if held.answered_as:
        raise _answered_otherwise(held)
    now = clock.now()
    job = _held_job(held, now)
    job.next_attempt_at = now + lease
    job.save(update_fields=["next_attempt_at"])
    return job.next_attempt_at


@transaction.atomic
def _answered(
    lease_id: UUID, how: str, said: Sequence[Any], do: Callable[[Job, datetime], dict[str, Any]]
) -> Mapping[str, Any]:
    """Take an answer once: the same one again is told what it was told then."""
    digest = hashlib.sha256(codec.dumps([how, *said]).encode()).hexdigest()
    # The instance before its job, as every step locks them.
    instance_id = Lease.objects.values_list("instance_id", flat=True).get(id=lease_id)
    lock("instance", instance_id)
    lease = Lease.objects.select_for_update().get(id=lease_id)
    if lease.answered_as:
        if lease.digest != digest or lease.answer is None:
            raise _answered_otherwise(lease)
        return dict(lease.answer)
    now = clock.now()
    answer = do(_held_job(lease, now), now)
    lease.answered_as, lease.digest, lease.answer, lease.answered_at = how, digest, answer, now
    lease.save(update_fields=["answered_as", "digest", "answer", "answered_at"])
    crash_point("processes.lease.before_commit")
    transaction.on_commit(lambda: crash_point("processes.lease.answered"))
    return answer


def _held_job(lease: Lease, now: datetime) -> Job:
    """Find and lock the job of a lease that still holds. Raises: LeaseLost, JobGone."""
    job = Job.objects.select_for_update().filter(id=lease.job_id).first()
    if job is None and Lease.objects.filter(job_id=lease.job_id).exclude(id=lease.id).exclude(answered_as="").exists():
        raise _lost()
    if job is None:
        raise _gone()
    if (
        job.lease_id != lease.id
        or job.state != Job.State.OPEN
        or job.next_attempt_at is None
        or job.next_attempt_at <= now
    ):
        raise _lost()
    return job


def _wanted(is_taken: bool) -> None:  # noqa: FBT001 -- what the action returned
    if not is_taken:
        raise _gone()


def _lost() -> LeaseLost:
    return LeaseLost(
        "Your lease has run out, so the job was or will be given to another worker. Nothing was changed: drop this result, and "
        "extend leases of long work in time."
    )


def _gone() -> JobGone:
    return JobGone(
        "Nobody waits for this job any more: its process went on without it, or ended. Nothing was changed: drop this result."
    )


def _answered_otherwise(lease: Lease) -> AnsweredOtherwise:
    return AnsweredOtherwise(
        f"This lease was answered before, as {lease.answered_as}. Nothing was changed: drop this result.",
        answered_as=lease.answered_as,
    )


# --- who works -------------------------------------------------------------------------------------------------------

_NOTE_SEEN = """
INSERT INTO processes_workerseen AS seen (id, type, worker, key_id, first_asked_at, last_asked_at)
SELECT id, type, %(worker)s, %(key_id)s, %(now)s, %(now)s FROM unnest(%(ids)s::uuid[], %(types)s::text[]) AS asked (id, type)
ON CONFLICT (type, worker) DO UPDATE SET last_asked_at = excluded.last_asked_at, key_id = excluded.key_id
WHERE seen.last_asked_at < %(before)s
"""


def note_seen(*, types: Sequence[str], worker: str, key_id: UUID | None, now: datetime) -> None:
    """Remember who asks for jobs of these types, to half a minute: what nobody ever asks for is shown to operators."""
    types = sorted(types)
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE_SEEN,
            {
                "ids": [ids.new_id() for _ in types],
                "types": types,
                "worker": worker,
                "key_id": key_id,
                "now": now,
                "before": now - _SEEN_IS_NOTED_EVERY,
            },
        )
