"""Reads of instances: what they are, where they stand, what they passed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from firstline.processes.models import (
    Deployment,
    ElementInstance,
    Incident,
    Instance,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRow:
    id: UUID
    process_id: str
    release_id: str
    business_id: UUID | None
    caller_id: UUID | None
    # "" = running; completed, terminated, cancelled, error.
    outcome: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveElement:
    """Where a token is: what a diagram marks."""

    element_instance_id: UUID
    element_id: str
    since: datetime
    has_incident: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementTimes:
    """When an element was passed: how often it was entered, first when, last left when (None = it never was)."""

    element_id: str
    entered: int
    first_entered_at: datetime
    last_left_at: datetime | None
    # Of all that have left, together.
    seconds: float


def instance(instance_id: UUID) -> InstanceRow | None:
    """Describe an instance."""
    found = Instance.objects.select_related("deployment").filter(id=instance_id).first()
    return _instance_row(found) if found else None


def instances_of(business_id: UUID) -> list[InstanceRow]:
    """List the instances of a case, called ones too, oldest first."""
    found = Instance.objects.select_related("deployment").filter(business_id=business_id).order_by("id")
    return [_instance_row(one) for one in found]


def is_suspended(instance_id: UUID) -> bool:
    """Tell whether nothing happens to an instance but what operators do."""
    return Instance.objects.filter(id=instance_id).exclude(suspended_at=None).exists()


def model_xml(instance_id: UUID) -> str:
    """Read the model that an instance runs, for its diagram."""
    found: str = Instance.objects.values_list("deployment__xml", flat=True).get(id=instance_id)
    return found


def active_elements(instance_id: UUID) -> list[ActiveElement]:
    """Say where the tokens of an instance are, those in subprocesses and of the subprocesses themselves too."""
    found = ElementInstance.objects.filter(instance_id=instance_id).exclude(scope_id=None).order_by("id")
    waiting = [
        ActiveElement(
            element_instance_id=one.id,
            element_id=one.element_id,
            since=one.entered_at,
            has_incident=one.incident_id is not None,
        )
        for one in found
    ]
    held = Incident.objects.filter(instance_id=instance_id, resolved_at=None, stage="held").values_list(
        "element_id", flat=True
    )
    return waiting if not held else [_marked(one, frozenset(held)) for one in waiting]


def _marked(element: ActiveElement, held: frozenset[str]) -> ActiveElement:
    return ActiveElement(
        element_instance_id=element.element_instance_id,
        element_id=element.element_id,
        since=element.since,
        has_incident=element.has_incident or element.element_id in held,
    )


def element_times(instance_id: UUID) -> list[ElementTimes]:
    """Say which elements an instance passed and how long that took, in the order in which they were first entered."""
    with connection.cursor() as cursor:
        cursor.execute(_ELEMENT_TIMES, {"instance_id": instance_id})
        return [
            ElementTimes(
                element_id=row[0], entered=row[1], first_entered_at=row[2], last_left_at=row[3], seconds=float(row[4])
            )
            for row in cursor.fetchall()
        ]


_ELEMENT_TIMES = """
SELECT i.element_id, count(*), min(i.at), max(o.at), coalesce(sum(extract(epoch FROM o.at - i.at)), 0)
FROM processes_fact i
LEFT JOIN processes_fact o
    ON o.instance_id = i.instance_id AND o.kind IN ('ElementLeft', 'ElementCancelled') AND o.data ->> 'id' = i.data ->> 'id'
WHERE i.instance_id = %(instance_id)s AND i.kind IN ('ElementEntered', 'TokensJoined')
GROUP BY i.element_id
ORDER BY min(i.sequence)
"""


def _instance_row(one: Instance) -> InstanceRow:
    return InstanceRow(
        id=one.id,
        process_id=one.process_id,
        release_id=one.deployment.release_id,
        business_id=one.business_id,
        caller_id=one.caller_id,
        outcome=one.outcome,
        started_at=one.started_at,
        ended_at=one.ended_at,
    )


def deployment_of(release_id: str) -> UUID | None:
    """Find the deployment of a release's processes."""
    found: UUID | None = Deployment.objects.filter(release_id=release_id).values_list("id", flat=True).first()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A running instance that none of the same deployment called."""

    id: UUID
    process_id: str
    business_id: UUID | None


def running_roots(deployment_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> list[Root]:
    """List the roots of a deployment by process and id, from behind one on."""
    caller = Instance.objects.filter(id=OuterRef("caller_id"), deployment_id=deployment_id, outcome="")
    found = Instance.objects.filter(~Exists(caller), deployment_id=deployment_id, outcome="")
    if after is not None:
        process_id, last = after
        # The first condition is the index's, the second leaves out what was there before.
        found = found.filter(process_id__gte=process_id).exclude(process_id=process_id, id__lte=last)
    rows = found.order_by("process_id", "id").values_list("id", "process_id", "business_id")[:limit]
    return [Root(id=id_, process_id=process_id, business_id=business_id) for id_, process_id, business_id in rows]
