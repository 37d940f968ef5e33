"""Who may speak for whom, as screens want it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from firstline.customers.queries import cards, same_as
from firstline.identity.models import Authority
from firstline.identity.rules import words
from firstline.identity.rules.authority import is_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRow:
    """One authority in words."""

    id: UUID
    speaker_id: UUID
    speaker: str
    speaker_number: str
    customer_id: UUID
    customer: str
    customer_number: str
    kind: Any
    scope: Any
    reasons: tuple[str, ...]
    max_amount: Decimal | None
    from_on: date | None
    until_on: date | None
    is_proven: bool
    # Whether it holds today, claimed or proven.
    is_in_force: bool
    evidence: str
    proven_by: str
    proven_at: datetime | None
    noted_by: str
    noted_at: datetime
    revoked_at: datetime | None
    revoked_by: str
    revoked_because: str


def authorities_of(customer_id: UUID, *, today: date) -> list[AuthorityRow]:
    """List who speaks for a customer, and whoever was merged into them; those in force first."""
    return _rows(Authority.objects.filter(customer_id__in=same_as(customer_id)), today)


def spoken_for_by(speaker_id: UUID, *, today: date) -> list[AuthorityRow]:
    """List for whom somebody speaks; those in force first."""
    return _rows(Authority.objects.filter(speaker_id__in=same_as(speaker_id)), today)


def _rows(found: Any, today: date) -> list[AuthorityRow]:
    authorities: list[Authority] = list(found.order_by("-noted_at", "-id")[:50])
    who = (
        cards([one.speaker_id for one in authorities] + [one.customer_id for one in authorities]) if authorities else {}
    )
    rows = [
        AuthorityRow(
            id=one.id,
            speaker_id=who[one.speaker_id].id,
            speaker=who[one.speaker_id].name,
            speaker_number=who[one.speaker_id].number,
            customer_id=who[one.customer_id].id,
            customer=who[one.customer_id].name,
            customer_number=who[one.customer_id].number,
            kind=words.KINDS.get(one.kind, one.kind),
            scope=words.SCOPES.get(one.scope, one.scope),
            reasons=tuple(one.reasons),
            max_amount=one.max_amount,
            from_on=one.from_on,
            until_on=one.until_on,
            is_proven=one.state == Authority.State.PROVEN,
            is_in_force=is_in_force(one.mandate, today=today),
            evidence=one.evidence,
            proven_by=one.proven_by,
            proven_at=one.proven_at,
            noted_by=one.noted_by,
            noted_at=one.noted_at,
            revoked_at=one.revoked_at,
            revoked_by=one.revoked_by,
            revoked_because=one.revoked_because,
        )
        for one in authorities
    ]
    return sorted(rows, key=lambda one: (not one.is_in_force, not one.is_proven))
