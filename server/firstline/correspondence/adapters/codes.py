"""The message that carries a one-time code, in its reader's language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from firstline.correspondence.adapters import smtp
from firstline.correspondence.adapters.texting import on_the_wire
from firstline.customers.rules import PHONE
from firstline.identity.links import CONFIRM
from firstline.identity.models import CodeSending
from firstline.identity.rules.codes import code_of


def message_of(sending: CodeSending, *, now: datetime) -> tuple[str, str, bytes]:
    """Write it: sender, recipient, and the message. One sending is always one Message-ID."""
    brand = sending.customer.brand
    sender = brand.sender_address or "service@localhost"
    to = on_the_wire(brand=brand.key, channel="sms" if sending.kind == PHONE else "email", address=sending.address)
    domain = sender.rpartition("@")[2]
    with translation.override(sending.language):
        subject, text = _words(sending, brand.name(sending.language), brand.zone)
    raw = smtp.build(
        sender=(brand.sender_name or brand.name(sending.language), sender), to=to, subject=subject, text=text,
        message_id=f"code.{sending.id.hex}@{domain}", at=now, language=sending.language, is_automatic=True,
    )  # fmt: skip
    return sender, to, raw


def _words(sending: CodeSending, brand: str, zone: str) -> tuple[str, str]:
    code = code_of(sending.id, key=settings.SECRET_KEY.encode())
    until = sending.until.astimezone(ZoneInfo(zone))
    named = {"code": code, "brand": brand, "until": f"{date_format(until, 'DATE_FORMAT')}, {until:%H:%M}"}
    if sending.kind == PHONE:
        return "", _("%(code)s is your code for %(brand)s. Nobody calls you to ask for it.") % named + "\n"
    lines = (
        _("Your code: %(code)s") % named,
        _("It counts once, until %(until)s. Tell it to whoever you are speaking with at %(brand)s, or enter it here:")
        % named,
        CONFIRM.url(sending.id),
        _(
            "You aren't in contact with us? Then somebody else gave your name. Tell nobody the code, and nothing happens."
        ),
    )
    return _("Your code for %(brand)s") % named, "\n\n".join(lines) + "\n"
