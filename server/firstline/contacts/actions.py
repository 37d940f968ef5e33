"""Writes of the contact register. Each is one transaction and announces what happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from firstline import clock, events
from firstline.accounts.models import Brand, User
from firstline.accounts.principals import Principal
from firstline.cases import actions as case_actions
from firstline.cases import rules as case_rules
from firstline.cases.models import Case
from firstline.cases.numbers import next_number
from firstline.contacts import searching
from firstline.contacts.events import ContactChanged, ContactFinished, ContactOpened, ReasonAdded
from firstline.contacts.models import Attachment, Contact, ContactReason, Conversation, Engagement, Message
from firstline.contacts.ports import ArrivedAttachment, Sender
from firstline.crashpoints import crash_point
from firstline.customers import queries as customer_queries
from firstline.customers import rules as customer_rules
from firstline.customers.models import Customer
from firstline.errors import Conflict, FirstlineError
from firstline.identity import actions as identity_actions
from firstline.identity.actions import Asking
from firstline.processes import queries as process_queries
from firstline.search.rules import fold

MAX_SUBJECT = 300
MAX_WORDS, MAX_WORD = 10, 100


class NoCustomer(FirstlineError):
    code = "no-customer"


class AlreadyFinished(Conflict):
    code = "already-finished"


class ContactTaken(Conflict):
    code = "contact-taken"


class NoCall(FirstlineError):
    code = "no-call"
    status = 404


class OtherBrand(FirstlineError):
    code = "other-brand"


# --- in -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def capture_contact(
    *,
    brand: Brand,
    channel: str,
    direction: str = Contact.Direction.IN,
    external_key: str,
    received_at: datetime,
    sent_at: datetime | None = None,
    sender: Sender,
    subject: str = "",
    text: str = "",
    quoted: str = "",
    raw_file_id: UUID | None = None,
    attachments: Iterable[ArrivedAttachment] = (),
    message_id: str = "",
    in_reply_to: Iterable[str] = (),
    problems: Iterable[str] = (),
    automatic: bool = False,
    language: str = "",
    case_id: UUID | None = None,
    team_key: str = "",
) -> UUID:
    """Register a contact that came as one message; the same one arriving again is registered once.

    `in_reply_to` are Message-IDs, nearest first: the conversation of the first that is known is continued. `case_id` is
    a case that the channel is sure about (a signed address, a tracking page).
    """
    known = _known(channel, external_key)
    if known is not None:
        return known
    case = Case.objects.filter(id=case_id, brand=brand).first() if case_id else None
    contact = _new_contact(
        brand=brand,
        channel=channel,
        direction=direction,
        external_key=external_key,
        conversation=_conversation(brand, list(in_reply_to), case),
        sender=sender,
        text=f"{subject}\n{text}",
        received_at=received_at,
        sent_at=sent_at,
        subject=subject[:MAX_SUBJECT],
        language=language,
        is_automatic=automatic,
        team_key=team_key,
    )
    message = Message.objects.create(
        contact=contact,
        direction=direction,
        author=(sender.name or sender.email or sender.phone)[:200],
        subject=subject[:MAX_SUBJECT],
        text=text,
        quoted=quoted,
        raw_file_id=raw_file_id,
        message_id=message_id[:300],
        problems=list(problems),
        at=sent_at or received_at,
    )
    Attachment.objects.bulk_create(
        Attachment(message=message, file_id=one.file_id, name=one.name[:255]) for one in attachments
    )
    crash_point("contacts.capture.before_announce")
    if case is not None:
        if contact.customer_id is None:
            _set_customer(contact, case.customer)
        _link(contact, case, ContactReason.Relation.CONTINUES, chosen_by=None, words=())
    refresh_search_text(contact)
    events.announce(ContactOpened(contact_id=contact.id, channel=channel, agent_id=None))
    return contact.id


@transaction.atomic
def open_call(*, brand: Brand, call_id: str, number: str, agent_id: UUID | None, at: datetime) -> UUID:
    """Register a call that rings, once; `number` is the caller's in E.164, or '' when withheld."""
    known = _known("phone", call_id)
    if known is not None:
        return known
    contact = _new_contact(
        brand=brand,
        channel="phone",
        direction=Contact.Direction.IN,
        external_key=call_id,
        conversation=Conversation.objects.create(brand=brand),
        sender=Sender(phone=number),
        text="",
        received_at=at,
        sent_at=at,
        state=Contact.State.RINGING,
        agent_id=agent_id,
    )
    refresh_search_text(contact)
    events.announce(ContactOpened(contact_id=contact.id, channel="phone", agent_id=agent_id))
    return contact.id


@transaction.atomic
def answer_call(*, call_id: str, at: datetime, agent_id: UUID | None = None) -> None:
    """Note that somebody took the call: handling begins."""
    contact = _locked_call(call_id)
    if contact.answered_at is not None:
        return
    contact.answered_at = at
    contact.first_seen_at = contact.first_seen_at or at
    if contact.state in {Contact.State.RINGING, Contact.State.MISSED}:
        contact.state = Contact.State.ENDED if contact.ended_at else Contact.State.OPEN
    contact.agent_id = agent_id or contact.agent_id
    contact.save()
    if contact.agent_id and contact.state != Contact.State.FINISHED:
        _engage(contact, contact.agent_id, Engagement.Kind.HANDLING, at)
        if contact.ended_at is not None:
            _begin_after_work(contact, max(at, contact.ended_at))
    _changed(contact)


@transaction.atomic
def hold_call(*, call_id: str, at: datetime) -> None:
    """Note that the caller waits."""
    contact = _locked_call(call_id)
    if contact.held_at is None and contact.ended_at is None and contact.state != Contact.State.FINISHED:
        contact.held_at = at
        contact.save(update_fields=["held_at"])
        _changed(contact)


@transaction.atomic
def resume_call(*, call_id: str, at: datetime) -> None:
    """Note that the caller waits no longer."""
    contact = _locked_call(call_id)
    _end_hold(contact, at)
    contact.save(update_fields=["held_at", "held_seconds"])
    _changed(contact)


@transaction.atomic
def end_call(*, call_id: str, at: datetime) -> None:
    """Note that the call is over: what its agent still does is after-work; a call that nobody took was missed."""
    contact = _locked_call(call_id)
    if contact.ended_at is not None:
        return
    _end_hold(contact, at)
    contact.ended_at = at
    if contact.state == Contact.State.RINGING:
        contact.state = Contact.State.MISSED
    elif contact.state == Contact.State.OPEN:
        contact.state = Contact.State.ENDED
        _begin_after_work(contact, at)
    contact.save()
    _changed(contact)


# --- at the desk ----------------------------------------------------------------------------------------------------


@transaction.atomic
def take_contact(*, principal: Principal, contact_id: UUID, now: datetime) -> None:
    """Begin to handle a contact: it is this person's from now on; a colleague's is taken over, with their engagement ended."""
    _take(_locked(contact_id), principal, now)


def _take(contact: Contact, principal: Principal, now: datetime) -> None:
    is_over = contact.state in {Contact.State.FINISHED, Contact.State.MISSED}
    moved = not is_over and contact.agent_id != principal.id
    if moved or contact.first_seen_at is None:
        contact.first_seen_at = contact.first_seen_at or now
        contact.agent_id = principal.id if moved else contact.agent_id
        contact.save(update_fields=["agent", "first_seen_at"])
    if is_over:
        return
    if contact.state == Contact.State.RINGING:
        return
    if moved:
        _end_engagements(contact, now)
    kind = Engagement.kind_in(contact.state)
    assert principal.id is not None
    _engage(contact, principal.id, kind, now)
    if moved:
        _changed(contact)


@transaction.atomic
def take_waiting_contact(*, principal: Principal, contact_id: UUID, now: datetime) -> None:
    """Begin to handle a contact that nobody has; of two who press at once, one gets it.

    Raises: ContactTaken.
    """
    contact = _locked(contact_id)
    if contact.agent_id not in {None, principal.id}:
        name = User.objects.values_list("name", flat=True).get(id=contact.agent_id)
        raise ContactTaken(_("%(name)s has taken this contact already. Choose the next one.") % {"name": name})
    _take(contact, principal, now)


@transaction.atomic
def choose_customer(
    *,
    principal: Principal,
    contact_id: UUID,
    customer: Customer | None,
    authority: str = Contact.Authority.SELF,
    represented: Customer | None = None,
    authority_id: UUID | None = None,
) -> None:
    """Say who is speaking and for whom; None means: nobody known. Verification starts anew with another speaker."""
    contact = _locked(contact_id)
    _refuse_finished(contact)
    about = represented or customer
    if about is not None and about.brand_id != contact.brand_id:
        raise OtherBrand(_("This is a customer of another brand. Choose or create one of this brand."))
    if contact.speaker_id != (customer.id if customer else None):
        contact.verified_at, contact.verified_by_id = None, None
    contact.speaker, contact.customer = customer, about
    contact.authority = authority if represented else Contact.Authority.SELF
    contact.save()
    _set_party(contact, authority_id)
    if about is not None:
        for link in contact.reasons.select_related("case").filter(case__customer=None):
            case_actions.set_customer(case_id=link.case_id, customer=about)
    refresh_search_text(contact)
    _changed(contact)


def asking_in(contact: Contact, *, principal: Principal, now: datetime) -> Asking:
    """Say of whom something is asked in a contact, so that they show who they are.

    Raises: NoCustomer.
    """
    if contact.speaker_id is None:
        raise NoCustomer(_("Choose the customer first, then verify that it is them."))
    return Asking(
        contact_id=contact.id,
        speaker_id=contact.speaker_id,
        brand=contact.brand.key,
        channel=contact.channel,
        by=principal,
        now=now,
    )


@transaction.atomic
def verify_caller(*, principal: Principal, contact_id: UUID, now: datetime) -> None:
    """Note that staff are satisfied who is speaking, where the policy leaves it to them.

    Raises: NoCustomer, LockedOut, NotThisWay.
    """
    identity_actions.note_shown(
        asking_in(_locked(contact_id), principal=principal, now=now), way="judgement", fields={}
    )


@transaction.atomic
def note_verified(*, contact_id: UUID, by_id: UUID | None, at: datetime) -> None:
    """Note that whoever speaks in a contact showed who they are, and who checked it."""
    Contact.objects.filter(id=contact_id).update(verified_at=at, verified_by_id=by_id)
    note_change(contact_id=contact_id)


@transaction.atomic
def note_change(*, contact_id: UUID) -> None:
    """Tell that there is something new about a contact."""
    contact = Contact.objects.filter(id=contact_id).first()
    if contact is not None:
        _changed(contact)


@transaction.atomic
def add_reason(
    *,
    principal: Principal,
    contact_id: UUID,
    reason_key: str,
    now: datetime,
    words: Iterable[str] = (),
    answers: Mapping[str, Any] | None = None,
) -> UUID:
    """Add a reason: it opens a case of its own, with the `answers` that are known already. Returns the case.

    The same reason once more, before anything was done in its case, is the same press again: one case.
    """
    contact = _locked(contact_id)
    _refuse_finished(contact)
    just_opened = _untouched_case(contact, reason_key)
    if just_opened is not None:
        return just_opened
    case_id = case_actions.open_case(
        brand=contact.brand,
        customer=contact.customer,
        reason_key=reason_key,
        contact_id=contact.id,
        channel=contact.channel,
        language=contact.language,
        subject=contact.subject,
        principal=principal,
        now=now,
        answers=answers,
    )
    case = Case.objects.get(id=case_id)
    _link(contact, case, ContactReason.Relation.OPENS, chosen_by=principal.id, words=words)
    _changed(contact)
    return case_id


def _untouched_case(contact: Contact, reason_key: str) -> UUID | None:
    opened = contact.reasons.filter(reason_key=reason_key, relation=ContactReason.Relation.OPENS)
    for link in opened.filter(case__state=Case.State.OPEN, case__drafts=None):
        if all(task.state == "open" for task in process_queries.tasks_of(link.case_id)):
            return link.case_id
    return None


@transaction.atomic
def continue_case(
    *, principal: Principal, contact_id: UUID, case: Case, relation: str = ContactReason.Relation.CONTINUES
) -> None:
    """Go on with a case that is open already (or only ask about it); doing so twice changes nothing.

    Raises: AlreadyFinished, OtherBrand.
    """
    contact = _locked(contact_id)
    _refuse_finished(contact)
    if case.brand_id != contact.brand_id:
        raise OtherBrand(_("This case belongs to another brand. Open a new one for this contact."))
    # First, so that what its process says because of the customer is said in this contact.
    _link(contact, case, relation, chosen_by=principal.id, words=())
    if contact.customer_id is None and case.customer_id is not None:
        _set_customer(contact, case.customer)
    elif contact.customer is not None and case.customer_id is None:
        case_actions.set_customer(case_id=case.id, customer=contact.customer)
    _changed(contact)


@transaction.atomic
def finish_contact(*, principal: Principal, contact_id: UUID, summary: str, now: datetime) -> None:
    """Wrap a contact up: engagements end, and what arose from it goes out as one message."""
    contact = _locked(contact_id)
    if contact.state == Contact.State.FINISHED:
        return
    if contact.channel == "phone" and contact.answered_at is not None and contact.ended_at is None:
        contact.ended_at = now
    _end_hold(contact, now)
    _end_engagements(contact, now)
    contact.state = Contact.State.FINISHED
    contact.summary = summary.replace("\x00", "").strip()
    contact.finished_at = now
    contact.save()
    refresh_search_text(contact)
    case_ids = tuple(contact.reasons.values_list("case_id", flat=True))
    events.announce(ContactFinished(contact_id=contact.id, customer_id=contact.customer_id, case_ids=case_ids))
    _changed(contact)


@transaction.atomic
def begin_task_work(*, task_id: UUID, user_id: UUID, at: datetime) -> None:
    """Note that somebody set to work on a task; what they had begun before and left lying ends with it."""
    running = Engagement.objects.filter(user_id=user_id, ended_at=None).exclude(task_id=None)
    if running.filter(task_id=task_id).exists():
        return
    for one in running.select_for_update():
        # Nobody said when they stopped; no more than a pause is counted.
        one.ended_at = case_rules.left_at(last_touched_at=one.started_at, now=at)
        one.save(update_fields=["ended_at"])
    Engagement.objects.create(task_id=task_id, user_id=user_id, kind=Engagement.Kind.HANDLING, started_at=at)


@transaction.atomic
def end_task_work(*, task_id: UUID, user_id: UUID, last_touched_at: datetime, at: datetime) -> None:
    """Note that somebody is no longer at work on a task; a task left lying (over night) counts until shortly after."""
    for one in Engagement.objects.select_for_update().filter(task_id=task_id, user_id=user_id, ended_at=None):
        touched_at = max(one.started_at, last_touched_at)
        one.ended_at = case_rules.left_at(last_touched_at=touched_at, now=at)
        one.save(update_fields=["ended_at"])


@transaction.atomic
def note_outgoing_message(
    *,
    brand: Brand,
    customer: Customer | None,
    contact_id: UUID | None,
    channel: str,
    address: str,
    subject: str,
    text: str,
    message_id: str,
    raw_file_id: UUID | None,
    cases: Iterable[Case],
    at: datetime,
) -> UUID:
    """Register what went out: in the contact that it answers, or, when it answers none, as an outgoing contact."""
    known = (
        Message.objects.filter(message_id=message_id, direction=Contact.Direction.OUT).first() if message_id else None
    )
    if known is not None:
        return known.id
    contact = Contact.objects.select_for_update().filter(id=contact_id).first() if contact_id else None
    if contact is None:
        contact = _outgoing_contact(brand, customer, channel, address, subject, message_id, at)
        for case in cases:
            _link(contact, case, ContactReason.Relation.CONTINUES, chosen_by=None, words=())
    elif contact.answered_at is None:
        contact.answered_at = at
        contact.save(update_fields=["answered_at"])
    message = Message.objects.create(
        contact=contact,
        direction=Contact.Direction.OUT,
        author=brand.sender_name,
        subject=subject[:MAX_SUBJECT],
        text=text,
        raw_file_id=raw_file_id,
        message_id=message_id[:300],
        at=at,
    )
    refresh_search_text(contact)
    _changed(contact)
    return message.id


def refresh_search_text(contact: Contact) -> None:
    """Write down what the register's search looks through."""
    texts = contact.messages.values_list("subject", "text")
    parts = [contact.number, contact.subject, contact.summary, contact.speaker_name, contact.speaker_address]
    if contact.customer is not None:
        parts += [contact.customer.name, contact.customer.number]
    parts += [part for both in texts for part in both]
    contact.search_text = fold(" ".join(parts))[:100_000]
    contact.save(update_fields=["search_text"])
    searching.note(contact.id)


# --- inside ---------------------------------------------------------------------------------------------------------


def _new_contact(*, brand: Brand, sender: Sender, text: str, **fields: Any) -> Contact:
    candidates = customer_queries.recognise(
        brand=brand, email=sender.email, phone=sender.phone, customer_number=sender.customer_number, text=text
    )
    recognised = customer_rules.recognised(candidates)
    customer_id = recognised.customer_id if recognised else None
    language = fields.pop("language", "")
    if customer_id and not language:
        language = customer_queries.customer_card(customer_id).language
    return Contact.objects.create(
        number=next_number(),
        brand=brand,
        speaker_name=sender.name[:200],
        speaker_address=(sender.email or sender.phone)[:254],
        speaker_id=customer_id,
        customer_id=customer_id,
        candidates=[_plain(one) for one in candidates],
        captured_at=clock.now(),
        language=language or (brand.languages[0] if brand.languages else "en"),
        **fields,
    )


def _plain(candidate: customer_rules.Candidate) -> dict[str, Any]:
    evidence = [{"kind": one.kind, "shown": one.shown, "is_verified": one.is_verified} for one in candidate.evidence]
    return {
        "customer_id": str(candidate.customer_id),
        "name": candidate.name,
        "number": candidate.number,
        "evidence": evidence,
    }


def _conversation(brand: Brand, in_reply_to: list[str], case: Case | None) -> Conversation:
    """Find the thread that a message belongs to; its subject alone never decides."""
    for message_id in in_reply_to[:50]:
        known = (
            Message.objects.filter(message_id=message_id, contact__brand=brand)
            .select_related("contact__conversation")
            .first()
        )
        if known is not None:
            return known.contact.conversation
    if case is not None:
        earlier = (
            Contact.objects.filter(reasons__case=case).order_by("-received_at").select_related("conversation").first()
        )
        if earlier is not None:
            return earlier.conversation
    return Conversation.objects.create(brand=brand)


def _outgoing_contact(
    brand: Brand, customer: Customer | None, channel: str, address: str, subject: str, message_id: str, at: datetime
) -> Contact:
    return Contact.objects.create(
        number=next_number(),
        brand=brand,
        channel=channel,
        direction=Contact.Direction.OUT,
        external_key=f"out:{message_id}",
        conversation=Conversation.objects.create(brand=brand),
        state=Contact.State.FINISHED,
        subject=subject[:MAX_SUBJECT],
        language=customer.language if customer else "",
        speaker=customer,
        customer=customer,
        speaker_address=address[:254],
        sent_at=at,
        received_at=at,
        captured_at=at,
        answered_at=at,
        finished_at=at,
    )


def _link(contact: Contact, case: Case, relation: str, *, chosen_by: UUID | None, words: Iterable[str]) -> None:
    _, made = ContactReason.objects.get_or_create(
        contact=contact,
        case=case,
        defaults={
            "reason_key": case.reason_key,
            "relation": relation,
            "words": [word.replace("\x00", "")[:MAX_WORD] for word in words][:MAX_WORDS],
            "chosen_by_id": chosen_by,
            "chosen_at": clock.now(),
        },
    )
    if made:
        events.announce(
            ReasonAdded(contact_id=contact.id, case_id=case.id, reason_key=case.reason_key, relation=relation)
        )


def _set_customer(contact: Contact, customer: Customer | None) -> None:
    contact.customer = contact.speaker = customer
    contact.save(update_fields=["customer", "speaker"])
    _set_party(contact, None)


def _set_party(contact: Contact, authority_id: UUID | None) -> None:
    identity_actions.set_party(
        contact_id=contact.id,
        speaker_id=contact.speaker_id,
        customer_id=contact.customer_id,
        authority_id=authority_id,
    )


def _locked(contact_id: UUID) -> Contact:
    return Contact.objects.select_for_update(of=("self",)).select_related("brand", "customer").get(id=contact_id)


def _known(channel: str, external_key: str) -> UUID | None:
    """Find what came before under this key; of two that come at once, the second waits here for the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"contact:{channel}:{external_key}"])
    known = Contact.objects.filter(channel=channel, external_key=external_key)
    return known.values_list("id", flat=True).first()


def _locked_call(call_id: str) -> Contact:
    calls = Contact.objects.select_for_update(of=("self",)).select_related("brand", "customer")
    found = calls.filter(channel="phone", external_key=call_id).first()
    if found is None:
        raise NoCall(_("This contact isn't a call."))
    return found


def _refuse_finished(contact: Contact) -> None:
    if contact.state == Contact.State.FINISHED:
        raise AlreadyFinished(_("This contact is finished. Open the case instead, or start a new contact."))


def _engage(contact: Contact, user_id: UUID, kind: str, at: datetime) -> None:
    running = Engagement.objects.filter(contact=contact, user_id=user_id, ended_at=None).first()
    if running is not None and running.kind == kind:
        return
    if running is not None:
        running.ended_at = at
        running.save(update_fields=["ended_at"])
    Engagement.objects.create(contact=contact, user=User.objects.get(id=user_id), kind=kind, started_at=at)


def _begin_after_work(contact: Contact, at: datetime) -> None:
    _end_engagements(contact, at)
    if contact.agent_id:
        _engage(contact, contact.agent_id, Engagement.Kind.AFTER_WORK, at)


def _end_engagements(contact: Contact, at: datetime) -> None:
    # Clocks differ between the exchange and here: nobody worked for less than no time.
    Engagement.objects.filter(contact=contact, ended_at=None).update(ended_at=Greatest(F("started_at"), Value(at)))


def _end_hold(contact: Contact, at: datetime) -> None:
    if contact.held_at is not None:
        contact.held_seconds += max(0, int((at - contact.held_at).total_seconds()))
        contact.held_at = None


def _changed(contact: Contact) -> None:
    events.announce(ContactChanged(contact_id=contact.id, agent_id=contact.agent_id))
