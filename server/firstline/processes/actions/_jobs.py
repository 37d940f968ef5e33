"""Results of jobs, whoever did them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from bpmn import CodecError, Rejection, Step, commands, storable_variables
from firstline import clock
from firstline.outbox import actions as outbox
from firstline.outbox.ports import Delivery
from firstline.processes import rules
from firstline.processes.actions._step import Refused, refused
from firstline.processes.adapters import effects, together
from firstline.processes.adapters.steps import Wanted
from firstline.processes.adapters.workers import tell_workers
from firstline.processes.models import InboxEntry, Instance, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a job gave; `settles` is the entry of the outbox that asked for it."""

    job_id: UUID
    variables: Mapping[str, Any]
    settles: UUID | None = None


def complete_job(*, job_id: UUID, variables: Mapping[str, Any]) -> bool:
    """Take the result of a job; returns False when it was taken before, or nobody waits for it any more."""
    (answer,) = complete_jobs([JobResult(job_id=job_id, variables=variables)])
    return answer()


def complete_jobs(results: Sequence[JobResult]) -> list[Callable[[], bool]]:
    """Take the results of jobs in one transaction; what is returned gives the answer to each, as `complete_job` does.

    One that fails holds up none of the others.
    """
    asked = [
        together.Asked(
            commands.CompleteJob(job_id=str(one.job_id), variables=rules.as_variables(one.variables)),
            "job",
            one.job_id,
            settles=one.settles,
        )
        for one in results
    ]
    together.serve(asked)
    return [partial(_job_answer, one) for one in asked]


def fail_job(*, job_id: UUID, message: str) -> bool:
    """Make a job an incident; returns False when nobody waits for it any more."""
    return _job_step(job_id, commands.FailJob(job_id=str(job_id), message=message))


def throw_job_error(*, job_id: UUID, code: str, message: str, variables: Mapping[str, Any]) -> bool:
    """Throw a BPMN error at the task of a job; returns False when nobody waits for it any more."""
    command = commands.ThrowJobError(
        job_id=str(job_id), error_code=code, message=message, variables=rules.as_variables(variables)
    )
    return _job_step(job_id, command)


def take_answer(*, lease_id: UUID, look: Callable[[Instance | None], Wanted | None]) -> bool:
    """Take what a worker says under a lease; `look` says what that is when the instance of the job is locked.

    Returns False when there was nothing to tell the engine, or nobody waits for the job any more. Raises: Refused, and what `look`
    does before it writes.
    """
    asked = together.Asked(kind="lease", id=lease_id, look=look)
    together.serve([asked])
    return _job_answer(asked)


def keep_answer(*, job: Job, said: rules.JobAnswer) -> None:
    """Keep what a worker says of a job of a suspended instance: it comes when that is resumed, in its order.

    The job, which is locked with its instance, is handed out no more. Raises: Refused.
    """
    variables = rules.as_variables(said.variables)
    try:
        storable_variables(variables)
    except CodecError as error:
        raise Refused(str(error), reason="bad_variable") from error
    job.next_attempt_at = None
    job.save(update_fields=["next_attempt_at"])
    payload = {"job_id": str(job.id), "said": asdict(said) | {"variables": variables}}
    effects.send(instance_id=job.instance_id, kind=InboxEntry.Kind.JOB_ANSWERED, payload=payload, now=clock.now())


def note_attempt(*, job_id: UUID, message: str, next_attempt_at: datetime, is_failure: bool) -> None:
    """Note why a job has to wait and when it is tried again; `is_failure` counts against its retries."""
    job = Job.objects.filter(id=job_id).first()
    if job is None:
        return
    job.attempts += 1
    job.failures += is_failure
    job.last_error, job.next_attempt_at = message[:2000], next_attempt_at
    job.save(update_fields=["attempts", "failures", "last_error", "next_attempt_at"])


@transaction.atomic
def give_to_workers(*, job_id: UUID) -> None:
    """Leave a job to workers outside: who did it here is gone since it began."""
    job = Job.objects.filter(id=job_id, state=Job.State.OPEN).first()
    if job is None:
        return
    job.is_external, job.next_attempt_at = True, clock.now()
    job.save(update_fields=["is_external", "next_attempt_at"])
    tell_workers(job.type)


def _job_step(job_id: UUID, command: commands.Command) -> bool:
    asked = together.Asked(command, "job", job_id)
    together.serve([asked])
    return _job_answer(asked)


def _job_answer(asked: together.Asked) -> bool:
    result = together.answer(asked)
    if isinstance(result, Rejection) and result.code != "unknown_job":
        raise refused(result)
    return isinstance(result, Step)


@transaction.atomic
def put_off(*, instance_id: UUID, delivery: Delivery, message: str, after: timedelta) -> bool:
    """Let a job's entry wait while its instance is suspended; False when it isn't any more.

    Both under the lock of the instance: whoever resumes it meanwhile hurries the entry afterwards, and not before.
    """
    suspended = Instance.objects.select_for_update(no_key=True).filter(id=instance_id, suspended_at__isnull=False)
    if not suspended.exists():
        return False
    outbox.postpone(delivery=delivery, message=message, due_at=delivery.now + after)
    return True
