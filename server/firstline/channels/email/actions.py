"""Mail in: first kept, then understood. Each write is one transaction; one bad message never holds up another."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from firstline.accounts.models import Brand
from firstline.cases import links as case_links
from firstline.channels import queries as channel_queries
from firstline.channels.email import language
from firstline.channels.email.models import RawMessage
from firstline.channels.email.parse import ParsedMail, Unreadable, parse, too_large
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact, Message
from firstline.contacts.ports import ArrivedAttachment, Sender
from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.files import actions as file_actions
from firstline.files import queries as file_queries
from firstline.outbox import actions as outbox_actions

PARSE = "email.parse"


class MessageTooLarge(FirstlineError):
    code = "message-too-large"
    status = 413


def max_bytes() -> int:
    """Say how large a message may be; larger ones are refused at the door."""
    return int(settings.FIRSTLINE_MAIL_MAX_BYTES)


def key_of(raw: bytes) -> str:
    """Write the key of a message whose source has no name for it: its content."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def receive(
    *,
    raw: bytes,
    source: str,
    key: str,
    received_at: datetime,
    envelope_from: str | None = None,
    envelope_to: Iterable[str] = (),
    brand_key: str = "",
) -> tuple[UUID, bool]:
    """Keep a message and want it parsed, in one transaction; only then may the sender be told that it arrived.

    Returns its id, and whether it is new: the same key again changes nothing. Raises: MessageTooLarge.
    """
    if len(raw) > max_bytes():
        raise MessageTooLarge(too_large(len(raw), max_bytes()), size=len(raw), limit=max_bytes())
    with transaction.atomic():
        known = RawMessage.objects.filter(key=key).first()
        if known is not None:
            return known.id, False
        stored = file_actions.store(data=raw, name="message.eml", claimed_type="message/rfc822")
        message, made = RawMessage.objects.get_or_create(
            key=key,
            defaults={
                "source": source,
                "brand_key": brand_key,
                "raw_file": stored,
                "sha256": stored.sha256,
                "size": len(raw),
                "envelope_from": None if envelope_from is None else _storable(envelope_from),
                "envelope_to": [_storable(address) for address in envelope_to],
                "received_at": received_at,
            },
        )
        crash_point("email.receive.stored")
        if made:
            _want_parsed(message)
        return message.id, made


def note_too_large(*, source: str, key: str, size: int, received_at: datetime, where: str, brand_key: str = "") -> UUID:
    """Record a message that was left where it is because of its size: visible, not lost."""
    problem = f"{too_large(size, max_bytes())} It wasn't fetched; it is still in {where}."
    return note_not_taken(
        source=source, key=key, size=size, received_at=received_at, problem=problem, brand_key=brand_key
    )


def note_not_taken(
    *, source: str, key: str, size: int, received_at: datetime, problem: str, brand_key: str = ""
) -> UUID:
    """Record a message that was left where it is, with a sentence that says why and where that is."""
    message, _ = RawMessage.objects.get_or_create(
        key=key,
        defaults={
            "source": source,
            "brand_key": brand_key,
            "size": size,
            "received_at": received_at,
            "state": RawMessage.State.QUARANTINED,
            "problem": problem,
        },
    )
    return message.id


@transaction.atomic
def handle(*, raw_message_id: UUID) -> UUID | None:
    """Understand a message and register its contact; what can't be understood is put into quarantine with a sentence."""
    message = RawMessage.objects.select_for_update().get(id=raw_message_id)
    if message.state == RawMessage.State.HANDLED or message.raw_file_id is None:
        return message.contact_id
    parsed = parse(file_queries.read(message.raw_file_id), max_bytes=max_bytes())
    if isinstance(parsed, Unreadable):
        _quarantine(message, parsed.sentence)
        return None
    brand = channel_queries.brand_for(key=message.brand_key, addresses=recipients(message, parsed))
    if brand is None:
        _quarantine(message, "There is no brand yet that this message could belong to. Set one up, then try again.")
        return None
    message.contact_id = _capture(message, parsed, brand)
    message.state, message.problem = RawMessage.State.HANDLED, ""
    crash_point("email.handle.before_commit")
    message.save(update_fields=["contact", "state", "problem"])
    return message.contact_id


@transaction.atomic
def quarantine(*, raw_message_id: UUID, problem: str) -> None:
    """Put a message aside for a person to look at, unless it was handled meanwhile."""
    message = RawMessage.objects.select_for_update().get(id=raw_message_id)
    if message.state != RawMessage.State.HANDLED:
        _quarantine(message, problem)


@transaction.atomic
def try_again(*, raw_message_id: UUID) -> None:
    """Take a message out of quarantine and parse it once more."""
    message = RawMessage.objects.select_for_update().get(id=raw_message_id)
    if message.state != RawMessage.State.QUARANTINED or message.raw_file_id is None:
        return
    message.state = RawMessage.State.RECEIVED
    message.tries += 1
    message.save(update_fields=["state", "tries"])
    _want_parsed(message)


def recipients(message: RawMessage, parsed: ParsedMail) -> tuple[str, ...]:
    """Everybody whom it was meant for, as the envelope and the headers tell, the surest first."""
    named = (address.email for address in (*parsed.to, *parsed.cc) if address.email)
    return tuple(dict.fromkeys([*message.envelope_to, *parsed.delivered_to, *named]))


# --- inside ----------------------------------------------------------------------------------------------------------


def _want_parsed(message: RawMessage) -> None:
    outbox_actions.put(
        kind=PARSE,
        key=f"{PARSE}:{message.id}:{message.tries}",
        payload={"raw_message_id": message.id},
        about=message.id,
    )


def _quarantine(message: RawMessage, problem: str) -> None:
    message.state, message.problem = RawMessage.State.QUARANTINED, problem
    message.save(update_fields=["state", "problem"])


def _storable(address: str) -> str:
    return address.replace("\x00", "")[:320]


def _capture(message: RawMessage, parsed: ParsedMail, brand: Brand) -> UUID:
    external_key = _external_key(message, parsed)
    known = Contact.objects.filter(channel="email", external_key=external_key).first()
    if known is not None:
        return known.id
    problems = list(parsed.problems)
    if parsed.message_id and _is_our_own(parsed.message_id):
        problems.append("This is a message of ours that came back.")
    return contact_actions.capture_contact(
        brand=brand,
        channel="email",
        external_key=external_key,
        received_at=message.received_at,
        sent_at=parsed.sent_at,
        sender=Sender(name=parsed.sender.name, email=parsed.sender.email),
        subject=parsed.subject,
        text=parsed.reply,
        quoted=parsed.quoted,
        raw_file_id=message.raw_file_id,
        attachments=_store_attachments(parsed, problems),
        message_id=parsed.message_id or "",
        in_reply_to=_answered(parsed),
        problems=problems,
        automatic=is_automatic(message, parsed),
        language=language.detect(f"{parsed.subject}\n{parsed.reply}", among=brand.languages),
        case_id=_case_of(message, parsed),
    )


def is_automatic(message: RawMessage, parsed: ParsedMail) -> bool:
    """Tell whether a program wrote it: then no program may answer."""
    returned = parsed.message_id is not None and _is_our_own(parsed.message_id)
    return bool(parsed.automatic) or message.envelope_from == "" or returned


def _is_our_own(message_id: str) -> bool:
    return Message.objects.filter(message_id=message_id, direction=Contact.Direction.OUT).exists()


def _external_key(message: RawMessage, parsed: ParsedMail) -> str:
    """The same mail by two ways (two mailboxes, a redelivery with new trace headers) is one contact.

    A Message-ID alone isn't enough: senders reuse them, and somebody could take another's to make a mail vanish.
    """
    if not parsed.message_id:
        return f"raw:{message.sha256}"
    digest = hashlib.sha256()
    said = (parsed.message_id, parsed.sender.email, str(parsed.sent_at), parsed.subject, parsed.text)
    for part in (*(text.encode() for text in said), *(attachment.data for attachment in parsed.attachments)):
        digest.update(hashlib.sha256(part).digest())
    return f"mail:{digest.hexdigest()}"


def _answered(parsed: ParsedMail) -> tuple[str, ...]:
    """The messages that this one answers, nearest first; a bounce answers the one that it returns."""
    returned = (parsed.automatic.bounce.message_id,) if parsed.automatic.bounce else ()
    chain = (*returned, *parsed.in_reply_to, *reversed(parsed.references))
    return tuple(dict.fromkeys(message_id for message_id in chain if message_id))


def _case_of(message: RawMessage, parsed: ParsedMail) -> UUID | None:
    found = (case_links.case_of_reply_address(address) for address in recipients(message, parsed))
    return next((case_id for case_id in found if case_id), None)


def _store_attachments(parsed: ParsedMail, problems: list[str]) -> list[ArrivedAttachment]:
    stored = []
    for attachment in parsed.attachments:
        if not attachment.data:
            problems.append(f"The attachment '{attachment.name}' is empty.")
            continue
        file = file_actions.store(data=attachment.data, name=attachment.name, claimed_type=attachment.media_type)
        stored.append(ArrivedAttachment(file_id=file.id, name=attachment.name))
    return stored
