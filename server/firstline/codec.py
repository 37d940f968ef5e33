"""One typed JSON for variables: decimals, dates, durations, money, lists and contexts survive a round trip.

A value that JSON lacks is written as an object with one key that starts with "$", such as {"$decimal": "1.10"};
a context that happens to look like that is wrapped in {"$context": ...}.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from feel import MonthsDuration, narrowed
from firstline.errors import FirstlineError
from firstline.money import Money

MAX_DEPTH = 64


class CodecError(FirstlineError):
    """The value can't be kept as a variable."""

    code = "bad-value"


def encode(value: object, *, depth: int = 0) -> Any:
    """Turn `value` into what `json` can write.

    >>> encode({"amount": Decimal("1.10")})
    {'amount': {'$decimal': '1.10'}}
    """
    if depth > MAX_DEPTH:
        raise CodecError(f"The value is nested deeper than {MAX_DEPTH} levels; flatten it.")
    kind = type(value)
    # What most are comes first, by the type that it is; after that whatever else may count as one of them.
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, str):
        if "\x00" in value:
            raise CodecError("A text holds the character NUL, which can't be stored; remove it.")
        return value
    if kind is Decimal:
        return {"$decimal": str(value)}
    if isinstance(value, _MAPPINGS):
        return _encode_context(value, depth)
    if isinstance(value, _SEQUENCES):
        return [encode(item, depth=depth + 1) for item in value]
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return {"$decimal": repr(value)}
    narrow = _narrowed(value)
    for kind, (tag, write) in _WRITERS.items():
        if isinstance(narrow, kind):
            return {tag: write(narrow)}
    raise CodecError(f"A value of type {type(value).__name__} can't be kept as a variable.")


_AS_THEY_ARE = frozenset({bool, int, type(None)})
_SEQUENCES = (list, tuple)
# What most are comes first: asking the abstract one takes long.
_MAPPINGS = (dict, Mapping)


def _narrowed(value: object) -> object:
    """Keep a moment or duration to the microsecond, as Python's own values are."""
    try:
        return narrowed(value)
    except ValueError as error:
        raise CodecError(f"{error}, so it can't be kept as a variable.") from error


def decode(value: Any) -> Any:
    """Turn what `encode` made back into the value.

    >>> decode({"$date": "2026-11-21"})
    datetime.date(2026, 11, 21)
    """
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag == "$context":
            return {key: decode(item) for key, item in content.items()}
        if tag in _READERS:
            return _READERS[tag](content)
    return {key: decode(item) for key, item in value.items()}


def dumps(value: object) -> str:
    """Write `value` as text."""
    return json.dumps(encode(value), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Any:
    """Read what `dumps` wrote."""
    return decode(json.loads(text))


class TypedJSONField(models.JSONField):
    """A JSONB column whose values pass through this codec."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value if hasattr(value, "as_sql") else encode(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decode(super().from_db_value(value, expression, connection))


def _encode_context(value: Mapping[Any, object], depth: int) -> dict[str, Any]:
    encoded: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str) or "\x00" in key:
            raise CodecError(f"A context's keys are texts without NUL; {key!r} is not.")
        encoded[key] = encode(item, depth=depth + 1)
    looks_tagged = len(encoded) == 1 and next(iter(encoded)).startswith("$")
    return {"$context": encoded} if looks_tagged else encoded


# datetime before date: a datetime is a date to isinstance.
_WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Decimal: ("$decimal", str),
    datetime: ("$datetime", datetime.isoformat),
    date: ("$date", date.isoformat),
    time: ("$time", time.isoformat),
    timedelta: ("$seconds", lambda value: str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)),
    MonthsDuration: ("$months", lambda value: value.months),
    Money: ("$money", lambda value: [str(value.amount), value.currency]),
    UUID: ("$uuid", str),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$seconds": lambda text: timedelta(microseconds=int(Decimal(text) * 1_000_000)),
    "$months": MonthsDuration,
    "$money": lambda parts: Money(Decimal(parts[0]), parts[1]),
    "$uuid": UUID,
}
