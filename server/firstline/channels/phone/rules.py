"""What a telephone event must look like. Pure: mistakes come back all at once."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers

KINDS = ("ringing", "answered", "held", "resumed", "ended")
MAX_ID_CHARS = 100
# A switchboard's clock may be a little ahead of ours.
MAX_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    event_id: str
    kind: str
    call_id: str
    at: datetime
    number: str
    extension: str
    brand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    field: str
    message: str


def read_event(body: bytes, *, now: datetime) -> CallEvent | tuple[Mistake, ...]:
    """Read the JSON of one event, or name everything that is wrong with it."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return (Mistake(field="", message="The body isn't JSON."),)
    if not isinstance(given, dict):
        return (Mistake(field="", message="The body must be one JSON object."),)
    mistakes: list[Mistake] = []
    kind = _text(given, "type", mistakes, required=True)
    if kind and kind not in KINDS:
        mistakes.append(Mistake(field="type", message=f"It must be one of: {', '.join(KINDS)}."))
    event = CallEvent(
        event_id=_text(given, "id", mistakes, required=True),
        kind=kind,
        call_id=_text(given, "call_id", mistakes, required=True),
        at=_moment(given, mistakes, now) or now,
        number=_text(given, "from", mistakes, required=kind == "ringing" and "from" not in given),
        extension=_text(given, "extension", mistakes),
        brand=_text(given, "brand", mistakes),
    )
    if len(event.extension) > 20:
        mistakes.append(Mistake(field="extension", message="It is longer than 20 characters."))
    return tuple(mistakes) or event


def _text(given: dict[str, Any], field: str, mistakes: list[Mistake], *, required: bool = False) -> str:
    value = given.get(field)
    if value is None or value == "":
        if required:
            mistakes.append(Mistake(field=field, message="It is missing."))
        return ""
    if not isinstance(value, str):
        mistakes.append(Mistake(field=field, message="It must be a text."))
        return ""
    if len(value) > MAX_ID_CHARS or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
        mistakes.append(
            Mistake(field=field, message=f"At most {MAX_ID_CHARS} characters, none of them a control character.")
        )
        return ""
    return value.strip()


def _moment(given: dict[str, Any], mistakes: list[Mistake], now: datetime) -> datetime | None:
    text = _text(given, "at", mistakes, required=True)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        mistakes.append(Mistake(field="at", message="It must be a moment such as 2026-03-02T09:15:00Z."))
        return None
    if at.tzinfo is None:
        mistakes.append(Mistake(field="at", message="It needs a zone, such as the Z in 2026-03-02T09:15:00Z."))
        return None
    if at > now + MAX_AHEAD:
        mistakes.append(Mistake(field="at", message="It lies in the future: set the clock of the telephone system."))
        return None
    return at


def e164(written: str, *, region: str) -> str:
    """Write a number the international way; empty when it is withheld or isn't a number that can be called.

    >>> e164("030 1234567", region="DE"), e164("sip:+49301234567@pbx", region="NL"), e164("anonymous", region="DE")
    ('+49301234567', '+49301234567', '')
    """
    number = re.sub(r"^(sips?|tel):", "", written.strip(), flags=re.IGNORECASE).partition("@")[0].partition(";")[0]
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    # A number that reaches somebody only within the house or town (an extension) isn't a customer's.
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
