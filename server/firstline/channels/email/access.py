"""Who may see mail that couldn't be understood: it belongs to nobody yet, so only those who answer for all of it."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.channels.email.models import RawMessage
from firstline.errors import AccessDenied, Forbidden


def visible_quarantine(principal: Principal) -> "QuerySet[RawMessage]":
    """Limit quarantined mail to team leads and administrators, and to the mailboxes of their brands, where that is known.

    Raises: Forbidden.
    """
    if not principal.is_any((LEAD, ADMIN)):
        raise Forbidden(_("Mail that couldn't be read is for team leads and administrators. Ask your team lead."))
    brands = ["", *principal.brands]
    return RawMessage.objects.filter(state=RawMessage.State.QUARANTINED, brand_key__in=brands)


def access_quarantined(principal: Principal, message_id: UUID) -> RawMessage:
    """Give a quarantined message to whoever may see it.

    Raises: AccessDenied, Forbidden.
    """
    found = visible_quarantine(principal).select_related("raw_file").filter(id=message_id).first()
    if found is None:
        raise AccessDenied(_("This message isn't in quarantine any more. Look at the list again."))
    return found
