"""The desk's requests: who may, one action, and the desk as it is then."""

from contextlib import suppress
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.access import access_role, access_staff
from firstline.accounts.principals import ADMIN, AGENT, BACK_OFFICE, LEAD, Principal
from firstline.cases import actions as case_actions
from firstline.cases.access import access_case_work
from firstline.cases.models import Case
from firstline.cases.web import steps
from firstline.contacts import actions as contact_actions
from firstline.contacts import queries as contact_queries
from firstline.contacts.access import access_contact, access_contact_work
from firstline.contacts.models import Contact
from firstline.customers import queries as customer_queries
from firstline.customers.access import access_customer
from firstline.customers.actions import NewAddress
from firstline.desktop import actions, queries, searching
from firstline.desktop.models import DeskDraft
from firstline.desktop.web.tiles import access_known
from firstline.errors import FirstlineError
from firstline.processes import queries as process_queries
from firstline.remembered import one_page
from firstline.sources.access import access_views
from firstline.ui.paging import page_of, read_key

DESK_ROLES = (AGENT, BACK_OFFICE, LEAD)
MAX_WORDS = 200
REVEALS = 50


# --- the desk --------------------------------------------------------------------------------------------------------


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what this person has begun and what waits; a call opens its desk by itself."""
    principal = access_role(request, DESK_ROLES)
    mine, waiting = queries.queue_of(principal=principal, language=_language())
    template = "desktop/parts/queue.html" if request.headers.get("HX-Request") else "desktop/home.html"
    return render(request, template, {"mine": mine, "waiting": waiting})


@require_GET
def desk(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Show a contact; whoever may work on it takes it by looking, unless a colleague has it."""
    principal = access_staff(request)
    contact = access_contact(principal, contact_id)
    if (
        principal.is_any(DESK_ROLES)
        and contact.agent_id in {None, principal.id}
        and "HX-Request" not in request.headers
        and not contact_queries.is_in_hand(contact, agent_id=principal.id)
    ):
        with suppress(contact_actions.ContactTaken):  # a colleague was faster; the desk says who
            contact_actions.take_waiting_contact(principal=principal, contact_id=contact.id, now=clock.now())
        if contact.agent_id is None:
            contact = access_contact(principal, contact_id)
    return _desk(request, principal, contact)


@require_POST
def take(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Take a contact over from a colleague."""
    principal, contact = _work(request, contact_id)
    contact_actions.take_contact(principal=principal, contact_id=contact.id, now=clock.now())
    return back_to_desk(request, principal, contact_id)


def _desk(
    request: HttpRequest,
    principal: Principal,
    contact: Contact,
    *,
    status: int = 200,
    case_id: UUID | None = None,
    **more: Any,
) -> HttpResponse:
    is_region = bool(request.headers.get("HX-Request"))
    with one_page():
        shown = queries.desk_of(
            contact=contact,
            principal=principal,
            language=_language(),
            now=clock.now(),
            case_id=case_id or _uuid(request.GET.get("case", "")),
            is_expert=bool(getattr(request.user, "is_expert", False)),
            is_opened=not is_region,
            **more,
        )
    current = next((tab.case_id for tab in shown.tabs if tab.is_current), None)
    here = reverse("desktop:desk", args=[contact.id]) + (f"?case={current}" if current else "")
    template = "desktop/region.html" if is_region else "desktop/desk.html"
    return render(request, template, {"desk": shown, "here": here}, status=status)


def back_to_desk(
    request: HttpRequest, principal: Principal, contact_id: UUID, *, case_id: UUID | None = None
) -> HttpResponse:
    """Answer an action: with the desk to htmx, with a redirect to it without."""
    if request.headers.get("HX-Request"):
        return _desk(request, principal, access_contact(principal, contact_id), case_id=case_id)
    return HttpResponseRedirect(reverse("desktop:desk", args=[contact_id]) + (f"?case={case_id}" if case_id else ""))


def _work(request: HttpRequest, contact_id: UUID) -> tuple[Principal, Contact]:
    principal = access_staff(request)
    return principal, access_contact_work(principal, contact_id)


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# --- who it is -------------------------------------------------------------------------------------------------------


@require_POST
def customer(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Say who it is."""
    principal, contact = _work(request, contact_id)
    chosen = _uuid(request.POST.get("customer", ""))
    if chosen is None:
        raise FirstlineError(_("Choose a customer from the list."), code="no-customer")
    contact_actions.choose_customer(
        principal=principal, contact_id=contact.id, customer=access_customer(principal, chosen)
    )
    return back_to_desk(request, principal, contact_id)


@require_POST
def create_customer(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Make whoever made contact a customer."""
    principal, contact = _work(request, contact_id)
    organisation = request.POST.get("organisation", "").strip()
    actions.create_customer(
        principal=principal,
        contact=contact,
        salutation=request.POST.get("salutation", "") if request.POST.get("salutation") in {"ms", "mr"} else "",
        given_name=request.POST.get("given_name", ""),
        family_name=organisation or request.POST.get("family_name", ""),
        is_organisation=bool(organisation or request.POST.get("is_organisation")),
        email=request.POST.get("email", ""),
        phone=request.POST.get("phone", ""),
        address=NewAddress(
            **{name: request.POST.get(name, "") for name in ("street", "house_number", "postcode", "town")}
        ),
        born_on=_birthday(request.POST.get("birth_date", "")),
    )
    return back_to_desk(request, principal, contact_id)


def _birthday(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    return found if found is not None and date(1850, 1, 1) <= found <= clock.now().date() else None


@require_GET
def customers(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Find customers while their name is being typed."""
    principal, contact = _work(request, contact_id)
    found = customer_queries.search_customers(principal=principal, text=request.GET.get("q", ""), limit=8)
    return render(
        request,
        "desktop/parts/customers_found.html",
        {"found": found, "contact": contact, "text": request.GET.get("q", "").strip()},
    )


# --- the call --------------------------------------------------------------------------------------------------------


@require_POST
def hold(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Let the caller wait, or wait no longer."""
    principal, contact = _work(request, contact_id)
    change = contact_actions.resume_call if contact.held_at else contact_actions.hold_call
    change(call_id=contact.external_key, at=clock.now())
    return back_to_desk(request, principal, contact_id)


@require_POST
def hang_up(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """End the call; after-work begins."""
    principal, contact = _work(request, contact_id)
    contact_actions.end_call(call_id=contact.external_key, at=clock.now())
    return back_to_desk(request, principal, contact_id)


# --- what it is about ------------------------------------------------------------------------------------------------


@require_POST
def continue_case(request: HttpRequest, contact_id: UUID, case_id: UUID) -> HttpResponse:
    """Go on with a case that is open."""
    principal, contact = _work(request, contact_id)
    case = access_case_work(principal, case_id)
    contact_actions.continue_case(principal=principal, contact_id=contact.id, case=case)
    return back_to_desk(request, principal, contact_id, case_id=case.id)


@require_POST
def note(request: HttpRequest, contact_id: UUID, case_id: UUID) -> HttpResponse:
    """Tell whoever has the case what came up in this contact."""
    principal, _contact = _work(request, contact_id)
    case = access_case_work(principal, case_id)
    case_actions.write_note(case_id=case.id, text=request.POST.get("text", ""), principal=principal, now=clock.now())
    messages.success(request, _("Added to the case."))
    return back_to_desk(request, principal, contact_id, case_id=case.id)


@require_POST
def reason(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Add a reason: its case opens, and its guide is shown."""
    principal, contact = _work(request, contact_id)
    key = request.POST.get("reason", "")
    case_id = contact_actions.add_reason(
        principal=principal,
        contact_id=contact.id,
        reason_key=key,
        now=clock.now(),
        words=request.POST.getlist("words")[:10],
    )
    return back_to_desk(request, principal, contact_id, case_id=case_id)


# --- the guide -------------------------------------------------------------------------------------------------------


@require_POST
def next_page(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Go on in the guide; on its last page the step is completed."""
    principal, contact, case = _step(request, contact_id, task_id)
    try:
        steps.go_on(
            case=case, task_id=task_id, principal=principal, data=request.POST, now=clock.now(), contact_id=contact.id
        )
    except case_actions.BadAnswers as refused:
        return _desk(
            request,
            principal,
            contact,
            case_id=case.id,
            status=422,
            entered=steps.answers_in(request.POST),
            errors=refused.errors,
            error=refused.message,
        )
    return back_to_desk(request, principal, contact_id, case_id=case.id)


@require_POST
def back(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Go back in the guide."""
    principal, _contact, case = _step(request, contact_id, task_id)
    case_actions.turn_back(
        principal=principal, task_id=task_id, answers=steps.answers_in(request.POST), now=clock.now()
    )
    return back_to_desk(request, principal, contact_id, case_id=case.id)


@require_POST
def draft(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Keep the answers so far."""
    principal, _contact, _case = _step(request, contact_id, task_id)
    case_actions.save_draft(
        principal=principal, task_id=task_id, answers=steps.answers_in(request.POST), now=clock.now()
    )
    return HttpResponse(status=204)


@require_GET
def preview(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Show what the step will change in the systems."""
    principal, contact, case = _step(request, contact_id, task_id)
    changes = steps.preview_of(
        case=case,
        task_id=task_id,
        principal=principal,
        language=_language(),
        is_verified=queries.is_shown(contact, now=clock.now()),
        now=clock.now(),
    )
    return render(request, "cases/guide/changes.html", {"changes": changes})


@require_POST
def park(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Put a step aside with a reason."""
    principal, contact, case = _step(request, contact_id, task_id)
    steps.park(
        case=case, task_id=task_id, principal=principal, data=request.POST, contact_id=contact.id, now=clock.now()
    )
    return back_to_desk(request, principal, contact_id, case_id=case.id)


@require_POST
def resume(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Go on with a parked step."""
    principal, _contact, case = _step(request, contact_id, task_id)
    case_actions.resume_step(principal=principal, task_id=task_id, now=clock.now())
    return back_to_desk(request, principal, contact_id, case_id=case.id)


@require_POST
def hand_over(request: HttpRequest, contact_id: UUID, task_id: UUID) -> HttpResponse:
    """Leave the step to another team."""
    principal, _contact, case = _step(request, contact_id, task_id)
    actions.hand_over(
        principal=principal,
        case_id=case.id,
        task_id=task_id,
        team=request.POST.get("team", ""),
        note=request.POST.get("note", ""),
        now=clock.now(),
    )
    return back_to_desk(request, principal, contact_id, case_id=case.id)


def _step(request: HttpRequest, contact_id: UUID, task_id: UUID) -> tuple[Principal, Contact, Case]:
    principal, contact = _work(request, contact_id)
    task = process_queries.task(task_id)
    if task is None or task.business_id is None:
        raise case_actions.StepGone(_("This step is done already, or its case has moved on. Look at the case again."))
    return principal, contact, access_case_work(principal, task.business_id)


# --- the customer ----------------------------------------------------------------------------------------------------


@require_POST
def open_tile(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Show another answer of a system for the rest of this contact."""
    principal, contact = access_known(request, contact_id)
    access_contact_work(principal, contact_id)
    assert contact.customer_id is not None
    key = request.POST.get("view", "")
    access_views(principal, contact.customer_id, [key])
    actions.open_tile(principal=principal, contact=contact, view_key=key, now=clock.now())
    return back_to_desk(request, principal, contact_id, case_id=_uuid(request.POST.get("case", "")))


@require_GET
def reveals(request: HttpRequest) -> HttpResponse:
    """List who looked at what is masked, the last on top, to those who answer for it."""
    principal = access_role(request, (LEAD, ADMIN))
    before = request.GET.get("before", "")
    found = queries.reveals(principal=principal, language=_language(), before=read_key(before), limit=REVEALS + 1)
    page = page_of(found, size=REVEALS, key=lambda one: (one.at, one.id))
    return render(request, "desktop/reveals.html", {"page": page, "is_first_page": not before})


# --- answer, promises, wrap-up ---------------------------------------------------------------------------------------


@require_POST
def answer(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Send a written answer."""
    principal, contact = _work(request, contact_id)
    actions.send_answer(principal=principal, contact=contact, text=request.POST.get("text", ""), now=clock.now())
    return back_to_desk(request, principal, contact_id)


@require_POST
def answer_draft(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Keep the answer so far."""
    return _keep(request, contact_id, DeskDraft.Kind.ANSWER, "text")


@require_POST
def summary_draft(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Keep the summary so far."""
    return _keep(request, contact_id, DeskDraft.Kind.SUMMARY, "summary")


def _keep(request: HttpRequest, contact_id: UUID, kind: str, field: str) -> HttpResponse:
    principal, contact = _work(request, contact_id)
    actions.keep_draft(
        principal=principal, contact_id=contact.id, kind=kind, text=request.POST.get(field, ""), now=clock.now()
    )
    return HttpResponse(status=204)


@require_POST
def promise(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Note what the customer was told would happen, and by when."""
    principal, contact = _work(request, contact_id)
    case = access_case_work(principal, _uuid(request.POST.get("case", "")) or UUID(int=0))
    text = request.POST.get("text", "").strip()
    if not text:
        raise FirstlineError(_("Write what you promised."), code="empty-promise")
    case_actions.make_promise(
        case_id=case.id,
        text=text,
        due_at=_due(request.POST.get("due", "")),
        principal=principal,
        contact_id=contact.id,
        now=clock.now(),
    )
    return back_to_desk(request, principal, contact_id, case_id=case.id)


def _due(text: str) -> datetime:
    """Read a day or a moment as the agent sees it; a day ends with it."""
    try:
        moment, day = parse_datetime(text), parse_date(text)
    except ValueError:
        moment = day = None
    if moment is None and day is not None:
        moment = datetime.combine(day, time(18))
    if moment is None:
        raise FirstlineError(_("Say by when, with day and time."), code="no-date")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


@require_POST
def finish(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Wrap the contact up and go back to what waits."""
    principal, contact = _work(request, contact_id)
    actions.finish(principal=principal, contact=contact, summary=request.POST.get("summary", ""), now=clock.now())
    return HttpResponseRedirect(reverse("desktop:home"))


# --- on every page ---------------------------------------------------------------------------------------------------


@require_GET
def incoming(request: HttpRequest) -> HttpResponse:
    """Pop the screen for a call: go to its desk, or, where another contact is being worked on, say that it rings."""
    principal = access_staff(request)
    calls = [call for call in queries.calls_for(principal) if call.first_seen_at is None]
    looking_at = request.headers.get("HX-Current-URL", "")
    calls = [call for call in calls if str(call.id) not in looking_at]
    is_busy = f"{reverse('desktop:home')}0" in looking_at
    if calls and not is_busy:
        return HttpResponse(headers={"HX-Redirect": reverse("desktop:desk", args=[calls[0].id])})
    return render(request, "desktop/parts/incoming.html", {"calls": calls})


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Find customers, cases and contacts from anywhere."""
    principal = access_staff(request)
    text = request.GET.get("q", "")[:MAX_WORDS]
    groups = searching.found_everywhere(principal=principal, text=text, language=_language(), limit=5)
    context = {"groups": groups, "text": text.strip(), "said": searching.words_for(groups)}
    return render(request, "desktop/parts/found.html", context)


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show all that is found, by kind, or one kind page by page."""
    principal = access_staff(request)
    text = request.GET.get("q", "").replace("\x00", "")[:MAX_WORDS]
    kind, after = request.GET.get("kind", ""), request.GET.get("after", "")
    groups = searching.found_everywhere(
        principal=principal, text=text, language=_language(), limit=50 if kind else 10, kind=kind, after=after
    )
    kinds = searching.kinds_for(principal)
    return render(
        request,
        "desktop/search.html",
        {"groups": groups, "text": text.strip(), "kind": kind, "kinds": kinds, "is_first_page": not after},
    )
