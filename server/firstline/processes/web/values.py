"""Values of a process as programs in any language read and write them.

Texts, numbers, true, false, null, lists and objects are JSON's own. What JSON lacks is an object with one key, as in
`{"$date": "2026-11-21"}`; so is a number that a double can't hold exactly, so that no language changes it unnoticed.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from firstline import codec
from firstline.codec import CodecError


def told(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Write variables for a worker.

    >>> told({"amount": Decimal("1.10"), "due": date(2026, 11, 21)})
    {'amount': 1.1, 'due': {'$date': '2026-11-21'}}
    """
    return {name: _plain(codec.encode(value)) for name, value in variables.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$decimal"} and (number := _as_double(value["$decimal"])) is not None:
        return number
    return {key: _plain(item) for key, item in value.items()}


def _as_double(text: str) -> float | None:
    exact, number = Decimal(text), float(text)
    return number if Decimal(repr(number)) == exact else None


def taken(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Read variables that a worker sent. Raises: CodecError.

    >>> taken({"amount": Decimal("1.10"), "due": {"$date": "2026-11-21"}})
    {'amount': Decimal('1.10'), 'due': datetime.date(2026, 11, 21)}
    """
    found: dict[str, Any] = {}
    for name, value in variables.items():
        try:
            found[name] = codec.decode(value)
            codec.dumps(found[name]).encode()
        except CodecError as error:
            raise CodecError(f"The variable '{name}' can't be taken: {error}", status=422) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            message = f"The variable '{name}' can't be read: an object with one key that begins with $ must be written as in docs/workers.md, and a text must be Unicode."
            raise CodecError(message, status=422) from error
    return found
