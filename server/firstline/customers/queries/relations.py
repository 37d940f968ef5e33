"""How customers stand to each other, said from either end; read through the survivor map."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from firstline.customers import relations
from firstline.customers.models import Customer, HouseholdMember, Relation
from firstline.customers.queries.survivors import same_as, survivors_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationRow:
    """What a customer is to another."""

    id: UUID
    said: str
    other_id: UUID
    other: str
    other_number: str
    from_on: date | None
    until_on: date | None
    note: str
    made_at: datetime
    made_by: str
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """Somebody who lives in a household, or did."""

    id: UUID
    customer_id: UUID
    name: str
    number: str
    from_on: date
    until_on: date | None
    is_oneself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdRow:
    """A household that a customer lives in."""

    id: UUID
    name: str
    address: str
    members: tuple[MemberRow, ...]


def relations_of(customer_id: UUID, *, today: date) -> list[RelationRow]:
    """List what a customer is to others, those that are over last; after a merge once each, and none to themselves."""
    these = set(same_as(customer_id))
    found = list(
        Relation.objects.filter(Q(one_id__in=these) | Q(other_id__in=these)).order_by("-from_on", "made_at", "id")
    )
    ends = survivors_of({each for one in found for each in (one.one_id, one.other_id)})
    names = _named(set(ends.values()))
    rows: dict[tuple[object, ...], RelationRow] = {}
    for one in found:
        is_backwards = one.one_id not in these
        other = names[ends[one.one_id if is_backwards else one.other_id]]
        if other.id in these:
            continue
        row = _row(one, other, is_backwards=is_backwards, today=today)
        rows.setdefault((row.said, row.other_id, row.is_over and row.id), row)
    return sorted(rows.values(), key=lambda row: row.is_over)


def household_of(customer_id: UUID) -> HouseholdRow | None:
    """Give the household that a customer lives in now, with all who live there, and who left it last."""
    these = set(same_as(customer_id))
    places = HouseholdMember.objects.select_related("household")
    place = places.filter(customer_id__in=these, until_on=None).order_by("from_on", "id").first()
    if place is None:
        return None
    found = list(HouseholdMember.objects.filter(household=place.household).order_by("from_on", "id"))
    ends = survivors_of(one.customer_id for one in found)
    names = _named(set(ends.values()))
    members: dict[tuple[object, ...], MemberRow] = {}
    for one in found:
        who = names[ends[one.customer_id]]
        row = MemberRow(
            id=one.id,
            customer_id=who.id,
            name=who.name,
            number=who.number,
            from_on=one.from_on,
            until_on=one.until_on,
            is_oneself=who.id in these,
        )
        members.setdefault((who.id, one.until_on), row)
    in_order = sorted(members.values(), key=lambda row: row.until_on is not None)
    return HouseholdRow(
        id=place.household_id, name=place.household.name, address=place.household.address, members=tuple(in_order)
    )


def _row(one: Relation, other: Customer, *, is_backwards: bool, today: date) -> RelationRow:
    return RelationRow(
        id=one.id,
        said=relations.said(one.kind, is_backwards=is_backwards),
        other_id=other.id,
        other=other.name,
        other_number=other.number,
        from_on=one.from_on,
        until_on=one.until_on,
        note=one.note,
        made_at=one.made_at,
        made_by=one.made_by,
        is_over=one.until_on is not None and one.until_on < today,
    )


def _named(ids: set[UUID]) -> dict[UUID, Customer]:
    return Customer.objects.only("id", "number", "title", "given_name", "family_name", "organisation_name").in_bulk(
        list(ids)
    )
