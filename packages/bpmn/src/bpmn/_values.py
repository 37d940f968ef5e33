"""What may be kept as a variable."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from bpmn.errors import CodecError
from feel import MonthsDuration

_KEPT_AS_THEY_ARE = (str, bool, Decimal, date, datetime, time, timedelta, MonthsDuration, type(None))
_MAX_DEPTH = 64


def storable(value: object, depth: int = 0) -> object:
    """Turn numbers into Decimal, sequences into lists and mappings into dicts, so that a value is what it will be when read.

    Raises: CodecError for what has no place in a variable: functions, ranges, infinite numbers, too deep nesting.
    """
    if isinstance(value, _KEPT_AS_THEY_ARE):
        return value
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        if not number.is_finite():
            raise CodecError("An infinite number can't be kept as a variable.")
        return number
    if depth > _MAX_DEPTH:
        raise CodecError(f"Lists and contexts are nested deeper than {_MAX_DEPTH} levels.")
    if isinstance(value, list | tuple):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {str(key): storable(item, depth + 1) for key, item in value.items()}
    raise CodecError(f"A value of type {type(value).__name__} can't be kept as a variable.")
