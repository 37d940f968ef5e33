"""How a customer wants to be dealt with, and for what they may be contacted."""

from datetime import datetime, time
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.customers import access, actions, consent, needs, queries
from firstline.customers.models import Customer
from firstline.customers.web.reading import Entered, Misread
from firstline.errors import FirstlineError
from firstline.ui.language import page_language


@require_GET
def page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show preferences, needs and consents, each to be changed."""
    principal = access.access_customers(request)
    return _page(request, principal, _survivor(principal, customer_id))


@require_POST
def save(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Note how they want to be dealt with."""
    principal = access.access_customers(request)
    customer, entered = _survivor(principal, customer_id), Entered(request.POST)
    try:
        preferences = _preferences(entered)
        actions.change_preferences(customer_id=customer.id, preferences=preferences, principal=principal)
    except (Misread, actions.NoSuchWish) as wrong:
        return _page(request, principal, customer, wrong=wrong, entered=entered, shown=_raw(entered))
    return _back(request, customer_id, _("It is noted how they want to be dealt with."))


def _preferences(entered: Entered) -> actions.Preferences:
    return actions.Preferences(
        salutation=entered.text("salutation"),
        title=entered.text("title"),
        language=entered.text("language"),
        preferred_channel=entered.text("preferred_channel"),
        need_keys=entered.several("need"),
        needs=entered.text("needs", 5000),
        reach_days=tuple(int(day) for day in entered.several("day") if day.isascii() and day.isdigit()),
        reach_from=entered.time_of_day("reach_from"),
        reach_until=entered.time_of_day("reach_until"),
    )


@require_POST
def say(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Note a yes or a no to one purpose."""
    principal = access.access_customers(request)
    customer, entered = _survivor(principal, customer_id), Entered(request.POST)
    try:
        is_given = _is_yes(entered)
        actions.note_consent(
            customer_id=customer.id,
            purpose=entered.text("purpose"),
            channels=entered.several("channel"),
            is_given=is_given,
            said_at=_said_at(entered),
            way=entered.text("way"),
            evidence=entered.text("evidence"),
            principal=principal,
            now=clock.now(),
        )
    except (Misread, actions.NoSuchWish) as wrong:
        return _page(request, principal, customer, wrong=wrong, entered=entered)
    said = _("Their yes is noted.") if is_given else _("Their no is noted, and holds from now on.")
    return _back(request, customer_id, said)


def _is_yes(entered: Entered) -> bool:
    answer = entered.text("answer")
    if answer not in ("yes", "no"):
        raise Misread(_("Say whether they said yes or no."))
    return answer == "yes"


def _said_at(entered: Entered) -> datetime:
    """Read when they said it: now, or at noon of another day."""
    day, now = entered.day("said_on"), clock.now()
    if day is None or day == timezone.localdate(now):
        return now
    return timezone.make_aware(datetime.combine(day, time(12)))


@require_POST
def say_no(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Note that they want none of it."""
    principal = access.access_customers(request)
    customer, entered = _survivor(principal, customer_id), Entered(request.POST)
    try:
        actions.object_to_all(
            customer_id=customer.id,
            way=entered.text("way"),
            evidence=entered.text("evidence"),
            principal=principal,
            now=clock.now(),
        )
    except actions.NoSuchWish as wrong:
        return _page(request, principal, customer, wrong=wrong)
    return _back(request, customer_id, _("It is noted that they want no advertising at all."))


def _survivor(principal: Principal, customer_id: UUID) -> Customer:
    """Give as whom a customer lives on: what is noted from now on, is noted there."""
    found = access.access_customer(principal, customer_id)
    survivor_id = queries.survivors_of([found.id])[found.id]
    return found if survivor_id == found.id else access.access_customer(principal, survivor_id)


def _stored(customer: Customer) -> dict[str, object]:
    """What the form begins with."""
    names = ("salutation", "title", "language", "preferred_channel", "needs")
    times = {name: getattr(customer, name) for name in ("reach_from", "reach_until")}
    return {
        **{name: getattr(customer, name) for name in names},
        **{name: f"{value:%H:%M}" if value else "" for name, value in times.items()},
        "need_keys": set(customer.need_keys),
        "days": {str(day) for day in customer.reach_days},
    }


def _raw(entered: Entered) -> dict[str, object]:
    """What was entered, as it was, to be corrected."""
    names = ("salutation", "title", "language", "preferred_channel", "reach_from", "reach_until")
    return {
        **{name: entered.text(name) for name in names},
        "needs": entered.text("needs", 5000),
        "need_keys": set(entered.several("need")),
        "days": set(entered.several("day")),
    }


def _back(request: HttpRequest, customer_id: UUID, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("customers:wishes", args=[customer_id]))


def _page(
    request: HttpRequest,
    principal: Principal,
    customer: Customer,
    *,
    wrong: FirstlineError | None = None,
    entered: Entered | None = None,
    shown: dict[str, object] | None = None,
) -> HttpResponse:
    language, brand = page_language(), customer.brand.key
    purposes = queries.purposes_defined(brand)
    context = {
        "customer": customer,
        "card": queries.customer_card(customer.id),
        "shown": shown or _stored(customer),
        "needs": [(key, one.label) for key, one in needs.NEEDS.items()],
        "days": [(str(number), WEEKDAYS[number - 1]) for number in needs.WEEK],
        "languages": settings.LANGUAGES,
        "channels": consent.CHANNELS.items(),
        "ways": consent.WAYS.items(),
        "purposes": queries.consents_of(customer.id, brand=brand, language=language),
        "history": queries.consent_history(customer.id, brand=brand, language=language),
        "problems": purposes.problems if principal.is_any((LEAD, ADMIN)) else (),
        "is_broken": bool(purposes.problems),
        "today": timezone.localdate(clock.now()),
        "wrong": wrong.message if wrong else "",
        "entered": entered.form.dict() if entered else {},
    }  # fmt: skip
    return render(request, "customers/wishes.html", context, status=wrong.status if wrong else 200)
