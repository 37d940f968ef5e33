"""The signed link under which a customer enters the code that they were sent."""

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from firstline.errors import AccessDenied
from firstline.identity.models import CodeSending

_signer = signing.Signer(salt="firstline.identity.confirm")


def confirm_token(sending_id: UUID) -> str:
    """Write what stands in the link to one sending."""
    return _signer.sign(base64.urlsafe_b64encode(sending_id.bytes).rstrip(b"=").decode())


def confirm_url(sending_id: UUID) -> str:
    """Write the link as the message holds it."""
    return f"{settings.FIRSTLINE_PUBLIC_URL}/confirm/{confirm_token(sending_id)}/"


def access_sending(token: str) -> CodeSending:
    """Let the holder of a link in, to the one code that was sent with it.

    Raises: AccessDenied.
    """
    try:
        encoded = _signer.unsign(token)
        found = (
            CodeSending.objects.select_related("customer__brand")
            .filter(id=UUID(bytes=base64.urlsafe_b64decode(encoded + "==")))
            .first()
        )
    except (signing.BadSignature, binascii.Error, ValueError):
        found = None
    if found is None:
        raise AccessDenied(
            _("This link isn't complete or was changed. Copy the whole link from our message, or contact us."),
            code="bad-link",
        )
    return found
