"""A customer's authorities, locks, and what was tried: the page of those who check papers and end locks."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.principals import LEAD
from firstline.customers.access import READERS, access_customer, access_customers
from firstline.identity import access, actions, queries
from firstline.identity.adapters.loaded import policy_of


@require_GET
def customer(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show who speaks for a customer, for whom they speak, whether they are locked, and what was tried."""
    principal = access_customers(request)
    found = access_customer(principal, customer_id)
    now = clock.now()
    today = access.today_of(found.brand, now)
    context = {
        "customer": found,
        "clock": queries.clock_for(found.id, policy=policy_of(found.brand.key), now=now),
        "authorities": queries.authorities_of(found.id, today=today),
        "speaks_for": queries.spoken_for_by(found.id, today=today),
        "trail": queries.trail_of(found.id),
        "may_prove": principal.is_any(access.PROVERS),
        "may_unlock": principal.is_(LEAD),
    }
    return render(request, "identity/customer.html", context)


@require_POST
def unlock(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """End a lock before its time."""
    principal = access_customers(request)
    found = access.access_locked_customer(principal, customer_id)
    actions.lift_lock(customer_id=found.id, reason=request.POST.get("reason", ""), principal=principal, now=clock.now())
    messages.success(request, _("The lock has ended."))
    return _back(found.id)


@require_POST
def prove(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """Note what proves an authority."""
    principal = access_customers(request)
    found = access.access_authority(principal, authority_id, roles=access.PROVERS)
    actions.prove_authority(
        authority_id=found.id, evidence=request.POST.get("evidence", ""), principal=principal, now=clock.now()
    )
    messages.success(request, _("The authority is noted as proven."))
    return _back(found.customer_id)


@require_POST
def revoke(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """End an authority at once; anybody who deals with customers may, since it only takes rights away."""
    principal = access_customers(request)
    found = access.access_authority(principal, authority_id, roles=READERS)
    actions.revoke_authority(
        authority_id=found.id, reason=request.POST.get("reason", ""), principal=principal, now=clock.now()
    )
    messages.success(request, _("The authority has ended."))
    return _back(found.customer_id)


def _back(customer_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("identity:customer", args=[customer_id]))
