"""Pages of the work list."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.access import access_role
from firstline.accounts.models import User
from firstline.accounts.principals import AGENT, LEAD, Principal
from firstline.cases import actions as case_actions
from firstline.cases.access import access_step_work
from firstline.cases.rules import WORKING_ROLES
from firstline.contacts import actions as contact_actions
from firstline.contacts.access import access_contact_work
from firstline.errors import AccessDenied, Conflict
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key
from firstline.work import queries

PAGE_SIZE = 50


@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """Show what waits, most urgent first, a page at a time."""
    return _show(request, access_role(request, WORKING_ROLES), request.GET)


@require_POST
def claim(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Put a step on one's own list."""
    return _do(
        request,
        task_id,
        lambda principal: case_actions.claim_step(principal=principal, task_id=task_id, now=clock.now()),
    )


@require_POST
def release(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a step back to its team."""
    return _do(
        request,
        task_id,
        lambda principal: case_actions.release_step(principal=principal, task_id=task_id, now=clock.now()),
    )


@require_POST
def assign(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a step to a colleague."""
    return _do(
        request,
        task_id,
        lambda principal: case_actions.assign_step(
            principal=principal, task_id=task_id, user=_user(request), now=clock.now()
        ),
    )


@require_POST
def begin(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Set to work on a step: it opens where its case is."""
    principal = access_role(request, WORKING_ROLES)
    case = access_step_work(principal, task_id)
    case_actions.begin_step(principal=principal, task_id=task_id, now=clock.now())
    return HttpResponseRedirect(reverse("cases:case", args=[case.id]) + f"?step={task_id}")


@require_POST
def take(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Take a contact that waits: it opens at the desk."""
    principal = access_role(request, WORKING_ROLES)
    access_contact_work(principal, contact_id)
    contact_actions.take_waiting_contact(principal=principal, contact_id=contact_id, now=clock.now())
    return HttpResponseRedirect(reverse("desktop:desk", args=[contact_id]))


def _do(request: HttpRequest, task_id: UUID, act: Callable[[Principal], object]) -> HttpResponse:
    """Do something with a step and show the list again, wherever in it the person was."""
    principal = access_role(request, WORKING_ROLES)
    access_step_work(principal, task_id)
    try:
        act(principal)
    except Conflict as error:
        # Somebody was faster: the list shows who, which says more than an error page.
        messages.warning(request, error.message)
    if _is_refetch(request):
        return _show(request, principal, request.POST)
    place = {name: request.POST[name] for name in ("view", "after") if request.POST.get(name)}
    return HttpResponseRedirect(f"{reverse('work:list')}?{urlencode(place)}")


def _show(request: HttpRequest, principal: Principal, wanted: QueryDict) -> HttpResponse:
    language = page_language()
    teams = queries.teams_to_show(principal=principal, language=language)
    view, after = _view(wanted.get("view", ""), [team.key for team in teams]), wanted.get("after", "")
    found = queries.work_list(
        principal=principal, language=language, now=clock.now(), view=view, after=read_key(after), limit=PAGE_SIZE + 1
    )
    context = {
        "page": page_of(found, size=PAGE_SIZE, key=lambda row: row.key),
        "view": view,
        "after": after if read_key(after) else "",
        "teams": [(f"{queries.TEAM}{team.key}", team.name) for team in teams],
        "people": queries.people_to_assign(principal=principal),
        "takes_contacts": principal.is_any((AGENT, LEAD)),
    }
    return render(request, "work/region.html" if _is_refetch(request) else "work/list.html", context)


def _user(request: HttpRequest) -> User:
    try:
        found = User.objects.filter(id=UUID(request.POST.get("to", "")), is_active=True).first()
    except ValueError:
        found = None
    if found is None:
        raise AccessDenied(_("Choose to whom the step is to go."))
    return found


def _view(wanted: str, teams: list[str]) -> str:
    if wanted in {queries.MINE, queries.CONTACTS, queries.PARKED} or wanted.removeprefix(queries.TEAM) in teams:
        return wanted
    return queries.ALL


def _is_refetch(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
