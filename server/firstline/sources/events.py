"""What others may want to know about commands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandConfirmed:
    """A change was seen in its source."""

    command_id: UUID
    case_id: UUID | None
    source: str
    command: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandWaiting:
    """A source is down or busy; the change is tried again at `next_attempt_at`."""

    command_id: UUID
    case_id: UUID | None
    source: str
    command: str
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStopped:
    """A change can't be carried out: `reason` is conflict or refused."""

    command_id: UUID
    case_id: UUID | None
    source: str
    command: str
    reason: str
    message: str
