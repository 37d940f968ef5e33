"""Calls into contacts, whatever the order in which their events come."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from firstline.accounts.models import Brand, User
from firstline.channels import queries as channel_queries
from firstline.channels.phone.models import PhoneEvent
from firstline.channels.phone.rules import CallEvent, e164
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.errors import Conflict
from firstline.outbox import actions as outbox_actions

SETTLE = "phone.settle"
# So long an event waits for its `ringing`; then the contact is opened without it.
WAIT_FOR_RINGING = timedelta(seconds=10)
# What happened first, when two events tell the same moment.
ORDER = {"ringing": 0, "answered": 1, "held": 2, "resumed": 3, "ended": 4}


class NoBrandYet(Conflict):
    code = "no-brand"


@transaction.atomic
def take_event(*, event: CallEvent, now: datetime) -> tuple[str, UUID | None]:
    """Apply one event to its contact. Returns `applied`, `known` or `waiting`, and the contact."""
    _one_at_a_time(event.call_id)
    known = PhoneEvent.objects.filter(event_id=event.event_id).first()
    if known is not None:
        return "known", _contact_id(known.call_id)
    brand = channel_queries.brand_for(key=event.brand)
    if brand is None:
        raise NoBrandYet("There is no brand yet that a call could belong to: set one up first.")
    row = PhoneEvent.objects.create(
        brand_key=brand.key,
        event_id=event.event_id,
        call_id=event.call_id,
        kind=event.kind,
        at=event.at,
        number=e164(event.number, region=brand.country),
        extension=event.extension,
        received_at=now,
    )
    if row.kind != "ringing" and _contact_id(row.call_id) is None:
        outbox_actions.put(
            kind=SETTLE, key=f"{SETTLE}:{row.call_id}", payload={"call_id": row.call_id}, due_at=now + WAIT_FOR_RINGING
        )
        return "waiting", None
    if row.kind == "ringing":
        _open(row, brand)
    _apply_waiting(row.call_id, now)
    return "applied", _contact_id(row.call_id)


@transaction.atomic
def settle(*, call_id: str, now: datetime) -> None:
    """Open a contact for events whose `ringing` never came, so that the call isn't lost."""
    _one_at_a_time(call_id)
    first = PhoneEvent.objects.filter(call_id=call_id, applied_at=None).order_by("at").first()
    if first is None:
        return
    if _contact_id(call_id) is None:
        told = PhoneEvent.objects.filter(call_id=call_id).exclude(number="").first() or first
        agent = PhoneEvent.objects.filter(call_id=call_id).exclude(extension="").first() or first
        brand = Brand.objects.get(key=first.brand_key)
        contact_actions.open_call(
            brand=brand, call_id=call_id, number=told.number, agent_id=_agent_id(agent.extension), at=first.at
        )
    _apply_waiting(call_id, now)


def _open(row: PhoneEvent, brand: Brand) -> None:
    contact_actions.open_call(
        brand=brand, call_id=row.call_id, number=row.number, agent_id=_agent_id(row.extension), at=row.at
    )


def _apply_waiting(call_id: str, now: datetime) -> None:
    rows = list(PhoneEvent.objects.filter(call_id=call_id))
    rows.sort(key=lambda row: (row.at, ORDER[row.kind]))
    for row in [row for row in rows if row.applied_at is None]:
        _apply(row)
        _apply_follower(row, rows)
        row.applied_at = now
        row.save(update_fields=["applied_at"])


def _apply(row: PhoneEvent) -> None:
    if row.kind == "answered":
        contact_actions.answer_call(call_id=row.call_id, at=row.at, agent_id=_agent_id(row.extension))
    elif row.kind == "held":
        contact_actions.hold_call(call_id=row.call_id, at=row.at)
    elif row.kind == "resumed":
        contact_actions.resume_call(call_id=row.call_id, at=row.at)
    elif row.kind == "ended":
        contact_actions.end_call(call_id=row.call_id, at=row.at)


def _apply_follower(row: PhoneEvent, rows: list[PhoneEvent]) -> None:
    """A late `held` was ended by a `resumed` that is already there, and the other way round."""
    holds = [other for other in rows if other.kind in ("held", "resumed")]
    if row not in holds:
        return
    follower = next(iter(holds[holds.index(row) + 1 :]), None)
    if follower is not None and follower.applied_at is not None and follower.kind != row.kind:
        _apply(follower)


def _one_at_a_time(call_id: str) -> None:
    """Two events of one call at once would each miss the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"phone:{call_id}"])


def _contact_id(call_id: str) -> UUID | None:
    return Contact.objects.filter(channel="phone", external_key=call_id).values_list("id", flat=True).first()


def _agent_id(extension: str) -> UUID | None:
    if not extension:
        return None
    return User.objects.filter(extension=extension, is_active=True).values_list("id", flat=True).first()
