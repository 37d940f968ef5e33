"""Reads: who is told what, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from firstline.webhooks.models import Endpoint, Notice

Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    id: UUID
    name: str
    url: str
    types: Sequence[str]
    brand: str
    made_at: datetime
    ended_at: datetime | None
    waiting: int
    dead: int


def endpoints() -> list[EndpointRow]:
    """List all endpoints, those in use first."""
    counted = Endpoint.objects.select_related("brand").annotate(
        waiting=Count("notices", filter=Q(notices__state=Notice.State.WAITING)),
        dead=Count("notices", filter=Q(notices__state=Notice.State.DEAD)),
    )
    return [
        EndpointRow(
            id=one.id,
            name=one.name,
            url=one.url,
            types=one.types,
            brand=one.brand.key if one.brand else "",
            made_at=one.made_at,
            ended_at=one.ended_at,
            waiting=one.waiting,
            dead=one.dead,
        )
        for one in sorted(counted, key=lambda one: (one.ended_at is not None, one.made_at))
    ]


def notices(*, endpoint_id: UUID, state: str = "", before: Key | None = None, limit: int) -> list[Notice]:
    """List what an endpoint was told, or is to be told, the newest first."""
    found = Notice.objects.filter(endpoint_id=endpoint_id)
    if state:
        found = found.filter(state=state)
    if before is not None:
        at, id_ = before
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=id_))
    return list(found.order_by("-at", "-id")[:limit])
