"""How a relationship stands: stages, figures and contracts of one customer; and how a brand defines them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.customers.access import KEEPERS, access_customer, access_customers
from firstline.customers.models import Customer
from firstline.feedback import queries as feedback_queries
from firstline.relationship import access, actions, queries
from firstline.relationship.definition import Definition
from firstline.relationship.rules import CONTRACTS, CONTRACTS_LABEL, OWN_FACTS
from firstline.sources.rules.tiles import in_language
from firstline.ui.language import page_language


@require_GET
def standing(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show stages, figures and contracts on the page of a customer."""
    principal = access_customers(request)
    found = access_customer(principal, customer_id)
    return render(request, "relationship/parts/standing.html", _context(found, principal))


@require_GET
def desk(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show stages and figures beside a contact."""
    principal = access_customers(request)
    found = access_customer(principal, customer_id)
    context = _context(found, principal) | {"to_ask": feedback_queries.to_be_asked(found.id)}
    return render(request, "relationship/parts/desk.html", context)


@require_POST
def set_stage(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Set the stage by hand."""
    principal = access_customers(request)
    found = access.access_stage(principal, customer_id)
    actions.set_stage(
        customer_id=found.id,
        stage=request.POST.get("stage", ""),
        reason=request.POST.get("reason", ""),
        principal=principal,
        now=clock.now(),
    )
    messages.success(request, _("The stage is set. It stays so until you leave it to the rule again."))
    return HttpResponseRedirect(reverse("customers:customer", args=[customer_id]))


@require_POST
def leave_to_rule(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Leave the stage to the rule again."""
    principal = access_customers(request)
    found = access.access_stage(principal, customer_id)
    actions.leave_to_rule(customer_id=found.id, principal=principal, now=clock.now())
    messages.success(request, _("The stage is what the rule says again."))
    return HttpResponseRedirect(reverse("customers:customer", args=[customer_id]))


def _context(customer: Customer, principal: Principal) -> dict[str, Any]:
    """Ask the systems, each with its deadline, and work out what is shown; a stage that the rule gives anew is noted."""
    defined, language, now = queries.definition_of(customer.brand.key), page_language(), clock.now()
    context: dict[str, Any] = {
        "customer": customer,
        "problems": defined.problems if principal.is_any((LEAD, ADMIN)) else (),
        "is_broken": bool(defined.problems),
    }
    if defined.value is None:
        return context
    known = queries.facts_now(
        customer_id=customer.id, definition=defined.value, principal=principal, language=language, now=now
    )
    # What is noted doesn't depend on who looks: some fields are withheld from some.
    actions.follow_rule(customer_id=customer.id, brand=customer.brand.key, now=now)
    return context | {
        "stage": queries.stage_row(customer.id, definition=defined.value, standing=known, language=language),
        "stages": [(one.key, in_language(one.label, language)) for one in defined.value.stages],
        "indicators": queries.indicators(defined.value, known, language=language),
        "contracts": known.contracts,
        "has_contracts": bool(defined.value.contracts),
        "may_set": principal.is_any(KEEPERS),
    }


@require_GET
def definitions(request: HttpRequest) -> HttpResponse:
    """Show how stages and figures come about, and every mistake in their files."""
    principal = access.access_definitions(request)
    brands = Brand.objects.filter(key__in=principal.brands).order_by("key")
    own = [{"name": name, "label": label} for name, (label, _unit) in OWN_FACTS.items()]
    own.append({"name": CONTRACTS, "label": CONTRACTS_LABEL})
    rows = [_brand_row(one, page_language()) for one in brands]
    return render(request, "relationship/definitions.html", {"brands": rows, "own_facts": own})


def _brand_row(brand: Brand, language: str) -> dict[str, Any]:
    found = queries.definition_of(brand.key)
    row: dict[str, Any] = {"name": brand.name(language), "key": brand.key, "problems": found.problems}
    return row | _defined_row(found.value, language) if found.value else row


def _defined_row(definition: Definition, language: str) -> dict[str, Any]:
    return {
        "is_defined": True,
        "expected": queries.expected_in_vain(definition),
        "stages": [in_language(one.label, language) for one in definition.stages],
        "rule": definition.stage_rule.text if definition.stage_rule else "",
        "decision": definition.stage_decision,
        "facts": [
            {
                "name": one.name,
                "label": in_language(one.label, language),
                "place": one.view or ", ".join(one.reasons),
                "formula": one.value.text if one.value else one.answer,
            }
            for one in definition.facts
        ],
        "indicators": [
            {
                "label": in_language(one.label, language),
                "explanation": in_language(one.explanation, language) if one.explanation else "",
                "formula": one.formula.text,
            }
            for one in definition.indicators
        ],
        "products": [in_language(label, language) for label in definition.products.values()],
        "contracts": [one.view for one in definition.contracts],
    }
