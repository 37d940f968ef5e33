"""What direct code calls: each takes only the values that it expects, and leaves at others."""

import datetime as dt
from decimal import Decimal, getcontext, setcontext

from feel import _limits
from feel._operations._arithmetic import raised
from feel._values import NUMBERS, SMALL_NUMBERS, Values, from_python
from feel.errors import Fault


class Leave(Exception):
    """This evaluation isn't one for the direct way."""


LEAVES = (Leave, Fault, LookupError, ArithmeticError)
"""Whatever ends direct code early."""


def number(value: object) -> Decimal:
    """Give FEEL's number for a value. Raises: Leave when there is none."""
    kind = type(value)
    if kind is int:
        return SMALL_NUMBERS.get(value) or Decimal(value)  # type: ignore[call-overload, arg-type]
    if kind is float:
        value = Decimal(repr(value))
    elif kind is not Decimal:
        raise Leave
    if not value.is_finite():  # type: ignore[attr-defined]
        raise Leave
    return value  # type: ignore[return-value]


def _numbers(value: object) -> list[Decimal]:
    if type(value) is not list:
        raise Leave
    kinds = set(map(type, value))
    if kinds == {int}:
        try:
            return list(map(SMALL_NUMBERS.__getitem__, value))
        except KeyError:
            return list(map(Decimal, value))
    if kinds == {Decimal} and all(map(Decimal.is_finite, value)):
        return value
    return list(map(number, value))


def _known_numbers(value: object) -> list[Decimal]:
    if type(value) is not list or not set(map(type, value)) <= {Decimal}:
        raise Leave
    return value


def _strings(value: object) -> list[str]:
    if type(value) is not list or any(type(item) is not str for item in value):
        raise Leave
    return value


def _leave() -> object:
    raise Leave


def _opposite(number: Decimal) -> Decimal:
    return number.copy_negate() if number else number


def _together(left: str, right: str) -> str:
    if len(left) + len(right) > _limits.MAX_STRING:
        raise Leave
    return left + right


def _short_enough(items: list[object], most: int) -> list[object]:
    if len(items) > most:
        raise Leave
    return items


OPERATIONS: dict[str, object] = {
    "__builtins__": {},
    "LEAVES": LEAVES,
    "all": all,
    "any": any,
    "bool": bool,
    "date": dt.date,
    "dict": dict,
    "from_python": from_python,
    "Decimal": Decimal,
    "Values": Values,
    "str": str,
    "timedelta": dt.timedelta,
    "type": type,
    "add": NUMBERS.add,
    "divide": NUMBERS.divide,
    "multiply": NUMBERS.multiply,
    "raised": raised,
    "subtract": NUMBERS.subtract,
    "getcontext": getcontext,
    "setcontext": setcontext,
    "known_numbers": _known_numbers,
    "leave": _leave,
    "len": len,
    "number": number,
    "numbers": _numbers,
    "opposite": _opposite,
    "short_enough": _short_enough,
    "strings": _strings,
    "together": _together,
}
