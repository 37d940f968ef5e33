"""What a deliverer gets, and what it may say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt at carrying out an effect; it may be the second time that it succeeds, so use `key`."""

    id: UUID
    key: str
    payload: dict[str, Any]
    about: UUID | None
    attempt: int
    now: datetime


class TryAgain(Exception):
    """Not now: the other side is down or busy. `after` None means: as the back-off says."""

    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class GiveUp(Exception):
    """Never: trying again can't help; the message says what a person should do."""
