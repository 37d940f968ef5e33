"""What a deliverer gets, and what it may say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
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


class Deliver(Protocol):
    """Carries an effect out; True = it has noted that itself, in the transaction of what follows from it."""

    def __call__(self, delivery: Delivery, /) -> bool | None: ...


class DeliverTogether(Protocol):
    """Carries out what it can of several effects at once; returns, by id, how those are delivered then.

    Before it begins one it asks `is_mine`: what had to wait for too long was given to another worker. What it doesn't begin is
    delivered by itself.
    """

    def __call__(
        self, deliveries: Sequence[Delivery], is_mine: Callable[[Delivery], bool], /
    ) -> Mapping[UUID, Deliver]: ...


class TryAgain(Exception):
    """Not now: the other side is down or busy. `after` None means: as the back-off says."""

    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class GiveUp(Exception):
    """Never: trying again can't help; the message says what a person should do."""
