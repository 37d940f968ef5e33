"""Who asks: a member of staff, a customer's link, an API client, or a process.

A program whose key opens what staff work with acts as a member of staff of its own: with roles, teams and brands, and what its
key opens on top.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from django.http import HttpRequest

if TYPE_CHECKING:
    from firstline.accounts.models import ApiKey, User

AGENT, BACK_OFFICE, LEAD, OWNER, ADMIN = "agent", "backoffice", "lead", "owner", "admin"
EVERY_ROLE = (AGENT, BACK_OFFICE, LEAD, OWNER, ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks, with all that rights depend on; plain values, so that rules stay pure."""

    kind: Literal["staff", "link", "client", "process", "nobody"]
    id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    # Set for a customer's link: the one case that it opens.
    case_id: UUID | None = None
    # Of a program: what its key opens.
    scopes: frozenset[str] = frozenset()

    def is_(self, role: str) -> bool:
        """Tell whether this is a member of staff with `role`."""
        return self.kind == "staff" and role in self.roles

    def is_any(self, roles: Iterable[str]) -> bool:
        """Tell whether this is a member of staff with one of `roles`."""
        return self.kind == "staff" and not self.roles.isdisjoint(roles)


NOBODY = Principal(kind="nobody")


def principal_for(user: "User") -> Principal:
    """Describe a member of staff."""
    return Principal(
        kind="staff",
        id=user.id,
        name=user.name,
        roles=frozenset(user.roles),
        teams=frozenset(user.teams.values_list("key", flat=True)),
        brands=frozenset(user.brands.values_list("key", flat=True)),
    )


def client_principal(key: "ApiKey") -> Principal:
    """Describe a program by its key to the API."""
    return Principal(kind="client", id=key.id, name=key.name, scopes=frozenset(key.scopes))


def program_principal(key: "ApiKey", account: "User") -> Principal:
    """Describe a program that acts for itself; its name says by which key."""
    return replace(principal_for(account), name=f"{key.name} ({key.prefix}…)", scopes=frozenset(key.scopes))


def process_principal() -> Principal:
    """Describe the engine at work, which acts for nobody in particular."""
    return Principal(kind="process", name="process")


def command_line_principal() -> Principal:
    """Describe whoever runs the command line: the machine's own administrator."""
    return Principal(kind="process", name="command line")


def link_principal(case_id: UUID) -> Principal:
    """Describe a customer who holds the signed link to one case."""
    return Principal(kind="link", case_id=case_id)


def principal_of(request: HttpRequest) -> Principal:
    """Say who sent `request`; read once per request."""
    known: Principal | None = getattr(request, "_principal", None)
    if known is None:
        user = getattr(request, "user", None)
        known = principal_for(user) if user is not None and user.is_authenticated else NOBODY
        request._principal = known  # type: ignore[attr-defined]  # noqa: SLF001 -- kept with the request
    return known
