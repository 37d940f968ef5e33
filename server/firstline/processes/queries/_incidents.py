"""Reads of incidents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from firstline.processes.models import (
    Incident,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    kind: str
    message: str
    raised_at: datetime
    failed_again_at: datetime | None
    resolved_at: datetime | None
    resolution: str


def open_incidents(
    *, instance_id: UUID | None = None, business_ids: Iterable[UUID] | None = None, limit: int = 500
) -> list[IncidentRow]:
    """List open incidents that fit every argument given, oldest first."""
    return incidents(instance_id=instance_id, business_ids=business_ids, only=Q(resolved_at=None), limit=limit)


def incidents(
    *,
    instance_id: UUID | None = None,
    business_ids: Iterable[UUID] | None = None,
    only: Q | None = None,
    limit: int = 500,
) -> list[IncidentRow]:
    """List incidents, resolved ones too, oldest first."""
    found = Incident.objects.filter(only or Q())
    if instance_id is not None:
        found = found.filter(instance_id=instance_id)
    if business_ids is not None:
        found = found.filter(business_id__in=list(business_ids))
    return [
        IncidentRow(
            id=one.id,
            instance_id=one.instance_id,
            business_id=one.business_id,
            element_id=one.element_id,
            kind=one.kind,
            message=one.message,
            raised_at=one.raised_at,
            failed_again_at=one.failed_again_at,
            resolved_at=one.resolved_at,
            resolution=one.resolution,
        )
        for one in found.order_by("id")[:limit]
    ]
