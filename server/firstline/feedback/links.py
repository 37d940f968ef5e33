"""The signed link under which a customer says how it was."""

from firstline.feedback.models import Satisfaction
from firstline.links import SignedLink, bad_link

RATE = SignedLink("rate", salt="firstline.feedback.rate")


def access_asking(token: str) -> Satisfaction:
    """Let the holder of a link in, to the one asking that was sent with it.

    Raises: AccessDenied.
    """
    known = Satisfaction.objects.select_related("brand", "case")
    found = known.filter(id=RATE.id_in(token), until__isnull=False).first()
    if found is None:
        raise bad_link()
    return found
