"""Signed links that customers are sent: each leads to one thing, by its id, and nobody else can write one."""

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from firstline.errors import AccessDenied


class SignedLink:
    """Links to one kind of thing, which all begin with `place`; `salt` keeps them apart from those of other kinds."""

    def __init__(self, place: str, *, salt: str) -> None:
        self._place = place
        self._signer = signing.Signer(salt=salt)

    def token(self, id_: UUID) -> str:
        """Write what stands in the link to one of them."""
        return self._signer.sign(base64.urlsafe_b64encode(id_.bytes).rstrip(b"=").decode())

    def url(self, id_: UUID) -> str:
        """Write the whole link, as a message holds it."""
        return f"{settings.FIRSTLINE_PUBLIC_URL}/{self._place}/{self.token(id_)}/"

    def id_in(self, token: str) -> UUID:
        """Read to which one a link leads.

        Raises: AccessDenied for what we didn't sign.
        """
        try:
            return UUID(bytes=base64.urlsafe_b64decode(self._signer.unsign(token) + "=="))
        except (signing.BadSignature, binascii.Error, ValueError):
            raise bad_link() from None


def bad_link() -> AccessDenied:
    """Say that a link leads nowhere."""
    message = _("This link isn't complete or was changed. Copy the whole link from our message, or contact us.")
    return AccessDenied(message, code="bad-link")
