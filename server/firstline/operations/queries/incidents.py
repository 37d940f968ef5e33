"""Open incidents, grouped by what they have in common; no list counts or sorts all there are."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from firstline.accounts.principals import Principal
from firstline.operations.access import visible_incidents
from firstline.operations.models import Batch, BatchItem
from firstline.operations.queries.instances import case_numbers
from firstline.operations.queries.versions import COUNTED, Count, element_names
from firstline.processes.models import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What incidents have in common: where they stopped, why, and the message but for its numbers."""

    process_id: str
    element_id: str
    kind: str
    likeness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    of: Likeness
    name: str
    # Of the oldest.
    message: str
    since: datetime
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    id: UUID
    instance_id: UUID
    business_id: UUID | None
    case_number: str
    name: str
    message: str
    raised_at: datetime
    failed_again_at: datetime | None


# From group to group along the index: what a group holds is never walked through.
_GROUPS = """
WITH RECURSIVE alike AS (
    (SELECT process_id, element_id, kind, likeness FROM processes_incident
     WHERE resolved_at IS NULL AND (process_id, element_id, kind, likeness) > (%(process_id)s, %(element_id)s, %(kind)s, %(likeness)s)
     ORDER BY process_id, element_id, kind, likeness LIMIT 1)
    UNION ALL
    SELECT following.* FROM alike, LATERAL (
        SELECT process_id, element_id, kind, likeness FROM processes_incident i
        WHERE resolved_at IS NULL
          AND (i.process_id, i.element_id, i.kind, i.likeness) > (alike.process_id, alike.element_id, alike.kind, alike.likeness)
        ORDER BY process_id, element_id, kind, likeness LIMIT 1
    ) AS following
)
SELECT * FROM alike LIMIT %(limit)s
"""


def groups(
    *, principal: Principal, process_id: str = "", after: Likeness | None = None, limit: int
) -> tuple[list[Group], Likeness | None]:
    """List groups of open incidents by process and element, and say where the next page begins; None = nowhere."""
    after = after or Likeness(process_id=process_id, element_id="", kind="", likeness="")
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, {name: getattr(after, name) for name in _NAMES} | {"limit": limit + 1})
        found = [Likeness(**dict(zip(_NAMES, row, strict=True))) for row in cursor.fetchall()]
    if process_id:
        found = [one for one in found if one.process_id == process_id]
    shown = [group for one in found[:limit] if (group := _group(principal, one)) is not None]
    return shown, found[limit - 1] if len(found) > limit else None


_NOBODY = UUID(int=0)
_NAMES = ("process_id", "element_id", "kind", "likeness")


def _group(principal: Principal, of: Likeness) -> Group | None:
    """Describe a group as far as this principal may see it; None = not at all."""
    visible = alike(principal, of)
    oldest = visible.order_by("id").first()
    if oldest is None:
        return None
    return Group(
        of=of,
        name=name_of(oldest),
        message=oldest.message,
        since=oldest.raised_at,
        count=Count(number=visible[: COUNTED + 1].count()),
    )


def alike(principal: Principal, of: Likeness) -> QuerySet[Incident]:
    """Give the open incidents of a group."""
    return visible_incidents(principal).filter(resolved_at=None, **{name: getattr(of, name) for name in _NAMES})


def page_of_alike(*, principal: Principal, of: Likeness, after: UUID | None, limit: int) -> list[IncidentRow]:
    """List the open incidents of a group, the oldest first."""
    found = alike(principal, of)
    if after is not None:
        found = found.filter(id__gt=after)
    rows = list(found.order_by("id")[:limit])
    numbers = case_numbers((one.business_id for one in rows), principal)
    return [
        IncidentRow(
            id=one.id,
            instance_id=one.instance_id,
            business_id=one.business_id,
            case_number=numbers.get(one.business_id, "") if one.business_id else "",
            name=name_of(one),
            message=one.message,
            raised_at=one.raised_at,
            failed_again_at=one.failed_again_at,
        )
        for one in rows
    ]


def name_of(incident: Incident) -> str:
    """Name the element at which an instance stopped."""
    if not incident.element_id or incident.deployment_id is None:
        return incident.element_id
    names = element_names(incident.deployment_id, incident.process_id)
    return names.get(incident.element_id, incident.element_id)


# --- batches ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many incidents of a batch are in which state."""

    waiting: int = 0
    under_way: int = 0
    succeeded: int = 0
    failed: int = 0
    gone: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.under_way + self.settled

    @property
    def settled(self) -> int:
        """How many have their result."""
        return self.succeeded + self.failed + self.gone


def progress_of(batch_id: UUID) -> Progress:
    """Count what came of a batch; it is bounded."""
    states = BatchItem.objects.filter(batch_id=batch_id).values_list("state", flat=True)
    return Progress(**Counter(states))


def items_of(*, batch_id: UUID, state: str, after: UUID | None, limit: int) -> list[BatchItem]:
    """List the incidents of a batch in a state ("" = any)."""
    found = BatchItem.objects.filter(batch_id=batch_id)
    if state:
        found = found.filter(state=state)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id")[:limit])


def last_batches(principal: Principal, *, limit: int = 10) -> list[Batch]:
    """List the batches that somebody started, the newest first."""
    return list(Batch.objects.filter(started_by=principal.id or _NOBODY).order_by("-id")[:limit])
