"""Writes of what goes out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from firstline import events, ids
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.cases.events import CaseChanged
from firstline.cases.links import FOLLOW, reply_address
from firstline.cases.models import Case
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact, ContactReason, Message
from firstline.correspondence import rules
from firstline.correspondence.adapters import smtp
from firstline.correspondence.adapters.asking import text_message_of
from firstline.correspondence.adapters.asking import words_of as asking_words
from firstline.correspondence.adapters.texting import on_the_wire
from firstline.correspondence.models import MessageIntent, OutgoingMessage
from firstline.crashpoints import crash_point
from firstline.customers import queries as customer_queries
from firstline.customers import rules as customer_rules
from firstline.customers.models import Customer
from firstline.errors import FirstlineError
from firstline.feedback import actions as feedback_actions
from firstline.files import actions as file_actions
from firstline.identity import queries as identity_queries
from firstline.outbox import actions as outbox_actions
from firstline.outbox.ports import TryAgain
from firstline.procedures import queries as procedure_queries
from firstline.sources import queries as source_queries

# A contact that is never finished must not keep its customer waiting for ever.
LONGEST_HOLD = timedelta(minutes=30)
_CONTACT_IN_HAND = timedelta(seconds=0.5)
# The same words again, so soon after, are the same press of a button.
DOUBLE_CLICK = timedelta(minutes=1)


class NoAddress(FirstlineError):
    code = "no-address"


@transaction.atomic
def want_message(
    *, case_id: UUID, template: str, variables: Mapping[str, Any], key: str, now: datetime, purpose: str = ""
) -> None:
    """Want the customer of a case to be told; it waits until the contact it arose from is finished, or a short hold.

    `purpose` is one of the brand's purposes, such as a newsletter: then it goes out only to whoever allows that.
    Raises: TryAgain while somebody has the contact in hand.
    """
    contact = _contact_of(case_id)
    if contact is not None:
        # Either its end waits for us and then hurries this message too, or we come again after its end and see it. We don't wait:
        # the step in which this is wanted holds its instance, and whoever has the contact may be waiting for that.
        free = Contact.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        contact = free.filter(id=contact.id).first()
        if contact is None:
            raise TryAgain("Somebody is writing to the contact.", _CONTACT_IN_HAND)
    intent, made = MessageIntent.objects.get_or_create(
        key=key,
        defaults={
            "case_id": case_id,
            "contact": contact,
            "template": template,
            "purpose": purpose[:60],
            "variables": dict(variables),
            "created_at": now,
        },
    )
    if not made:
        return
    is_live = (
        contact is not None
        and contact.state in {Contact.State.OPEN, Contact.State.ENDED, Contact.State.RINGING}
        and contact.agent_id
    )
    hold = LONGEST_HOLD if is_live else timedelta(seconds=settings.FIRSTLINE_HOLD_SECONDS)
    outbox_actions.put(
        kind="message.bundle",
        key=f"bundle:{intent.id}",
        payload={"intent_id": str(intent.id)},
        due_at=now + hold,
        about=contact.id if contact else case_id,
    )


def _contact_of(case_id: UUID) -> Contact | None:
    """Find the contact from which a message about this case arises: the latest one about it with a person.

    A bounce or an out-of-office note comes to the address of the case, too; nobody is there to be told anything.
    """
    links = ContactReason.objects.filter(case_id=case_id, contact__is_automatic=False)
    link = links.select_related("contact").order_by("-chosen_at", "-id").first()
    if link is not None:
        return link.contact
    opened_in = Case.objects.values_list("contact_id", flat=True).get(id=case_id)
    return Contact.objects.filter(id=opened_in).first() if opened_in else None


@transaction.atomic
def bundle(*, intent_id: UUID, now: datetime) -> None:
    """Make one message of an intent and all others that wait with it, and queue it for sending."""
    first = MessageIntent.objects.select_related("case__brand", "case__customer", "contact").get(id=intent_id)
    # All bundles of a contact pass here one after the other, so that no intent goes out twice.
    if first.contact_id:
        Contact.objects.select_for_update().get(id=first.contact_id)
        waiting = MessageIntent.objects.filter(contact_id=first.contact_id, message=None)
    else:
        Case.objects.select_for_update(of=("self",)).get(id=first.case_id)
        waiting = MessageIntent.objects.filter(case_id=first.case_id, message=None)
    together = list(
        waiting.select_for_update(of=("self",))
        .select_related("case__brand", "case__customer")
        .order_by("created_at", "id")
    )
    # In one call somebody may ask for their neighbour, too: nobody reads of another's affairs.
    together = [intent for intent in together if intent.case.customer_id == first.case.customer_id]
    # What they may say no to never rides along with what they asked for.
    together = [intent for intent in together if intent.purpose == first.purpose]
    if not together:
        return
    case = together[0].case
    subject, text = _compose(together, case.language, now)
    message = _queue(
        brand=case.brand,
        case=case,
        contact=first.contact,
        subject=subject,
        text=text,
        language=case.language,
        is_automatic=True,
        written_by=None,
        purpose=first.purpose,
        now=now,
        # With several cases an answer finds its conversation, and a person says which case it is about.
        answers_to=case.id if len({intent.case_id for intent in together}) == 1 else None,
    )
    for intent in together:
        intent.message = message
        intent.save(update_fields=["message"])
        events.announce(CaseChanged(case_id=intent.case_id))
    crash_point("correspondence.bundle.before_commit")


@transaction.atomic
def answer(*, principal: Principal, contact: Contact, text: str, subject: str = "", now: datetime) -> OutgoingMessage:
    """Send what an agent wrote to the person who made contact; pressed twice, it goes out once.

    Raises: NoAddress, FirstlineError for an empty answer.
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise FirstlineError(_("Write an answer first."), code="empty-answer")
    Contact.objects.select_for_update(of=("self",)).get(id=contact.id)
    text += "\n"
    written = OutgoingMessage.objects.filter(contact=contact, written_by=principal.id, text=text)
    pressed = written.filter(created_at__gt=now - DOUBLE_CLICK).first()
    if pressed is not None:
        return pressed
    earlier = contact.messages.exclude(message_id="").order_by("-at", "-id").first()
    about = set(contact.reasons.values_list("case_id", flat=True))
    reply = subject or (
        f"Re: {contact.subject}"
        if contact.subject and not contact.subject.lower().startswith("re:")
        else contact.subject
    )
    message = _queue(
        brand=contact.brand,
        case=None,
        contact=contact,
        subject=reply or contact.brand.name(contact.language),
        text=text,
        language=contact.language,
        is_automatic=False,
        written_by=principal.id,
        now=now,
        in_reply_to=earlier.message_id if earlier else "",
        answers_to=about.pop() if len(about) == 1 else None,
    )
    if message.state == OutgoingMessage.State.NO_ADDRESS:
        raise NoAddress(_("There is no e-mail address to answer to. Ask for one, or call back."))
    if message.state == OutgoingMessage.State.FAILED:
        raise NoAddress(message.error)
    return message


@transaction.atomic
def ask_how_it_was(*, satisfaction_id: UUID, now: datetime) -> None:
    """Ask the customer of a closed case how it was, by a message with a link; where they aren't asked, it is noted why."""
    asking = feedback_actions.asking_due(satisfaction_id=satisfaction_id, now=now)
    if asking is None or asking.case is None:
        return
    case = asking.case
    is_text = asking.channel == feedback_actions.BY_TEXT_MESSAGE
    subject, text = (text_message_of if is_text else asking_words)(asking, language=case.language)
    message = _queue(
        channel=asking.channel, brand=case.brand, case=case, contact=None, subject=subject, text=text, language=case.language, is_automatic=True,
        written_by=None, purpose=asking.purpose, now=now, answers_to=case.id,
    )  # fmt: skip
    MessageIntent.objects.create(
        case=case, key=f"ask:{asking.id}", template="", purpose=asking.purpose, message=message, created_at=now
    )
    if message.state == OutgoingMessage.State.QUEUED:
        feedback_actions.note_asked(asking, now=now)
    else:
        feedback_actions.note_not_asked(asking, why=message.error)
    events.announce(CaseChanged(case_id=case.id))


def _compose(intents: list[MessageIntent], language: str, now: datetime) -> tuple[str, str]:
    names = procedure_queries.reason_names(language)
    by_case: dict[UUID, list[MessageIntent]] = {}
    for intent in intents:
        by_case.setdefault(intent.case_id, []).append(intent)
    sections = [_section(together, names, language, now) for together in by_case.values()]
    zone = ZoneInfo(intents[0].case.brand.zone)
    with translation.override(language):
        frame = rules.Frame(
            several_subject=_("Your %(count)d requests of %(day)s")
            % {"count": len(sections), "day": date_format(now.astimezone(zone), "DATE_FORMAT")},
            follow_here=_("See where it stands:"),
        )
    return rules.compose(sections, frame)


def _section(intents: list[MessageIntent], names: Mapping[str, str], language: str, now: datetime) -> rules.Section:
    case = intents[0].case
    assert case.release_id is not None
    writes = source_queries.writes_of_case(case.id)
    rendered = [
        procedure_queries.render_message(
            release_id=case.release_id,
            key=intent.template,
            language=language,
            context={**intent.variables, "writes": writes, **_addressee(intent, language, now)},
            now=now,
        )
        for intent in intents
    ]
    return rules.Section(
        heading=f"{names.get(case.reason_key, case.reason_key)} ({case.number})",
        subject=rendered[-1].subject,
        greeting=rendered[-1].greeting,
        regards=rendered[-1].regards,
        bodies=tuple(one.body for one in rendered),
        link=FOLLOW.url(case.id),
    )


def _addressee(intent: MessageIntent, language: str, now: datetime) -> dict[str, Any]:
    """Name the customer only where the address is known to be theirs: anybody can write somebody else's number into a form.

    Whoever speaks for a customer with proof is greeted themselves.
    """
    customer, contact = intent.case.customer, intent.contact
    if customer is not None and (reader := _addressee_id(contact, customer.id, now)) != customer.id:
        greeted = {"salutation": customer_queries.customer_card(reader).salutation_line}
        return {"customer": {**(intent.variables.get("customer") or {}), **greeted}}
    if customer is not None and (contact is None or _is_theirs(customer.id, contact)):
        return {}
    nobody = customer_rules.salutation_line(
        language=language, salutation="", title="", given_name="", family_name="", organisation_name=""
    )
    return {"customer": {"id": None, "number": "", "name": "", "salutation": nobody, "language": language, "kind": ""}}


def _is_theirs(customer_id: UUID, contact: Contact) -> bool:
    is_speaking = contact.verified_at is not None and contact.speaker_id == contact.customer_id
    if "@" not in contact.speaker_address or is_speaking or contact.speaker_id not in {None, contact.customer_id}:
        return True
    return contact.speaker_address.lower() in customer_queries.identifiers_of(customer_id).get("email", [])


def _queue(
    *,
    brand: Brand,
    case: Case | None,
    contact: Contact | None,
    subject: str,
    text: str,
    language: str,
    is_automatic: bool,
    written_by: UUID | None,
    now: datetime,
    in_reply_to: str = "",
    answers_to: UUID | None = None,
    purpose: str = "",
    channel: str = feedback_actions.BY_MAIL,
) -> OutgoingMessage:
    customer = case.customer if case else contact.customer if contact else None
    is_text = channel == feedback_actions.BY_TEXT_MESSAGE
    address = (
        _number(customer)
        if is_text
        else _address(contact, customer.id if customer else None, is_automatic=is_automatic, now=now)
    )
    sender = brand.sender_address or "service@localhost"
    message_id = make_msgid(idstring=ids.new_id().hex, domain=sender.rpartition("@")[2]).strip("<>")
    message = OutgoingMessage(
        brand=brand, customer=customer, contact=contact, channel=channel, address=address, language=language, subject=subject[:300], text=text,
        message_id=message_id, is_automatic=is_automatic, written_by=written_by, purpose=purpose, created_at=now,
    )  # fmt: skip
    deliverable = on_the_wire(brand=brand.key, channel=channel, address=address)
    refusal = _unwanted(message) or _refusal(message, deliverable, now=now)
    if refusal:
        message.state, message.error = refusal
        message.save()
        return message
    if not in_reply_to and contact is not None and contact.channel == "email":
        received = Message.objects.filter(contact=contact, direction=Contact.Direction.IN).order_by("at").first()
        in_reply_to = received.message_id if received else ""
    raw = smtp.build(
        sender=(brand.sender_name or brand.name(language), sender), to=deliverable, subject="" if is_text else subject, text=text, message_id=message_id,
        at=now, language=language, is_automatic=is_automatic, in_reply_to=rules.in_header(in_reply_to),
        reply_to=reply_address(sender, answers_to) if answers_to and not is_text else "",
    )  # fmt: skip
    message.raw_file = file_actions.store(data=raw, name=f"{message_id}.eml", claimed_type="message/rfc822")
    message.save()
    outbox_actions.put(
        kind="message.send",
        key=f"send:{message.id}",
        payload={"message_id": str(message.id)},
        about=contact.id if contact else None,
    )
    return message


def _unwanted(message: OutgoingMessage) -> tuple[str, str] | None:
    """Say why the customer doesn't want this message: they said no to its purpose, or want no mail by itself at all."""
    if not message.is_automatic:
        return None
    if message.customer_id is None:
        return (
            (OutgoingMessage.State.UNWANTED, _("Nobody knows whether they allow it, because no customer is known."))
            if message.purpose
            else None
        )
    why = customer_queries.why_not(
        message.customer_id, brand=message.brand.key, purpose=message.purpose, channel=message.channel
    )
    return (OutgoingMessage.State.UNWANTED, why) if why else None


@transaction.atomic
def withhold_unwanted(*, message: OutgoingMessage) -> bool:
    """Keep a message back to which the customer said no while it waited; tells whether that is so."""
    found = _unwanted(message)
    if found is None:
        return False
    state, why = found
    OutgoingMessage.objects.filter(id=message.id).exclude(state=OutgoingMessage.State.SENT).update(
        state=state, error=why
    )
    return True


def _refusal(message: OutgoingMessage, deliverable: str, *, now: datetime) -> tuple[str, str] | None:
    is_text = message.channel == feedback_actions.BY_TEXT_MESSAGE
    if not message.address:
        no_number = _("No phone number is known. Ask the customer for one, or write to them.")
        no_mail = _("No e-mail address is known. Tell the customer by phone or letter.")
        return OutgoingMessage.State.NO_ADDRESS, no_number if is_text else no_mail
    if not deliverable:
        no_gateway = _("No text message can be sent to this number: there is no gateway, or the number isn't complete.")
        no_mail = _("No mail can be sent to this address. Ask the customer for another.")
        return OutgoingMessage.State.FAILED, no_gateway if is_text else no_mail
    sent = OutgoingMessage.objects.filter(
        address=message.address, is_automatic=True, created_at__gt=now - timedelta(hours=1)
    ).count()
    if message.is_automatic and not rules.may_send_automatically(
        sent_last_hour=sent, at_most=settings.FIRSTLINE_AUTOMATIC_PER_HOUR
    ):
        return OutgoingMessage.State.FAILED, _(
            "Too many automatic messages went to this address within an hour; two machines may be answering each other."
        )
    return None


def _address(contact: Contact | None, customer_id: UUID | None, *, is_automatic: bool, now: datetime) -> str:
    """Say where a message goes: a person's answer to whoever wrote, what a procedure tells to whom it concerns."""
    reader_id = _addressee_id(contact, customer_id, now) if customer_id else None
    if contact is not None and "@" in contact.speaker_address:
        speaks_unproven = contact.speaker_id not in {None, contact.customer_id} and reader_id == customer_id
        if not (is_automatic and speaks_unproven):
            return contact.speaker_address
    return customer_queries.customer_card(reader_id).email if reader_id else ""


def _number(customer: Customer | None) -> str:
    """Say to which number a text message goes."""
    return customer_queries.customer_card(customer.id).phone if customer else ""


def _addressee_id(contact: Contact | None, customer_id: UUID, now: datetime) -> UUID:
    """Say who hears: whoever speaks for the customer with a proven authority, else the customer, who learns of it that way."""
    if contact is None or contact.speaker_id == contact.customer_id or contact.customer_id != customer_id:
        return customer_id
    return identity_queries.addressee_of(contact.id, customer_id=customer_id, brand=contact.brand, now=now)


def hurry_contact(*, contact_id: UUID, now: datetime) -> None:
    """Let what waits for the end of a contact go out."""
    outbox_actions.hurry(about=contact_id, now=now)


@transaction.atomic
def note_sent(*, message_id: UUID, now: datetime) -> None:
    """Note that the mail server took a message, and register it with the contact and its cases."""
    message = (
        OutgoingMessage.objects.select_for_update(of=("self",)).select_related("brand", "customer").get(id=message_id)
    )
    if message.state == OutgoingMessage.State.SENT:
        return
    message.state, message.sent_at, message.error = OutgoingMessage.State.SENT, now, ""
    message.save(update_fields=["state", "sent_at", "error"])
    cases = [intent.case for intent in message.intents.select_related("case")]
    contact_actions.note_outgoing_message(
        brand=message.brand,
        customer=message.customer,
        contact_id=message.contact_id,
        channel=message.channel,
        address=message.address,
        subject=message.subject,
        text=message.text,
        message_id=message.message_id,
        raw_file_id=message.raw_file_id,
        cases=cases,
        at=now,
    )


@transaction.atomic
def note_not_sent(*, message_id: UUID, error: str, is_final: bool) -> None:
    """Note why a message isn't out yet, or never will be."""
    state = OutgoingMessage.State.FAILED if is_final else OutgoingMessage.State.QUEUED
    OutgoingMessage.objects.filter(id=message_id).exclude(state=OutgoingMessage.State.SENT).update(
        state=state, error=error[:2000]
    )
