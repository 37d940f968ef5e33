"""Tasks for programs: what waits, its form, and doing it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Schema

from firstline import clock
from firstline.accounts.access import access_role
from firstline.accounts.principals import Principal
from firstline.api.web.fields import Key, Sent, Values
from firstline.api.web.paging import Paged, moment_and_id, page
from firstline.api.web.preconditions import One, expect
from firstline.api.web.routes import Routes
from firstline.cases import actions as case_actions
from firstline.cases import rules as case_rules
from firstline.cases.access import access_step, access_step_work
from firstline.cases.queries import step_form
from firstline.ui.language import page_language
from firstline.work import queries

View = Literal["all", "mine", "parked"]


class TaskOut(Schema):
    id: UUID
    case_id: UUID
    case_number: str
    customer_id: UUID | None
    customer: str
    reason_key: str
    element_id: str
    name: str
    state: Literal["open", "completed", "cancelled"]
    teams: list[str]
    assignee: str = Field(description="Of a member of staff, the id; empty: nobody yet.")
    assignee_name: str
    due_at: datetime | None
    since: datetime


class Tasks(Schema):
    items: list[TaskOut]
    next: str | None


class OptionOut(Schema):
    value: str
    label: str


class FieldOut(Schema):
    """A question of the form, with what was answered so far."""

    key: str
    kind: str = Field(
        description="text, email, tel, textarea, number, checkbox, select, radio, date, time or datetime-local."
    )
    label: str
    description: str
    value: str
    is_checked: bool
    options: list[OptionOut]
    required: bool = Field(description="Where a guide leads past it, it isn't asked at all.")
    read_only: bool
    min_length: int | None
    max_length: int | None
    minimum: Annotated[Decimal | None, Field(description="A number, as a text that keeps it exact.")]
    maximum: Annotated[Decimal | None, Field(description="A number, as a text that keeps it exact.")]
    pattern: str


class TaskWhole(TaskOut):
    parked_until: datetime | None
    form: list[FieldOut] = Field(
        description="What completing it takes; questions that earlier answers hide are left out."
    )


class TaskFilter(Paged):
    view: View = Field("all", description="What this program may take, what it has taken, or what is put aside.")
    team: Key | Literal[""] = Field("", description="One team's tasks alone, those that somebody has taken too.")


class Completion(Sent):
    values: Values = Field(
        default_factory=dict,
        description='Answers by key: dates as "2026-11-21", numbers as numbers or texts, check boxes as true or false.',
    )


ROUTES = Routes("tasks")


@ROUTES.lists("/tasks", Tasks, "List open tasks")
def list_tasks(request: HttpRequest, wanted: Query[TaskFilter]) -> dict[str, Any]:
    """List what waits to be done, whatever has the least time left first."""
    principal = _worker(request)
    found = queries.task_list(
        principal=principal,
        language=page_language(),
        now=clock.now(),
        view=queries.TEAM + wanted.team if wanted.team else wanted.view,
        after=moment_and_id(request, wanted.cursor),
        limit=wanted.limit + 1,
    )
    return page(request, found, limit=wanted.limit, key=lambda row: [row.deadline.isoformat(), row.id])


@ROUTES.reads("/tasks/{uuid:task_id}", TaskWhole, "Read a task and its form")
def read_task(request: HttpRequest, task_id: UUID) -> One:
    """Read a task: whose it is, by when, and what its form asks."""
    return _one(_worker(request), task_id)


@ROUTES.does("/tasks/{uuid:task_id}/claim", TaskWhole, "Take a task")
def claim_task(request: HttpRequest, task_id: UUID) -> One:
    """Take a task: nobody else does it from now on. 409 when somebody was faster."""
    principal = _expected(request, task_id)
    case_actions.claim_step(principal=principal, task_id=task_id, now=clock.now())
    return _one(principal, task_id)


@ROUTES.does("/tasks/{uuid:task_id}/hand-back", TaskWhole, "Hand a task back")
def hand_back_task(request: HttpRequest, task_id: UUID) -> One:
    """Give a task back to its team; the answers so far stay with it."""
    principal = _expected(request, task_id)
    case_actions.release_step(principal=principal, task_id=task_id, now=clock.now())
    return _one(principal, task_id)


@ROUTES.does("/tasks/{uuid:task_id}/complete", TaskWhole, "Complete a task")
def complete_task(request: HttpRequest, task_id: UUID, completion: Completion) -> One:
    """Complete a task with the answers to its form: the case goes on. 422 tells, by key, which answers are missing or wrong."""
    principal = _expected(request, task_id)
    case_actions.complete_whole_step(principal=principal, task_id=task_id, answers=completion.values, now=clock.now())
    return _one(principal, task_id)


def _worker(request: HttpRequest) -> Principal:
    return access_role(request, case_rules.WORKING_ROLES)


def _expected(request: HttpRequest, task_id: UUID) -> Principal:
    principal = _worker(request)
    access_step_work(principal, task_id)
    case_actions.lock_step(task_id)
    expect(request, _one(principal, task_id).state)
    return principal


def _one(principal: Principal, task_id: UUID) -> One:
    case, task = access_step(principal, task_id)
    (row,) = queries.task_rows([task], language=page_language(), now=clock.now())
    told = {name: getattr(row, name) for name in queries.TaskRow.__dataclass_fields__}
    form = step_form(case, task, language=page_language())
    state = [row.id, row.state, row.assignee, row.teams, row.due_at, form.version, form.parked_until]
    return One(value={**told, "form": form.fields, "parked_until": form.parked_until}, state=state)
