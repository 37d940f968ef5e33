"""Who may come in at all; what they may see is each capability's own `access`."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts import rules
from firstline.accounts.models import ApiKey
from firstline.accounts.principals import ADMIN, Principal, client_principal, principal_of
from firstline.errors import FirstlineError, Forbidden


class WrongKey(FirstlineError):
    """No key to the API, or none that opens anything."""

    code = "wrong-key"
    status = 401


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


def access_client(request: HttpRequest) -> Principal:
    """Let a program in that shows a key to the API (`Authorization: Bearer KEY`).

    Raises: WrongKey.
    """
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise WrongKey("Send your key with the request: 'Authorization: Bearer KEY'. An administrator makes keys.")
    found = ApiKey.objects.filter(digest=rules.key_digest(key.strip()), revoked_at=None).first()
    if found is None:
        raise WrongKey("This key is unknown, or was revoked. Ask your administrator for another.")
    return client_principal(found)


def require_scope(principal: Principal, wanted: str) -> None:
    """Refuse a program whose key doesn't open this.

    Raises: Forbidden.
    """
    if principal.kind != "client" or not rules.is_allowed(principal.scopes, wanted):
        raise Forbidden(f"This key isn't for '{wanted}'. Ask your administrator for one that is.", scope=wanted)


def access_keys(request: HttpRequest) -> Principal:
    """Let administrators make and revoke keys to the API."""
    return access_role(request, (ADMIN,))
