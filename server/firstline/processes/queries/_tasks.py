"""Reads of tasks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from firstline.processes.models import (
    Task,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    name: str
    form_id: str
    # A person's id as text, or what the model says; "" = nobody yet.
    assignee: str
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    # Elements of the case whose doers mustn't do this one, too; or rules.CASE_BEGAN.
    separate_from: tuple[str, ...]
    due_at: datetime | None
    # open, completed or cancelled.
    state: str
    created_at: datetime
    ended_at: datetime | None
    completed_by: UUID | None

    @property
    def is_open(self) -> bool:
        return self.state == Task.State.OPEN


def task(task_id: UUID) -> TaskRow | None:
    """Describe a task."""
    found = Task.objects.filter(id=task_id).first()
    return _task_row(found) if found else None


def open_tasks(
    *,
    business_ids: Iterable[UUID] | None = None,
    instance_id: UUID | None = None,
    teams: Iterable[str] | None = None,
    assignee: str | None = None,
    unassigned: bool = False,
    limit: int = 500,
) -> list[TaskRow]:
    """List open tasks that fit every argument given, oldest first; `teams` = a candidate group is among them."""
    found = Task.objects.filter(state=Task.State.OPEN)
    if business_ids is not None:
        found = found.filter(business_id__in=list(business_ids))
    if instance_id is not None:
        found = found.filter(instance_id=instance_id)
    if teams is not None:
        found = found.filter(candidate_groups__overlap=list(teams))
    if assignee is not None:
        found = found.filter(assignee=assignee)
    if unassigned:
        found = found.filter(assignee="")
    return [_task_row(one) for one in found.order_by("id")[:limit]]


def tasks_of(business_id: UUID) -> list[TaskRow]:
    """List all tasks of a case, done ones too, oldest first."""
    return [_task_row(one) for one in Task.objects.filter(business_id=business_id).order_by("id")]


def doers_of(business_ids: Iterable[UUID]) -> dict[tuple[UUID, str], set[UUID]]:
    """Say who did which elements of these cases."""
    done = Task.objects.filter(business_id__in=list(business_ids), state=Task.State.COMPLETED)
    found: dict[tuple[UUID, str], set[UUID]] = defaultdict(set)
    for case_id, element_id, by in done.values_list("business_id", "element_id", "completed_by"):
        if case_id is not None and by is not None:
            found[case_id, element_id].add(by)
    return found


def tasks_done(
    *, business_ids: "Iterable[UUID] | QuerySet[Any, Any]", before: tuple[datetime, UUID] | None = None, limit: int
) -> list[tuple[TaskRow, datetime]]:
    """List what people have done for these cases, with when, the last on top; `before` is where the last page ended."""
    found = Task.objects.filter(business_id__in=business_ids, state=Task.State.COMPLETED).exclude(ended_at=None)
    if before is not None:
        at, last = before
        found = found.filter(Q(ended_at__lt=at) | Q(ended_at=at, id__lt=last))
    return [(_task_row(one), one.ended_at) for one in found.order_by("-ended_at", "-id")[:limit] if one.ended_at]


def _task_row(one: Task) -> TaskRow:
    return TaskRow(
        id=one.id,
        instance_id=one.instance_id,
        business_id=one.business_id,
        element_id=one.element_id,
        name=one.name,
        form_id=one.form_id,
        assignee=one.assignee,
        candidate_groups=tuple(one.candidate_groups),
        candidate_users=tuple(one.candidate_users),
        separate_from=tuple(one.separate_from),
        due_at=one.due_at,
        state=one.state,
        created_at=one.created_at,
        ended_at=one.ended_at,
        completed_by=one.completed_by,
    )
