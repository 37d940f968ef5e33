"""The signed link with which a customer follows one case."""

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.core import signing
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
