"""What people do: tasks, and steps that they choose."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bpmn import Rejection, commands
from firstline.errors import Conflict
from firstline.events import announce
from firstline.processes import events, rules
from firstline.processes.actions._step import Refused, demand, refused
from firstline.processes.adapters import together
from firstline.processes.adapters.locking import lock
from firstline.processes.models import (
    Instance,
    Task,
)


class TaskGone(Conflict):
    """The task is done, or the instance went on without it."""

    code = "task-gone"


def complete_task(*, task_id: UUID, variables: Mapping[str, Any], completed_by: UUID | None) -> None:
    """Complete a person's step; the instance goes on until it waits again. Raises: TaskGone, Refused."""
    command = commands.CompleteTask(
        task_id=str(task_id), variables=rules.as_variables(variables), completed_by=str(completed_by or "")
    )
    result = together.ask("task", task_id, command)
    if result is None or (isinstance(result, Rejection) and result.code == "unknown_task"):
        raise _task_gone()
    if isinstance(result, Rejection):
        raise refused(result)


@transaction.atomic
def claim_task(*, task_id: UUID, by: UUID) -> None:
    """Take a task that nobody has, or that one has already. Raises: TaskGone, Conflict."""
    task = _open_task(task_id)
    if task.assignee and task.assignee != str(by):
        raise Conflict(_("Somebody else has taken this task. Look at the list again."), code="task-taken")
    _assign(task, str(by))


@transaction.atomic
def unclaim_task(*, task_id: UUID) -> None:
    """Give a task back to its team. Raises: TaskGone."""
    _assign(_open_task(task_id), "")


@transaction.atomic
def assign_task(*, task_id: UUID, assignee: str) -> None:
    """Give a task to somebody, whoever has it. Raises: TaskGone."""
    _assign(_open_task(task_id), assignee)


@transaction.atomic
def offer_task(*, task_id: UUID, candidate_groups: Sequence[str]) -> None:
    """Leave a task to other teams; nobody has it then. Raises: TaskGone."""
    task = _open_task(task_id)
    task.candidate_groups = list(candidate_groups)
    task.save(update_fields=["candidate_groups"])
    _assign(task, "")


def _assign(task: Task, assignee: str) -> None:
    if task.assignee == assignee:
        return
    task.assignee = assignee
    task.save(update_fields=["assignee"])
    announce(
        events.TaskAssigned(
            task_id=task.id, instance_id=task.instance_id, business_id=task.business_id, assignee=assignee
        )
    )


def _open_task(task_id: UUID) -> Task:
    task = Task.objects.select_for_update().filter(id=task_id, state=Task.State.OPEN).first()
    if task is None:
        raise _task_gone()
    return task


def _task_gone() -> TaskGone:
    return TaskGone(_("This task is done already, or the case has moved on. Look at it again."))


@transaction.atomic
def begin_step(*, offer_id: UUID, element_id: str, variables: Mapping[str, Any] | None = None) -> None:
    """Begin one of the steps that an ad-hoc subprocess offers. Raises: Refused."""
    command = commands.BeginStep(
        offer_id=str(offer_id), element_id=element_id, variables=rules.as_variables(variables or {})
    )
    demand(_offering(offer_id), command)


@transaction.atomic
def close_offer(*, offer_id: UUID) -> None:
    """Begin no more steps of an ad-hoc subprocess; it ends with those under way. Raises: Refused."""
    demand(_offering(offer_id), commands.CloseOffer(offer_id=str(offer_id)))


def _offering(offer_id: UUID) -> Instance:
    instance = lock("listener", offer_id)
    if instance is None:
        raise Refused(_("These steps are no longer offered. Look at the case again."), reason="unknown_offer")
    return instance
