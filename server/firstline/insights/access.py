"""Who may see the numbers, and about which brands."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from firstline.accounts.access import access_role
from firstline.accounts.models import Brand
from firstline.accounts.principals import ADMIN, LEAD, OWNER, Principal

ROLES = (LEAD, OWNER, ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose numbers somebody may see: those of the brands that they work for."""

    principal: Principal
    brands: tuple[UUID, ...]


def access_numbers(request: HttpRequest) -> Scope:
    """Let team leads, process owners and administrators in, each to the numbers of their brands.

    Raises: Forbidden.
    """
    principal = access_role(request, ROLES)
    brands = Brand.objects.filter(key__in=principal.brands).order_by("created_at").values_list("id", flat=True)
    return Scope(principal=principal, brands=tuple(brands))
