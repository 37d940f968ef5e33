"""What correspondence hears, and what it delivers."""

from typing import Any
from uuid import UUID

from django.conf import settings

from firstline import clock
from firstline.contacts.events import ContactFinished
from firstline.correspondence import actions
from firstline.correspondence.adapters import codes, smtp
from firstline.correspondence.adapters.texting import on_the_wire
from firstline.correspondence.models import OutgoingMessage
from firstline.crashpoints import crash_point
from firstline.files import queries as file_queries
from firstline.identity import actions as identity_actions
from firstline.identity.models import CodeSending
from firstline.outbox.ports import Delivery, GiveUp, TryAgain
from firstline.processes.ports import Job, JobFailed


def send_message(job: Job) -> dict[str, Any]:
    """Do the job of a send task: want the message that its header `template` names."""
    template = job.headers.get("template", "")
    if not template or job.business_id is None:
        raise JobFailed("A send task of type send-message needs the header `template` and a case.")
    actions.want_message(
        case_id=job.business_id,
        template=template,
        variables=job.variables,
        key=f"job:{job.key}",
        purpose=job.headers.get("purpose", ""),
        now=job.now,
    )
    return {}


def deliver_bundle(delivery: Delivery) -> None:
    """Make the message of which an intent is part."""
    actions.bundle(intent_id=UUID(delivery.payload["intent_id"]), now=delivery.now)


def deliver_message(delivery: Delivery) -> None:
    """Hand a message to the mail server. A crash in between may send it twice, with the same Message-ID."""
    message = OutgoingMessage.objects.select_related("brand").get(id=UUID(delivery.payload["message_id"]))
    if message.state == OutgoingMessage.State.SENT or message.raw_file_id is None:
        return
    if actions.withhold_unwanted(message=message):
        return
    try:
        smtp.send(
            server=settings.FIRSTLINE_SMTP_OUT,
            sender=message.brand.sender_address or "service@localhost",
            to=on_the_wire(brand=message.brand.key, channel=message.channel, address=message.address),
            raw=file_queries.read(message.raw_file_id),
        )
    except smtp.Later as later:
        actions.note_not_sent(message_id=message.id, error=str(later), is_final=False)
        raise TryAgain(str(later)) from later
    except smtp.Never as never:
        actions.note_not_sent(message_id=message.id, error=str(never), is_final=True)
        raise GiveUp(str(never)) from never
    crash_point("correspondence.send.after_smtp")
    actions.note_sent(message_id=message.id, now=clock.now())


def deliver_asking(delivery: Delivery) -> None:
    """Ask a customer how it was."""
    actions.ask_how_it_was(satisfaction_id=UUID(delivery.payload["satisfaction_id"]), now=delivery.now)


def deliver_code(delivery: Delivery) -> None:
    """Send a one-time code. It is computed here, and kept nowhere; a crash in between may send the same code twice."""
    sending = CodeSending.objects.select_related("customer__brand").get(id=UUID(delivery.payload["sending_id"]))
    if sending.sent_at is not None or sending.used_at is not None or delivery.now >= sending.until:
        return
    sender, to, raw = codes.message_of(sending, now=delivery.now)
    try:
        smtp.send(server=settings.FIRSTLINE_SMTP_OUT, sender=sender, to=to, raw=raw)
    except smtp.Later as later:
        raise TryAgain(str(later)) from later
    except smtp.Never as never:
        identity_actions.note_code_sent(sending_id=sending.id, now=clock.now(), error=str(never))
        raise GiveUp(str(never)) from never
    crash_point("correspondence.code.after_smtp")
    identity_actions.note_code_sent(sending_id=sending.id, now=clock.now())


def on_contact_finished(event: ContactFinished) -> None:
    """Let go out what waited for the end of the contact."""
    actions.hurry_contact(contact_id=event.contact_id, now=clock.now())
