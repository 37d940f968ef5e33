"""What a customer allows, per purpose and channel, as pure functions: which word counts, and what follows from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from firstline.definitions import Part, Texts

CHANNELS: Mapping[str, Any] = {
    "email": _("E-mail"),
    "phone": _("Phone"),
    "sms": _("Text message"),
    "letter": _("Letter"),
}
IMPORT = "import"
# How a customer's word came to us.
WAYS: Mapping[str, Any] = {
    "phone": _("on the phone"),
    "email": _("by e-mail"),
    "form": _("on a form"),
    "letter": _("by letter"),
    "counter": _("at the counter"),
    IMPORT: _("from another system"),
}
# consent: only who agreed. no-objection: everybody but those who object.
Basis = Literal["consent", "no-objection"]
State = Literal["given", "withdrawn", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What customers are contacted for, on which channels, and whether they must have agreed to it."""

    key: str
    label: Texts
    channels: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a customer said once."""

    is_given: bool
    said_at: datetime
    noted_at: datetime
    way: str
    evidence: str = ""
    noted_by: str = ""

    @property
    def state(self) -> State:
        """What it comes to."""
        return "given" if self.is_given else "withdrawn"


def word_that_counts(words: Iterable[Word]) -> Word | None:
    """Give the word that counts: the last one; of two at the same moment the no; an import never turns a no into a yes."""
    counts: Word | None = None
    for word in sorted(words, key=lambda one: (one.said_at, not one.is_given, one.noted_at)):
        is_overruled = word.is_given and word.way == IMPORT and counts is not None and not counts.is_given
        if not is_overruled:
            counts = word
    return counts


def of_several(words: Iterable[Word | None]) -> Word | None:
    """Give the word that counts of customers who turned out to be one: any of their noes before any yes."""
    said = [one for one in words if one is not None]
    return min(said, key=lambda one: (one.is_given, -one.said_at.timestamp())) if said else None


def is_allowed(purpose: Purpose, channel: str, word: Word | None) -> bool:
    """Tell whether a customer may be contacted for a purpose on a channel, given the word that counts there."""
    if channel not in purpose.channels:
        return False
    if word is not None:
        return word.is_given
    return purpose.basis == "no-objection"


# What a column of another system's table may hold: what they said about one purpose on one channel.
_FIELD = "consent"
_SAID: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "ja", "j", "true", "1", "x"), True),
    **dict.fromkeys(("no", "n", "nein", "nee", "false", "0"), False),
}


def field_for(purpose: str, channel: str) -> str:
    """Name the field of a table that holds what was said about a purpose on a channel.

    >>> field_for("newsletter", "email")
    'consent:newsletter:email'
    """
    return f"{_FIELD}:{purpose}:{channel}"


def of_field(field: str) -> tuple[str, str] | None:
    """Give the purpose and the channel that a field of a table is about; None for any other field."""
    match field.split(":"):
        case [start, purpose, channel] if start == _FIELD and purpose and channel in CHANNELS:
            return purpose, channel
    return None


def said_in(cell: str) -> bool | None:
    """Read a yes or a no in English, German or Dutch; None for anything else.

    >>> said_in("Ja"), said_in("0"), said_in("perhaps")
    (True, False, None)
    """
    return _SAID.get(cell.strip().lower())


def read_purposes(part: Part) -> tuple[Purpose, ...]:
    """Read a brand's purposes from its file; mistakes are noted with their places."""
    found = tuple(_purpose(key, inner) for key, inner in part.named_parts("purposes"))
    part.end()
    return found


def _purpose(key: str, part: Part) -> Purpose:
    channels = part.strings("channels")
    for one in channels:
        if one not in CHANNELS:
            part.problem("channels", "no-channel", f"'{one}' is none of {', '.join(CHANNELS)}.")
    if not channels:
        part.problem("channels", "missing", "'channels' says on which channels, such as [email, letter].")
    purpose = Purpose(
        key=key,
        label=part.texts("label"),
        channels=channels,
        basis=part.choice("basis", ("consent", "no-objection"), "consent"),
    )
    part.end()
    return purpose
