"""Somebody speaks for somebody else: who, for whom, with what authority."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstline import clock
from firstline.accounts.access import access_staff
from firstline.accounts.principals import Principal
from firstline.contacts.access import access_contact_work
from firstline.contacts.models import Contact
from firstline.customers import queries as customer_queries
from firstline.customers.access import access_customer
from firstline.desktop import actions, queries
from firstline.errors import FirstlineError
from firstline.identity.actions import NewAuthority, WrongAuthority
from firstline.ui.language import page_language


@require_http_methods(["GET", "POST"])
def speaks_for(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Show who may speak for whom here; choosing one says that it is so in this contact."""
    principal = access_staff(request)
    contact = access_contact_work(principal, contact_id)
    if request.method == "GET":
        return _panel(request, principal, contact)
    try:
        if request.POST.get("self"):
            actions.speak_for_themselves(principal=principal, contact=contact)
        else:
            actions.speak_with(
                principal=principal, contact=contact, authority_id=_id(request.POST.get("authority", ""))
            )
    except FirstlineError as error:
        return _panel(request, principal, contact, error=error)
    return _done(request, contact)


@require_POST
def note(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Note a claim, and that it is made in this contact."""
    principal = access_staff(request)
    contact = access_contact_work(principal, contact_id)
    try:
        actions.claim_authority(
            principal=principal,
            contact=contact,
            is_other_speaking=request.POST.get("who") == "other",
            other=_other(request, principal),
            given_name=request.POST.get("given_name", ""),
            family_name=request.POST.get("family_name", ""),
            said=_said(request),
            now=clock.now(),
        )
    except FirstlineError as error:
        return _panel(request, principal, contact, error=error, entered=request.POST)
    return _done(request, contact)


@require_GET
def found(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Find the other person while their name is being typed."""
    principal = access_staff(request)
    contact = access_contact_work(principal, contact_id)
    text = request.GET.get("q", "").strip()
    here = {contact.customer_id, contact.speaker_id}
    rows = [
        one for one in customer_queries.search_customers(principal=principal, text=text, limit=6) if one.id not in here
    ]
    return render(request, "desktop/parts/speakers_found.html", {"found": rows, "text": text})


def _other(request: HttpRequest, principal: Principal) -> Any:
    chosen = request.POST.get("other", "")
    return access_customer(principal, _id(chosen)) if chosen else None


def _said(request: HttpRequest) -> NewAuthority:
    return NewAuthority(
        kind=request.POST.get("kind", ""),
        scope=request.POST.get("scope", ""),
        reasons=tuple(request.POST.getlist("reasons"))[:50] if request.POST.get("scope") == "reasons" else (),
        max_amount=_amount(request.POST.get("max_amount", "")),
        from_on=_day(request.POST.get("from_on", "")),
        until_on=_day(request.POST.get("until_on", "")),
    )


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        amount = Decimal(text.strip()[:20].replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise WrongAuthority(_("Write the amount as a number, such as 500 or 99,50."))
    return amount.quantize(Decimal("0.01"))


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise WrongAuthority(_("Write the day as year-month-day, such as 2026-05-03."))
    return day


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _done(request: HttpRequest, contact: Contact) -> HttpResponse:
    told = _("It is noted for this contact. Now verify whoever is speaking.")
    if request.headers.get("HX-Request"):
        return render(request, "desktop/parts/verify_told.html", {"sentence": told, "tone": "success"})
    messages.success(request, told)
    return HttpResponseRedirect(reverse("desktop:desk", args=[contact.id]))


def _panel(
    request: HttpRequest,
    principal: Principal,
    contact: Contact,
    *,
    error: FirstlineError | None = None,
    entered: Any = None,
) -> HttpResponse:
    context = {
        "contact": contact,
        "panel": queries.speaking_of(contact, principal=principal, language=page_language(), now=clock.now()),
        "error": error,
        "entered": entered or {},
        "entered_reasons": entered.getlist("reasons") if entered else [],
    }
    template = "desktop/parts/speaks_for.html" if request.headers.get("HX-Request") else "desktop/speaks_for.html"
    return render(request, template, context, status=422 if error else 200)
