"""Jobs that are done within the step that comes to them, in its transaction: what they write is there exactly when the step is.

`JOBS_IN_STEP` in config/subscriptions.py names their types. When one goes wrong, in whatever way, nothing of it has happened, and it is
a job as any other: the outbox asks for it, again and again, and says what becomes of it.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils.module_loading import import_string

import bpmn
from bpmn import facts
from firstline.crashpoints import crash_point
from firstline.processes import rules
from firstline.processes.models import Instance
from firstline.processes.ports import Job

log = logging.getLogger(__name__)
_Worker = Callable[[Job], Mapping[str, Any] | None]


def worker_of(type_: str) -> _Worker:
    """Find the function of the house that does jobs of a type."""
    worker: _Worker = import_string(import_module(settings.FIRSTLINE_SUBSCRIPTIONS).JOB_WORKERS[type_])
    return worker


def performer(instance: Instance, now: datetime, *, is_alone: bool) -> bpmn.Perform:
    """Do jobs of an instance within its step; `is_alone` tells that nothing else is undone when one goes wrong.

    What is done raises when it goes wrong beside others: each is done alone then.
    """
    in_step: frozenset[str] = import_module(settings.FIRSTLINE_SUBSCRIPTIONS).JOBS_IN_STEP

    def perform(fact: facts.JobCreated, see: Callable[[], Mapping[str, object]]) -> Mapping[str, object] | None:
        if fact.type not in in_step:
            return None
        variables = see()
        undoable: AbstractContextManager[Any] = transaction.atomic() if is_alone else nullcontext()
        try:
            with undoable:
                given = rules.as_variables(worker_of(fact.type)(_job(instance, fact, variables, now)) or {})
                crash_point("processes.step.job_done")
                return bpmn.storable_variables(given)
        except OperationalError:
            raise
        except Exception:
            if not is_alone:
                raise
            log.info("The job %s of type %s wasn't done within the step", fact.id, fact.type, exc_info=True)
            return None

    return perform


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
