"""What the page and the timeline of a customer ask of the capabilities above."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from firstline.accounts.principals import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of the page that somebody else fills: a template, and what it shows."""

    template: str
    context: Mapping[str, Any]


class CustomerPanel(Protocol):
    """Fills a part of the page; the wiring (CUSTOMER_PANELS) says who does. The customer may be seen by `principal`."""

    def __call__(self, *, customer_id: UUID, principal: Principal, language: str) -> Panel | None:
        """Give the part for one customer, None when there is nothing to show."""


# --- the timeline ------------------------------------------------------------------------------------------------

Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened with a customer: what, in words, how it stands, and where it leads."""

    id: UUID
    at: datetime
    icon: str
    text: str
    detail: str = ""
    # How it came out; `tone` is good, warn, bad or nothing, and says no more than the words.
    state: str = ""
    tone: str = ""
    amount: str = ""
    url: str = ""
    # Whether only the day is known.
    is_day: bool = False

    @property
    def place(self) -> Place:
        """Where it stands in the timeline."""
        return self.at, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineWanted:
    """Which entries: of all who are this customer, from a place on, newest first, no more than `limit`.

    Without `may_wait` what isn't here already is left out and said to be on its way.
    """

    customer_id: UUID
    customer_ids: tuple[UUID, ...]
    principal: Principal
    language: str
    before: Place | None
    limit: int
    may_wait: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePart:
    """The entries of one kind, newest first; what is to be said about it, and whether more may be there when one waits."""

    entries: Sequence[TimelineEntry] = ()
    sentence: str = ""
    is_pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineKind:
    """One kind of entries. `hint` names what screens are told of when there is something new."""

    key: str
    label: Any
    icon: str
    read: Callable[[TimelineWanted], TimelinePart]
    hint: str = ""


class TimelineKinds(Protocol):
    """Gives the kinds of a capability, of which this member of staff may see the entries; TIMELINE in the wiring lists who does."""

    def __call__(self, *, principal: Principal, language: str) -> Iterable[TimelineKind]:
        """Give the kinds, in the order in which they are offered."""
