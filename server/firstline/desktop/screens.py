"""What the desk's templates show: plain values, filled by `queries` from the capabilities below."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firstline.cases.web.guide import Guide
from firstline.identity.queries import AuthorityRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is on the line, as the bar and the customer's column name them."""

    id: UUID
    name: str
    number: str
    language: str
    # How a letter to them begins.
    salutation_line: str = ""
    needs: str = ""
    # What to keep to when dealing with them, in a few words each.
    wishes: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why somebody may be who is speaking: "phone 0170 ...", known before, verified or not."""

    kind: str
    shown: str
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody whom the caller may be."""

    customer_id: UUID
    name: str
    number: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The contact itself: its channel, times and state."""

    id: UUID
    number: str
    channel: str
    state: str
    language: str
    subject: str
    address: str
    speaker_name: str
    received_at: datetime
    answered_at: datetime | None = None
    held_at: datetime | None = None
    ended_at: datetime | None = None
    authority: str = "self"
    represented: str = ""
    # How sure it is who speaks: none, basic, strong; until when, and how they showed it.
    level: str = "none"
    verified_until: datetime | None = None
    verified_how: tuple[str, ...] = ()
    # Whether the policy leaves it to staff to say so.
    is_by_judgement: bool = True
    agent: str = ""
    is_mine: bool = True
    # Whether this person may handle contacts at all, or only look.
    may_work: bool = True

    @property
    def is_verified(self) -> bool:
        """Whether whoever speaks showed who they are."""
        return self.level != "none"

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to do here, for this person at least."""
        return self.is_finished or not self.may_work

    @property
    def is_with_colleague(self) -> bool:
        """Whether somebody else has taken it."""
        return bool(self.agent) and not self.is_mine and not self.is_finished

    @property
    def is_call(self) -> bool:
        """Whether somebody speaks on the phone, or did."""
        return self.channel == "phone"

    @property
    def is_live(self) -> bool:
        """Whether the caller is on the line now."""
        return self.is_call and self.answered_at is not None and self.ended_at is None

    @property
    def is_ringing(self) -> bool:
        """Whether the phone rings."""
        return self.state == "ringing"

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do here."""
        return self.state in {"finished", "missed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    text: str
    due_at: datetime
    is_missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case that is open: to be continued before anything new is begun."""

    id: UUID
    number: str
    reason: str
    step: str
    # "step 3 of 5", as the customer is told.
    standing: str
    step_since: datetime | None
    opened_at: datetime
    promise: Promise | None = None
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A reason that the customer's words point to."""

    reason_key: str
    label: str
    words: tuple[str, ...]
    has_procedure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonChoice:
    """A leaf of the reason taxonomy, as the picker lists it."""

    key: str
    label: str
    path: str
    has_procedure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a message; `tint` is the number of the reason that it belongs to, 0 for none."""

    text: str
    tint: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    url: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    direction: str
    author: str
    channel: str
    subject: str
    pieces: tuple[Piece, ...]
    at: datetime
    quoted: str = ""
    problems: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    is_of_this_contact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A ready paragraph for the answer, from the texts of a reason's procedure."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBox:
    to: str
    subject: str
    text: str
    language: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A case of this contact in the guide."""

    case_id: UUID
    number: str
    reason: str
    tint: int
    is_current: bool
    is_waiting: bool = False
    is_closed: bool = False
    has_missed_promise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TileSlot:
    """A place reserved for a tile until its source answers."""

    key: str
    title: str
    source: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFact:
    label: str
    value: str
    is_masked: bool = False
    # Where it leads, for a link.
    href: str = ""
    # It leads to a document that we hand out, and not elsewhere.
    is_document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One answer of a back-office system; state is loading, fresh, cached, late or failed, and it may be masked."""

    key: str
    title: str
    source: str
    state: str
    at: datetime | None = None
    facts: tuple[TileFact, ...] = ()
    # A list instead of facts: the columns' labels, and rows of cells.
    labels: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    # The points of a line above the rows.
    trend: str = ""
    message: str = ""
    is_masked: bool = False
    retry_url: str = ""
    reveal_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealRow:
    """Somebody looked at what is masked until a caller is verified."""

    id: UUID
    at: datetime
    who: str
    what: str
    customer_id: UUID
    customer: str
    contact_id: UUID
    contact_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    summary: str
    reasons: tuple[Tab, ...]
    promises: tuple[Promise, ...] = ()
    # What the procedure proposes to promise.
    proposed: Promise | None = None
    after_work_since: datetime | None = None
    # Why Finish isn't the next thing yet, in words.
    open_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    head: Head
    person: Person | None
    candidates: tuple[Candidate, ...]
    open_cases: tuple[OpenCase, ...]
    suggestions: tuple[Suggestion, ...]
    reasons: tuple[ReasonChoice, ...]
    messages: tuple[Message, ...]
    answer: AnswerBox | None
    tabs: tuple[Tab, ...]
    guide: Guide | None
    tiles: tuple[TileSlot, ...]
    wrap_up: WrapUp
    # What else the systems could be asked, and, while nobody is known, what may be said about oneself.
    more_tiles: tuple[TileSlot, ...] = ()
    said_fields: tuple[Mapping[str, object], ...] = ()
    case_shown: UUID | None = None
    # How to greet, in the customer's language, before anything is chosen.
    greeting: str = ""

    @property
    def to_continue(self) -> OpenCase | None:
        """The case that one keystroke goes on with."""
        return next((one for one in self.open_cases if not one.is_chosen), None)

    @property
    def primary(self) -> str:
        """What Ctrl+Enter does: one primary action at every moment."""
        if self.guide is not None and self.guide.is_walkable:
            return "next"
        if self.head.is_settled:
            return ""
        if not self.tabs and self.to_continue is not None:
            return "continue"
        if self.tabs:
            return "finish"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeaksFor:
    """Who may speak for whom in a contact, and what a new authority can be."""

    customer: str
    speaker: str
    is_for_other: bool
    authorities: tuple[AuthorityRow, ...]
    kinds: tuple[tuple[str, Any], ...]
    scopes: tuple[tuple[str, Any], ...]
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A contact that waits for somebody, or that this person has begun."""

    id: UUID
    channel: str
    who: str
    subject: str
    received_at: datetime
    is_mine: bool
    state: str
