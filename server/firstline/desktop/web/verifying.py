"""Whoever speaks shows who they are: the panel of the desk, a page of its own where there is no script."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from firstline import clock
from firstline.accounts.access import access_staff
from firstline.contacts import actions as contact_actions
from firstline.contacts.access import access_contact_work
from firstline.contacts.models import Contact
from firstline.desktop import queries
from firstline.desktop.web.views import back_to_desk
from firstline.errors import FirstlineError
from firstline.identity import actions as identity_actions
from firstline.identity.actions import Asking, Outcome
from firstline.ui.language import page_language

MAX_ANSWER = 200


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Show the ways that are open, and take in what one of them brought."""
    principal = access_staff(request)
    contact = access_contact_work(principal, contact_id)
    if request.method == "GET":
        return _panel(request, contact)
    way = request.POST.get("way", "judgement")
    asking = contact_actions.asking_in(contact, principal=principal, now=clock.now())
    if way == "judgement" and "way" not in request.POST:
        # The one press where the policy leaves it to staff; the desk itself says what came of it.
        identity_actions.note_shown(asking, way=way, fields={})
        return _desk(request, contact)
    try:
        return _done(request, contact, _try(request, contact, asking, way))
    except FirstlineError as error:
        return _panel(request, contact, error=error, tried=way)


def _try(request: HttpRequest, contact: Contact, asking: Asking, way: str) -> tuple[str, str]:
    """Do what was asked for; gives a sentence about how it ended, and its tone."""
    said = request.POST.get("said", "")[:MAX_ANSWER]
    if way == "questions":
        outcome = identity_actions.answer_question(
            asking,
            key=request.POST.get("key", ""),
            said=said,
            is_unknown=bool(request.POST.get("unknown")),
            seen=queries.seen_views(contact),
        )
        return _told(outcome)
    if way == "code":
        return _told(identity_actions.check_code(asking, said=said))
    identity_actions.note_shown(asking, way=way, fields=request.POST.dict())
    return _("It is noted, and whoever is speaking counts as verified in this contact."), "success"


def _told(outcome: Outcome) -> tuple[str, str]:
    """Say right or wrong, and what follows; never how near a wrong answer was."""
    if outcome.level != "none":
        return _("Right. Whoever is speaking is verified in this contact."), "success"
    if outcome.is_right:
        return _("Right. One more, please."), "success"
    if outcome.clock.locked_until is not None:
        return _("Wrong, and that was one too many. Questions and codes are locked."), "error"
    left = outcome.clock.left
    return ngettext(
        "Wrong. %(left)d wrong answer more, and it is locked.",
        "Wrong. %(left)d wrong answers more, and it is locked.",
        left,
    ) % {"left": left}, "warning"


@require_POST
def send(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Send a code to one of the speaker's proven addresses."""
    principal = access_staff(request)
    contact = access_contact_work(principal, contact_id)
    asking = contact_actions.asking_in(contact, principal=principal, now=clock.now())
    try:
        identifier_id = UUID(request.POST.get("address", ""))
    except ValueError:
        identifier_id = UUID(int=0)
    try:
        identity_actions.send_code(asking, identifier_id=identifier_id, language=contact.language or "en")
    except FirstlineError as error:
        return _panel(request, contact, error=error, tried="code")
    return _done(
        request,
        contact,
        (_("The code is on its way. Ask for it, or let them enter it on the page in the message."), "success"),
    )


def _done(request: HttpRequest, contact: Contact, told: tuple[str, str]) -> HttpResponse:
    sentence, tone = told
    if request.headers.get("HX-Request"):
        return _panel(request, contact, sentence=sentence, tone=tone)
    getattr(messages, tone)(request, sentence)
    return HttpResponseRedirect(reverse("desktop:verify", args=[contact.id]))


def _desk(request: HttpRequest, contact: Contact) -> HttpResponse:
    return back_to_desk(request, access_staff(request), contact.id)


def _panel(request: HttpRequest, contact: Contact, *, error: FirstlineError | None = None, **more: Any) -> HttpResponse:
    context = {
        "contact": contact,
        "panel": queries.verification_of(contact, language=page_language(), now=clock.now()),
        "error": error,
        **more,
    }
    template = "desktop/parts/verify.html" if request.headers.get("HX-Request") else "desktop/verify.html"
    return render(request, template, context, status=422 if error else 200)
