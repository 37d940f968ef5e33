"""How customers stand to each other, and who lives with whom."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers import relations
from firstline.customers.models import Customer, Household, HouseholdMember, Relation
from firstline.customers.queries.survivors import same_as
from firstline.errors import FirstlineError


class CannotRelate(FirstlineError):
    code = "cannot-relate"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Between whom a relation is: `one` is the kind of `other`."""

    one_id: UUID
    other_id: UUID


@transaction.atomic
def relate(
    *,
    ends: Ends,
    kind: str,
    principal: Principal,
    now: datetime,
    from_on: date | None = None,
    until_on: date | None = None,
    note: str = "",
) -> UUID:
    """Note that one customer is the `kind` (see relations.KINDS) of another.

    Raises: CannotRelate when they are the same, of two brands, can't be that to each other, or are it already.
    """
    one, other = _both(ends)
    if kind not in relations.KINDS:
        raise CannotRelate(_("Choose from the list how they stand to each other."))
    if not relations.fits(kind, one=one.kind, other=other.kind):
        raise CannotRelate(
            _("%(one)s can't be “%(kind)s” %(other)s: one of them is a person where an organisation is meant, or the other way round.")
            % {"one": one.name, "kind": relations.said(kind, is_backwards=False), "other": other.name}
        )  # fmt: skip
    if from_on and until_on and until_on < from_on:
        raise CannotRelate(_("It ends before it begins. Look at the two dates again."))
    if _stands(one, other, kind):
        raise CannotRelate(_("That is noted already. End the old entry first, if it is to be another one."))
    made = Relation.objects.create(
        one=one, other=other, kind=kind, from_on=from_on, until_on=until_on, note=_clean(note), made_at=now, made_by=principal.name
    )  # fmt: skip
    _note(principal, "customer.related", one.id, {"other": str(other.id), "kind": kind})
    return made.id


@transaction.atomic
def end_relation(*, relation_id: UUID, until_on: date, principal: Principal) -> None:
    """Note until when it was so, the last day.

    Raises: CannotRelate when it would end before it began.
    """
    found = Relation.objects.select_for_update().get(id=relation_id)
    if found.from_on and until_on < found.from_on:
        raise CannotRelate(_("It ends before it begins. Look at the two dates again."))
    found.until_on = until_on
    found.save(update_fields=["until_on"])
    told = {"other": str(found.other_id), "kind": found.kind, "until_on": until_on.isoformat()}
    _note(principal, "customer.relation-ended", found.one_id, told)


@transaction.atomic
def take_relation_back(*, relation_id: UUID, principal: Principal) -> None:
    """Take away what was noted by mistake; the audit trail keeps that it stood there."""
    found = Relation.objects.select_for_update().get(id=relation_id)
    told = {"other": str(found.other_id), "kind": found.kind, "made_by": found.made_by}
    found.delete()
    _note(principal, "customer.relation-taken-back", found.one_id, told)


@transaction.atomic
def live_together(*, customer_id: UUID, with_id: UUID, from_on: date, principal: Principal, now: datetime) -> UUID:
    """Note that somebody lives in another's household, which is made of that one's name and address if there is none.

    Returns the household. Raises: CannotRelate.
    """
    mover, host = _both(Ends(one_id=customer_id, other_id=with_id))
    if {mover.kind, host.kind} != {Customer.Kind.PERSON}:
        raise CannotRelate(_("Only persons live in a household."))
    place = _place_of(host)
    if place is None:
        household = Household.objects.create(
            brand=host.brand, name=host.family_name or host.name, address=host.address, made_at=now, made_by=principal.name
        )  # fmt: skip
        HouseholdMember.objects.create(household=household, customer=host, from_on=from_on, made_by=principal.name)
    else:
        household = place.household
    if (lives := _place_of(mover)) is not None:
        if lives.household_id == household.id:
            raise CannotRelate(_("They live in this household already."))
        raise CannotRelate(
            _("%(name)s lives in the household “%(household)s”. End that first.")
            % {"name": mover.name, "household": lives.household.name}
        )
    HouseholdMember.objects.create(household=household, customer=mover, from_on=from_on, made_by=principal.name)
    _note(principal, "customer.moved-in", mover.id, {"household": str(household.id)})
    return household.id


@transaction.atomic
def move_out(*, member_id: UUID, until_on: date, principal: Principal) -> None:
    """Note that somebody left a household, and on which day. Raises: CannotRelate."""
    found = HouseholdMember.objects.select_for_update().get(id=member_id)
    if found.until_on is not None:
        raise CannotRelate(_("They left this household before."))
    if until_on < found.from_on:
        raise CannotRelate(_("It ends before it begins. Look at the two dates again."))
    found.until_on = until_on
    found.save(update_fields=["until_on"])
    told = {"household": str(found.household_id), "until_on": until_on.isoformat()}
    _note(principal, "customer.moved-out", found.customer_id, told)


def _both(ends: Ends) -> tuple[Customer, Customer]:
    """Lock two customers, always in the same order, so that one and the same is never noted twice at once."""
    these = Customer.objects.select_for_update(of=("self",)).select_related("brand")
    found = {each.id: each for each in these.filter(id__in=(ends.one_id, ends.other_id)).order_by("id")}
    if len(found) < 2 or ends.other_id in same_as(ends.one_id):
        raise CannotRelate(_("Choose two different customers."))
    one, other = found[ends.one_id], found[ends.other_id]
    if one.brand_id != other.brand_id:
        raise CannotRelate(_("They are customers of two brands, which are kept apart."))
    return one, other


def _stands(one: Customer, other: Customer, kind: str) -> bool:
    left, right = same_as(one.id), same_as(other.id)
    either = Q(one_id__in=left, other_id__in=right)
    if relations.KINDS[kind].inverse is None:
        either |= Q(one_id__in=right, other_id__in=left)
    return Relation.objects.filter(either, kind=kind, until_on=None).exists()


def _place_of(customer: Customer) -> HouseholdMember | None:
    places = HouseholdMember.objects.select_related("household")
    return places.filter(customer_id__in=same_as(customer.id), until_on=None).first()


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:200]


def _note(principal: Principal, action: Action, about: UUID, data: dict[str, str]) -> None:
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=about, data=data)
