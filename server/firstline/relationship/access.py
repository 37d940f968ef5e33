"""Who may set a stage by hand, and who sees how everything is defined."""

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_role
from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.customers.access import KEEPERS, access_customer
from firstline.customers.models import Customer
from firstline.errors import Forbidden


def access_stage(principal: Principal, customer_id: UUID) -> Customer:
    """Give a customer to whoever may set their stage by hand.

    Raises: AccessDenied, Forbidden.
    """
    found = access_customer(principal, customer_id)
    if not principal.is_any(KEEPERS):
        raise Forbidden(_("Only the back office, team leads and administrators set a stage by hand. Tell one of them."))
    return found


def access_definitions(request: HttpRequest) -> Principal:
    """Let those in who answer for how stages and figures come about."""
    return access_role(request, (LEAD, ADMIN))
