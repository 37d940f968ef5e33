"""Values of variables as operators read and write them."""

import hashlib
import json
from datetime import datetime

from django.utils.translation import gettext as _

import feel
from firstline import codec
from firstline.errors import FirstlineError

MAX_VALUE = 100_000
MAX_REASON = 1_000


class BadValue(FirstlineError):
    """What was written is no value."""

    code = "bad-value"
    status = 422


class NoReason(FirstlineError):
    """Everything that operators do has a reason."""

    code = "no-reason"
    status = 422


def reason_of(text: str) -> str:
    """Read why somebody does something. Raises: NoReason."""
    reason = text.replace("\x00", "").strip()[:MAX_REASON]
    if not reason:
        raise NoReason(_("Write why you do this; it stays in the history and in the audit trail."))
    return reason


def read_value(text: str, *, now: datetime) -> object:
    """Read a value written as FEEL: "text" in quotes, 12.5, true, date("2026-01-31"), [1, 2], {name: "value"}. Raises: BadValue."""
    if len(text) > MAX_VALUE:
        raise BadValue(_("The value has more than %(n)s characters.") % {"n": MAX_VALUE})
    try:
        found = feel.evaluate(text, now=now)
    except feel.FeelSyntaxError as error:
        raise BadValue("; ".join(one.message for one in error.problems)) from None
    except feel.FeelError as error:
        raise BadValue(str(error)) from None
    if found.diagnostics:
        raise BadValue("; ".join(one.message for one in found.diagnostics))
    try:
        codec.encode(found.value)
    except codec.CodecError as error:
        raise BadValue(error.message) from None
    return found.value


def mark_of(value: object) -> str:
    """Tell values apart, so that what somebody saw can be compared with what is there now.

    >>> mark_of(1) == mark_of(2)
    False
    """
    text = json.dumps(codec.encode(value), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
