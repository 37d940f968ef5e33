"""What workers say of the jobs that they hold: taken once, also while the instance is suspended."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from firstline import clock, codec
from firstline.crashpoints import crash_point
from firstline.errors import Conflict
from firstline.outbox import rules as outbox_rules
from firstline.processes import actions
from firstline.processes.adapters.locking import lock
from firstline.processes.adapters.workers import tell_workers
from firstline.processes.models import Job, Lease
from firstline.processes.workers._handing_out import retries_left as retries_left_of


class LeaseLost(Conflict):
    """The lease ran out before the answer; the job is somebody else's, or will be."""

    code = "lease-lost"


class JobGone(Conflict):
    """Nobody waits for the job any more: the process went on without it, or ended."""

    code = "job-gone"


class AnsweredOtherwise(Conflict):
    """The lease was answered before, with something else."""

    code = "answered-otherwise"


@dataclass(frozen=True, slots=True)
class _Held:
    """A job whose lease holds, locked with its instance."""

    job: Job
    is_suspended: bool
    now: datetime


def complete(*, lease_id: UUID, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take the result of a job; the process goes on, one that is suspended when it is resumed.

    Raises: LeaseLost, JobGone, AnsweredOtherwise, Refused.
    """
    said = actions.JobAnswer(how="completed", variables=variables)
    return _answered(lease_id, "completed", [variables], lambda held: _take(held, said, "completed"))


def throw_error(*, lease_id: UUID, code: str, message: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Throw a BPMN error at the job's task: a boundary event may catch it, else it is an incident. Raises: as `complete`."""
    said = actions.JobAnswer(how="error", code=code, message=message, variables=variables)
    return _answered(lease_id, "error", [code, message, variables], lambda held: _take(held, said, "error"))


def fail(
    *, lease_id: UUID, message: str, retries_left: int | None = None, retry_after: timedelta | None = None
) -> Mapping[str, Any]:
    """Note that an attempt failed: the job is handed out again later, or is an incident when no retries are left.

    `retries_left` None = one less than before, of as many as the model allows; `retry_after` None = slower each time.
    Raises: as `complete`.
    """

    def do(held: _Held) -> dict[str, Any]:
        job = held.job
        left = retries_left_of(job) - 1 if retries_left is None else retries_left
        if left <= 0:
            return _take(held, actions.JobAnswer(how="failed", message=message), "incident")
        after = outbox_rules.back_off(job.attempts + 1) if retry_after is None else retry_after
        _postpone(job, message, failures=job.retries - left, due_at=held.now + after)
        return {"state": "open", "retries_left": left, "due_at": (held.now + after).isoformat()}

    return _answered(lease_id, "failed", [message, retries_left, retry_after], do)


def _take(held: _Held, said: actions.JobAnswer, state: str) -> dict[str, Any]:
    if held.is_suspended:
        actions.keep_answer(job=held.job, said=said)
        return {"state": "kept"}
    if not actions.answer_job(job_id=held.job.id, said=said):
        raise _gone()
    return {"state": state}


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
    lease_id: UUID, how: str, said: Sequence[Any], do: Callable[[_Held], dict[str, Any]]
) -> Mapping[str, Any]:
    """Take an answer once: the same one again is told what it was told then."""
    digest = hashlib.sha256(codec.dumps([how, *said]).encode()).hexdigest()
    # The instance before its job, as every step locks them.
    instance_id = Lease.objects.values_list("instance_id", flat=True).get(id=lease_id)
    instance = lock("instance", instance_id)
    lease = Lease.objects.select_for_update().get(id=lease_id)
    if lease.answered_as:
        if lease.digest != digest or lease.answer is None:
            raise _answered_otherwise(lease)
        return dict(lease.answer)
    now = clock.now()
    is_suspended = instance is not None and instance.suspended_at is not None
    answer = do(_Held(_held_job(lease, now), is_suspended, now))
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
