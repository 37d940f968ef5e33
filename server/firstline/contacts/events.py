"""What happens to contacts, for whoever wants to know."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOpened:
    contact_id: UUID
    channel: str
    agent_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged:
    """Its call, customer, reasons or messages moved on: whoever shows it looks again."""

    contact_id: UUID
    agent_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonAdded:
    contact_id: UUID
    case_id: UUID
    reason_key: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFinished:
    contact_id: UUID
    customer_id: UUID | None
    case_ids: tuple[UUID, ...]
