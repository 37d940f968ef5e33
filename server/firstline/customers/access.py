"""Who may see which customers."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_one, access_role
from firstline.accounts.principals import ADMIN, AGENT, BACK_OFFICE, LEAD, Principal
from firstline.customers.models import (
    Customer,
    CustomerImport,
    Duplicate,
    HouseholdMember,
    Identifier,
    Merge,
    Relation,
)

# Who looks customers up, and who decides that two are one.
READERS = (AGENT, BACK_OFFICE, LEAD, ADMIN)
KEEPERS = (BACK_OFFICE, LEAD, ADMIN)
IMPORTERS = (LEAD, ADMIN)


def access_customers(request: HttpRequest) -> Principal:
    """Let those in who deal with customers."""
    return access_role(request, READERS)


def access_merging(request: HttpRequest) -> Principal:
    """Let those in who decide whether two customers are one."""
    return access_role(request, KEEPERS)


def access_importing(request: HttpRequest) -> Principal:
    """Let those in who take in other companies' customers."""
    return access_role(request, IMPORTERS)


def access_import(principal: Principal, import_id: UUID) -> CustomerImport:
    """Give an uploaded file of customers to whoever may take it in.

    Raises: AccessDenied.
    """
    theirs = CustomerImport.objects.select_related("brand", "file").filter(
        brand__key__in=principal.brands, file__isnull=False
    )
    refusal = _("There is no such file, or you don't work for its brand.")
    return access_one(theirs if principal.is_any(IMPORTERS) else theirs.none(), import_id, refusal=refusal)


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
    refusal = _("There is no such customer, or you don't work for their brand.")
    return access_one(visible_customers(principal).select_related("brand"), customer_id, refusal=refusal)


def access_duplicate(principal: Principal, duplicate_id: UUID) -> Duplicate:
    """Give two who may be one to whoever may see both.

    Raises: AccessDenied.
    """
    seen = visible_customers(principal)
    theirs = Duplicate.objects.select_related("left__brand", "right__brand").filter(left__in=seen, right__in=seen)
    refusal = _("There are no such two customers, or you don't work for their brand.")
    return access_one(theirs if principal.is_any(KEEPERS) else theirs.none(), duplicate_id, refusal=refusal)


def access_merge(principal: Principal, merge_id: UUID) -> Merge:
    """Give a merge to whoever may undo it.

    Raises: AccessDenied.
    """
    theirs = Merge.objects.filter(survivor__in=visible_customers(principal))
    refusal = _("There is no such merge, or you don't work for this brand.")
    return access_one(theirs if principal.is_any(KEEPERS) else theirs.none(), merge_id, refusal=refusal)


def access_identifier(principal: Principal, identifier_id: UUID) -> Identifier:
    """Give something that a customer is known by to whoever may see the customer.

    Raises: AccessDenied.
    """
    theirs = Identifier.objects.filter(customer__in=visible_customers(principal))
    refusal = _("There is no such address or number, or you don't work for this customer's brand.")
    return access_one(theirs if principal.is_any(READERS) else theirs.none(), identifier_id, refusal=refusal)


def access_relation(principal: Principal, relation_id: UUID) -> Relation:
    """Give a relation between two customers to whoever may see both.

    Raises: AccessDenied.
    """
    seen = visible_customers(principal)
    theirs = Relation.objects.select_related("one", "other").filter(one__in=seen, other__in=seen)
    refusal = _("There is no such relation, or you don't work for this brand.")
    return access_one(theirs if principal.is_any(READERS) else theirs.none(), relation_id, refusal=refusal)


def access_member(principal: Principal, member_id: UUID) -> HouseholdMember:
    """Give somebody's place in a household to whoever may see them.

    Raises: AccessDenied.
    """
    theirs = HouseholdMember.objects.filter(customer__in=visible_customers(principal))
    refusal = _("Nobody lives there under this entry, or you don't work for this brand.")
    return access_one(theirs if principal.is_any(READERS) else theirs.none(), member_id, refusal=refusal)
