"""Reads of the contact register: plain rows for screens."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from firstline.accounts.principals import Principal
from firstline.cases.models import Case
from firstline.cases.survivors import survivors_of, these_cases
from firstline.contacts.access import visible_contacts
from firstline.contacts.models import Attachment, Contact, ContactReason, Engagement, Message
from firstline.contacts.searching import KIND
from firstline.customers import queries as customer_queries
from firstline.procedures import queries as procedure_queries
from firstline.search import queries as search


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    id: UUID
    file_id: UUID
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message of a conversation."""

    id: UUID
    contact_id: UUID
    channel: str
    direction: str
    author: str
    subject: str
    text: str
    quoted: str
    problems: tuple[str, ...]
    attachments: tuple[AttachmentRow, ...]
    has_raw: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A document, and the contact that it came or went with."""

    id: UUID
    name: str
    contact_id: UUID
    contact_number: str
    who: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """A reason of a contact, and its case."""

    reason_key: str
    reason: str
    case_id: UUID
    case_number: str
    case_state: str
    relation: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """A contact as lists show it."""

    id: UUID
    number: str
    channel: str
    direction: str
    state: str
    subject: str
    summary: str
    customer_id: UUID | None
    customer: str
    speaker: str
    agent: str
    reasons: tuple[str, ...]
    is_automatic: bool
    received_at: datetime
    answered_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementRow:
    """An interval in which somebody worked on a contact."""

    person: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    duration: timedelta


def list_contacts(
    *,
    principal: Principal,
    language: str,
    text: str = "",
    channel: str = "",
    state: str = "",
    reason: str = "",
    customer_id: UUID | None = None,
    received: tuple[datetime, datetime] | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[ContactRow]:
    """List contacts, youngest first; all words of `text` must be found. `before` is where the last page ended."""
    query = visible_contacts(principal)
    if text.strip():
        query = query.filter(id__in=search.subjects(text, kind=KIND))
    if customer_id:
        query = query.filter(customer_id__in=customer_queries.same_as(customer_id))
    wanted = {"channel": channel, "state": state}
    query = query.filter(**{name: value for name, value in wanted.items() if value})
    if reason:
        query = query.filter(reasons__reason_key=reason).distinct()
    if received is not None:
        query = query.filter(received_at__gte=received[0], received_at__lt=received[1])
    if before is not None:
        at, last = before
        query = query.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=last))
    return rows(query.order_by("-received_at", "-id")[:limit], language=language)


def contact_rows(contact_ids: list[UUID], *, language: str) -> list[ContactRow]:
    """Describe several contacts, in the order asked for."""
    found = {one.id: one for one in rows(Contact.objects.filter(id__in=contact_ids), language=language)}
    return [found[one] for one in contact_ids if one in found]


def documents(attachment_ids: list[UUID]) -> list[DocumentRow]:
    """Describe several documents that came or went with a message."""
    found = Attachment.objects.filter(id__in=attachment_ids).select_related("message__contact__customer")
    return [_document(one, one.message.contact) for one in found]


def _document(file: Attachment, contact: Contact) -> DocumentRow:
    return DocumentRow(
        id=file.id,
        name=file.name,
        contact_id=contact.id,
        contact_number=contact.number,
        who=contact.customer.name if contact.customer else contact.speaker_name or contact.speaker_address,
        received_at=contact.received_at,
    )


def unfinished_of(*, agent_id: UUID, language: str) -> list[ContactRow]:
    """List what this agent has begun and not finished, oldest first."""
    query = Contact.objects.filter(
        agent_id=agent_id, state__in=[Contact.State.RINGING, Contact.State.OPEN, Contact.State.ENDED]
    )
    return rows(query.order_by("received_at")[:20], language=language)


def waiting(*, principal: Principal, language: str, limit: int = 50) -> list[ContactRow]:
    """List contacts that nobody has taken yet, oldest first."""
    query = visible_contacts(principal).filter(agent=None, state=Contact.State.OPEN, direction=Contact.Direction.IN)
    return rows(query.filter(is_automatic=False).order_by("received_at", "id")[:limit], language=language)


def rows(contacts: Iterable[Contact], *, language: str) -> list[ContactRow]:
    """Describe contacts in a fixed number of queries."""
    found = list(contacts.select_related("customer", "agent") if hasattr(contacts, "select_related") else contacts)
    names = procedure_queries.reason_names(language)
    reasons: dict[UUID, list[str]] = defaultdict(list)
    for contact_id, key in (
        ContactReason.objects.filter(contact__in=found).order_by("chosen_at").values_list("contact_id", "reason_key")
    ):
        reasons[contact_id].append(names.get(key, key))
    return [
        ContactRow(
            id=one.id,
            number=one.number,
            channel=one.channel,
            direction=one.direction,
            state=one.state,
            subject=one.subject,
            summary=one.summary,
            customer_id=one.customer_id,
            customer=one.customer.name if one.customer else "",
            speaker=one.speaker_name or one.speaker_address,
            agent=one.agent.name if one.agent else "",
            reasons=tuple(reasons[one.id]),
            is_automatic=one.is_automatic,
            received_at=one.received_at,
            answered_at=one.answered_at,
            finished_at=one.finished_at,
        )
        for one in found
    ]


def reasons_of(contact_id: UUID, *, language: str) -> list[ReasonRow]:
    """List the reasons of a contact in the order in which they came up."""
    names = procedure_queries.reason_names(language)
    found = ContactReason.objects.filter(contact_id=contact_id).select_related("case").order_by("chosen_at", "id")
    cases = _going_on_as([one.case for one in found])
    return [
        ReasonRow(
            reason_key=one.reason_key,
            reason=names.get(one.reason_key, one.reason_key),
            case_id=cases[one.case_id].id,
            case_number=cases[one.case_id].number,
            case_state=cases[one.case_id].state,
            relation=one.relation,
            words=tuple(one.words),
        )
        for one in found
    ]


def _going_on_as(cases: list[Case]) -> dict[UUID, Case]:
    """Give each case, or instead of a merged one that as which it goes on."""
    survivors = survivors_of(one.id for one in cases if one.merged_into_id is not None)
    found = Case.objects.in_bulk(list(set(survivors.values()))) if survivors else {}
    return {one.id: found[survivors[one.id]] if one.id in survivors else one for one in cases}


def conversation(contact: Contact, *, limit: int = 100) -> list[MessageRow]:
    """List the messages of the whole thread that a contact belongs to, oldest first."""
    return _messages(Q(contact__conversation=contact.conversation_id), limit)


def messages_of_case(case_id: UUID, *, limit: int = 200) -> list[MessageRow]:
    """List all messages of all contacts about a case, or one that goes on as it, oldest first."""
    contacts = ContactReason.objects.filter(case_id__in=these_cases(case_id)).values("contact_id")
    return _messages(Q(contact_id__in=contacts), limit)


def contacts_of_case(case_id: UUID, *, language: str) -> list[ContactRow]:
    """List the contacts about a case, or one that goes on as it, oldest first."""
    about = ContactReason.objects.filter(case_id__in=these_cases(case_id)).values("contact_id")
    return rows(Contact.objects.filter(id__in=about).order_by("received_at"), language=language)


def is_in_hand(contact: Contact, *, agent_id: UUID | None) -> bool:
    """Tell whether this person works on a contact already, so that taking it would change nothing."""
    if agent_id is None or contact.agent_id != agent_id or contact.first_seen_at is None:
        return False
    running = Engagement.objects.filter(contact=contact, user_id=agent_id, ended_at=None)
    return running.filter(kind=Engagement.kind_in(contact.state)).exists()


def handling_time(contact_id: UUID, *, now: datetime) -> timedelta:
    """Add up the engagements of a contact, running ones up to now."""
    found = Engagement.objects.filter(contact_id=contact_id).values_list("started_at", "ended_at")
    return sum(((end or now) - start for start, end in found), timedelta())


def engagements_of(contact_id: UUID, *, now: datetime) -> list[EngagementRow]:
    """List who worked on a contact, and how long; running ones up to now."""
    found = Engagement.objects.filter(contact_id=contact_id).select_related("user").order_by("started_at", "id")
    return [
        EngagementRow(
            person=one.user.name,
            kind=one.kind,
            started_at=one.started_at,
            ended_at=one.ended_at,
            duration=(one.ended_at or now) - one.started_at,
        )
        for one in found
    ]


def _messages(where: Q, limit: int) -> list[MessageRow]:
    found = Message.objects.filter(where).select_related("contact").prefetch_related("attachments__file")
    youngest = list(found.order_by("-at", "-id")[:limit])
    return [_message(one) for one in reversed(youngest)]


def _message(message: Message) -> MessageRow:
    attachments = tuple(
        AttachmentRow(id=one.id, file_id=one.file_id, name=one.name, size=one.file.size)
        for one in message.attachments.all()
    )
    return MessageRow(
        id=message.id,
        contact_id=message.contact_id,
        channel=message.contact.channel,
        direction=message.direction,
        author=message.author,
        subject=message.subject,
        text=message.text,
        quoted=message.quoted,
        problems=tuple(message.problems),
        attachments=attachments,
        has_raw=message.raw_file_id is not None,
        at=message.at,
    )
