"""Values from outside: made small, made typed, compared and shown. Whatever a source answers is hostile until it went through here."""

import math
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from django.utils.translation import gettext as _

from firstline.money import Money

FieldType = Literal["text", "date", "moment", "number", "money", "boolean", "link", "document"]
FIELD_TYPES: tuple[FieldType, ...] = ("text", "date", "moment", "number", "money", "boolean", "link", "document")

MAX_TEXT = 2_000
MAX_DEPTH = 12
MAX_ITEMS = 20_000
MAX_DIGITS = 40
MAX_DOCUMENT_BYTES = 10_000_000
MASK = "••••"


class Hostile(ValueError):
    """An answer is larger, deeper or stranger than anything that would be shown."""


_Answer = TypeVar("_Answer")


def bounded(value: _Answer) -> _Answer:
    """Copy an answer into plain values within our bounds, of the same shape; texts are cut, NUL is replaced.

    Raises: Hostile.
    """
    copied: _Answer = _Bounds().copy(value, 0)
    return copied


class _Bounds:
    def __init__(self) -> None:
        self._items = 0

    def copy(self, value: object, depth: int) -> Any:
        self._items += 1
        if depth > MAX_DEPTH:
            raise Hostile(f"nested deeper than {MAX_DEPTH} levels")
        if self._items > MAX_ITEMS:
            raise Hostile(f"more than {MAX_ITEMS} values")
        if isinstance(value, Mapping):
            return {clean_text(str(key))[:200]: self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, depth + 1) for item in value]
        return _scalar(value)


def _scalar(value: object) -> Any:
    match value:
        case None | bool() | date() | time() | timedelta() | UUID():
            return value
        case str():
            return clean_text(value)
        case int():
            return value if abs(value) < 2**63 else _number(str(value)[: MAX_DIGITS + 2])
        case float():
            return _number(repr(value)) if math.isfinite(value) else None
        case Decimal():
            return _number(value)
        case bytes() | bytearray() | memoryview():
            return "(…)"
        case _:
            return clean_text(str(value))


def _number(value: str | Decimal) -> Decimal | None:
    number = Decimal(value)
    if not number.is_finite():
        return None
    if abs(number.adjusted()) > MAX_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        raise Hostile(f"a number of more than {MAX_DIGITS} digits")
    return number


def clean_text(text: str) -> str:
    """Cut a text to what is shown of it and take out what no database and no screen wants."""
    # Lone surrogates can come out of JSON and can't be stored; NUL can't be stored either.
    return text[:MAX_TEXT].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """Find `contact.phones.0` in a row; None where the way ends.

    >>> value_at({"contact": {"phones": ["030"]}}, "contact.phones.0")
    '030'
    """
    if path in row:
        return row[path]
    here: Any = row
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def typed(value: object, field_type: FieldType, currency: str = "EUR") -> Any:
    """Read a value as `field_type`; what can't be read so stays the text that it is, for the eye to judge."""
    if value is None or value == "":
        return None
    try:
        return _READ[field_type](value, currency)
    except (ValueError, InvalidOperation, TypeError):
        return clean_text(str(value))


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value))


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    return Decimal(str(value))


def _boolean(value: object) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in known:
        raise ValueError(value)
    return known[str(value).lower()]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value if item is not None)
    return str(value).strip()


_READ: dict[str, Any] = {
    "text": lambda value, _currency: _text(value),
    "date": lambda value, _currency: _date(value),
    "moment": lambda value, _currency: _moment(value),
    "number": lambda value, _currency: _decimal(value),
    "money": lambda value, currency: Money(_decimal(value), currency),
    "boolean": lambda value, _currency: _boolean(value),
    "link": lambda value, _currency: _text(value),
    # What a document is called in its source; the document itself is fetched when somebody opens it.
    "document": lambda value, _currency: _text(value),
}


def document_bytes(value: object) -> bytes | None:
    """Take what a source gives as a document; None for nothing.

    Raises: Hostile when it is none, or larger than `MAX_DOCUMENT_BYTES`.
    """
    match value:
        case None:
            return None
        case str():
            data = value.encode("utf-8", "replace")
        case bytes() | bytearray() | memoryview():
            data = bytes(value)
        case _:
            raise Hostile("it is no document")
    if len(data) > MAX_DOCUMENT_BYTES:
        raise Hostile(f"it is larger than {MAX_DOCUMENT_BYTES} bytes")
    return data


def safe_link(value: object, hosts: Collection[str]) -> str:
    """Give an address that may be clicked on: http or https, without a name to sign in, on one of `hosts`; else ''.

    >>> safe_link("https://track.example.com/7", {"track.example.com"})
    'https://track.example.com/7'
    >>> (
    ...     safe_link("javascript:alert(1)", {""}),
    ...     safe_link("https://track.example.com@evil.example/", {"track.example.com"}),
    ... )
    ('', '')
    """
    if not isinstance(value, str) or not value.isprintable() or "\\" in value or " " in value:
        return ""
    try:
        address = urlsplit(value)
        host, is_plain = address.hostname, "@" not in address.netloc
    except ValueError:
        return ""
    return value if address.scheme in ("http", "https") and is_plain and host in hosts else ""


def same(one: object, other: object) -> bool:
    """Tell whether two values mean the same: nothing and an empty text do, 10 and 10.00 do."""
    if one in (None, "") or other in (None, ""):
        return one in (None, "") and other in (None, "")
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    return one == other


def shown(value: object, language: str) -> str:
    """Write a value as people of `language` do."""
    locale = Locale.parse({"en": "en_GB", "de": "de_DE", "nl": "nl_NL"}.get(language, "en_GB"))
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case Money():
            return str(format_currency(value.amount, value.currency, locale=locale))
        case datetime():
            return str(format_datetime(value, "short", locale=locale))
        case date():
            return str(format_date(value, "medium", locale=locale))
        case Decimal() | int():
            return str(format_decimal(value, locale=locale))
        case _:
            return str(value)
