"""Doing a step on the page of its case: who may, one action, and the case as it is then."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.access import access_staff
from firstline.accounts.principals import Principal
from firstline.cases import actions
from firstline.cases.access import access_case_work, access_step_work
from firstline.cases.models import Case
from firstline.cases.web import steps
from firstline.cases.web.region import answer, show_case
from firstline.ui.language import page_language


@require_POST
def begin(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Set to work on a step; the guide opens."""
    principal, _case = _step(request, case_id, task_id)
    actions.begin_step(principal=principal, task_id=task_id, now=clock.now())
    return answer(request, case_id, step=task_id)


@require_POST
def release(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Give a step back to its team."""
    principal, _case = _step(request, case_id, task_id)
    actions.release_step(principal=principal, task_id=task_id, now=clock.now())
    return answer(request, case_id)


@require_POST
def go_on(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Go on in the guide; on its last page the step is completed."""
    principal, case = _step(request, case_id, task_id)
    try:
        steps.go_on(case=case, task_id=task_id, principal=principal, data=request.POST, now=clock.now())
    except actions.BadAnswers as refused:
        return show_case(
            request,
            case_id,
            status=422,
            step=task_id,
            entered=steps.answers_in(request.POST),
            errors=refused.errors,
            error=refused.message,
        )
    return answer(request, case_id, step=task_id)


@require_POST
def back(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Go back in the guide."""
    principal, _case = _step(request, case_id, task_id)
    actions.turn_back(principal=principal, task_id=task_id, answers=steps.answers_in(request.POST), now=clock.now())
    return answer(request, case_id, step=task_id)


@require_POST
def draft(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Keep the answers so far."""
    principal, _case = _step(request, case_id, task_id)
    actions.save_draft(principal=principal, task_id=task_id, answers=steps.answers_in(request.POST), now=clock.now())
    return HttpResponse(status=204)


@require_GET
def preview(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Show what the step will change in the systems."""
    principal, case = _step(request, case_id, task_id)
    # Nobody on this page has proved who they are: sensitive values stay masked.
    changes = steps.preview_of(
        case=case, task_id=task_id, principal=principal, language=page_language(), is_verified=False, now=clock.now()
    )
    return render(request, "cases/guide/changes.html", {"changes": changes})


@require_POST
def park(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Put a step aside with a reason."""
    principal, case = _step(request, case_id, task_id)
    steps.park(case=case, task_id=task_id, principal=principal, data=request.POST, contact_id=None, now=clock.now())
    return answer(request, case_id, step=task_id)


@require_POST
def resume(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Go on with a parked step."""
    return begin(request, case_id, task_id)


@require_POST
def hand_over(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Leave the step to another team, with what they should know."""
    principal, _case = _step(request, case_id, task_id)
    actions.hand_over_step(
        principal=principal,
        task_id=task_id,
        team=request.POST.get("team", ""),
        note=request.POST.get("note", ""),
        now=clock.now(),
    )
    return answer(request, case_id)


def _step(request: HttpRequest, case_id: UUID, task_id: UUID) -> tuple[Principal, Case]:
    principal = access_staff(request)
    # The case first: to a stranger it doesn't exist, whether or not the step does.
    access_case_work(principal, case_id)
    found = access_step_work(principal, task_id)
    if found.id != case_id:
        raise actions.StepGone(_("This step belongs to another case. Look at the case again."))
    return principal, found
