"""Reads of the work list: open steps and waiting contacts as one list, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import (
    BooleanField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Case as Switch
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Least

from firstline.accounts import queries as account_queries
from firstline.accounts.models import User
from firstline.accounts.principals import AGENT, LEAD, Principal
from firstline.cases import queries as case_queries
from firstline.cases import rules as case_rules
from firstline.cases.access import visible_cases
from firstline.cases.models import Case, Promise, StepDraft
from firstline.cases.queries import CaseRow
from firstline.contacts import queries as contact_queries
from firstline.contacts.access import visible_contacts
from firstline.contacts.models import Contact
from firstline.contacts.queries import ContactRow
from firstline.procedures import queries as procedure_queries
from firstline.processes.models import Task
from firstline.processes.rules import CASE_BEGAN
from firstline.remembered import one_page
from firstline.work import rules
from firstline.work.rules import Dates, Place

# Everything that this person may take, what is theirs, a team's, or the contacts alone.
ALL, MINE, CONTACTS, PARKED = "all", "mine", "contacts", "parked"
TEAM = "team:"

Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """A piece of work, with the reason for its place in the list."""

    kind: Literal["step", "contact", "case"]
    # Of the task, the contact, or the case.
    id: UUID
    title: str
    customer: str
    place: Place
    # What was promised, in the words of whoever promised it.
    promise: str = ""
    case_id: UUID | None = None
    number: str = ""
    reason: str = ""
    channel: str = ""
    teams: tuple[str, ...] = ()
    assignee: str = ""
    is_mine: bool = False
    is_free: bool = True
    # Whom four eyes keep from it; a lead whom they do still sees it in the team's list, and gives it to somebody.
    kept_from: frozenset[UUID] = frozenset()
    is_kept_from: bool = False
    # A case whose reason has no procedure: nothing but this list brings it back.
    is_gap: bool = False
    parked_until: datetime | None = None
    parked_because: str = ""
    since: datetime

    @property
    def key(self) -> Key:
        """Where the row stands."""
        return self.place.deadline, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task by itself, as programs list it; those that are done, too."""

    id: UUID
    case_id: UUID
    case_number: str
    customer_id: UUID | None
    customer: str
    reason_key: str
    element_id: str
    name: str
    state: str
    # Their keys.
    teams: tuple[str, ...]
    assignee: str
    assignee_name: str
    due_at: datetime | None
    since: datetime
    # Where it stands in the list.
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    key: str
    name: str


@one_page()
def work_list(
    *, principal: Principal, language: str, now: datetime, view: str = ALL, after: Key | None = None, limit: int = 50
) -> list[WorkRow]:
    """List work, whatever has the least time left first; `after` is where the last page ended."""
    tasks = [] if view == CONTACTS else list(_page(_tasks(principal, view, now), after, limit))
    contacts = list(_page(_contacts(principal), after, limit)) if view in {ALL, CONTACTS} else []
    cases = list(_page(_cases_without_step(principal, view), after, limit)) if view in {ALL, MINE} else []
    rows = [
        *_task_rows(tasks, principal, language, now),
        *_contact_rows(contacts, language, now),
        *_case_rows(cases, principal, language, now),
    ]
    return sorted(rows, key=lambda row: row.key)[:limit]


def task_list(
    *, principal: Principal, language: str, now: datetime, view: str = ALL, after: Key | None = None, limit: int = 50
) -> list[TaskRow]:
    """List open tasks alone, in the order of the work list; `after` is where the last page ended."""
    return task_rows(list(_page(_tasks(principal, view, now), after, limit)), language=language, now=now)


def task_rows(tasks: Sequence[Any], *, language: str, now: datetime) -> list[TaskRow]:
    """Describe tasks (rows of the engine) with their cases, in a fixed number of queries."""
    cases = {
        row.id: row for row in case_queries.case_rows({one.business_id for one in tasks}, language=language, now=now)
    }
    releases = dict(Case.objects.filter(id__in=list(cases)).values_list("id", "release_id"))
    names = {str(key): name for key, name in account_queries.names_of_staff(_people(tasks)).items()}
    return [
        TaskRow(
            id=one.id,
            case_id=case.id,
            case_number=case.number,
            customer_id=case.customer_id,
            customer=case.customer,
            reason_key=case.reason_key,
            element_id=one.element_id,
            name=procedure_queries.step_name(releases[case.id], one.element_id, language, otherwise=one.name),
            state=one.state,
            teams=tuple(one.candidate_groups),
            assignee=one.assignee,
            assignee_name=names.get(one.assignee, one.assignee),
            due_at=one.due_at,
            since=one.created_at,
            deadline=getattr(one, "deadline", None) or rules.deadline(Dates(since=one.created_at, due_at=one.due_at)),
        )
        for one in tasks
        for case in (cases[one.business_id],)
    ]


def teams_to_show(*, principal: Principal, language: str) -> list[Team]:
    """List the teams whose work this person may look at: their own, for a lead all."""
    names = account_queries.team_names(language)
    keys = names if principal.is_(LEAD) else names.keys() & principal.teams
    return sorted((Team(key=key, name=names[key]) for key in keys), key=lambda team: team.name)


def people_to_assign(*, principal: Principal) -> list[tuple[UUID, str]]:
    """List to whom a lead may give work: those who work in the brands that the lead sees."""
    if not principal.is_(LEAD):
        return []
    working = User.objects.filter(is_active=True, is_program=False, roles__overlap=list(case_rules.WORKING_ROLES))
    mine = working.filter(brands__key__in=principal.brands).distinct()
    return list(mine.order_by("name", "id").values_list("id", "name"))


def _tasks(principal: Principal, view: str, now: datetime) -> "QuerySet[Task]":
    cases = visible_cases(principal).filter(state="open").values("id")
    query = Task.objects.filter(state=Task.State.OPEN, business_id__in=cases).filter(_may_do(principal))
    parked = StepDraft.objects.filter(parked_until__gt=now).values("task_id")
    if view == PARKED:
        query = query.filter(id__in=parked)
    elif view == MINE:
        query = query.filter(assignee=str(principal.id)).exclude(id__in=parked)
    elif view.startswith(TEAM):
        query = query.filter(candidate_groups__contains=[view.removeprefix(TEAM)]).exclude(id__in=parked)
    else:
        # What a colleague has taken is theirs; a lead sees it in the team's list.
        query = query.filter(assignee__in=["", str(principal.id)]).exclude(id__in=parked)
    if not (view.startswith(TEAM) and principal.is_(LEAD)):
        query = query.exclude(_is_kept_from(principal))
    return query.annotate(
        promised_at=_promised_at("business_id"),
        # The same as rules.deadline, for the database; in PostgreSQL, Least passes over what is null.
        deadline=Coalesce(Least("due_at", "promised_at"), _after("created_at", rules.UNDATED_DUE_AFTER)),
    )


def _cases_without_step(principal: Principal, view: str) -> "QuerySet[Case]":
    """List cases that no step brings back to anybody: gaps, and those with a promise while a machine or a date is awaited."""
    query = visible_cases(principal).filter(state=Case.State.OPEN)
    if view == MINE:
        query = query.filter(opened_by=principal.id)
    if not principal.is_any((AGENT, LEAD)):
        query = query.none()
    has_step = Task.objects.filter(business_id=OuterRef("pk"), state=Task.State.OPEN)
    return (
        query.annotate(promised_at=_promised_at("pk"))
        .filter(~Exists(has_step), Q(release=None) | Q(promised_at__isnull=False))
        .annotate(deadline=Coalesce("promised_at", _after("opened_at", rules.UNDATED_DUE_AFTER)))
    )


def _promised_at(case: str) -> Subquery:
    promised = Promise.objects.filter(case_id=OuterRef(case), kept_at=None, withdrawn_at=None).order_by("due_at")
    return Subquery(promised.values("due_at")[:1])


def _may_do(principal: Principal) -> Q:
    """The same as cases.rules.may_work_on, for the database."""
    if principal.is_(LEAD):
        return Q()
    if not principal.is_any(case_rules.WORKING_ROLES):
        return Q(pk__in=[])
    return Q(assignee=str(principal.id)) | Q(candidate_groups=[]) | Q(candidate_groups__overlap=list(principal.teams))


def _is_kept_from(principal: Principal) -> Q:
    """The same as cases.rules.kept_from, for the database."""
    done = Task.objects.alias(is_apart=_IsAmong(F("element_id"), OuterRef("separate_from"))).filter(
        business_id=OuterRef("business_id"), state=Task.State.COMPLETED, completed_by=principal.id, is_apart=True
    )
    began = Case.objects.filter(id=OuterRef("business_id"), opened_by_id=principal.id)
    return ~Q(separate_from=[]) & (Exists(done) | Q(Q(separate_from__contains=[CASE_BEGAN]), Exists(began)))


class _IsAmong(Func):
    """Tells whether a value is in a list."""

    template, arg_joiner, output_field = "(%(expressions)s))", " = ANY(", BooleanField()


def _contacts(principal: Principal) -> "QuerySet[Contact]":
    query = visible_contacts(principal).filter(
        agent=None, state=Contact.State.OPEN, direction=Contact.Direction.IN, is_automatic=False
    )
    if not principal.is_any((AGENT, LEAD)):
        query = query.none()
    within = Switch(
        *(When(channel=channel, then=Value(limit)) for channel, limit in rules.ANSWER_WITHIN.items()),
        default=Value(rules.ANSWER_WITHIN_OTHERWISE),
        output_field=DurationField(),
    )
    return query.annotate(deadline=ExpressionWrapper(F("received_at") + within, output_field=DateTimeField()))


def _after(field: str, duration: timedelta) -> Combinable:
    return ExpressionWrapper(F(field) + Value(duration), output_field=DateTimeField())


def _page(query: "QuerySet[Any]", after: Key | None, limit: int) -> "QuerySet[Any]":
    if after is not None:
        at, last = after
        query = query.filter(Q(deadline__gt=at) | Q(deadline=at, id__gt=last))
    return query.order_by("deadline", "id")[:limit]


def _task_rows(tasks: Sequence[Any], principal: Principal, language: str, now: datetime) -> list[WorkRow]:
    if not tasks:
        return []
    cases = {
        row.id: row for row in case_queries.case_rows({one.business_id for one in tasks}, language=language, now=now)
    }
    drafts = {one.task_id: one for one in StepDraft.objects.filter(task_id__in=[one.id for one in tasks])}
    team_names = account_queries.team_names(language)
    names = {str(key): name for key, name in account_queries.names_of_staff(_people(tasks)).items()}
    return [
        _task_row(
            one,
            cases[one.business_id],
            drafts.get(one.id),
            principal,
            team_names,
            names.get(one.assignee, one.assignee),
            now,
        )
        for one in tasks
    ]


def _task_row(
    task: Any,
    case: CaseRow,
    draft: StepDraft | None,
    principal: Principal,
    team_names: dict[str, str],
    assignee: str,
    now: datetime,
) -> WorkRow:
    dates = Dates(since=task.created_at, due_at=task.due_at, promised_at=task.promised_at)
    promise = case.last_promise
    step = next((one for one in case.steps if one.task_id == task.id), None)
    kept_from: frozenset[UUID] = step.kept_from if step else frozenset()
    return WorkRow(
        kind="step",
        id=task.id,
        title=step.name if step else task.name,
        customer=case.customer,
        place=rules.place(dates, now=now),
        promise=promise.text if promise is not None and promise.due_at == task.promised_at else "",
        case_id=case.id,
        number=case.number,
        reason=case.reason,
        channel=case.channel,
        teams=tuple(team_names.get(team, team) for team in task.candidate_groups),
        assignee=assignee,
        is_mine=task.assignee == str(principal.id),
        is_free=not task.assignee and principal.id not in kept_from,
        kept_from=kept_from,
        is_kept_from=principal.id in kept_from,
        parked_until=draft.parked_until if draft and draft.parked_until and draft.parked_until > now else None,
        parked_because=draft.parked_because if draft else "",
        since=task.created_at,
    )


def _people(tasks: Sequence[Any]) -> set[UUID]:
    found = set()
    for one in tasks:
        try:
            found.add(UUID(one.assignee))
        except ValueError:  # nobody yet, or a name that the model says
            continue
    return found


def _contact_rows(contacts: Sequence[Any], language: str, now: datetime) -> list[WorkRow]:
    if not contacts:
        return []
    rows = contact_queries.rows(Contact.objects.filter(id__in=[one.id for one in contacts]), language=language)
    return [_contact_row(row, now) for row in rows]


def _contact_row(row: ContactRow, now: datetime) -> WorkRow:
    return WorkRow(
        kind="contact",
        id=row.id,
        title=row.subject,
        customer=row.customer or row.speaker,
        place=rules.place(Dates(since=row.received_at, channel=row.channel), now=now),
        number=row.number,
        reason=", ".join(row.reasons),
        channel=row.channel,
        since=row.received_at,
    )


def _case_rows(cases: Sequence[Any], principal: Principal, language: str, now: datetime) -> list[WorkRow]:
    if not cases:
        return []
    opened_by = {one.id: one.opened_by_id for one in cases}
    return [
        _case_row(row, is_mine=opened_by[row.id] == principal.id, now=now)
        for row in case_queries.case_rows(opened_by, language=language, now=now)
    ]


def _case_row(row: CaseRow, *, is_mine: bool, now: datetime) -> WorkRow:
    promise = row.last_promise
    dates = Dates(since=row.opened_at, promised_at=promise.due_at if promise else None)
    return WorkRow(
        kind="case",
        id=row.id,
        title=row.reason,
        customer=row.customer,
        place=rules.place(dates, now=now),
        promise=promise.text if promise else "",
        case_id=row.id,
        number=row.number,
        channel=row.channel,
        is_mine=is_mine,
        is_free=False,
        is_gap=row.is_gap,
        since=row.opened_at,
    )
