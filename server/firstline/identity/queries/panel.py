"""What whoever verifies somebody is shown: where it stands, and which ways are open. Never an answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from firstline.accounts.models import Brand
from firstline.customers import rules as customer_rules
from firstline.customers.queries import same_as
from firstline.identity.access import standing_of, today_of
from firstline.identity.adapters.loaded import policy_of
from firstline.identity.models import Attempt, CodeSending, Lift, Party, Proof
from firstline.identity.queries.askable import askable, asked_in
from firstline.identity.queries.asking import current_question
from firstline.identity.queries.codes import addresses_for, open_sending, proven
from firstline.identity.queries.counting import clock_for
from firstline.identity.rules import words
from firstline.identity.rules.authority import is_in_force
from firstline.identity.rules.codes import masked
from firstline.identity.rules.levels import LEVELS, Level, highest, is_enough
from firstline.identity.rules.policy import Policy, Way
from firstline.identity.rules.standing import Shown, Standing
from firstline.sources.rules.tiles import in_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address or number of the speaker, as much of it as may be shown."""

    id: UUID
    kind: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it is asked, with how many are still to be answered right."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """One way that is open, with what it needs."""

    key: str
    label: Any
    level: Level
    question: Asked | None = None
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    level: Level
    until: datetime | None
    shown: tuple[Shown, ...]
    # What the reasons of this contact need.
    needed: Level
    ways: tuple[WayRow, ...]
    left: int
    locked_until: datetime | None
    # The code that is on its way or was sent, to be named now.
    sending: CodeSending | None = None
    sent_to: str = ""
    documents: dict[str, Any] = field(default_factory=dict)

    @property
    def is_enough(self) -> bool:
        """Whether nothing more is needed."""
        return is_enough(self.level, self.needed) and self.level != "none"


def panel_of(
    *,
    contact_id: UUID,
    speaker_id: UUID,
    brand: Brand,
    channel: str,
    reasons: Sequence[str],
    seen: Collection[str],
    language: str,
    now: datetime,
) -> Panel:
    """Show the ways that are open now for whoever speaks in a contact."""
    policy = policy_of(brand.key)
    standing = standing_of_speaker(contact_id, speaker_id)
    clock = clock_for(speaker_id, policy=policy, now=now)
    sending = open_sending(contact_id, speaker_id, policy=policy, now=now)
    known = askable(speaker_id, policy=policy, seen=seen) if clock.locked_until is None else {}
    question = _question(policy, known, contact_id, speaker_id, channel, language)
    level = standing.level(now)
    # What was reached already needs no other way.
    more = [one for one in policy.ways if one.fits(channel) and not is_enough(level, one.level)]
    ways = [_way(one, question, speaker_id, policy, now) for one in more]
    return Panel(
        level=level,
        until=standing.until(now),
        shown=standing.shown,
        needed=highest(policy.for_reason(key) for key in reasons),
        ways=tuple(_once(one for one in ways if _is_open(one, is_locked=clock.locked_until is not None))),
        left=clock.left,
        locked_until=clock.locked_until,
        sending=sending,
        sent_to=masked(sending.address) if sending else "",
        documents=dict(words.DOCUMENTS),
    )


def standing_of_speaker(contact_id: UUID, speaker_id: UUID) -> Standing:
    """Say what whoever speaks showed in this contact, for whomever they speak."""
    party = Party.objects.filter(contact_id=contact_id).first()
    return standing_of(contact_id=contact_id, customer_id=party.customer_id if party else speaker_id)


def _question(
    policy: Policy, known: dict[str, list[Any]], contact_id: UUID, speaker_id: UUID, channel: str, language: str
) -> Asked | None:
    key = current_question(policy, known, asked_in(contact_id, speaker_id), channel=channel, contact_id=contact_id)
    return Asked(key=key, text=in_language(policy.questions[key].ask, language)) if key else None


def _way(way: Way, question: Asked | None, speaker_id: UUID, policy: Policy, now: datetime) -> WayRow:
    addresses = {"code": lambda: addresses_for(speaker_id, policy=policy, now=now),
                 "callback": lambda: proven(speaker_id, kind=customer_rules.PHONE, now=now)}.get(way.key, list)()  # fmt: skip
    return WayRow(
        key=way.key,
        label=words.WAYS[way.key],
        level=way.level,
        question=question if way.key == "questions" else None,
        addresses=tuple(Address(id=one.id, kind=one.kind, shown=masked(one.value)) for one in addresses),
    )


def _is_open(row: WayRow, *, is_locked: bool) -> bool:
    """Leave out what can't be done now: no question left, no address, or locked."""
    if row.key == "questions":
        return row.question is not None
    if row.key in {"code", "callback"} and not row.addresses:
        return False
    return not is_locked or row.key in {"callback", "document", "letter"}


def _once(rows: Any) -> list[WayRow]:
    """Keep one row per way, with the highest level that it may reach."""
    best: dict[str, WayRow] = {}
    for row in rows:
        if row.key not in best or LEVELS.index(row.level) > LEVELS.index(best[row.key].level):
            best[row.key] = row
    return list(best.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow:
    """One thing that happened about somebody's identity."""

    at: datetime
    what: str
    way: Any
    detail: str
    by: str
    contact_id: UUID | None


def trail_of(customer_id: UUID, *, contact_id: UUID | None = None) -> list[TrailRow]:
    """List what was tried, sent, shown and lifted, youngest first; in one contact, or in all."""
    these = same_as(customer_id)
    where: dict[str, Any] = {"customer_id__in": these, **({"contact_id": contact_id} if contact_id else {})}
    rows = [
        TrailRow(
            at=one.at,
            what="shown",
            way=words.WAYS.get(one.way, one.way),
            detail=one.detail,
            by=one.by,
            contact_id=one.contact_id,
        )
        for one in Proof.objects.filter(**where).order_by("-at")[:50]
    ]
    rows += [
        TrailRow(
            at=one.at,
            what="right" if one.is_right else "wrong",
            way=words.WAYS.get(one.way, one.way),
            detail="",
            by="",
            contact_id=one.contact_id,
        )
        for one in Attempt.objects.filter(**where).order_by("-at")[:50]
    ]
    rows += [
        TrailRow(
            at=one.at,
            what="sent",
            way=words.WAYS["code"],
            detail=masked(one.address),
            by=one.by,
            contact_id=one.contact_id,
        )
        for one in CodeSending.objects.filter(**where).order_by("-at")[:50]
    ]
    if contact_id is None:
        rows += [
            TrailRow(at=one.at, what="lifted", way="", detail=one.reason, by=one.by, contact_id=None)
            for one in Lift.objects.filter(customer_id__in=these).order_by("-at")[:50]
        ]
    return sorted(rows, key=lambda one: one.at, reverse=True)[:50]


def addressee_of(contact_id: UUID, *, customer_id: UUID, brand: Brand, now: datetime) -> UUID:
    """Say to whom an answer about a customer goes: whoever speaks for them with a proven authority, else themselves."""
    standing = standing_of(contact_id=contact_id, customer_id=customer_id)
    if not standing.speaks_for_other or standing.speaker_id is None:
        return customer_id
    mandate = standing.mandate
    is_valid = mandate is not None and mandate.is_proven and is_in_force(mandate, today=today_of(brand, now))
    return standing.speaker_id if is_valid else customer_id
