"""Taking a web form in: a contact, a case and its answers, in one transaction, once per form that was shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from firstline import codec
from firstline.accounts.models import Brand
from firstline.accounts.principals import process_principal
from firstline.channels.webform import rules
from firstline.channels.webform.models import FormSent
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import ContactReason
from firstline.contacts.ports import ArrivedAttachment, Sender
from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.files import actions as file_actions

CHANNEL = "webform"


class TooManyForms(FirstlineError):
    """So many forms came from one network that the next has to wait."""

    code = "too-many-forms"
    status = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedDocument:
    """A file that came with a form."""

    name: str
    claimed_type: str
    data: bytes


@transaction.atomic
def submit_form(
    *,
    brand: Brand,
    reason_key: str,
    form_key: str,
    sender: Sender,
    subject: str,
    text: str,
    answers: Mapping[str, Any],
    documents: Iterable[UploadedDocument],
    language: str,
    network: str,
    now: datetime,
) -> UUID:
    """Take a form in: its contact and the case that its reason opens. Returns the case; the same form again, the same case.

    `answers` are checked and typed already, `text` says them in words. Raises: TooManyForms.
    """
    # A double click comes as two requests at once: the second waits here, and then finds the first one's contact.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webform:{form_key}"])
    known = _case_of(form_key)
    if known is not None:
        return known
    _count(network, now)
    contact_id = contact_actions.capture_contact(
        brand=brand,
        channel=CHANNEL,
        external_key=form_key,
        received_at=now,
        sent_at=now,
        sender=sender,
        subject=subject,
        text=text,
        raw_file_id=_keep_raw(reason_key, sender, answers),
        attachments=[_keep(one) for one in documents],
        language=language,
    )
    crash_point("channels.webform.captured")
    return contact_actions.add_reason(
        principal=process_principal(), contact_id=contact_id, reason_key=reason_key, now=now, answers=answers
    )


def _case_of(form_key: str) -> UUID | None:
    link = ContactReason.objects.filter(
        contact__channel=CHANNEL, contact__external_key=form_key, relation=ContactReason.Relation.OPENS
    ).first()
    return link.case_id if link else None


def _count(network: str, now: datetime) -> None:
    FormSent.objects.filter(at__lt=now - rules.WINDOW).delete()
    if rules.is_held_back(sent=FormSent.objects.filter(network=network).count()):
        minutes = int(rules.WINDOW.total_seconds() // 60)
        raise TooManyForms(
            _(
                "Very many forms came from your network within %(minutes)d minutes. Yours was not taken in. Your answers are still here: send it again in %(minutes)d minutes, or call us."
            )
            % {"minutes": minutes}
        )
    FormSent.objects.create(network=network, at=now)


def _keep(document: UploadedDocument) -> ArrivedAttachment:
    stored = file_actions.store(data=document.data, name=document.name, claimed_type=document.claimed_type)
    return ArrivedAttachment(file_id=stored.id, name=stored.name)


def _keep_raw(reason_key: str, sender: Sender, answers: Mapping[str, Any]) -> UUID:
    """Keep the form as it arrived; what stands in the contact is written from it."""
    content = {
        "reason": reason_key,
        "from": {"name": sender.name, "email": sender.email, "customer_number": sender.customer_number},
        "answers": dict(answers),
    }
    return file_actions.store(data=codec.dumps(content).encode(), name="form.json", claimed_type="application/json").id
