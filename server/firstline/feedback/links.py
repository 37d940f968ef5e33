"""The signed link under which a customer says how it was."""

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from firstline.errors import AccessDenied
from firstline.feedback.models import Satisfaction

_signer = signing.Signer(salt="firstline.feedback.rate")


def rate_token(satisfaction_id: UUID) -> str:
    """Write what stands in the link to one asking."""
    return _signer.sign(base64.urlsafe_b64encode(satisfaction_id.bytes).rstrip(b"=").decode())


def rate_url(satisfaction_id: UUID) -> str:
    """Write the link as the message holds it."""
    return f"{settings.FIRSTLINE_PUBLIC_URL}/rate/{rate_token(satisfaction_id)}/"


def access_asking(token: str) -> Satisfaction:
    """Let the holder of a link in, to the one asking that was sent with it.

    Raises: AccessDenied.
    """
    try:
        asking_id = UUID(bytes=base64.urlsafe_b64decode(_signer.unsign(token) + "=="))
        found = Satisfaction.objects.select_related("brand", "case").filter(id=asking_id, until__isnull=False).first()
    except (signing.BadSignature, binascii.Error, ValueError):
        found = None
    if found is None:
        raise AccessDenied(
            _("This link isn't complete or was changed. Copy the whole link from our message, or contact us."),
            code="bad-link",
        )
    return found
