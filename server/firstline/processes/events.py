"""What the engine tells the house, inside the transaction of the step."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated:
    task_id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    name: str
    form_id: str
    # A person's id as text, or what the model says; "" = nobody yet.
    assignee: str
    candidate_groups: tuple[str, ...]
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned:
    task_id: UUID
    instance_id: UUID
    business_id: UUID | None
    # "" = given back.
    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted:
    task_id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    completed_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled:
    task_id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceEnded:
    instance_id: UUID
    business_id: UUID | None
    # completed, terminated, cancelled, or error.
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRaised:
    incident_id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved:
    incident_id: UUID
    instance_id: UUID
    business_id: UUID | None
    element_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceMigrated:
    """An instance runs the process of another release from here on."""

    instance_id: UUID
    business_id: UUID | None
    from_release_id: str
    release_id: str
