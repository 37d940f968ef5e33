"""The page of a case as one region: every action on it answers with it again."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from firstline import clock
from firstline.accounts import queries as account_queries
from firstline.accounts.access import access_staff
from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.cases import progress, queries, rules
from firstline.cases.access import access_case
from firstline.cases.panels import panels_of
from firstline.cases.queries import StepRow
from firstline.cases.survivors import survivor_of
from firstline.cases.web import steps
from firstline.cases.web.guide import Addresses
from firstline.remembered import one_page
from firstline.ui.language import page_language


@one_page()
def show_case(
    request: HttpRequest,
    case_id: UUID,
    *,
    status: int = 200,
    step: UUID | None = None,
    entered: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    error: str = "",
) -> HttpResponse:
    """Show one case: the whole page, or to htmx the region alone."""
    principal, language, now = access_staff(request), page_language(), clock.now()
    case = access_case(principal, case_id)
    row = queries.case_row(case.id, language=language, now=now)
    current = _current(principal, row.steps, step or _asked(request))
    is_mine = current is not None and current.assignee == str(principal.id)
    guide = steps.guide_of(
        case=case,
        principal=principal,
        language=language,
        now=now,
        addresses=lambda task_id: _addresses(case.id, task_id),
        wanted=current.task_id if current else None,
        entered=entered,
        errors=errors,
        error=error,
        is_expert=bool(getattr(request.user, "is_expert", False)),
    )
    standing = progress.progress_of(case, row, language=language)
    context = {
        "case": case,
        "row": row,
        "current": current,
        "guide": guide,
        "is_mine": is_mine,
        "may_work": principal.is_any(rules.WORKING_ROLES),
        "is_lead": principal.is_(LEAD),
        "may_retry": principal.is_any((LEAD, ADMIN)),
        "teams": account_queries.team_names(language),
        "progress": standing,
        "tokens": json.dumps([token.as_json() for token in standing.tokens]),
        "notes": queries.notes(case.id),
        "decisions": progress.decisions_of(case, language=language),
        "timeline": progress.timeline_of(case, row, language=language),
        "merges": queries.merges_of(case.id),
        "going_on_as": survivor_of(case),
        "same": queries.could_be_the_same(case, principal=principal, language=language, now=now),
        "panels": panels_of(case.id, principal=principal, language=language),
        "here": reverse("cases:case", args=[case.id]) + (f"?step={current.task_id}" if current else ""),
    }
    template = "cases/region.html" if request.headers.get("HX-Request") else "cases/case.html"
    return render(request, template, context, status=status)


def answer(request: HttpRequest, case_id: UUID, *, step: UUID | None = None) -> HttpResponse:
    """Answer an action: with the case to htmx, with a redirect to it without."""
    if request.headers.get("HX-Request"):
        return show_case(request, case_id, step=step)
    return HttpResponseRedirect(reverse("cases:case", args=[case_id]) + (f"?step={step}" if step else ""))


def _current(principal: Principal, open_steps: tuple[StepRow, ...], wanted: UUID | None) -> StepRow | None:
    """Choose the step that is shown: the one asked for, else this person's own, else one that they may take."""
    may = [
        one
        for one in open_steps
        if rules.may_work_on(principal, candidate_groups=one.teams, assignee=one.assignee, kept_from=one.kept_from)
    ]
    return min(may, key=lambda one: (one.task_id != wanted, one.assignee != str(principal.id)), default=None)


def _asked(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("step", ""))
    except ValueError:
        return None


def _addresses(case_id: UUID, task_id: UUID) -> Addresses:
    return Addresses.led_by(lambda name: reverse(f"cases:{name}", args=[case_id, task_id]))
