"""The signed link with which a customer follows one case, and the signed address at which they answer about it."""

import base64
import binascii
import re
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal, link_principal
from firstline.errors import AccessDenied

_signer = signing.Signer(salt="firstline.follow")


def link_token(case_id: UUID) -> str:
    """Write what stands in the link to a case."""
    return _signer.sign(base64.urlsafe_b64encode(case_id.bytes).rstrip(b"=").decode())


def follow_url(case_id: UUID) -> str:
    """Write the link to a case, as a message holds it."""
    return f"{settings.FIRSTLINE_PUBLIC_URL}/follow/{link_token(case_id)}/"


def access_link(token: str) -> Principal:
    """Let the holder of a link in, to its one case.

    Raises: AccessDenied for a link that we didn't sign.
    """
    try:
        encoded = _signer.unsign(token)
        return link_principal(UUID(bytes=base64.urlsafe_b64decode(encoded + "==")))
    except (signing.BadSignature, binascii.Error, ValueError):
        message = _("This link isn't complete or was changed. Copy the whole link from our message, or contact us.")
        raise AccessDenied(message, code="bad-link") from None


def reply_address(address: str, case_id: UUID) -> str:
    """Write the address at which answers about one case arrive: `service+<case and signature>@...`."""
    local, _at, domain = address.rpartition("@")
    # Mail servers may change the case of letters, so it is written in base 32.
    return f"{local}+{_base32(case_id.bytes)}{_reply_mark(case_id)}@{domain}" if local else address


def case_of_reply_address(address: str) -> UUID | None:
    """Tell which case an address is about; None for any address that we didn't sign."""
    written = re.fullmatch(r"[^@]*\+([a-z2-7]{26})([a-z2-7]{16})@[^@]*", address.strip().lower())
    if written is None:
        return None
    case_id = UUID(bytes=base64.b32decode(written[1].upper() + "======"))
    return case_id if constant_time_compare(_reply_mark(case_id), written[2]) else None


def _reply_mark(case_id: UUID) -> str:
    return _base32(salted_hmac("firstline.reply", case_id.bytes, algorithm="sha256").digest()[:10])


def _base32(data: bytes) -> str:
    return base64.b32encode(data).rstrip(b"=").decode().lower()
