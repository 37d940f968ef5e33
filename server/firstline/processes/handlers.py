"""Jobs of service tasks, as the outbox delivers them."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import OperationalError

from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.outbox import rules as outbox_rules
from firstline.outbox.ports import Deliver, Delivery, TryAgain
from firstline.processes import actions, queries, rules
from firstline.processes.adapters.performing import worker_of
from firstline.processes.adapters.workers import is_done_here
from firstline.processes.ports import BpmnError, Job, JobFailed

log = logging.getLogger(__name__)

# A resumed instance hurries its jobs; this is only the net.
_WHILE_SUSPENDED = timedelta(minutes=10)

# Types of jobs whose last one took longer than this in this process.
_QUICK_SECONDS = 0.02
_slow: set[str] = set()


@dataclass(frozen=True, slots=True)
class _Done:
    """What a worker said of a job: variables, or an error."""

    delivery: Delivery
    todo: queries.ToDo
    said: dict[str, Any] | Exception


def run_job(delivery: Delivery) -> bool | None:
    """Call the worker of a job and take what it says; a job that is done or withdrawn meanwhile is left alone.

    The worker may be called again after a crash, with the same key; its result is taken once.
    """
    todo = _todos([delivery]).get(delivery.id)
    if todo is None:
        return False
    if not is_done_here(todo.job.type):
        actions.give_to_workers(job_id=todo.job.id)
        return False
    if todo.is_suspended:
        return _wait_for_resume(todo.job, delivery, "The instance is suspended.")
    return _taking([_Done(delivery, todo, _ask(todo.job))])[delivery.id](delivery)


def run_jobs(deliveries: Sequence[Delivery], is_mine: Callable[[Delivery], bool]) -> Mapping[UUID, Deliver]:
    """Call the workers of several jobs, one after the other, and take what they say in one transaction.

    Only those of types that were quick the last time: what is done isn't to wait for a slow one.
    """
    todos = _todos(deliveries)
    done: list[_Done] = []
    for delivery in deliveries:
        todo = todos.get(delivery.id)
        if todo is not None and _is_quick(todo) and is_mine(delivery):
            done.append(_Done(delivery, todo, _ask(todo.job)))
    return _taking(done)


def _todos(deliveries: Sequence[Delivery]) -> dict[UUID, queries.ToDo]:
    wanted = {one.id: (UUID(one.payload["job_id"]), int(one.payload["round"])) for one in deliveries}
    found = queries.jobs_to_do(wanted.values(), now=deliveries[0].now)
    return {id_: found[job] for id_, job in wanted.items() if job in found}


def _is_quick(todo: queries.ToDo) -> bool:
    return todo.job.type not in _slow and is_done_here(todo.job.type) and not todo.is_suspended


def _ask(job: Job) -> dict[str, Any] | Exception:
    crash_point("processes.job.begun")
    began = time.monotonic()
    try:
        variables = rules.as_variables(worker_of(job.type)(job) or {})
    except Exception as error:  # noqa: BLE001 -- what it means is for who takes it
        return error
    finally:
        (_slow.add if time.monotonic() - began > _QUICK_SECONDS else _slow.discard)(job.type)
    crash_point("processes.job.worked")
    return variables


def _taking(done: Sequence[_Done]) -> Mapping[UUID, Deliver]:
    """Take the results; what is returned for each says whether that settled its delivery, or what else becomes of it."""
    answers: dict[UUID, Callable[[], bool]] = {}
    results: dict[UUID, actions.JobResult] = {}
    for one in done:
        if isinstance(one.said, Exception):
            answers[one.delivery.id] = partial(_raise, one.said)
        else:
            result = actions.JobResult(job_id=one.todo.job.id, variables=one.said, settles=one.delivery.id)
            results[one.delivery.id] = result
    answers |= zip(results, actions.complete_jobs(list(results.values())), strict=True)
    return {one.delivery.id: partial(_take, one.todo, answers[one.delivery.id]) for one in done}


def _raise(error: Exception) -> bool:
    raise error


def _take(todo: queries.ToDo, answer: Callable[[], bool], delivery: Delivery) -> bool:
    """Tell whether what a worker said settled the delivery, too."""
    job, is_settled = todo.job, False
    try:
        is_settled = _take_or_throw(job, answer)
    except TryAgain as wait:
        if queries.is_suspended(job.instance_id):
            return _wait_for_resume(job, delivery, str(wait))
        raise _later(job, delivery, str(wait), wait.after, is_failure=False) from wait
    except OperationalError:
        # The database is away: there is nothing to note it in, and the outbox tries again.
        raise
    except Exception as bug:
        log.exception("The job %s of type %s failed", job.id, job.type)
        message = f"{type(bug).__name__}: {bug}"
        if todo.failures_allowed > 0:
            raise _later(job, delivery, message, None, is_failure=True) from bug
        actions.fail_job(job_id=job.id, message=message)
    crash_point("processes.job.taken")
    return is_settled


def _take_or_throw(job: Job, answer: Callable[[], bool]) -> bool:
    try:
        return answer()
    except actions.Suspended as wait:
        # The worker is asked again, with the same key, when the instance has been resumed.
        raise TryAgain(wait.message, _WHILE_SUSPENDED) from wait
    except BpmnError as error:
        actions.throw_job_error(job_id=job.id, code=error.code, message=error.message, variables=error.variables)
    except JobFailed as failed:
        actions.fail_job(job_id=job.id, message=str(failed))
    except FirstlineError as error:
        # Workers of lower capabilities don't know BPMN; their errors are thrown by their code.
        actions.throw_job_error(job_id=job.id, code=error.code, message=error.message, variables={})
    return False


def _wait_for_resume(job: Job, delivery: Delivery, message: str) -> bool:
    """Put a job off until its instance is resumed, which hurries it; one that was resumed just now comes again at once."""
    if not actions.put_off(instance_id=job.instance_id, delivery=delivery, message=message, after=_WHILE_SUSPENDED):
        raise TryAgain("The instance was just resumed.", timedelta())
    return True


def _later(job: Job, delivery: Delivery, message: str, after: timedelta | None, *, is_failure: bool) -> TryAgain:
    after = outbox_rules.back_off(delivery.attempt) if after is None else after
    actions.note_attempt(job_id=job.id, message=message, next_attempt_at=delivery.now + after, is_failure=is_failure)
    return TryAgain(message, after)
