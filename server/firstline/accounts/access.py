"""Who may come in at all; what they may see is each capability's own `access`."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts import rules
from firstline.accounts.models import ApiKey, Brand
from firstline.accounts.principals import ADMIN, Principal, client_principal, principal_of, program_principal
from firstline.errors import AccessDenied, FirstlineError, Forbidden


class WrongKey(FirstlineError):
    """No key to the API, or none that opens anything."""

    code = "wrong-key"
    status = 401


class WhichBrand(FirstlineError):
    """Something is to be made, and it isn't clear for which brand."""

    code = "which-brand"
    status = 422


_Row = TypeVar("_Row", bound=Model)


def access_one(visible: QuerySet[_Row], id_: UUID, *, refusal: str) -> _Row:
    """Give the one of this id of those that somebody may see.

    Raises: AccessDenied, which says `refusal`: whether it isn't there or isn't theirs is nobody's business.
    """
    found = visible.filter(id=id_).first()
    if found is None:
        raise AccessDenied(refusal)
    return found


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
    return client_principal(_shown_key(request))


def access_program(request: HttpRequest, wanted: str) -> tuple[Principal, ApiKey]:
    """Let a program in that works like a member of staff, for what its key opens; from then on the request is its.

    Raises: WrongKey, Forbidden.
    """
    key = _shown_key(request)
    if not rules.is_allowed(key.scopes, wanted):
        raise _not_for(wanted)
    if key.account is None or not key.account.is_active:
        raise Forbidden("This key's program has no account any more. Ask your administrator for another key.")
    principal = program_principal(key, key.account)
    request._principal = principal  # type: ignore[attr-defined]  # noqa: SLF001 -- what principal_of reads
    return principal, key


def _shown_key(request: HttpRequest) -> ApiKey:
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise WrongKey("Send your key with the request: 'Authorization: Bearer KEY'. An administrator makes keys.")
    keys = ApiKey.objects.select_related("account")
    found = keys.filter(digest=rules.key_digest(key.strip()), revoked_at=None).first()
    if found is None:
        raise WrongKey("This key is unknown, or was revoked. Ask your administrator for another.")
    return found


def _not_for(wanted: str) -> Forbidden:
    return Forbidden(f"This key isn't for '{wanted}'. Ask your administrator for one that is.", scope=wanted)


def require_scope(principal: Principal, wanted: str) -> None:
    """Refuse a program whose key doesn't open this.

    Raises: Forbidden.
    """
    if principal.kind != "client" or not rules.is_allowed(principal.scopes, wanted):
        raise _not_for(wanted)


def access_brand(principal: Principal, key: str | None) -> Brand:
    """Give one of the brands that somebody works for; the only one needs no name. Raises: AccessDenied, WhichBrand."""
    if key is None and len(principal.brands) != 1:
        raise WhichBrand(f"Say for which brand: {', '.join(sorted(principal.brands)) or 'you work for none'}.")
    found = Brand.objects.filter(key__in=principal.brands, key=key or next(iter(principal.brands))).first()
    if found is None:
        raise AccessDenied(_("There is no such brand, or you don't work for it."), code="unknown-brand")
    return found


def access_keys(request: HttpRequest) -> Principal:
    """Let administrators make and revoke keys to the API."""
    return access_role(request, (ADMIN,))
