"""By what contacts are found, and the documents that came and went with them."""

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet

from firstline.contacts.models import Attachment, Contact
from firstline.customers import rules as customer_rules
from firstline.search import actions as search
from firstline.search.ports import Found

KIND, DOCUMENT = "contact", "document"
_NOT_IN_NAMES = re.compile(r"[_.]+")


def note(contact_id: UUID) -> None:
    """Write down by what a contact is found, and its documents."""
    search.note(*found_of(_whole().filter(id=contact_id)))


def found_of(contacts: Iterable[Contact]) -> list[Found]:
    """Say by what contacts are found: number, subject, who spoke, what was said; and their documents by their names."""
    found = []
    for one in contacts:
        messages = list(one.messages.all())
        found.append(_contact(one, [f"{each.subject}\n{each.text}" for each in messages]))
        found += [_document(one, file) for each in messages for file in each.attachments.all()]
    return found


def _contact(one: Contact, texts: list[str]) -> Found:
    return Found(
        kind=KIND,
        subject_id=one.id,
        brand=one.brand.key,
        at=one.received_at,
        names=" ".join(filter(None, (one.subject, one.speaker_name, one.customer.name if one.customer else ""))),
        text="\n".join(filter(None, (one.summary, *texts, one.speaker_address if "@" in one.speaker_address else ""))),
        language=one.language,
        numbers=(one.number, *((one.customer.number,) if one.customer else ())),
        phones=customer_rules.dialled(one.speaker_address),
    )


def _document(contact: Contact, file: Attachment) -> Found:
    return Found(
        kind=DOCUMENT,
        subject_id=file.id,
        brand=contact.brand.key,
        at=contact.received_at,
        names=_NOT_IN_NAMES.sub(" ", file.name),
    )


def _whole() -> "QuerySet[Contact]":
    return Contact.objects.select_related("brand", "customer").prefetch_related("messages__attachments")


def feed(*, size: int) -> Iterator[list[Found]]:
    """Give all contacts with their documents."""
    everything = _whole().order_by("id")
    batch = list(everything[:size])
    while batch:
        yield found_of(batch)
        batch = list(everything.filter(id__gt=batch[-1].id)[:size])
