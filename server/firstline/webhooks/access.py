"""Who says which programs are told what."""

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_role
from firstline.accounts.principals import ADMIN, Principal
from firstline.errors import AccessDenied
from firstline.webhooks.models import Endpoint


def access_webhooks(request: HttpRequest) -> Principal:
    """Let administrators in."""
    return access_role(request, (ADMIN,))


def access_endpoint(principal: Principal, endpoint_id: UUID) -> Endpoint:
    """Give an endpoint to an administrator.

    Raises: AccessDenied.
    """
    found = Endpoint.objects.filter(id=endpoint_id).first() if principal.is_(ADMIN) else None
    if found is None:
        raise AccessDenied(_("There is no such address."))
    return found
