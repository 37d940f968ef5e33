"""The parts of the page that capabilities above the customers fill, as the wiring says."""

from uuid import UUID

from django.utils.module_loading import import_string

from firstline.accounts.principals import Principal
from firstline.customers.ports import CustomerPanel, Panel
from firstline.wiring import wiring


def panels_of(customer_id: UUID, *, principal: Principal, language: str) -> list[Panel]:
    """Have every part filled for one customer, in the order of the wiring."""
    paths: tuple[str, ...] = wiring().CUSTOMER_PANELS
    panels: list[CustomerPanel] = [import_string(path) for path in paths]
    filled = (panel(customer_id=customer_id, principal=principal, language=language) for panel in panels)
    return [one for one in filled if one is not None]
