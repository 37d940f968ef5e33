"""Jobs of service tasks, as the outbox delivers them."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.utils.module_loading import import_string

from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.outbox import rules as outbox_rules
from firstline.outbox.ports import Delivery, TryAgain
from firstline.processes import actions, queries
from firstline.processes.adapters.workers import is_done_here
from firstline.processes.ports import BpmnError, Job, JobFailed

log = logging.getLogger(__name__)

# A resumed instance hurries its jobs; this is only the net.
_WHILE_SUSPENDED = timedelta(minutes=10)


def run_job(delivery: Delivery) -> bool:
    """Call the worker of a job and take what it says; a job that is done or withdrawn meanwhile is left alone.

    The worker may be called again after a crash, with the same key; its result is taken once.
    """
    found = queries.job_to_do(UUID(delivery.payload["job_id"]), round_=delivery.payload["round"], now=delivery.now)
    if found is None:
        return False
    job, failures_allowed, is_suspended = found
    if not is_done_here(job.type):
        actions.give_to_workers(job_id=job.id)
        return False
    if is_suspended:
        raise TryAgain("The instance is suspended.", _WHILE_SUSPENDED)
    crash_point("processes.job.begun")
    is_settled = False
    try:
        is_settled = _work(job, delivery)
    except TryAgain as wait:
        if queries.is_suspended(job.instance_id):
            raise
        raise _later(job, delivery, str(wait), wait.after, is_failure=False) from wait
    except OperationalError:
        # The database is away: there is nothing to note it in, and the outbox tries again.
        raise
    except Exception as bug:
        log.exception("The job %s of type %s failed", job.id, job.type)
        message = f"{type(bug).__name__}: {bug}"
        if failures_allowed > 0:
            raise _later(job, delivery, message, None, is_failure=True) from bug
        actions.fail_job(job_id=job.id, message=message)
    crash_point("processes.job.taken")
    return is_settled


def _work(job: Job, delivery: Delivery) -> bool:
    """Tell whether what it took settled the delivery, too."""
    try:
        variables = _worker(job.type)(job) or {}
        crash_point("processes.job.worked")
        return actions.complete_job(job_id=job.id, variables=variables, settles=delivery.id)
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


def _later(job: Job, delivery: Delivery, message: str, after: timedelta | None, *, is_failure: bool) -> TryAgain:
    after = outbox_rules.back_off(delivery.attempt) if after is None else after
    actions.note_attempt(job_id=job.id, message=message, next_attempt_at=delivery.now + after, is_failure=is_failure)
    return TryAgain(message, after)


def _worker(type_: str) -> Callable[[Job], Mapping[str, Any] | None]:
    workers: Mapping[str, str] = import_module(settings.FIRSTLINE_SUBSCRIPTIONS).JOB_WORKERS
    worker: Callable[[Job], Mapping[str, Any] | None] = import_string(workers[type_])
    return worker
