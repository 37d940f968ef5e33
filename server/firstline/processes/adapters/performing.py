"""Jobs that are done within the step that comes to them, in its transaction: what they write is there exactly when the step is.

`JOBS_IN_STEP` in config/subscriptions.py names their types. When one goes wrong, in whatever way, nothing of it has happened, and it is
a job as any other: the outbox asks for it, again and again, and says what becomes of it.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils.module_loading import import_string

import bpmn
from bpmn import facts
from firstline.crashpoints import crash_point
from firstline.processes import rules
from firstline.processes.models import Instance
from firstline.processes.ports import Job
from firstline.wiring import wiring

log = logging.getLogger(__name__)
_Worker = Callable[[Job], Mapping[str, Any] | None]


def worker_of(type_: str) -> _Worker:
    """Find the function of the house that does jobs of a type."""
    worker: _Worker = import_string(wiring().JOB_WORKERS[type_])
    return worker


def performer(instance: Instance, now: datetime, *, is_alone: bool) -> bpmn.Perform:
    """Do jobs of an instance within its step; `is_alone` tells that nothing else is undone when one goes wrong.

    What is done raises when it goes wrong beside others: each is done alone then.
    """
    went_wrong = False

    def perform(fact: facts.JobCreated, see: Callable[[], Mapping[str, object]]) -> Mapping[str, object] | None:
        nonlocal went_wrong
        if fact.type not in wiring().JOBS_IN_STEP or went_wrong:
            return None
        job = _job(instance, fact, see(), now)
        try:
            return _done_alone(job) if is_alone else _done(job)
        except OperationalError:
            raise
        except Exception:
            if not is_alone:
                raise
            # What is wrong for one of them is likely to be wrong for the next.
            went_wrong = True
            log.info("The job %s of type %s wasn't done within the step", fact.id, fact.type, exc_info=True)
            return None

    return perform


def _done_alone(job: Job) -> Mapping[str, object]:
    with transaction.atomic():
        given = _done(job)
        # What refers to nothing would be found out at the commit, and undo the step.
        connection.check_constraints()
        return given


def _done(job: Job) -> Mapping[str, object]:
    given = bpmn.storable_variables(rules.as_variables(worker_of(job.type)(job) or {}))
    if transaction.get_rollback():
        raise RuntimeError("it went on after an error of the database, which has undone what it did before")
    crash_point("processes.step.job_done")
    return given


def _job(instance: Instance, fact: facts.JobCreated, variables: Mapping[str, object], now: datetime) -> Job:
    return Job(
        id=UUID(fact.id),
        key=fact.id,
        type=fact.type,
        instance_id=instance.id,
        business_id=instance.business_id,
        element_id=fact.element_id,
        headers=dict(fact.headers),
        # The worker may do with them as it likes.
        variables={name: _copied(value) for name, value in variables.items()},
        attempt=1,
        now=now,
    )


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(part) for name, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value
