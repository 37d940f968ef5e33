"""Cases for programs: read, opened for a reason, noted, promised; they move on by their tasks alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Schema
from pydantic import StringConstraints

from firstline import clock
from firstline.accounts.access import access_brand, access_staff
from firstline.accounts.principals import Principal
from firstline.api.web.fields import Given, GivenText, Key, Line, Moment, Sent, Values, Words
from firstline.api.web.paging import Paged, moment_and_id, page
from firstline.api.web.preconditions import One, expect
from firstline.api.web.routes import Routes
from firstline.cases import actions, merging, progress, queries, rules
from firstline.cases.access import access_case, access_case_promise, access_case_work
from firstline.cases.models import Case
from firstline.cases.queries import CaseRow
from firstline.cases.web.opening import answers_for
from firstline.customers.access import access_customer
from firstline.errors import Forbidden
from firstline.procedures import queries as procedure_queries
from firstline.sources import queries as source_queries
from firstline.sources.models import Command
from firstline.sources.queries import CommandRow
from firstline.ui.language import page_language


class StepOut(Schema):
    """An open task of a case."""

    task_id: UUID
    element_id: str
    name: str
    teams: list[str]
    assignee: str = Field(description="Of a member of staff, the id; empty: nobody yet.")
    assignee_name: str
    due_at: datetime | None
    since: datetime


class PromiseOut(Schema):
    id: UUID
    text: str
    due_at: datetime
    made_at: datetime
    made_by: str
    is_kept: bool


class CaseOut(Schema):
    id: UUID
    number: str = Field(description="As a person says it on the phone.")
    reason_key: str
    reason: str
    customer_id: UUID | None
    customer: str
    state: Literal["open", "closed", "cancelled", "merged"]
    outcome: str
    channel: str
    is_gap: bool = Field(
        description="The reason has no procedure: nothing happens by itself, and it is closed by hand."
    )
    opened_at: datetime
    closed_at: datetime | None
    steps: list[StepOut]
    promises: list[PromiseOut]
    merged: list[str] = Field(
        description="Numbers of cases that turned out to be the same thing and go on as this one."
    )
    merged_into_id: UUID | None = Field(description="As which case this one goes on, when it is merged.")


class Cases(Schema):
    items: list[CaseOut]
    next: str | None


class CaseWrite(Schema):
    """How far one change has come in one back-office system."""

    id: UUID
    source: str
    source_label: str
    command: str
    label: str
    kind: Command.Kind
    state: Command.State
    sentence: str
    next_attempt_at: datetime | None
    confirmed_at: datetime | None


class CaseWhole(CaseOut):
    brand: str
    subject: str
    language: str
    contact_id: UUID | None
    writes: list[CaseWrite]
    progress: str = Field(description='All systems together, such as "3 of 4 systems updated".')


class EventOut(Schema):
    at: datetime
    text: str
    detail: str


class Timeline(Schema):
    items: list[EventOut]


class ReasonRow(Schema):
    key: str
    name: str
    path: list[str]
    is_gap: bool
    has_web_form: bool = Field(description="A case for it may be opened with the answers to its form.")


class Reasons(Schema):
    items: list[ReasonRow]


class CaseFilter(Paged):
    q: Words = Field("", description="Words of number, subject or customer; all must be found.")
    state: Literal["", "open", "closed", "cancelled", "merged"] = ""
    reason: Key | Literal[""] = ""
    customer: UUID | None = None


class ReasonFilter(Schema):
    brand: Key | None = None


class NewCase(Sent):
    reason: Key
    customer: UUID | None = Field(None, description="Whose case it is; it may become known later.")
    brand: Key | None = Field(None, description="That of the customer when left out.")
    subject: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")] = ""
    channel: Literal["", "phone", "email", "webform", "chat", "letter", "counter"] = ""
    answers: Values = Field(default_factory=dict, description="What the reason's web form asks, if it has one.")


class NewNote(Sent):
    text: GivenText


class NewPromise(Sent):
    text: Given
    due_at: Moment


class Closing(Sent):
    outcome: Line = ""


class Merging(Sent):
    into: UUID = Field(description="The case that it is the same as, and goes on as from now on.")
    reason: Given


class Undoing(Sent):
    reason: Given


ROUTES = Routes("cases")


@ROUTES.lists("/reasons", Reasons, "List the reasons for which a case can be opened")
def list_reasons(request: HttpRequest, wanted: Query[ReasonFilter]) -> dict[str, Any]:
    """List the reasons that can be chosen, in the order of their tree."""
    brand = access_brand(access_staff(request), wanted.brand)
    return {"items": procedure_queries.reason_choices(page_language(), brand=brand.key)}


@ROUTES.lists("/cases", Cases, "List or search cases")
def list_cases(request: HttpRequest, wanted: Query[CaseFilter]) -> dict[str, Any]:
    """List cases, youngest first."""
    principal = access_staff(request)
    found = queries.list_cases(
        principal=principal,
        language=page_language(),
        now=clock.now(),
        state=wanted.state,
        reason=wanted.reason,
        text=wanted.q,
        customer_id=wanted.customer,
        before=moment_and_id(request, wanted.cursor),
        limit=wanted.limit + 1,
    )
    return page(request, found, limit=wanted.limit, key=lambda row: [row.opened_at.isoformat(), row.id])


@ROUTES.reads("/cases/{uuid:case_id}", CaseWhole, "Read a case")
def read_case(request: HttpRequest, case_id: UUID) -> One:
    """Read where a case stands: open tasks, promises, and how far its changes have come in each system."""
    return _one(access_case(access_staff(request), case_id))


@ROUTES.reads("/cases/{uuid:case_id}/timeline", Timeline, "Read what happened with a case")
def read_timeline(request: HttpRequest, case_id: UUID) -> One:
    """List what happened with a case, newest first."""
    case = access_case(access_staff(request), case_id)
    row = queries.case_row(case.id, language=page_language(), now=clock.now())
    events = progress.timeline_of(case, row, language=page_language())
    told = [{"at": one.at, "text": one.text, "detail": one.detail} for one in events]
    return One(value={"items": told}, state=told)


@ROUTES.adds("/cases", CaseWhole, "Open a case")
def open_case(request: HttpRequest, new: NewCase) -> One:
    """Open a case for a reason: its procedure starts. For a contact that is known, open it there."""
    principal, now = _worker(request), clock.now()
    customer = access_customer(principal, new.customer) if new.customer else None
    brand = access_brand(principal, new.brand or (customer.brand.key if customer else None))
    if customer is not None and customer.brand_id != brand.id:
        raise Forbidden("This is a customer of another brand. Leave the brand out, or choose another customer.")
    case_id = actions.open_case(
        brand=brand,
        customer=customer,
        reason_key=new.reason,
        contact_id=None,
        channel=new.channel,
        subject=new.subject,
        principal=principal,
        now=now,
        answers=answers_for(reason_key=new.reason, brand=brand, answers=new.answers, now=now),
    )
    one = _one(access_case(principal, case_id))
    return One(value=one.value, state=one.state, location=f"/api/v1/cases/{case_id}")


@ROUTES.adds("/cases/{uuid:case_id}/notes", CaseWhole, "Leave a note for colleagues")
def write_note(request: HttpRequest, case_id: UUID, new: NewNote) -> One:
    """Leave a note with a case; the customer never sees it."""
    principal = access_staff(request)
    case = access_case_work(principal, case_id)
    actions.write_note(case_id=case.id, text=new.text, principal=principal, now=clock.now())
    return _one(case)


@ROUTES.adds("/cases/{uuid:case_id}/promises", CaseWhole, "Note a promise to the customer")
def make_promise(request: HttpRequest, case_id: UUID, new: NewPromise) -> One:
    """Note what the customer was told would happen, and by when."""
    principal, now = access_staff(request), clock.now()
    case = access_case_work(principal, case_id)
    actions.make_promise(
        case_id=case.id, text=new.text.strip(), due_at=new.due_at, principal=principal, contact_id=None, now=now
    )
    return _one(case)


@ROUTES.does("/cases/{uuid:case_id}/promises/{uuid:promise_id}/keep", CaseWhole, "Note that a promise was kept")
def keep_promise(request: HttpRequest, case_id: UUID, promise_id: UUID) -> One:
    """Note that what was promised has happened. The state named is the case's."""
    principal = access_staff(request)
    promise = access_case_promise(principal, case_id, promise_id)
    case = access_case(principal, case_id)
    # Nobody takes a promise back that was kept, so nothing is locked: the engine locks in another order.
    expect(request, _one(case).state)
    actions.keep_promise(promise_id=promise.id, now=clock.now())
    return _one(case)


@ROUTES.does("/cases/{uuid:case_id}/close", CaseWhole, "Close a case that has no procedure")
def close_case(request: HttpRequest, case_id: UUID, closing: Closing) -> One:
    """Close a case whose reason has no procedure; one that has ends with its last task."""
    principal = access_staff(request)
    access_case_work(principal, case_id)
    actions.lock_case(case_id)
    case = access_case(principal, case_id)
    expect(request, _one(case).state)
    actions.close_gap(principal=principal, case_id=case.id, outcome=closing.outcome.strip(), now=clock.now())
    return _one(access_case(principal, case_id))


@ROUTES.does("/cases/{uuid:case_id}/merge", CaseWhole, "Merge a case into another")
def merge_case(request: HttpRequest, case_id: UUID, wanted: Merging) -> One:
    """Let a case go on as another open one of the same customer: they are the same thing. Nothing is moved; it can be undone."""
    principal = access_staff(request)
    case, into = access_case_work(principal, case_id), access_case_work(principal, wanted.into)
    # Not locked here: the engine locks in another order, and merging looks again.
    expect(request, _one(case).state)
    merging.merge_cases(
        survivor_id=into.id, merged_id=case.id, reason=wanted.reason, principal=principal, now=clock.now()
    )
    return _one(access_case(principal, case_id))


@ROUTES.does("/cases/{uuid:case_id}/unmerge", CaseWhole, "Undo the merge of a case")
def unmerge_case(request: HttpRequest, case_id: UUID, undoing: Undoing) -> One:
    """Part a case from the one that it goes on as; its process goes on where it stood."""
    principal = access_staff(request)
    case = access_case_work(principal, case_id)
    expect(request, _one(case).state)
    merge = merging.running_merge(case.id)
    merging.undo_case_merge(merge_id=merge.id, reason=undoing.reason, principal=principal, now=clock.now())
    return _one(access_case(principal, case_id))


def _worker(request: HttpRequest) -> Principal:
    principal = access_staff(request)
    if not principal.is_any(rules.WORKING_ROLES):
        raise Forbidden("This program may look at cases, but not work on them.")
    return principal


def _one(case: Case) -> One:
    language, now = page_language(), clock.now()
    row = queries.case_row(case.id, language=language, now=now)
    writes = source_queries.commands_of_case(case.id, language=language)
    told = {
        **{name: getattr(row, name) for name in CaseRow.__dataclass_fields__},
        "brand": case.brand.key,
        "subject": case.subject,
        "language": case.language,
        "contact_id": case.contact_id,
        "writes": writes,
        "progress": source_queries.progress_of_case(case.id, language=language).sentence,
    }
    return One(value=told, state=_state(row, writes, len(queries.notes(case.id))))


def _state(row: CaseRow, writes: Sequence[CommandRow], notes: int) -> object:
    """Give all that may change of a case, without words in a language."""
    return [
        (row.id, row.state, row.outcome, row.customer_id, row.customer, notes, row.merged, row.merged_into_id),
        [(one.task_id, one.assignee, one.teams, one.due_at) for one in row.steps],
        [(one.id, one.text, one.is_kept) for one in row.promises],
        [(one.id, one.state, one.attempts) for one in writes],
    ]
