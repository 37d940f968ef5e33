"""Cases, their steps and promises in the timeline of a customer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline import clock
from firstline.accounts import queries as account_queries
from firstline.accounts.principals import Principal
from firstline.cases import rules
from firstline.cases.access import visible_cases
from firstline.cases.models import Case, Promise
from firstline.cases.templatetags.cases import day
from firstline.customers.ports import TimelineEntry, TimelineKind, TimelinePart, TimelineWanted
from firstline.procedures import queries as procedure_queries
from firstline.processes import queries as process_queries
from firstline.processes.queries import TaskRow


def kinds(*, principal: Principal, language: str) -> Iterable[TimelineKind]:
    """Give cases, steps and promises: to everybody, each of the brands that they work for."""
    yield TimelineKind(key="case", label=gettext_lazy("Cases"), icon="cases", read=_cases)
    yield TimelineKind(key="step", label=gettext_lazy("Steps"), icon="check", read=_steps)
    yield TimelineKind(key="promise", label=gettext_lazy("Promises"), icon="calendar", read=_promises)


def _theirs(wanted: TimelineWanted) -> "QuerySet[Case]":
    return visible_cases(wanted.principal).filter(customer_id__in=wanted.customer_ids)


def _page(query: "QuerySet[Any]", wanted: TimelineWanted, by: str) -> "QuerySet[Any]":
    """Give the newest by a moment, from the place on where the page before ended."""
    if wanted.before is not None:
        at, last = wanted.before
        query = query.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at, "id__lt": last}))
    return query.order_by(f"-{by}", "-id")[: wanted.limit]


def _cases(wanted: TimelineWanted) -> TimelinePart:
    names = procedure_queries.reason_names(wanted.language)
    opened = [_opened(one, names) for one in _page(_theirs(wanted), wanted, "opened_at")]
    ended = _theirs(wanted).exclude(state=Case.State.OPEN).exclude(closed_at=None)
    return TimelinePart(entries=opened + [_ended(one, names) for one in _page(ended, wanted, "closed_at")])


def _opened(case: Case, names: dict[str, str]) -> TimelineEntry:
    return TimelineEntry(
        id=case.id,
        at=case.opened_at,
        icon="cases",
        text=_("Opened: %(reason)s") % {"reason": names.get(case.reason_key, case.reason_key)},
        detail=case.number,
        url=reverse("cases:case", args=[case.id]),
    )


def _ended(case: Case, names: dict[str, str]) -> TimelineEntry:
    assert case.closed_at is not None
    said = _("Closed: %(reason)s") if case.state == Case.State.CLOSED else _("Cancelled: %(reason)s")
    return TimelineEntry(
        id=case.id,
        at=case.closed_at,
        icon="check-circle",
        text=said % {"reason": names.get(case.reason_key, case.reason_key)},
        detail=case.number,
        url=reverse("cases:case", args=[case.id]),
    )


def _steps(wanted: TimelineWanted) -> TimelinePart:
    done = process_queries.tasks_done(
        business_ids=_theirs(wanted).values("id"), before=wanted.before, limit=wanted.limit
    )
    releases = dict(Case.objects.filter(id__in={one.business_id for one, _at in done}).values_list("id", "release_id"))
    people = account_queries.names_of_staff({one.completed_by for one, _at in done if one.completed_by})
    return TimelinePart(entries=[_step(one, at, releases, people, wanted.language) for one, at in done])


def _step(
    task: TaskRow, at: datetime, releases: Mapping[UUID, str | None], people: Mapping[UUID, str], language: str
) -> TimelineEntry:
    assert task.business_id is not None
    release_id = releases.get(task.business_id)
    name = procedure_queries.step_name(release_id, task.element_id, language, otherwise=task.name)
    return TimelineEntry(
        id=task.id,
        at=at,
        icon="check",
        text=_("Done: %(step)s") % {"step": name},
        detail=people.get(task.completed_by, "") if task.completed_by else "",
        url=reverse("cases:case", args=[task.business_id]),
    )


def _promises(wanted: TimelineWanted) -> TimelinePart:
    made = Promise.objects.filter(case__in=_theirs(wanted)).select_related("made_by")
    now = clock.now()
    return TimelinePart(entries=[_promise(one, now) for one in _page(made, wanted, "made_at")])


def _promise(promise: Promise, now: datetime) -> TimelineEntry:
    missed = rules.is_missed(due_at=promise.due_at, kept_at=promise.kept_at, withdrawn_at=promise.withdrawn_at, now=now)
    state, tone = _("open"), ""
    if promise.withdrawn_at is not None:
        state = _("withdrawn")
    elif missed:
        state, tone = _("missed"), "bad"
    elif promise.kept_at is not None:
        state, tone = _("kept"), "good"
    return TimelineEntry(
        id=promise.id,
        at=promise.made_at,
        icon="calendar",
        text=_("Promised: %(text)s") % {"text": promise.text},
        detail=" · ".join(
            filter(
                None, (_("by %(day)s") % {"day": day(promise.due_at)}, promise.made_by.name if promise.made_by else "")
            )
        ),
        state=state,
        tone=tone,
        url=reverse("cases:case", args=[promise.case_id]),
    )
