"""Finding a customer by what they say, and the page of one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers import access, actions, panels, queries
from firstline.customers.queries import Said, merging
from firstline.customers.web import words
from firstline.ui.language import page_language

MAX_FIELD = 200


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Ask who it is: by name or number, or by what somebody says about themselves, each answer with its reasons."""
    principal = access.access_customers(request)
    said = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:MAX_FIELD] for name in Said.__dataclass_fields__
    }
    text = request.GET.get("q", "").strip()[:MAX_FIELD]
    brands = _brands(principal)
    brand = next((one for one in brands if one.key == request.GET.get("brand")), brands[0] if brands else None)
    found = queries.recognise_by_description(brand=brand, said=Said(**said)) if brand and any(said.values()) else []
    context = {
        "fields": [{"name": name, "label": words.FIELDS[name], "value": value} for name, value in said.items()],
        "brands": [{"key": one.key, "name": one.name(page_language())} for one in brands],
        "brand": brand.key if brand else "",
        "text": text,
        "cards": queries.search_customers(principal=principal, text=text) if text else [],
        "found": [
            {"one": one, "percent": words.percent(one.probability), "reasons": words.reasons(_plain(one))}
            for one in found
        ],
        "has_asked": bool(text or any(said.values())),
        "may_merge": principal.is_any(access.KEEPERS),
    }
    return render(request, "customers/search.html", context)


@require_GET
def customer(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer: data, by what they are known and how sure that is, and their merges."""
    principal = access.access_customers(request)
    found = access.access_customer(principal, customer_id)
    these = queries.same_as(found.id)
    context = {
        "card": queries.customer_card(found.id),
        "customer": found,
        "is_merged": found.merged_into_id is not None,
        "identifiers": [
            {"one": one, "kind": words.FIELDS.get(one.kind, one.kind)} for one in queries.identifier_rows(these)
        ],
        "wishes": queries.in_words(found.id, brand=found.brand.key, language=page_language()),
        "relations": [row for row in queries.relations_of(found.id, today=clock.now().date()) if not row.is_over],
        "household": queries.household_of(found.id),
        "panels": panels.panels_of(found.id, principal=principal, language=page_language()),
        "merges": merging.merges_of(found.id),
        "may_merge": principal.is_any(access.KEEPERS),
    }
    return render(request, "customers/customer.html", context)


@require_POST
def verify(request: HttpRequest, identifier_id: UUID) -> HttpResponse:
    """Note that an address or number is proven."""
    principal = access.access_customers(request)
    found = access.access_identifier(principal, identifier_id)
    evidence = request.POST.get("evidence", "")
    actions.verify_identifier(identifier_id=found.id, evidence=evidence, principal=principal, now=clock.now())
    messages.success(request, _("It is noted as proven."))
    return HttpResponseRedirect(reverse("customers:customer", args=[found.customer_id]))


@require_POST
def doubt(request: HttpRequest, identifier_id: UUID) -> HttpResponse:
    """Take back that it is proven."""
    principal = access.access_customers(request)
    found = access.access_identifier(principal, identifier_id)
    reason = request.POST.get("reason", "")
    actions.doubt_identifier(identifier_id=found.id, reason=reason, principal=principal, now=clock.now())
    messages.success(request, _("It isn't taken as proven any more."))
    return HttpResponseRedirect(reverse("customers:customer", args=[found.customer_id]))


def _brands(principal: Principal) -> list[Brand]:
    return list(Brand.objects.filter(key__in=principal.brands).order_by("key"))


def _plain(one: queries.Recognised) -> list[dict[str, object]]:
    return [{"field": each.field, "level": each.level, "bits": each.bits} for each in one.evidence]
