"""The timeline of a customer: a page, and a part of other pages."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from firstline.accounts.access import access_staff
from firstline.customers import access, queries
from firstline.customers.timeline import timeline_of
from firstline.ui.language import page_language
from firstline.ui.paging import read_key

PAGE, SHORT = 40, 5
MAX_KINDS = 40


@require_GET
def page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show what happened with a customer, by kind or all, a page at a time."""
    return _timeline(request, customer_id, is_short=False)


@require_GET
def latest(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show the last of it, as a part of another page."""
    return _timeline(request, customer_id, is_short=True)


def _timeline(request: HttpRequest, customer_id: UUID, *, is_short: bool) -> HttpResponse:
    """Answer at once with what is here; the answer has what isn't asked for, and waited for, by a second request."""
    principal = access_staff(request)
    customer = access.access_customer(principal, customer_id)
    only = [one[:120] for one in request.GET.getlist("kind")[:MAX_KINDS]]
    shown = timeline_of(
        customer.id,
        principal=principal,
        language=page_language(),
        only=only,
        before=None if is_short else read_key(request.GET.get("before", "")),
        limit=SHORT if is_short else PAGE,
        may_wait=bool(request.GET.get("wait")),
    )
    here = reverse("customers:latest" if is_short else "customers:timeline", args=[customer.id])
    asked: dict[str, str | list[str]] = {"kind": only, "before": request.GET.get("before", "")[:200]}
    context = {
        "timeline": shown,
        "customer": customer,
        "card": queries.customer_card(customer.id),
        "only": only,
        "is_first_page": not asked["before"],
        "here": here,
        "again": f"{here}?{urlencode({**asked, 'wait': '1'}, doseq=True)}",
        "query": urlencode({"kind": only}, doseq=True),
    }
    is_part = is_short or bool(request.headers.get("HX-Request"))
    template = (
        "customers/parts/latest.html"
        if is_short
        else "customers/parts/timeline.html"
        if is_part
        else "customers/timeline.html"
    )
    return render(request, template, context)
