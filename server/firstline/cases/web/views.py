"""Pages of the cases: the list, and one case with everything that is known about it."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.access import access_staff
from firstline.cases import actions, queries
from firstline.cases.access import access_case, access_case_incident, access_case_promise, access_case_work
from firstline.cases.models import Case
from firstline.cases.web.region import answer, show_case
from firstline.errors import FirstlineError
from firstline.procedures import queries as procedure_queries
from firstline.processes import actions as process_actions
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50


@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """Show the cases, youngest first, a page at a time."""
    principal, language = access_staff(request), page_language()
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    state = request.GET.get("state", "")
    state = state if state in Case.State.values else ""
    reason = request.GET.get("reason", "")[:80].replace("\x00", "")
    found = queries.list_cases(
        principal=principal,
        language=language,
        now=clock.now(),
        state=state,
        reason=reason,
        text=text,
        before=read_key(request.GET.get("before", "")),
        limit=PAGE_SIZE + 1,
    )
    narrowed = {name: value for name, value in (("q", text), ("state", state), ("reason", reason)) if value}
    context = {
        "page": page_of(found, size=PAGE_SIZE, key=lambda row: (row.opened_at, row.id)),
        "text": text,
        "state": state,
        "reason": reason,
        "states": Case.State.values,
        "reasons": sorted(procedure_queries.reason_names(language).items(), key=lambda one: one[1]),
        "is_narrowed": bool(narrowed),
        "is_first_page": not request.GET.get("before"),
        "query": urlencode(narrowed),
    }
    return render(request, "cases/list.html", context)


@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show one case."""
    return show_case(request, case_id)


@require_GET
def process(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give the diagram that the case runs on as it was deployed, its names in the reader's language."""
    found = access_case(access_staff(request), case_id)
    if found.release_id is None:
        raise FirstlineError(_("This case has no procedure, so there is no diagram."), code="no-procedure", status=404)
    xml = procedure_queries.release_view(found.release_id).diagram(page_language())
    response = HttpResponse(xml, content_type="application/xml")
    # A release never changes; which one a case is on doesn't either. The address on the page names the language.
    response["Cache-Control"] = "private, max-age=86400"
    return response


@require_POST
def make_promise(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Note what the customer was told would happen, and by when."""
    principal = access_staff(request)
    found = access_case_work(principal, case_id)
    text = request.POST.get("text", "").strip()
    if not text:
        raise FirstlineError(_("Write what was promised."), code="empty-promise")
    actions.make_promise(
        case_id=found.id,
        text=text,
        due_at=_moment(request.POST.get("due", "")),
        principal=principal,
        contact_id=None,
        now=clock.now(),
    )
    return answer(request, case_id)


@require_POST
def keep_promise(request: HttpRequest, case_id: UUID, promise_id: UUID) -> HttpResponse:
    """Note that what was promised has happened."""
    promise = access_case_promise(access_staff(request), case_id, promise_id)
    actions.keep_promise(promise_id=promise.id, now=clock.now())
    return answer(request, case_id)


@require_POST
def write_note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Leave a note for colleagues."""
    principal = access_staff(request)
    found = access_case_work(principal, case_id)
    actions.write_note(case_id=found.id, text=request.POST.get("text", ""), principal=principal, now=clock.now())
    return answer(request, case_id)


@require_POST
def close(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Close a case that has no procedure."""
    principal = access_staff(request)
    found = access_case_work(principal, case_id)
    outcome = request.POST.get("outcome", "").replace("\x00", "").strip()
    if not outcome:
        raise FirstlineError(_("Write in a few words how it ended; that is the only trace of it."), code="no-outcome")
    actions.close_gap(principal=principal, case_id=found.id, outcome=outcome, now=clock.now())
    return answer(request, case_id)


@require_POST
def retry(request: HttpRequest, case_id: UUID, incident_id: UUID) -> HttpResponse:
    """Try again what couldn't go on."""
    principal = access_staff(request)
    incident = access_case_incident(principal, case_id, incident_id)
    assert principal.id is not None
    process_actions.retry_incident(incident_id=incident.id)
    return answer(request, case_id)


def _moment(text: str) -> datetime:
    """Read what a browser's field for date and time holds, in the installation's zone."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise FirstlineError(_("Choose a day and a time."), code="no-moment")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
