"""What somebody may do who speaks for a customer."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Scope = Literal["all", "reasons", "read"]
SCOPES: tuple[Scope, ...] = ("all", "reasons", "read")
# parent and guardian: of a child, by court; the others by the customer's own will.
KINDS = ("parent", "guardian", "power_of_attorney", "partner", "employee", "lawyer", "interpreter", "care", "other")
# Why not: the first reason that there is.
Objection = Literal["none", "revoked", "not-yet", "ended", "claimed", "read-only", "other-reason", "amount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """How far somebody may speak for somebody, in plain values."""

    is_proven: bool
    scope: Scope = "all"
    reasons: frozenset[str] = field(default_factory=frozenset)
    max_amount: Decimal | None = None
    from_on: date | None = None
    until_on: date | None = None
    is_revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is to be done: looked at, or changed for a reason; `amounts` are what it moves, where it moves money."""

    is_change: bool
    reason: str = ""
    amounts: Collection[Decimal] = ()
    # Whether the claim alone is not enough: it needs a level of verification, so it needs proof of the authority, too.
    needs_proof: bool = True


def is_in_force(mandate: Mandate, *, today: date) -> bool:
    """Tell whether it holds today, claimed or proven."""
    return _out_of_force(mandate, today) is None


def objection(mandate: Mandate | None, deed: Deed, *, today: date) -> Objection | None:
    """Say why this mandate doesn't cover a deed; None when it does.

    >>> objection(Mandate(is_proven=False), Deed(is_change=True), today=date(2026, 1, 1))
    'claimed'
    """
    if mandate is None:
        return "none" if deed.needs_proof else None
    if (over := _out_of_force(mandate, today)) is not None:
        return over
    if deed.needs_proof and not mandate.is_proven:
        return "claimed"
    if deed.is_change and mandate.scope == "read":
        return "read-only"
    if mandate.scope == "reasons" and deed.reason and deed.reason not in mandate.reasons:
        return "other-reason"
    if mandate.max_amount is not None and any(abs(amount) > mandate.max_amount for amount in deed.amounts):
        return "amount"
    return None


def _out_of_force(mandate: Mandate, today: date) -> Objection | None:
    if mandate.is_revoked:
        return "revoked"
    if mandate.from_on is not None and today < mandate.from_on:
        return "not-yet"
    return "ended" if mandate.until_on is not None and today > mandate.until_on else None
