"""Values of a process in JSON: what JSON lacks is an object with one key that begins with "$"."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def written(value: Any) -> str:
    """Write a value as JSON. Raises: TypeError, when a process can't hold it.

    >>> written({"due": date(2026, 11, 21), "amount": Decimal("1.10")})
    '{"due": {"$date": "2026-11-21"}, "amount": {"$decimal": "1.10"}}'
    """
    return json.dumps(_tagged(value), allow_nan=False)


def read(text: str | bytes) -> Any:
    """Read what the server wrote.

    >>> read('{"due": {"$date": "2026-11-21"}, "amount": 1.1}')
    {'due': datetime.date(2026, 11, 21), 'amount': Decimal('1.1')}
    """
    return _untagged(json.loads(text, parse_float=Decimal))


def _tagged(value: Any) -> Any:
    if isinstance(value, Mapping):
        context = {str(key): _tagged(item) for key, item in value.items()}
        return {"$context": context} if _looks_tagged(context) else context
    if isinstance(value, list | tuple):
        return [_tagged(item) for item in value]
    for kind, (tag, write) in _WRITERS.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    return value


def _looks_tagged(context: Mapping[str, Any]) -> bool:
    # Python has no durations of months: they stay as they are.
    return len(context) == 1 and next(iter(context)).startswith("$") and "$months" not in context


def _untagged(found: Any) -> Any:
    if isinstance(found, list):
        return [_untagged(item) for item in found]
    if not isinstance(found, dict):
        return found
    if len(found) == 1:
        ((tag, content),) = found.items()
        if tag in _READERS:
            return _READERS[tag](content)
        if tag == "$context":  # an object of the process that looks like one of these
            return {key: _untagged(item) for key, item in content.items()}
    return {key: _untagged(item) for key, item in found.items()}


# datetime before date: a datetime is a date to isinstance.
_WRITERS: Mapping[type, tuple[str, Callable[[Any], str]]] = {
    Decimal: ("$decimal", str),
    datetime: ("$datetime", datetime.isoformat),
    date: ("$date", date.isoformat),
    time: ("$time", time.isoformat),
    timedelta: ("$seconds", lambda value: str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)),
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$seconds": lambda text: timedelta(microseconds=int(Decimal(text) * 1_000_000)),
}
