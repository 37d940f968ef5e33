"""Writes of the desk itself; what it does to contacts and cases are their own actions."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.cases import actions as case_actions
from firstline.contacts import actions as contact_actions
from firstline.contacts.access import WORKING_ROLES
from firstline.contacts.models import Contact
from firstline.correspondence import actions as correspondence_actions
from firstline.customers import actions as customer_actions
from firstline.customers import rules as customer_rules
from firstline.customers.models import Customer
from firstline.desktop.models import DeskDraft, OpenedTile, Reveal
from firstline.errors import FirstlineError
from firstline.identity import actions as identity_actions
from firstline.identity.access import access_authority
from firstline.identity.actions import NewAuthority

MAX_DRAFT = 50_000


@transaction.atomic
def keep_draft(*, principal: Principal, contact_id: UUID, kind: str, text: str, now: datetime) -> None:
    """Keep what was typed so far."""
    assert principal.id is not None
    text = text.replace("\x00", "")[:MAX_DRAFT]
    DeskDraft.objects.update_or_create(
        contact_id=contact_id, kind=kind, defaults={"text": text, "updated_by_id": principal.id, "updated_at": now}
    )


@transaction.atomic
def send_answer(*, principal: Principal, contact: Contact, text: str, now: datetime) -> None:
    """Send the answer; its draft has done its work then."""
    correspondence_actions.answer(principal=principal, contact=contact, text=text, now=now)
    DeskDraft.objects.filter(contact=contact, kind=DeskDraft.Kind.ANSWER).delete()


@transaction.atomic
def note_reveal(*, principal: Principal, contact: Contact, view_key: str, now: datetime) -> None:
    """Note who looks behind a mask, before they see anything."""
    assert principal.id is not None
    if contact.customer_id is None:
        raise FirstlineError(_("Choose the customer first."), code="no-customer")
    Reveal.objects.create(
        contact=contact, customer_id=contact.customer_id, view_key=view_key[:100], user_id=principal.id, at=now
    )


@transaction.atomic
def open_tile(*, principal: Principal, contact: Contact, view_key: str, now: datetime) -> None:
    """Show another answer of a system for the rest of this contact, whatever its procedure shows."""
    assert principal.id is not None
    OpenedTile.objects.get_or_create(
        contact=contact, view_key=view_key, defaults={"opened_by_id": principal.id, "opened_at": now}
    )


@transaction.atomic
def create_customer(
    *,
    principal: Principal,
    contact: Contact,
    salutation: str,
    given_name: str,
    family_name: str,
    is_organisation: bool,
    email: str,
    phone: str,
    address: customer_actions.NewAddress | None = None,
    born_on: date | None = None,
) -> None:
    """Make whoever made contact a customer, and take the contact for theirs: one step."""
    told = {customer_rules.EMAIL: email, customer_rules.PHONE: phone}
    evidence = f"{contact.channel} {contact.number}"
    customer = customer_actions.create_customer(
        brand=contact.brand,
        kind=Customer.Kind.ORGANISATION if is_organisation else Customer.Kind.PERSON,
        salutation="" if is_organisation else salutation,
        given_name="" if is_organisation else given_name,
        family_name="" if is_organisation else family_name,
        organisation_name=family_name if is_organisation else "",
        language=contact.language or "en",
        address=address,
        born_on=born_on,
        identifiers=[
            customer_actions.NewIdentifier(kind=kind, value=value, evidence=evidence)
            for kind, value in told.items()
            if value.strip()
        ],
    )
    contact_actions.choose_customer(principal=principal, contact_id=contact.id, customer=customer)


@transaction.atomic
def speak_for_themselves(*, principal: Principal, contact: Contact) -> None:
    """Say that whoever speaks in a contact does so for themselves."""
    contact_actions.choose_customer(
        principal=principal, contact_id=contact.id, customer=contact.speaker or contact.customer
    )


@transaction.atomic
def speak_with(*, principal: Principal, contact: Contact, authority_id: UUID) -> None:
    """Say that somebody speaks for a customer in a contact, with an authority that is noted.

    Raises: AccessDenied.
    """
    found = access_authority(principal, authority_id, roles=WORKING_ROLES)
    contact_actions.choose_customer(
        principal=principal,
        contact_id=contact.id,
        customer=found.speaker,
        represented=found.customer,
        authority=found.state,
        authority_id=found.id,
    )


@transaction.atomic
def claim_authority(
    *,
    principal: Principal,
    contact: Contact,
    is_other_speaking: bool,
    other: Customer | None,
    given_name: str,
    family_name: str,
    said: NewAuthority,
    now: datetime,
) -> None:
    """Note that somebody says they speak for somebody, and that they do so in this contact: one step.

    The other one (who speaks, or for whom) is a customer, or becomes one by name. Raises: WrongAuthority.
    """
    here = contact.customer if is_other_speaking else contact.speaker
    if here is None:
        raise FirstlineError(_("Choose the customer first."), code="no-customer")
    if other is None:
        other = customer_actions.create_customer(
            brand=contact.brand, given_name=given_name, family_name=family_name, language=contact.language or "en"
        )
    speaker, customer = (other, here) if is_other_speaking else (here, other)
    authority_id = identity_actions.note_authority(
        speaker=speaker, customer=customer, said=said, principal=principal, now=now
    )
    speak_with(principal=principal, contact=contact, authority_id=authority_id)


@transaction.atomic
def finish(*, principal: Principal, contact: Contact, summary: str, now: datetime) -> None:
    """Wrap the contact up; the drafts have done their work."""
    contact_actions.finish_contact(principal=principal, contact_id=contact.id, summary=summary, now=now)
    DeskDraft.objects.filter(contact=contact, kind=DeskDraft.Kind.SUMMARY).delete()


@transaction.atomic
def hand_over(*, principal: Principal, case_id: UUID, task_id: UUID, team: str, note: str, now: datetime) -> None:
    """Leave a step to another team, with what they should know; the answers so far go along."""
    case_actions.hand_over_step(principal=principal, task_id=task_id, team=team, now=now)
    case_actions.write_note(case_id=case_id, text=note, principal=principal, now=now)
