"""What relationships hear: after a contact or a case the stage may be another."""

from uuid import UUID

from firstline import clock
from firstline.cases.events import CaseClosed, CaseOpened
from firstline.cases.models import Case
from firstline.contacts.events import ContactFinished
from firstline.customers.adapters.brand_files import brands_with
from firstline.customers.models import Customer
from firstline.relationship import actions
from firstline.relationship.queries import DEFINITION


def on_contact_finished(event: ContactFinished) -> None:
    """Look at the stage of whoever made contact."""
    _look_at(event.customer_id)


def on_case(event: CaseOpened | CaseClosed) -> None:
    """Look at the stage of whose case it is."""
    if brands_with(DEFINITION):
        _look_at(Case.objects.values_list("customer_id", flat=True).get(id=event.case_id))


def _look_at(customer_id: UUID | None) -> None:
    if customer_id is None or not brands_with(DEFINITION):
        return
    brand = Customer.objects.values_list("brand__key", flat=True).get(id=customer_id)
    actions.follow_rule(customer_id=customer_id, brand=brand, now=clock.now())
