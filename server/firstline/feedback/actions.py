"""Writes of what customers say: an asking is planned, carried out, answered; or a colleague notes the answer."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.customers import actions as customer_actions
from firstline.customers import queries as customer_queries
from firstline.customers.models import Customer
from firstline.errors import Conflict, FirstlineError
from firstline.feedback.links import new_code
from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import DEFAULT_SCALE, MAX_WORDS, SCALES, VALID, is_too_soon
from firstline.outbox import actions as outbox
from firstline.procedures import queries as procedure_queries

ASK = "feedback.ask"
State = Satisfaction.State
# The channels on which somebody is asked; by phone a person does it.
BY_MAIL, BY_TEXT_MESSAGE, _IN_PERSON = "email", "sms", "phone"
_CHANNELS = (BY_MAIL, BY_TEXT_MESSAGE, _IN_PERSON)
_LIVE = (Contact.State.OPEN, Contact.State.ENDED, Contact.State.RINGING)


class NoScore(FirstlineError):
    """Nothing, or nothing of the scale, was chosen."""

    code = "no-score"
    status = 422


class AlreadyAnswered(Conflict):
    """There is one answer to one asking."""

    code = "already-answered"


class TooOld(FirstlineError):
    """Nobody waits for this answer any more."""

    code = "too-old"
    status = 410


# --- asking ---


@transaction.atomic
def plan(*, case_id: UUID, now: datetime) -> None:
    """Plan to ask the customer of a case that was closed, where its reason says so; once per case."""
    case = Case.objects.select_related("brand").get(id=case_id)
    ask = procedure_queries.ask_of(case.reason_key, brand=case.brand.key)
    if not ask or case.customer_id is None or case.state != Case.State.CLOSED:
        return
    asking, is_new = Satisfaction.objects.get_or_create(
        case=case,
        defaults={
            "brand": case.brand,
            "customer_id": case.customer_id,
            "reason_key": case.reason_key,
            "scale": ask["scale"],
            "purpose": ask["purpose"],
            "every_days": ask["every_days"],
            "planned_at": now,
        },
    )
    if is_new:
        due_at = now + timedelta(hours=ask["after_hours"])
        payload = {"satisfaction_id": str(asking.id)}
        outbox.put(kind=ASK, key=f"ask:{asking.id}", payload=payload, due_at=due_at, about=case.id)


def asking_due(*, satisfaction_id: UUID, now: datetime) -> Satisfaction | None:
    """Give a planned asking that is to go out by message now, locked, with its channel; None where it isn't, which is noted with why."""
    asking = (
        Satisfaction.objects.select_related("case__brand", "case__customer", "brand", "customer")
        .select_for_update(of=("self",))
        .get(id=satisfaction_id)
    )
    if asking.state != State.PLANNED:
        return None
    customer = Customer.objects.get(id=customer_queries.survivors_of([asking.customer_id])[asking.customer_id])
    asking.channel = channel = customer.preferred_channel or BY_MAIL
    why = _why_not(asking, customer, channel, now)
    if why:
        note_not_asked(asking, why=why)
    elif channel == _IN_PERSON:
        asking.state = State.IN_PERSON
        asking.save(update_fields=["state", "channel"])
    elif channel == BY_TEXT_MESSAGE:
        asking.code = asking.code or new_code()
    return None if why or channel == _IN_PERSON else asking


def _why_not(asking: Satisfaction, customer: Customer, channel: str, now: datetime) -> str:
    """Say why a customer isn't asked after all; "" when they are."""
    case = asking.case
    if case is None or case.state != Case.State.CLOSED:
        return _("The case was opened again.")
    if case.contact_id and Contact.objects.filter(id=case.contact_id, channel="webform", verified_at=None).exists():
        return _("Nobody knows for sure that it was this customer who asked.")
    others = Satisfaction.objects.filter(customer_id__in=customer_queries.same_as(customer.id)).exclude(id=asking.id)
    last = others.exclude(asked_at=None).order_by("-asked_at").values_list("asked_at", flat=True).first()
    if is_too_soon(last, every=timedelta(days=asking.every_days), now=now):
        return _("They were asked not long ago.")
    if channel not in _CHANNELS:
        return _("They prefer a channel on which nothing is asked.")
    return customer_queries.why_not(customer.id, brand=asking.brand.key, purpose=asking.purpose, channel=channel)


def note_asked(asking: Satisfaction, *, now: datetime) -> None:
    """Note that the question is on its way; from now on its link counts."""
    asking.state, asking.asked_at, asking.until = State.ASKED, now, now + VALID
    asking.save(update_fields=["state", "channel", "asked_at", "until", "code"])


def note_not_asked(asking: Satisfaction, *, why: str) -> None:
    """Note why somebody wasn't asked."""
    asking.state, asking.why = State.NOT_ASKED, why[:300]
    asking.save(update_fields=["state", "why"])


# --- answering ---


@transaction.atomic
def answer(*, satisfaction_id: UUID, score: str, words: str, now: datetime) -> None:
    """Take in what a customer says by their link; once.

    Raises: NoScore, AlreadyAnswered, TooOld.
    """
    asking = Satisfaction.objects.select_for_update().get(id=satisfaction_id)
    if asking.state == State.ANSWERED:
        raise AlreadyAnswered(_("You have told us already, and we have it. Thank you."))
    if asking.until is None or now >= asking.until:
        raise TooOld(_("This question is too old. If there is something that you want to tell us, contact us."))
    _take(asking, score=score, words=words, now=now)


@transaction.atomic
def stop_asking(*, satisfaction_id: UUID, now: datetime) -> None:
    """Note that whoever was asked wants to be asked no more, on no channel."""
    asking = Satisfaction.objects.select_related("brand", "case", "customer").get(id=satisfaction_id)
    purposes = {one.key: one for one in customer_queries.purposes_of(asking.brand.key)}
    purpose = purposes.get(asking.purpose)
    if purpose is not None:  # else nobody is asked any more anyway
        customer_actions.note_consent(
            customer_id=asking.customer_id, purpose=purpose.key, channels=purpose.channels, is_given=False, said_at=now, way="form",
            evidence=asking.case.number if asking.case else "", principal=Principal(kind="link", name=asking.customer.name), now=now,
        )  # fmt: skip


@transaction.atomic
def note_answer(
    *, customer: Customer, case: Case | None, score: str, words: str, principal: Principal, now: datetime
) -> UUID:
    """Note what a customer says to a colleague, about a case or in general; what they were asked by message is answered with it.

    Raises: NoScore, AlreadyAnswered.
    """
    Customer.objects.select_for_update(of=("self",)).get(id=customer.id)
    asking = Satisfaction.objects.select_for_update().filter(case=case).first() if case else None
    if asking is not None and asking.state == State.ANSWERED:
        raise AlreadyAnswered(_("They have said so of this case already."))
    contact = _contact_with(customer, principal)
    if asking is None:
        scale = scale_for(case)
        asking = Satisfaction(
            brand=customer.brand, customer=case.customer if case and case.customer else customer, case=case,
            reason_key=case.reason_key if case else "", scale=scale, planned_at=now,
        )  # fmt: skip
    asking.contact, asking.noted_by = contact, principal.name
    asking.channel = contact.channel if contact else ""
    asking.asked_at = asking.asked_at or now
    _take(asking, score=score, words=words, now=now)
    audit.record(
        actor_id=principal.id, actor=principal.name, action="satisfaction.noted", about=asking.id,
        data={"customer": str(customer.id), "case": case.number if case else "", "scale": asking.scale, "score": asking.score},
    )  # fmt: skip
    return asking.id


def scale_for(case: Case | None) -> str:
    """Name the scale on which somebody is asked about a case."""
    ask = procedure_queries.ask_of(case.reason_key, brand=case.brand.key) if case else {}
    return str(ask.get("scale", DEFAULT_SCALE))


def _contact_with(customer: Customer, principal: Principal) -> Contact | None:
    """Find the contact in which a colleague is with this customer just now."""
    these = customer_queries.same_as(customer.id)
    own = Contact.objects.filter(agent_id=principal.id, customer_id__in=these, state__in=_LIVE)
    return own.order_by("-received_at").first()


def _take(asking: Satisfaction, *, score: str, words: str, now: datetime) -> None:
    scores = {str(one): one for one in SCALES[asking.scale].scores}
    if score not in scores:
        raise NoScore(_("Choose one of the numbers."))
    asking.score, asking.words = scores[score], words.replace("\x00", "").strip()[:MAX_WORDS]
    asking.state, asking.why, asking.answered_at = State.ANSWERED, "", now
    asking.save()
