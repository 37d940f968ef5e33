"""Reads about staff, teams and brands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstline.accounts.models import ApiKey, Brand, Team, User
from firstline.accounts.rules import PREFIX_LENGTH
from firstline.errors import AccessDenied


def default_brand() -> Brand:
    """Give the oldest brand: the one that unmarked contacts belong to."""
    found = Brand.objects.order_by("created_at").first()
    return found or Brand.objects.get_or_create(key="main", defaults={"names": {"en": "Firstline"}})[0]


def names_of_staff(ids: set[UUID]) -> dict[UUID, str]:
    """Name the members of staff `ids`."""
    return dict(User.objects.filter(id__in=ids).values_list("id", "name"))


def team_names(language: str) -> dict[str, str]:
    """Name all teams, by key."""
    return {team.key: team.name(language) for team in Team.objects.all()}


def brand_names(language: str) -> dict[str, str]:
    """Name all brands, by key."""
    return {brand.key: brand.name(language) for brand in Brand.objects.order_by("created_at")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRow:
    id: UUID
    name: str
    # How the key begins.
    prefix: str
    scopes: Sequence[str]
    # As what, where and for whom its program works; empty when it only does jobs.
    roles: Sequence[str]
    teams: Sequence[str]
    brands: Sequence[str]
    made_at: datetime
    # "" = the command line.
    made_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str


def api_keys() -> list[ApiKeyRow]:
    """List the keys to the API, those in force first, newest on top; of the revoked ones the last hundred."""
    keys = ApiKey.objects.select_related("account").prefetch_related("account__brands", "account__teams")
    in_force = list(keys.filter(revoked_at=None).order_by("-made_at"))
    revoked = list(keys.exclude(revoked_at=None).order_by("-revoked_at")[:100])
    people = {one for key in in_force + revoked for one in (key.made_by, key.revoked_by) if one}
    names = names_of_staff(people)
    return [_key_row(key, names) for key in in_force + revoked]


def key_beginning(prefix: str) -> UUID:
    """Find the one key in force that begins so. Raises: AccessDenied."""
    found = list(ApiKey.objects.filter(revoked_at=None, prefix=prefix[:PREFIX_LENGTH])[:2])
    if len(prefix) < PREFIX_LENGTH or len(found) != 1:
        raise AccessDenied(f"No key in force begins with '{prefix}', or several do. The page of keys lists them.")
    return found[0].id


def _key_row(key: ApiKey, names: dict[UUID, str]) -> ApiKeyRow:
    account = key.account
    return ApiKeyRow(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
        roles=tuple(account.roles) if account else (),
        teams=tuple(sorted(one.key for one in account.teams.all())) if account else (),
        brands=tuple(sorted(one.key for one in account.brands.all())) if account else (),
        made_at=key.made_at,
        made_by=names.get(key.made_by, "") if key.made_by else "",
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        revoked_by=names.get(key.revoked_by, "") if key.revoked_by else "",
    )
