"""Who may see which customers."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.customers.models import Customer
from firstline.errors import AccessDenied


def visible_customers(principal: Principal) -> "QuerySet[Customer]":
    """Limit customers to those of the brands that this member of staff works for."""
    if principal.kind == "process":
        return Customer.objects.all()
    if principal.kind != "staff":
        return Customer.objects.none()
    return Customer.objects.filter(brand__key__in=principal.brands)


def access_customer(principal: Principal, customer_id: UUID) -> Customer:
    """Give a customer to whoever may see them.

    Raises: AccessDenied.
    """
    found = visible_customers(principal).select_related("brand").filter(id=customer_id).first()
    if found is None:
        raise AccessDenied(_("There is no such customer, or you don't work for their brand."))
    return found
