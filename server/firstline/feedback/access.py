"""Who sees what customers say about how they were served."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from firstline.accounts.access import access_role
from firstline.accounts.principals import ADMIN, LEAD, OWNER, Principal
from firstline.customers.access import READERS, access_customer, visible_customers
from firstline.customers.models import Customer
from firstline.feedback.models import Satisfaction


def access_figures(request: HttpRequest) -> Principal:
    """Let those in who answer for how customers are served."""
    return access_role(request, (LEAD, OWNER, ADMIN))


def access_noting(request: HttpRequest, customer_id: UUID) -> tuple[Principal, Customer]:
    """Give a customer to whoever may note what they say.

    Raises: AccessDenied, Forbidden.
    """
    principal = access_role(request, READERS)
    return principal, access_customer(principal, customer_id)


def visible_satisfaction(principal: Principal) -> "QuerySet[Satisfaction]":
    """Limit answers to those of customers whom somebody may see."""
    return Satisfaction.objects.filter(customer__in=visible_customers(principal))
