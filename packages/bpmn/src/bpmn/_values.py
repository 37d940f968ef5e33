"""What may be kept as a variable."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from bpmn.errors import CodecError
from feel import MonthsDuration, narrowed, values

MAX_NAME = 200
"""Characters of a name: of variables, jobs, messages, correlation keys, people and groups."""

_KEPT_AS_THEY_ARE = frozenset({bool, date, datetime, time, timedelta, MonthsDuration, type(None)})
_NUMBERS = (int, float, Decimal)
_SEQUENCES = (list, tuple)
# What most are comes first: asking the abstract one takes long.
_MAPPINGS = (dict, Mapping)
_KINDS = (str, *_KEPT_AS_THEY_ARE)
_MAX_DEPTH = 64


def storable(value: object, depth: int = 0) -> object:
    """Turn numbers into Decimal, sequences into lists and mappings into dicts, so that a value is what it will be when read.

    What comes out are FEEL's own values. Raises: CodecError for what has no place in a variable: functions, ranges, infinite
    numbers, NUL, too deep nesting.
    """
    if type(value) is Decimal:
        return value if value.is_finite() else _number(value)
    if type(value) is str:
        return value if value.isascii() and "\x00" not in value else _text(value)
    if type(value) is int:
        return Decimal(value)
    if type(value) in _KEPT_AS_THEY_ARE:
        return value
    if type(value) is not dict and isinstance(value, _NUMBERS):
        return _number(value)
    if depth > _MAX_DEPTH:
        raise CodecError(f"Lists and contexts are nested deeper than {_MAX_DEPTH} levels.")
    if isinstance(value, _SEQUENCES):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, _MAPPINGS):
        depth += 1
        return {
            key if type(key) is str and key.isascii() and key.isidentifier() else _name(key): storable(item, depth)
            for key, item in value.items()
        }
    return _narrowed(value)


def _number(value: float | Decimal) -> Decimal:
    number = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise CodecError("An infinite number can't be kept as a variable.")
    return number


def _narrowed(value: object) -> object:
    """Keep a moment or duration to the microsecond, and of a marked-safe string and the like the plain value that it is."""
    try:
        narrow = values({"": value})[""] if isinstance(value, _KINDS) else narrowed(value)
    except ValueError as error:
        raise CodecError(f"{error}, so it can't be kept as a variable.") from error
    if isinstance(narrow, str):
        return _text(narrow)
    if type(narrow) not in _KEPT_AS_THEY_ARE:
        raise CodecError(f"A value of type {type(value).__name__} can't be kept as a variable.")
    return narrow


def storable_variables(variables: Mapping[str, object]) -> dict[str, object]:
    """Turn every value into what it will be when read. Raises: CodecError, also for a name that is too long.

    >>> storable_variables({"amounts": (1, "2")})
    {'amounts': [Decimal('1'), '2']}
    """
    kept = {}
    for name, value in variables.items():
        if not 0 < len(name) <= MAX_NAME:
            raise CodecError(f"The name of a variable has 1 to {MAX_NAME} characters; '{name[:40]}...' hasn't.")
        kept[name if name.isascii() and name.isidentifier() else _text(name)] = storable(value)
    return kept


def _name(key: object) -> str:
    return _text(str(key))


def _text(value: str) -> str:
    if "\x00" in value:
        raise CodecError("A text holds the character NUL, which can't be stored; remove it.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise CodecError("A text holds half of a character (a lone surrogate); remove it.") from error
    return value
