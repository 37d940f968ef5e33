"""The signed link under which a customer enters the code that they were sent."""

from firstline.identity.models import CodeSending
from firstline.links import SignedLink, bad_link

CONFIRM = SignedLink("confirm", salt="firstline.identity.confirm")


def access_sending(token: str) -> CodeSending:
    """Let the holder of a link in, to the one code that was sent with it.

    Raises: AccessDenied.
    """
    found = CodeSending.objects.select_related("customer__brand").filter(id=CONFIRM.id_in(token)).first()
    if found is None:
        raise bad_link()
    return found
