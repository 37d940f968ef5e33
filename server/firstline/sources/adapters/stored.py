"""The definitions that were written on screens."""

from django.db import transaction
from django.db.utils import DatabaseError

from firstline.sources.models import Definition


def newest() -> dict[str, Definition]:
    """Give the newest version of each, by source."""
    return {one.source: one for one in Definition.objects.order_by("source", "-number").distinct("source")}


def stamp() -> int | None:
    """Say how many versions there are: none is ever taken away, so a new one is noticed. None: nobody can tell now."""
    try:
        with transaction.atomic():
            return Definition.objects.count()
    except DatabaseError:
        return None  # before the tables are made, or while the database is away


def versions(source: str) -> list[Definition]:
    """List the versions of one, newest first."""
    return list(Definition.objects.filter(source=source).order_by("-number"))
