"""The signed link with which a customer follows one case, and the signed address at which they answer about it."""

import base64
import re
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from firstline.accounts.principals import Principal, link_principal
from firstline.links import SignedLink

FOLLOW = SignedLink("follow", salt="firstline.follow")


def access_link(token: str) -> Principal:
    """Let the holder of a link in, to its one case.

    Raises: AccessDenied for a link that we didn't sign.
    """
    return link_principal(FOLLOW.id_in(token))


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
