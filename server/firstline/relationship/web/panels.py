"""What the page of a customer shows of the relationship; it is filled when the systems have answered."""

from uuid import UUID

from firstline.accounts.principals import Principal
from firstline.customers.models import Customer
from firstline.customers.ports import Panel
from firstline.relationship.queries import definition_of


def standing(*, customer_id: UUID, principal: Principal, language: str) -> Panel | None:
    """Keep a place for stages, figures and contracts, where the brand defines any."""
    brand = Customer.objects.values_list("brand__key", flat=True).get(id=customer_id)
    found = definition_of(brand)
    if found.value is None and not found.problems:
        return None
    return Panel(template="relationship/parts/panel.html", context={"customer_id": customer_id})
