"""What happens to cases, for whoever wants to know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    case_id: UUID
    contact_id: UUID | None
    reason_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    case_id: UUID
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade:
    case_id: UUID
    promise_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged:
    """A step, a promise or a write moved on: whoever shows the case looks again."""

    case_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBegun:
    """Somebody set to work on a step, away from any contact."""

    case_id: UUID
    task_id: UUID
    user_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLeft:
    """Whoever was at work on a step isn't any more: done, parked or given back."""

    case_id: UUID
    task_id: UUID
    user_id: UUID
    # When the answers were last changed: nobody may have been there since.
    last_touched_at: datetime
    at: datetime
