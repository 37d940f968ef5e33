"""The contact register for programs: read, and contacts noted that another system had."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Schema
from pydantic import StringConstraints

from firstline import clock
from firstline.accounts.access import access_brand, access_staff
from firstline.accounts.principals import Principal
from firstline.api.web.fields import GivenText, Key, Line, Moment, Sent, Values, Words
from firstline.api.web.paging import Paged, moment_and_id, page
from firstline.api.web.preconditions import One
from firstline.api.web.routes import Routes
from firstline.cases.access import access_case_work
from firstline.cases.web.opening import answers_for
from firstline.contacts import actions, queries
from firstline.contacts.access import WORKING_ROLES, access_contact, access_contact_work
from firstline.contacts.models import Contact
from firstline.contacts.ports import Sender
from firstline.contacts.queries import ContactRow
from firstline.customers.access import access_customer
from firstline.errors import FirstlineError, Forbidden
from firstline.ui.language import page_language

Channel = Literal["phone", "email", "webform", "chat", "letter", "counter"]
State = Literal["ringing", "open", "ended", "finished", "missed"]
Address = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00]*$")]
# A contact that another system had may be old, and clocks differ a little.
_AHEAD_SECONDS = 300


class NotYet(FirstlineError):
    """A contact that was received tomorrow."""

    code = "in-the-future"
    status = 422


class ContactOut(Schema):
    id: UUID
    number: str = Field(description="As a person says it on the phone.")
    channel: str
    direction: Literal["in", "out"]
    state: State
    subject: str
    summary: str
    customer_id: UUID | None
    customer: str
    speaker: str
    agent: str
    reasons: list[str] = Field(description="In the language asked for.")
    is_automatic: bool
    received_at: datetime
    answered_at: datetime | None
    finished_at: datetime | None


class Contacts(Schema):
    items: list[ContactOut]
    next: str | None


class MessageOut(Schema):
    id: UUID
    contact_id: UUID
    channel: str
    direction: Literal["in", "out"]
    author: str
    subject: str
    text: str
    attachments: list[str] = Field(description="Their names.")
    at: datetime


class ReasonOut(Schema):
    reason_key: str
    reason: str
    case_id: UUID
    case_number: str
    case_state: str
    relation: Literal["opens", "continues", "asks"]


class ContactWhole(ContactOut):
    brand: str
    language: str
    authority: Literal["self", "none", "claimed", "proven"]
    opened: list[ReasonOut] = Field(description="The cases that it opened, continued or asked about.")
    messages: list[MessageOut] = Field(description="The latest hundred of its conversation, oldest first.")


class ContactFilter(Paged):
    q: Words = ""
    channel: Channel | Literal["", "sms"] = ""
    state: State | Literal[""] = ""
    reason: Key | Literal[""] = ""
    customer: UUID | None = None
    received_from: Moment | None = None
    received_before: Moment | None = None


class NewContact(Sent):
    """A contact that came in elsewhere, as one message."""

    external_id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s\x00]+$")] = Field(
        description="What the other system knows it by: noted again, it is the same contact."
    )
    channel: Channel
    text: GivenText
    subject: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")] = ""
    received_at: Moment | None = Field(None, description="When the organisation received it; now when left out.")
    brand: Key | None = Field(None, description="May be left out by a program that works for one brand.")
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2})?$")] = ""
    name: Line = Field(
        "", description="Who made contact, as far as is known. The customer is recognised by what follows."
    )
    email: Address = ""
    phone: Address = ""
    customer_number: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")] = ""
    customer: UUID | None = Field(None, description="The customer, when it is known for certain.")
    case: UUID | None = Field(None, description="The case that it continues.")


class NewReason(Sent):
    reason: Key
    answers: Values = Field(default_factory=dict, description="What its web form asks, if it has one.")


class OpenedCase(Schema):
    case_id: UUID


ROUTES = Routes("contacts")


@ROUTES.lists("/contacts", Contacts, "List or search contacts")
def list_contacts(request: HttpRequest, wanted: Query[ContactFilter]) -> dict[str, Any]:
    """List contacts, youngest first."""
    principal = access_staff(request)
    found = queries.list_contacts(
        principal=principal,
        language=page_language(),
        text=wanted.q,
        channel=wanted.channel,
        state=wanted.state,
        reason=wanted.reason,
        customer_id=wanted.customer,
        received=_between(wanted),
        before=moment_and_id(request, wanted.cursor),
        limit=wanted.limit + 1,
    )
    return page(request, found, limit=wanted.limit, key=lambda row: [row.received_at.isoformat(), row.id])


@ROUTES.reads("/contacts/{uuid:contact_id}", ContactWhole, "Read a contact")
def read_contact(request: HttpRequest, contact_id: UUID) -> One:
    """Read a contact with its messages and what it was about."""
    return _one(access_contact(access_staff(request), contact_id))


@ROUTES.adds("/contacts", ContactWhole, "Note a contact that another system had")
def note_contact(request: HttpRequest, new: NewContact) -> One:
    """Note a contact. Nobody has taken it then: it waits at the desk with the others, unless its case is said."""
    principal = _worker(request)
    brand, now = access_brand(principal, new.brand), clock.now()
    if new.received_at is not None and (new.received_at - now).total_seconds() > _AHEAD_SECONDS:
        raise NotYet("A contact can't have been received in the future; correct 'received_at'.")
    customer = access_customer(principal, new.customer) if new.customer else None
    case = access_case_work(principal, new.case) if new.case else None
    contact_id = actions.capture_contact(
        brand=brand,
        channel=new.channel,
        external_key=f"api:{principal.id}:{new.external_id}",
        received_at=min(new.received_at or now, now),
        sender=Sender(name=new.name, email=new.email, phone=new.phone, customer_number=new.customer_number),
        subject=new.subject,
        text=new.text,
        language=new.language,
    )
    if customer is not None:
        actions.choose_customer(principal=principal, contact_id=contact_id, customer=customer)
    if case is not None:
        actions.continue_case(principal=principal, contact_id=contact_id, case=case)
    one = _one(access_contact(principal, contact_id))
    return One(value=one.value, state=one.state, location=f"/api/v1/contacts/{contact_id}")


@ROUTES.adds("/contacts/{uuid:contact_id}/cases", OpenedCase, "Open a case for a contact")
def open_case_for_contact(request: HttpRequest, contact_id: UUID, new: NewReason) -> One:
    """Say why the customer made contact: the reason's procedure starts."""
    principal = _worker(request)
    contact = access_contact_work(principal, contact_id)
    answers = answers_for(reason_key=new.reason, brand=contact.brand, answers=new.answers, now=clock.now())
    case_id = actions.add_reason(
        principal=principal, contact_id=contact.id, reason_key=new.reason, now=clock.now(), answers=answers
    )
    return One(value={"case_id": case_id}, state=str(case_id), location=f"/api/v1/cases/{case_id}")


def _worker(request: HttpRequest) -> Principal:
    principal = access_staff(request)
    if not principal.is_any(WORKING_ROLES):
        raise Forbidden("This program may look at contacts, but not handle them.")
    return principal


def _between(wanted: ContactFilter) -> tuple[datetime, datetime] | None:
    if wanted.received_from is None and wanted.received_before is None:
        return None
    ever, always = datetime.fromisoformat("1970-01-01T00:00Z"), datetime.fromisoformat("9000-01-01T00:00Z")
    return wanted.received_from or ever, wanted.received_before or always


def _one(contact: Contact) -> One:
    (row,) = queries.rows([contact], language=page_language())
    reasons = queries.reasons_of(contact.id, language=page_language())
    messages = [_message(one) for one in queries.conversation(contact)]
    told = {
        **{name: getattr(row, name) for name in ContactRow.__dataclass_fields__},
        "brand": contact.brand.key,
        "language": contact.language,
        "authority": contact.authority,
        "opened": reasons,
        "messages": messages,
    }
    words = {"reasons", "opened"}
    state = {name: value for name, value in told.items() if name not in words}
    return One(value=told, state=[state, [(one.case_id, one.case_state, one.relation) for one in reasons]])


def _message(row: queries.MessageRow) -> dict[str, Any]:
    plain = ("id", "contact_id", "channel", "direction", "author", "subject", "text", "at")
    return {**{name: getattr(row, name) for name in plain}, "attachments": [one.name for one in row.attachments]}
