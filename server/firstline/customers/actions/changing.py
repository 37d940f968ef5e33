"""What is known of a customer turns out to be otherwise."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.customers.actions.customers import NamelessCustomer, refresh_search_text
from firstline.customers.actions.duplicates import note_duplicates_of
from firstline.customers.models import Customer
from firstline.errors import Conflict

CHANGEABLE = frozenset({
    "salutation", "title", "given_name", "family_name", "organisation_name", "language", "preferred_channel", "needs",
    "street", "house_number", "extra_line", "postcode", "town", "region", "born_on",
})  # fmt: skip


class LivesOn(Conflict):
    """This customer was merged into another."""

    code = "merged"


def locked_customer(customer_id: UUID) -> Customer:
    """Give a customer to whoever is about to change them; who was merged lives on as another. Raises: LivesOn."""
    customer = Customer.objects.select_for_update(of=("self",)).select_related("brand").get(id=customer_id)
    if customer.merged_into_id is not None:
        raise LivesOn(
            _("This customer was merged into another. Change that one."), customer_id=str(customer.merged_into_id)
        )
    return customer


@transaction.atomic
def change_customer(*, customer_id: UUID, changes: Mapping[str, Any], principal: Principal) -> None:
    """Write down anew what is said here, of names, address, language and needs; the rest stays. What it was is in the trail.

    Raises: NamelessCustomer, LivesOn.
    """
    customer = locked_customer(customer_id)
    before = {name: getattr(customer, name) for name in changes if name in CHANGEABLE}
    after = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    for name in before:
        setattr(customer, name, after[name])
    if not (customer.family_name or customer.organisation_name):
        raise NamelessCustomer(_("Give a family name, or the name of an organisation."))
    if all(after[name] == value for name, value in before.items()):
        return
    customer.save(update_fields=list(before))
    refresh_search_text(customer)
    note_duplicates_of(customer)
    changed = [name for name, value in before.items() if after[name] != value]
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="customer.changed",
        about=customer.id,
        data={
            "before": {name: before[name] for name in changed},
            "after": {name: after[name] for name in changed},
        },
    )
