"""Who may see which contacts, and work on them."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline.accounts.principals import AGENT, BACK_OFFICE, LEAD, Principal
from firstline.contacts.models import Contact
from firstline.errors import AccessDenied, Forbidden

WORKING_ROLES = (AGENT, BACK_OFFICE, LEAD)


def visible_contacts(principal: Principal) -> "QuerySet[Contact]":
    """Limit contacts to the brands that this member of staff works for."""
    if principal.kind == "process":
        return Contact.objects.all()
    if principal.kind != "staff":
        return Contact.objects.none()
    return Contact.objects.filter(brand__key__in=principal.brands)


def access_contact(principal: Principal, contact_id: UUID) -> Contact:
    """Give a contact to whoever may see it.

    Raises: AccessDenied.
    """
    query = visible_contacts(principal).select_related("brand", "customer", "speaker", "agent")
    found = query.filter(id=contact_id).first()
    if found is None:
        raise AccessDenied(_("There is no such contact, or it belongs to a brand that you don't work for."))
    return found


def access_contact_work(principal: Principal, contact_id: UUID) -> Contact:
    """Give a contact to whoever may handle it.

    Raises: AccessDenied, Forbidden.
    """
    found = access_contact(principal, contact_id)
    if not principal.is_any(WORKING_ROLES):
        raise Forbidden(_("You may look at this contact, but not handle it."))
    return found
