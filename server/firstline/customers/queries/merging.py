"""The duplicates to be looked at, both sides of one, and the merges that were made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from firstline.accounts.principals import Principal
from firstline.customers.access import visible_customers
from firstline.customers.models import Customer, Duplicate, Identifier, Merge

MAX_OPEN = 500
_COMPARED = ("number", "name", "kind", "salutation", "language", "address", "born_on", "needs")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRow:
    """Two who may be one, on the list."""

    id: UUID
    left: str
    right: str
    left_number: str
    right_number: str
    probability: float
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two customers as they stand beside each other."""

    id: UUID
    name: str
    values: Mapping[str, Any]
    identifiers: tuple[Identifier, ...]
    # How many rows of each other table refer to them: `app.model` -> number.
    references: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRow:
    """A merge that was made, and perhaps undone."""

    id: UUID
    survivor_id: UUID
    survivor: str
    merged_id: UUID
    merged: str
    reason: str
    at: datetime
    by: str
    undone_at: datetime | None
    undone_by: str
    undo_reason: str


def open_duplicates(principal: Principal) -> list[DuplicateRow]:
    """List who may be in twice, the surest first; pairs of which one lives on as somebody else are left out."""
    found = (
        Duplicate.objects.filter(
            state=Duplicate.State.OPEN,
            left__merged_into=None,
            right__merged_into=None,
            left__in=visible_customers(principal),
            right__in=visible_customers(principal),
        )
        .select_related("left", "right")
        .order_by("-probability", "id")[:MAX_OPEN]
    )
    return [
        DuplicateRow(
            id=one.id,
            left=one.left.name,
            right=one.right.name,
            left_number=one.left.number,
            right_number=one.right.number,
            probability=one.probability,
            found_at=one.found_at,
        )
        for one in found
    ]


def side(customer: Customer) -> Side:
    """Describe one of two customers for the comparison."""
    values = {name: getattr(customer, name) for name in _COMPARED}
    return Side(
        id=customer.id,
        name=customer.name,
        values=values,
        identifiers=tuple(customer.identifiers.order_by("kind", "-is_verified", "value")),
        references=_references(customer),
    )


def combined(survivor: Side, merged: Side) -> dict[str, Any]:
    """Say what will be shown of both after the merge: what the survivor has, and what only the other one has.

    It stands beside `cards`, which does the same for all that were merged.
    """
    values = {name: value or merged.values[name] for name, value in survivor.values.items()}
    values |= {name: survivor.values[name] for name in ("number", "name", "kind", "language")}
    needs = (survivor.values["needs"], merged.values["needs"])
    return values | {"needs": "\n".join(dict.fromkeys(one for one in needs if one))}


def merges(principal: Principal, *, before: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[MergeRow]:
    """List the merges, the last on top, undone ones too."""
    found = Merge.objects.filter(survivor__in=visible_customers(principal)).select_related("survivor", "merged")
    if before is not None:
        found = found.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    return [_merge_row(one) for one in found.order_by("-at", "-id")[:limit]]


def merges_of(customer_id: UUID) -> list[MergeRow]:
    """List the merges that one customer was part of."""
    found = Merge.objects.filter(Q(survivor_id=customer_id) | Q(merged_id=customer_id))
    return [_merge_row(one) for one in found.select_related("survivor", "merged").order_by("-at", "-id")]


def _merge_row(one: Merge) -> MergeRow:
    return MergeRow(
        id=one.id,
        survivor_id=one.survivor_id,
        survivor=one.survivor.name,
        merged_id=one.merged_id,
        merged=one.merged.name,
        reason=one.reason,
        at=one.at,
        by=one.by,
        undone_at=one.undone_at,
        undone_by=one.undone_by,
        undo_reason=one.undo_reason,
    )


def _references(customer: Customer) -> dict[str, int]:
    counted: dict[str, int] = {}
    for relation in Customer._meta.related_objects:  # noqa: SLF001 -- Django's documented way to the relations
        model = relation.related_model
        if isinstance(model, str) or model._meta.app_label == "customers":  # noqa: SLF001 -- as above
            continue
        number = model._base_manager.filter(**{relation.field.name: customer}).count()  # noqa: SLF001 -- as above
        key = model._meta.label_lower  # noqa: SLF001 -- as above
        counted[key] = max(counted.get(key, 0), number)
    return {name: number for name, number in counted.items() if number}
