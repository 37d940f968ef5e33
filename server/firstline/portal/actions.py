"""What a customer may do on the page of their case."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.cases.models import Case
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact, ContactReason
from firstline.contacts.ports import Sender
from firstline.customers import queries as customer_queries
from firstline.errors import FirstlineError
from firstline.identity import actions as identity_actions
from firstline.identity.actions import NoCode, Outcome
from firstline.identity.models import CodeSending

CHANNEL = "webform"
MAX_TEXT = 8000
MAX_PER_HOUR = 10


class NothingWritten(FirstlineError):
    code = "nothing-written"
    status = 422


class TooLong(FirstlineError):
    code = "too-long"
    status = 422


class TooOften(FirstlineError):
    code = "too-often"
    status = 429


@transaction.atomic
def add_to_case(*, case: Case, text: str, form_key: UUID, now: datetime) -> UUID:
    """Take in what a customer has to add to their case: a contact that continues it, once per form.

    Raises: NothingWritten, TooLong, TooOften.
    """
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise NothingWritten(_("Write what you want to add, then send it."))
    if len(text) > MAX_TEXT:
        raise TooLong(
            _("That is too long: %(length)d characters, %(most)d fit. Shorten it, or send it in two parts.")
            % {"length": len(text), "most": MAX_TEXT}
        )
    key = f"follow:{case.id}:{form_key}"
    # A double click comes as two requests at once: the second waits here, and then finds the first one's contact.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"follow:{case.id}"])
    known = Contact.objects.filter(channel=CHANNEL, external_key=key).first()
    if known is not None:
        return known.id
    if _lately(case, now) >= MAX_PER_HOUR:
        raise TooOften(
            _(
                "You have sent us a lot within the last hour, and we have all of it. Wait an hour, then send the rest in one go."
            )
        )
    return contact_actions.capture_contact(
        brand=case.brand,
        channel=CHANNEL,
        external_key=key,
        received_at=now,
        sent_at=now,
        sender=_sender(case),
        subject=_("Addition to case %(number)s") % {"number": case.number},
        text=text,
        language=case.language,
        case_id=case.id,
    )


def _sender(case: Case) -> Sender:
    """Name the customer of the case: whoever holds the link speaks for them, whatever numbers the text mentions."""
    if case.customer_id is None:
        return Sender()
    card = customer_queries.customer_card(case.customer_id)
    return Sender(name=card.name, email=card.email, customer_number=card.number)


def _lately(case: Case, now: datetime) -> int:
    since = now - timedelta(hours=1)
    return ContactReason.objects.filter(
        case=case, contact__external_key__startswith="follow:", contact__received_at__gt=since
    ).count()


def confirm_code(*, sending: CodeSending, said: str, now: datetime) -> Outcome:
    """Take in the code that a customer entered by themselves.

    Raises: LockedOut, NoCode, FirstlineError for an empty one.
    """
    contact = Contact.objects.select_related("brand").filter(id=sending.contact_id).first()
    if contact is None or contact.speaker_id is None:
        raise NoCode(_("This code doesn't count any more. Contact us if you still need something."))
    asking = contact_actions.asking_in(contact, principal=Principal(kind="link"), now=now)
    return identity_actions.check_code(asking, said=said, sending_id=sending.id)
