"""Reads about cases: plain rows for screens."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from firstline.accounts import queries as account_queries
from firstline.accounts.principals import Principal
from firstline.cases import rules
from firstline.cases.access import visible_cases
from firstline.cases.models import Case, CaseMerge, Note, Promise, StepDraft
from firstline.cases.searching import KIND
from firstline.cases.survivors import these_cases, with_merged
from firstline.customers import queries as customer_queries
from firstline.procedures import forms
from firstline.procedures import queries as procedure_queries
from firstline.processes import queries as process_queries
from firstline.processes.queries import TaskRow
from firstline.search import queries as search

MAX_OPEN_CASES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    id: UUID
    text: str
    due_at: datetime
    made_at: datetime
    made_by: str
    is_kept: bool
    is_missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """An open step of a case."""

    task_id: UUID
    element_id: str
    name: str
    teams: tuple[str, ...]
    # A person's id as text, and their name; "" = nobody yet.
    assignee: str
    assignee_name: str
    due_at: datetime | None
    is_late: bool
    since: datetime
    # Who mustn't do it, because somebody else must look at what they did.
    kept_from: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as lists show it."""

    id: UUID
    number: str
    reason_key: str
    reason: str
    customer_id: UUID | None
    customer: str
    state: str
    outcome: str
    channel: str
    is_gap: bool
    opened_at: datetime
    closed_at: datetime | None
    steps: tuple[StepRow, ...] = ()
    promises: tuple[PromiseRow, ...] = field(default=())
    # Cases that go on as this one, by number; and as which this one goes on.
    merged: tuple[str, ...] = ()
    merged_into_id: UUID | None = None

    @property
    def last_promise(self) -> PromiseRow | None:
        """The promise that matters now: the earliest that is still open, or else none."""
        return next((one for one in self.promises if not one.is_kept), None)

    @property
    def has_missed_promise(self) -> bool:
        """Whether an open promise is overdue."""
        return any(one.is_missed and not one.is_kept for one in self.promises)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    text: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm:
    """What a step asks, as a whole, with the answers so far; `version` counts up with each of them."""

    fields: tuple[forms.Field, ...] = ()
    version: int = 0
    parked_until: datetime | None = None


def step_form(case: Case, task: TaskRow, *, language: str) -> StepForm:
    """Give the form of a step, all pages of its guide together; a step that is done asks nothing any more."""
    if not task.is_open or case.release_id is None:
        return StepForm()
    view = procedure_queries.step_view(
        release_id=case.release_id,
        element_id=task.element_id,
        form_id=task.form_id,
        variables=process_queries.variables_of_task(task.id),
    )
    draft = StepDraft.objects.filter(task_id=task.id).first()
    answers = draft.answers if draft else {}
    values = {**view.variables, **answers}
    shown = forms.fields(view.form, language=language, values=values, context=forms.typed_answers(view.form, values))
    return StepForm(
        fields=tuple(one for one in shown if one.is_input),
        version=draft.version if draft else 0,
        parked_until=draft.parked_until if draft else None,
    )


def open_cases_of(*, customer_id: UUID, principal: Principal, language: str, now: datetime) -> list[CaseRow]:
    """List a customer's open cases, the one to continue first on top."""
    theirs = visible_cases(principal).filter(customer_id__in=customer_queries.same_as(customer_id))
    open_cases = theirs.filter(state=Case.State.OPEN)
    # Of very many (a landlord's), those that were promised something first.
    promised = Promise.objects.filter(case_id=OuterRef("pk"), kept_at=None, withdrawn_at=None)
    cases = open_cases.order_by(Exists(promised).desc(), "-opened_at", "-id")[:MAX_OPEN_CASES]
    return sorted(rows(cases, language=language, now=now), key=_order_to_continue)


def _order_to_continue(row: CaseRow) -> tuple[int, float]:
    return rules.order_to_continue(
        has_missed_promise=row.has_missed_promise,
        has_open_promise=row.last_promise is not None,
        opened_at=row.opened_at,
    )


def case_row(case_id: UUID, *, language: str, now: datetime) -> CaseRow:
    """Describe one case."""
    return rows(Case.objects.filter(id=case_id), language=language, now=now)[0]


def case_rows(case_ids: Iterable[UUID], *, language: str, now: datetime) -> list[CaseRow]:
    """Describe several cases, in the order asked for."""
    ids = list(case_ids)
    found = {row.id: row for row in rows(Case.objects.filter(id__in=ids), language=language, now=now)}
    return [found[one] for one in ids if one in found]


def list_cases(
    *,
    principal: Principal,
    language: str,
    now: datetime,
    state: str = "",
    reason: str = "",
    text: str = "",
    customer_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[CaseRow]:
    """List cases, youngest first; `before` is where the last page ended."""
    query = visible_cases(principal)
    if state:
        query = query.filter(state=state)
    if reason:
        query = query.filter(reason_key=reason)
    if customer_id is not None:
        query = query.filter(customer_id__in=customer_queries.same_as(customer_id))
    if text.strip():
        query = query.filter(id__in=search.subjects(text, kind=KIND))
    if before is not None:
        at, last = before
        query = query.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=last))
    return rows(query.order_by("-opened_at", "-id")[:limit], language=language, now=now)


def rows(cases: Iterable[Case], *, language: str, now: datetime) -> list[CaseRow]:
    """Describe cases in a fixed number of queries."""
    found = list(cases.select_related("customer") if hasattr(cases, "select_related") else cases)
    if not found:
        return []
    together = with_merged([case.id for case in found])
    steps, promises = (
        _steps(found, language, now),
        _promises([id_ for these in together.values() for id_ in these], now),
    )
    names = procedure_queries.reason_names(language)
    return [
        CaseRow(
            id=case.id,
            number=case.number,
            reason_key=case.reason_key,
            reason=names.get(case.reason_key, case.reason_key),
            customer_id=case.customer_id,
            customer=case.customer.name if case.customer else "",
            state=case.state,
            outcome=case.outcome,
            channel=case.channel,
            is_gap=case.release_id is None,
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            # Those of a merged one wait until it is parted again.
            steps=() if case.state == Case.State.MERGED else tuple(steps[case.id]),
            promises=tuple(
                sorted((one for id_ in together[case.id] for one in promises[id_]), key=lambda one: one.due_at)
            ),
            merged=tuple(together[case.id].values())[1:],
            merged_into_id=case.merged_into_id,
        )
        for case in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRow:
    """A merge of a case with another, from either side, and perhaps its undoing."""

    id: UUID
    survivor_id: UUID
    survivor: str
    merged_id: UUID
    merged: str
    reason: str
    at: datetime
    by: str
    undone_at: datetime | None
    undone_by: str
    undo_reason: str


def merges_of(case_id: UUID) -> list[MergeRow]:
    """List the merges that a case was part of, undone ones too, the last on top."""
    found = CaseMerge.objects.filter(Q(survivor_id=case_id) | Q(merged_id=case_id))
    return [
        MergeRow(
            id=one.id,
            survivor_id=one.survivor_id,
            survivor=one.survivor.number,
            merged_id=one.merged_id,
            merged=one.merged.number,
            reason=one.reason,
            at=one.at,
            by=one.by.name if one.by else "",
            undone_at=one.undone_at,
            undone_by=one.undone_by.name if one.undone_by else "",
            undo_reason=one.undo_reason,
        )
        for one in found.select_related("survivor", "merged", "by", "undone_by").order_by("-at", "-id")
    ]


def could_be_the_same(case: Case, *, principal: Principal, language: str, now: datetime) -> list[CaseRow]:
    """List the other open cases of the customer that a case may be merged with, those for the same reason first."""
    if case.customer_id is None or case.state != Case.State.OPEN:
        return []
    theirs = visible_cases(principal).filter(
        customer_id__in=customer_queries.same_as(case.customer_id), brand_id=case.brand_id, state=Case.State.OPEN
    )
    others = rows(theirs.exclude(id=case.id).order_by("-opened_at", "-id")[:MAX_OPEN_CASES], language=language, now=now)
    return sorted(others, key=lambda one: one.reason_key != case.reason_key)


def notes(case_id: UUID) -> list[NoteRow]:
    """List the notes of a case, and of those that go on as it, oldest first."""
    found = Note.objects.filter(case_id__in=these_cases(case_id)).select_related("written_by").order_by("written_at")
    return [
        NoteRow(text=one.text, written_by=one.written_by.name if one.written_by else "", written_at=one.written_at)
        for one in found
    ]


def _steps(cases: list[Case], language: str, now: datetime) -> dict[UUID, list[StepRow]]:
    found: dict[UUID, list[StepRow]] = defaultdict(list)
    releases = {case.id: case.release_id for case in cases}
    tasks = process_queries.open_tasks(business_ids=releases)
    names = {
        str(key): name for key, name in account_queries.names_of_staff(_people(task.assignee for task in tasks)).items()
    }
    kept = kept_from(tasks)
    for task in tasks:
        if task.business_id is None:
            continue
        found[task.business_id].append(
            StepRow(
                task_id=task.id,
                element_id=task.element_id,
                name=procedure_queries.step_name(
                    releases[task.business_id], task.element_id, language, otherwise=task.name
                ),
                teams=tuple(task.candidate_groups),
                assignee=task.assignee,
                assignee_name=names.get(task.assignee, task.assignee),
                due_at=task.due_at,
                is_late=task.due_at is not None and task.due_at <= now,
                since=task.created_at,
                kept_from=kept.get(task.id, frozenset()),
            )
        )
    return found


def kept_from(tasks: Iterable[TaskRow]) -> dict[UUID, frozenset[UUID]]:
    """Say of the tasks that are kept apart from others who mustn't do them."""
    apart = [(task, task.business_id) for task in tasks if task.separate_from and task.business_id is not None]
    if not apart:
        return {}
    case_ids = {case_id for _task, case_id in apart}
    done = process_queries.doers_of(case_ids)
    began = dict(Case.objects.filter(id__in=case_ids).values_list("id", "opened_by_id"))
    return {
        task.id: rules.kept_from(
            task.separate_from,
            doers={element_id: done.get((case_id, element_id), set()) for element_id in task.separate_from},
            began=began.get(case_id),
        )
        for task, case_id in apart
    }


def _people(assignees: Iterable[str]) -> set[UUID]:
    """Read the ids of people; a model may also name somebody whom we don't know."""
    found = set()
    for text in assignees:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


def _promises(case_ids: list[UUID], now: datetime) -> dict[UUID, list[PromiseRow]]:
    found: dict[UUID, list[PromiseRow]] = defaultdict(list)
    made = list(Promise.objects.filter(case_id__in=case_ids, withdrawn_at=None).order_by("due_at"))
    names = account_queries.names_of_staff({one.made_by_id for one in made if one.made_by_id})
    for one in made:
        missed = rules.is_missed(due_at=one.due_at, kept_at=one.kept_at, withdrawn_at=one.withdrawn_at, now=now)
        found[one.case_id].append(
            PromiseRow(
                id=one.id,
                text=one.text,
                due_at=one.due_at,
                made_at=one.made_at,
                made_by=names.get(one.made_by_id, "") if one.made_by_id else "",
                is_kept=one.kept_at is not None,
                is_missed=missed,
            )
        )
    return found
