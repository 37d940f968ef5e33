"""Reads about staff, teams and brands."""

from uuid import UUID

from firstline.accounts.models import Brand, Team, User


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
