"""Who may come in at all; what they may see is each capability's own `access`."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal, principal_of
from firstline.errors import Forbidden


def access_staff(request: HttpRequest) -> Principal:
    """Let any member of staff in."""
    principal = principal_of(request)
    if principal.kind != "staff":
        raise Forbidden(_("Log in to see this page."))
    return principal


def access_role(request: HttpRequest, roles: Iterable[str]) -> Principal:
    """Let members of staff with one of `roles` in."""
    principal = access_staff(request)
    if not principal.is_any(roles):
        raise Forbidden(_("This page is for other roles. Ask your administrator if you need it."))
    return principal
