"""What workers say of the jobs that they hold: taken once, also while the instance is suspended."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from firstline import clock, codec
from firstline.crashpoints import crash_point
from firstline.errors import Conflict
from firstline.outbox import rules as outbox_rules
from firstline.processes import actions
from firstline.processes.adapters.rows import Rows
from firstline.processes.adapters.steps import Wanted
from firstline.processes.adapters.workers import tell_workers
from firstline.processes.models import Instance, Job, Lease
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


@dataclass(slots=True, kw_only=True)
class _Answer:
    """An answer under a lease, on its way; looked at when the instance is locked, perhaps more than once."""

    lease_id: UUID
    how: str
    # Of what is said, to know it again.
    digest: str
    # What the engine is to be told of the job; None = it is postponed, and that is all.
    said: Callable[[Job, datetime], actions.JobAnswer | None]
    # What the worker is told, unless the engine won't have it; whether it is asked.
    told: Mapping[str, Any] = field(default_factory=dict)
    is_for_engine: bool = False

    def look(self, instance: Instance | None) -> Wanted | None:
        """Take the answer, once: the same one again is told what it was told then. Raises, before it writes: as `complete`."""
        self.is_for_engine = False
        lease = Lease.objects.select_for_update().get(id=self.lease_id)
        if lease.answered_as:
            self.told = self._again(lease)
            return None
        now = clock.now()
        job = _held_job(lease, now)
        said = self.said(job, now)
        if instance is None or said is None or instance.suspended_at is not None:
            self.told = _postponed(job) if said is None else _kept(job, said)
            Lease.objects.filter(id=lease.id).update(**self._columns(now))
            _before_commit()
            return None
        self.told, self.is_for_engine = {"state": _STATES[said.how]}, True

        def note(rows: Rows) -> None:
            rows.update(Lease, str(lease.id), **self._columns(now))
            _before_commit()

        return Wanted(instance, said.command(str(job.id)), also=note)

    def _again(self, lease: Lease) -> Mapping[str, Any]:
        if lease.digest != self.digest or lease.answer is None:
            raise _answered_otherwise(lease)
        return dict(lease.answer)

    def _columns(self, now: datetime) -> dict[str, Any]:
        return {"answered_as": self.how, "digest": self.digest, "answer": self.told, "answered_at": now}


_STATES = {"completed": "completed", "error": "error", "failed": "incident"}


def complete(*, lease_id: UUID, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take the result of a job; the process goes on, one that is suspended when it is resumed.

    Raises: LeaseLost, JobGone, AnsweredOtherwise, Refused.
    """
    said = actions.JobAnswer(how="completed", variables=variables)
    return _answered(lease_id, "completed", [variables], lambda *_: said)


def throw_error(*, lease_id: UUID, code: str, message: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Throw a BPMN error at the job's task: a boundary event may catch it, else it is an incident. Raises: as `complete`."""
    said = actions.JobAnswer(how="error", code=code, message=message, variables=variables)
    return _answered(lease_id, "error", [code, message, variables], lambda *_: said)


def fail(
    *, lease_id: UUID, message: str, retries_left: int | None = None, retry_after: timedelta | None = None
) -> Mapping[str, Any]:
    """Note that an attempt failed: the job is handed out again later, or is an incident when no retries are left.

    `retries_left` None = one less than before, of as many as the model allows; `retry_after` None = slower each time.
    Raises: as `complete`.
    """

    def said(job: Job, now: datetime) -> actions.JobAnswer | None:
        left = retries_left_of(job) - 1 if retries_left is None else retries_left
        if left <= 0:
            return actions.JobAnswer(how="failed", message=message)
        after = outbox_rules.back_off(job.attempts + 1) if retry_after is None else retry_after
        _postpone(job, message, failures=job.retries - left, due_at=now + after)
        return None

    return _answered(lease_id, "failed", [message, retries_left, retry_after], said)


def _answered(
    lease_id: UUID, how: str, parts: Sequence[Any], said: Callable[[Job, datetime], actions.JobAnswer | None]
) -> Mapping[str, Any]:
    """Take an answer together with others that come at the same time."""
    digest = hashlib.sha256(codec.dumps([how, *parts]).encode()).hexdigest()
    answer = _Answer(lease_id=lease_id, how=how, digest=digest, said=said)
    if not actions.take_answer(lease_id=lease_id, look=answer.look) and answer.is_for_engine:
        raise _gone()
    return answer.told


def _kept(job: Job, said: actions.JobAnswer) -> dict[str, Any]:
    actions.keep_answer(job=job, said=said)
    return {"state": "kept"}


def _postponed(job: Job) -> dict[str, Any]:
    assert job.next_attempt_at is not None
    return {"state": "open", "retries_left": retries_left_of(job), "due_at": job.next_attempt_at.isoformat()}


def _before_commit() -> None:
    crash_point("processes.lease.before_commit")
    transaction.on_commit(_after_commit)


def _after_commit() -> None:
    crash_point("processes.lease.answered")


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
