"""Who is it? Asked at the desk, by what somebody says about themselves."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firstline.accounts.access import access_staff
from firstline.contacts.access import access_contact_work
from firstline.customers import queries as customer_queries
from firstline.customers.queries import Said
from firstline.customers.web import words
from firstline.desktop.rules import SAID

MAX_FIELD = 200
REASONS = 4


@require_GET
def who(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """List who it may be, most probable first, with the reasons in words; nobody is chosen but by a person."""
    contact = access_contact_work(access_staff(request), contact_id)
    said = {name: request.GET.get(name, "").replace("\x00", "").strip()[:MAX_FIELD] for name in SAID}
    found = (
        customer_queries.recognise_by_description(brand=contact.brand, said=Said(**said)) if any(said.values()) else []
    )
    context = {
        "contact": contact,
        "found": [{"one": one, "percent": words.percent(one.probability), "reasons": _reasons(one)} for one in found],
        "said": said,
        "has_asked": any(said.values()),
        "may_be_made": bool(said["family_name"] or said["organisation"]),
        "name": said["organisation"] or f"{said['given_name']} {said['family_name']}".strip(),
    }
    return render(request, "desktop/parts/who_found.html", context)


def _reasons(one: customer_queries.Recognised) -> list[words.Reason]:
    evidence = [{"field": each.field, "level": each.level, "bits": each.bits} for each in one.evidence]
    return words.reasons(evidence)[:REASONS]
