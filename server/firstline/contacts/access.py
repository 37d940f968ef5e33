"""Who may see which contacts, and work on them."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline.accounts.principals import ADMIN, AGENT, BACK_OFFICE, LEAD, Principal
from firstline.contacts.models import Attachment, Contact, Message
from firstline.errors import AccessDenied, Forbidden
from firstline.files.models import StoredFile

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


def access_contact_attachment(principal: Principal, contact_id: UUID, attachment_id: UUID) -> Attachment:
    """Give a file of a contact to whoever may see the contact.

    Raises: AccessDenied.
    """
    contact = access_contact(principal, contact_id)
    found = Attachment.objects.select_related("file").filter(message__contact=contact, id=attachment_id).first()
    if found is None:
        raise AccessDenied(_("This contact has no such attachment."))
    return found


def access_contact_raw(principal: Principal, contact_id: UUID, message_id: UUID) -> StoredFile:
    """Give a message as it arrived, with all its headers, to team leads and administrators.

    Raises: AccessDenied, Forbidden.
    """
    contact = access_contact(principal, contact_id)
    if not principal.is_any((LEAD, ADMIN)):
        raise Forbidden(_("Only team leads and administrators see a message as it arrived. Ask your team lead."))
    found = Message.objects.select_related("raw_file").filter(contact=contact, id=message_id).first()
    if found is None or found.raw_file is None:
        raise AccessDenied(_("No original is kept for this message."))
    return found.raw_file
