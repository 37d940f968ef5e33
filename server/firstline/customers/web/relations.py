"""How a customer stands to others, and who lives with them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.customers import access, actions, queries
from firstline.customers import relations as kinds
from firstline.customers.actions import Ends
from firstline.customers.models import Customer
from firstline.customers.web.reading import Entered, Misread, somebody
from firstline.errors import FirstlineError


@require_GET
def page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show to whom a customer stands how, and their household."""
    principal = access.access_customers(request)
    return _page(request, access.access_customer(principal, customer_id))


@require_POST
def add(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Note a relation, said from this customer's end."""
    principal = access.access_customers(request)
    customer, entered = access.access_customer(principal, customer_id), Entered(request.POST)
    try:
        _add(customer, entered, principal)
    except (Misread, actions.CannotRelate) as wrong:
        return _page(request, customer, wrong=wrong, entered=entered)
    return _back(request, customer_id, _("The relation is noted."))


def _add(customer: Customer, entered: Entered, principal: Principal) -> None:
    chosen = kinds.read_choice(entered.text("kind"))
    if chosen is None:
        raise Misread(_("Choose from the list how they stand to each other."))
    kind, is_backwards = chosen
    other = somebody(principal, entered.text("other"))
    one_id, other_id = (other.id, customer.id) if is_backwards else (customer.id, other.id)
    actions.relate(
        ends=Ends(one_id=one_id, other_id=other_id),
        kind=kind,
        principal=principal,
        now=clock.now(),
        from_on=entered.day("from_on"),
        until_on=entered.day("until_on"),
        note=entered.text("note"),
    )


@require_POST
def end(request: HttpRequest, customer_id: UUID, relation_id: UUID) -> HttpResponse:
    """Note until when a relation was so; without a date until today."""
    principal = access.access_customers(request)
    customer, found = access.access_customer(principal, customer_id), access.access_relation(principal, relation_id)
    try:
        until_on = Entered(request.POST).day("until_on") or timezone.localdate(clock.now())
        actions.end_relation(relation_id=found.id, until_on=until_on, principal=principal)
    except (Misread, actions.CannotRelate) as wrong:
        return _page(request, customer, wrong=wrong)
    return _back(request, customer_id, _("Its end is noted."))


@require_POST
def take_back(request: HttpRequest, customer_id: UUID, relation_id: UUID) -> HttpResponse:
    """Take away a relation that was noted by mistake."""
    principal = access.access_customers(request)
    access.access_customer(principal, customer_id)
    actions.take_relation_back(relation_id=access.access_relation(principal, relation_id).id, principal=principal)
    return _back(request, customer_id, _("It is taken away."))


@require_POST
def move_in(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Note with whom a customer lives."""
    principal = access.access_customers(request)
    customer, entered = access.access_customer(principal, customer_id), Entered(request.POST)
    try:
        host = somebody(principal, entered.text("with"))
        # Whoever has a household already takes the other one in.
        mover, into = (host, customer) if queries.household_of(customer.id) else (customer, host)
        from_on = entered.day("since") or timezone.localdate(clock.now())
        actions.live_together(
            customer_id=mover.id, with_id=into.id, from_on=from_on, principal=principal, now=clock.now()
        )
    except (Misread, actions.CannotRelate) as wrong:
        return _page(request, customer, wrong=wrong, entered=entered)
    return _back(request, customer_id, _("They are in one household."))


@require_POST
def move_out(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Note that somebody left the household; without a date today."""
    principal = access.access_customers(request)
    customer, found = access.access_customer(principal, customer_id), access.access_member(principal, member_id)
    try:
        until_on = Entered(request.POST).day("until_on") or timezone.localdate(clock.now())
        actions.move_out(member_id=found.id, until_on=until_on, principal=principal)
    except (Misread, actions.CannotRelate) as wrong:
        return _page(request, customer, wrong=wrong)
    return _back(request, customer_id, _("It is noted that they left the household."))


def _back(request: HttpRequest, customer_id: UUID, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("customers:relations", args=[customer_id]))


def _page(
    request: HttpRequest, customer: Customer, *, wrong: FirstlineError | None = None, entered: Entered | None = None
) -> HttpResponse:
    context = {
        "customer": customer,
        "card": queries.customer_card(customer.id),
        "relations": queries.relations_of(customer.id, today=timezone.localdate(clock.now())),
        "household": queries.household_of(customer.id),
        "choices": kinds.choices(customer.kind),
        "is_person": customer.kind == Customer.Kind.PERSON,
        "wrong": wrong.message if wrong else "",
        "entered": entered.form.dict() if entered else {},
    }
    return render(request, "customers/relations.html", context, status=wrong.status if wrong else 200)
