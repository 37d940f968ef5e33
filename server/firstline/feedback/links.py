"""The links under which a customer says how it was: a signed one in a mail, a short one in a text message."""

from django.conf import settings
from django.utils.crypto import get_random_string

from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import CODE_LENGTH, CODE_LETTERS
from firstline.links import SignedLink, bad_link

RATE = SignedLink("rate", salt="firstline.feedback.rate")


def new_code() -> str:
    """Make up what stands in a short link."""
    return get_random_string(CODE_LENGTH, CODE_LETTERS)


def short_url(code: str) -> str:
    """Write the whole short link."""
    return f"{settings.FIRSTLINE_PUBLIC_URL}/r/{code}/"


def access_asking(token: str) -> Satisfaction:
    """Let the holder of a link in, to the one asking that was sent with it.

    Raises: AccessDenied.
    """
    return _asked(id=RATE.id_in(token))


def access_asking_by_code(code: str) -> Satisfaction:
    """Let the holder of a short link in, also who copied it in capitals.

    Raises: AccessDenied.
    """
    wanted = code.lower()
    if len(wanted) != CODE_LENGTH or set(wanted) - set(CODE_LETTERS):
        raise bad_link()
    return _asked(code=wanted)


def _asked(**one: object) -> Satisfaction:
    known = Satisfaction.objects.select_related("brand", "case")
    found = known.filter(**one, until__isnull=False).first()
    if found is None:
        raise bad_link()
    return found
