"""How content customers are: what one of them said, noting what they say, and the figures by reason."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.cases.models import Case
from firstline.customers import queries as customer_queries
from firstline.customers.models import Customer
from firstline.errors import FirstlineError
from firstline.feedback import access, actions, queries
from firstline.feedback.rules import MAX_WORDS, SCALES
from firstline.feedback.web.words import STATES, TONES
from firstline.procedures import queries as procedure_queries
from firstline.ui.language import page_language

IN_GENERAL = "general"


@require_http_methods(["GET", "POST"])
def customer(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show what a customer said, and note what they say now."""
    principal, found = access.access_noting(request, customer_id)
    if request.method == "GET":
        return _page(request, found)
    try:
        _note(request, found, principal)
    except FirstlineError as error:
        return _page(request, found, problem=error.message, status=error.status)
    messages.success(request, _("It is noted what they said."))
    return HttpResponseRedirect(reverse("feedback:customer", args=[found.id]))


def _note(request: HttpRequest, found: Customer, principal: Principal) -> None:
    about, sent = request.POST.get("about", ""), request.POST
    cases = {str(one.id): one for one in queries.cases_to_ask_about(found.id)}
    if about not in cases and about != IN_GENERAL:
        raise actions.AlreadyAnswered(_("They have said so of this case already."))
    actions.note_answer(
        customer=found,
        case=cases.get(about),
        score=sent.get("score", ""),
        words=sent.get("words", ""),
        principal=principal,
        now=clock.now(),
    )


def _page(request: HttpRequest, found: Customer, *, problem: str = "", status: int = 200) -> HttpResponse:
    names = procedure_queries.reason_names(page_language())
    subjects = [_subject(one, names) for one in queries.cases_to_ask_about(found.id)]
    subjects.append({"key": IN_GENERAL, "label": _("In general"), "scale": SCALES[actions.scale_for(None)]})
    asked = {str(one.case_id) for one in queries.to_be_asked(found.id)}
    subjects.sort(key=lambda one: one["key"] not in asked)
    context = {
        "card": customer_queries.customer_card(found.id),
        "customer": found,
        "rows": _rows(found.id, names),
        "subjects": subjects,
        "asked": asked,
        # What is open: where something is missing, else what comes first.
        "about": request.POST.get("about", subjects[0]["key"]),
        "score": request.POST.get("score", ""),
        "words": request.POST.get("words", "")[: MAX_WORDS * 2],
        "most": MAX_WORDS,
        "problem": problem,
    }
    return render(request, "feedback/customer.html", context, status=status)


def _subject(case: Case, names: dict[str, str]) -> dict[str, Any]:
    label = f"{names.get(case.reason_key, case.reason_key)} ({case.number})"
    return {"key": str(case.id), "label": label, "scale": SCALES[actions.scale_for(case)]}


def _rows(customer_id: UUID, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "row": one,
            "reason": names.get(one.reason_key, one.reason_key) or _("In general"),
            "state": STATES[one.state],
            "tone": one.tone or TONES.get(one.state, ""),
        }
        for one in queries.rows_of(customer_id)
    ]


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Show how content customers are, by reason, with a bar per score and month by month."""
    principal = access.access_figures(request)
    names = procedure_queries.reason_names(page_language())
    found = queries.figures(principal.brands, now=clock.now())
    rows = [{"one": one, "name": names.get(one.reason_key, one.reason_key) or _("In general")} for one in found]
    return render(request, "feedback/figures.html", {"rows": rows})
