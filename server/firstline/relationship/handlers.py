"""What relationships hear: after a contact or a case the stage may be another."""

from datetime import timedelta
from uuid import UUID

from firstline import clock
from firstline.cases.events import CaseClosed, CaseOpened
from firstline.cases.models import Case
from firstline.contacts.events import ContactFinished
from firstline.customers.adapters.brand_files import brands_with
from firstline.customers.models import Customer
from firstline.outbox.ports import Delivery, TryAgain
from firstline.relationship import actions, sweeping
from firstline.relationship.queries import DEFINITION

# How many customers' stages are looked at in one go.
AT_ONCE = 100


def on_contact_finished(event: ContactFinished) -> None:
    """Look at the stage of whoever made contact."""
    _look_at(event.customer_id)


def on_case(event: CaseOpened | CaseClosed) -> None:
    """Look at the stage of whose case it is."""
    if brands_with(DEFINITION):
        _look_at(Case.objects.values_list("customer_id", flat=True).get(id=event.case_id))


def sweep(delivery: Delivery) -> None:
    """Go on with a sweep through the stages. Raises: TryAgain while there is more."""
    if not sweeping.sweep_some(UUID(delivery.payload["sweep_id"]), limit=AT_ONCE):
        raise TryAgain("There are more stages to look at.", timedelta())


def _look_at(customer_id: UUID | None) -> None:
    if customer_id is None or not brands_with(DEFINITION):
        return
    brand = Customer.objects.values_list("brand__key", flat=True).get(id=customer_id)
    actions.follow_rule(customer_id=customer_id, brand=brand, now=clock.now())
