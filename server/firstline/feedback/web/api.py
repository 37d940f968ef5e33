"""How content customers are, for programs."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Schema

from firstline.api.web.fields import Key
from firstline.api.web.paging import Paged, page, position
from firstline.api.web.routes import Routes
from firstline.customers.access import access_customers
from firstline.feedback.access import visible_satisfaction
from firstline.feedback.models import Satisfaction


class SatisfactionOut(Schema):
    id: UUID
    customer_id: UUID
    case_id: UUID | None = Field(description="What it is about; null: in general.")
    contact_id: UUID | None = Field(description="The contact in which a colleague noted it.")
    reason_key: str
    scale: Literal["csat", "nps", "effort"] = Field(
        description="csat: 1 to 5, nps: 0 to 10, effort: 1 to 7; the best last."
    )
    state: Literal["planned", "asked", "in_person", "answered", "not_asked"]
    why: str = Field(description="Why they weren't asked.")
    score: int | None
    words: str
    channel: str
    noted_by: str = Field(description="The colleague who noted it; empty: the customer answered themselves.")
    planned_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None


class SatisfactionList(Schema):
    items: list[SatisfactionOut]
    next: str | None


class SatisfactionFilter(Paged):
    customer: UUID | None = Field(None, description="Of one customer alone.")
    reason: Key | Literal[""] = ""
    state: Literal["", "planned", "asked", "in_person", "answered", "not_asked"] = ""


# What a customer says is opened by the scope that opens customers.
ROUTES = Routes("customers")


@ROUTES.lists("/satisfaction", SatisfactionList, "List how content customers are")
def list_satisfaction(request: HttpRequest, wanted: Query[SatisfactionFilter]) -> dict[str, Any]:
    """List what customers were asked and what they said, in the order in which it was planned."""
    principal = access_customers(request)
    where = position(request, wanted.cursor)
    found = visible_satisfaction(principal)
    if wanted.customer is not None:
        found = found.filter(customer_id=wanted.customer)
    if wanted.reason:
        found = found.filter(reason_key=wanted.reason)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if where:
        found = found.filter(id__gt=UUID(where[0]))
    shown = page(request, list(found.order_by("id")[: wanted.limit + 1]), limit=wanted.limit, key=lambda one: [one.id])
    return {**shown, "items": [_told(one) for one in shown["items"]]}


def _told(one: Satisfaction) -> dict[str, Any]:
    names = SatisfactionOut.model_fields
    return {name: getattr(one, name) for name in names}
