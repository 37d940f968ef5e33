"""Naive values of FEEL: arithmetic, comparison, parts and types, written from the standard alone.

Where the standard leaves a value open, or where it would leave the ranges of Python's dates, it says so: `Unspecified`.
"""

import datetime as dt
import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from feel import MonthsDuration, Range
from feel import _nodes as n

from . import oracle_numbers as numbers


class Unspecified(Exception):
    """The standard doesn't say what comes out."""


@dataclass(frozen=True, eq=False)
class Closure:
    """A function: the author's, or a built-in, which has no parameters here."""

    parameters: tuple[tuple[str, n.Type | None], ...]
    body: Callable[..., object]


def temporal_literal(text: str) -> object:
    """Read the plain forms that the generator writes."""
    if text.lstrip("-").startswith("P"):
        return _duration_literal(text)
    if "T" in text:
        return dt.datetime.fromisoformat(text)
    return dt.time.fromisoformat(text) if ":" in text else dt.date.fromisoformat(text)


def _duration_literal(text: str) -> object:
    """Read P1Y2M, or P1DT2H3M4S with one number before each letter."""
    sign = -1 if text[0] == "-" else 1
    days, _, clock = text.lstrip("-")[1:].partition("T")
    if not clock and "D" not in days:
        parts = _numbered(days)
        return MonthsDuration(sign * (parts.get("Y", 0) * 12 + parts.get("M", 0)))
    day, time = _numbered(days), _numbered(clock)
    return sign * dt.timedelta(
        days=day.get("D", 0), hours=time.get("H", 0), minutes=time.get("M", 0), seconds=time.get("S", 0)
    )


def _numbered(text: str) -> dict[str, int]:
    parts, digits = dict[str, int](), ""
    for character in text:
        if character.isdigit():
            digits += character
        else:
            parts[character], digits = int(digits), ""
    return parts


# Arithmetic


def number(exact: Fraction) -> Decimal | None:
    return numbers.number(exact)


def arithmetic(symbol: str, left: object, right: object) -> object:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _calculate(symbol, Fraction(left), Fraction(right))
    if isinstance(left, str) and isinstance(right, str):
        return left + right if symbol == "+" else None
    if symbol in {"+", "-"}:
        return _moved(symbol, left, right)
    return _scaled(symbol, left, right) if symbol in {"*", "/"} else None


def _calculate(symbol: str, left: Fraction, right: Fraction) -> object:
    if symbol == "**":
        return _power(left, right)
    if symbol == "/":
        return number(left / right) if right else None
    return number({"+": operator.add, "-": operator.sub, "*": operator.mul}[symbol](left, right))


def _power(left: Fraction, right: Fraction) -> object:
    if right.denominator != 1 or abs(right) > 50 or (not left and not right):
        raise Unspecified
    return None if not left and right < 0 else number(left**right.numerator)


def _moved(symbol: str, left: object, right: object) -> object:
    if isinstance(left, MonthsDuration | dt.timedelta) and isinstance(right, dt.date | dt.time) and symbol == "+":
        left, right = right, left
    sign = 1 if symbol == "+" else -1
    if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
        return MonthsDuration(left.months + sign * right.months)
    if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
        return left + sign * right
    if isinstance(left, dt.date) and isinstance(right, MonthsDuration):
        return _months_later(left, sign * right.months)
    if isinstance(left, dt.date | dt.time) and isinstance(right, dt.timedelta):
        return _later(left, sign * right)
    if isinstance(left, dt.date | dt.time) and isinstance(right, dt.date | dt.time) and symbol == "-":
        return _between_points(left, right)
    return None


def _months_later(value: dt.date, months: int) -> dt.date:
    count = value.year * 12 + value.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        raise Unspecified
    for day in range(value.day, 27, -1):
        try:
            return value.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return value.replace(year=year, month=month)


def _later(value: dt.date | dt.time, gap: dt.timedelta) -> object:
    if isinstance(value, dt.datetime):
        return value + gap
    if isinstance(value, dt.time):
        return (dt.datetime.combine(dt.date(2000, 6, 15), value) + gap % dt.timedelta(days=1)).time()
    return (dt.datetime.combine(value, dt.time()) + gap).date()


def _between_points(left: dt.date | dt.time, right: dt.date | dt.time) -> object:
    if type(left) is not type(right):
        if isinstance(left, dt.time) or isinstance(right, dt.time):
            return None
        raise Unspecified
    if isinstance(left, dt.time) and isinstance(right, dt.time):
        return dt.datetime.combine(dt.date(2000, 1, 1), left) - dt.datetime.combine(dt.date(2000, 1, 1), right)
    return left - right  # type: ignore[operator]


def _scaled(symbol: str, left: object, right: object) -> object:
    if isinstance(left, Decimal) and symbol == "*":
        left, right = right, left
    amount = _amount(left)
    if amount is None:
        return None
    if isinstance(right, Decimal):
        if symbol == "/" and not right:
            return None
        factor = Fraction(right) if symbol == "*" else 1 / Fraction(right)
        return _duration_like(left, amount * factor)
    if symbol == "/" and type(left) is type(right):
        divisor = _amount(right)
        return number(Fraction(amount, divisor)) if divisor else None
    return None


def _amount(value: object) -> int | None:
    if isinstance(value, MonthsDuration):
        return value.months
    return value // dt.timedelta(microseconds=1) if isinstance(value, dt.timedelta) else None


def _duration_like(like: object, amount: Fraction) -> object:
    if amount.denominator != 1 or abs(amount) > 10**15:
        raise Unspecified
    return MonthsDuration(int(amount)) if isinstance(like, MonthsDuration) else dt.timedelta(microseconds=int(amount))


# Comparison

COMPARISONS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def compare(symbol: str, left: object, right: object) -> bool | None:
    if symbol == "=":
        return equal(left, right)
    if symbol == "!=":
        return negation(equal(left, right))
    order = compared(left, right)
    return None if order is None else COMPARISONS[symbol](order)


def compared(left: object, right: object) -> int | None:
    """Tell which of two comes first, by the sign; None when they have no order."""
    ordered = (Decimal, str, dt.date, dt.time, dt.datetime, dt.timedelta, MonthsDuration)
    if type(left) is not type(right) or type(left) not in ordered:
        return None
    return (left > right) - (left < right)  # type: ignore[operator]


def equal(left: object, right: object) -> bool | None:
    if left is None or right is None:
        return left is right
    if isinstance(left, Closure) or isinstance(right, Closure):
        raise Unspecified
    if type(left) is not type(right):
        return None
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) is True for key in left)
    return left == right


def negation(value: object) -> bool | None:
    return not value if isinstance(value, bool) else None


def all_of(values: list[object]) -> bool | None:
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else None


def any_of(values: list[object]) -> bool | None:
    return negation(all_of([negation(value) for value in values]))


def in_range(value: object, bounds: Range) -> bool | None:
    above = compare(">=" if bounds.start_included else ">", value, bounds.start) if bounds.start is not None else True
    below = compare("<=" if bounds.end_included else "<", value, bounds.end) if bounds.end is not None else True
    return None if above is None or below is None else above and below


# Parts


def part_of(value: object, name: str) -> object:
    if isinstance(value, list):
        return [part_of(item, name) for item in value]
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, Range):
        parts = {"start": value.start, "end": value.end}
        return (parts | {"start included": value.start_included, "end included": value.end_included}).get(name)
    read = _PARTS.get(type(value), {}).get(name)
    return None if read is None else Decimal(read(value))


def _clock(value: dt.timedelta, unit: int, wrap: int) -> int:
    if unit == 1 and value.microseconds:
        raise Unspecified
    whole = abs(value) // dt.timedelta(seconds=unit) % wrap
    return whole if value >= dt.timedelta() else -whole


_DATE: dict[str, Callable[..., int]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
_TIME: dict[str, Callable[..., int]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
}
_PARTS: dict[type, dict[str, Callable[..., int]]] = {
    dt.date: _DATE,
    dt.time: _TIME,
    dt.datetime: _DATE | _TIME,
    dt.timedelta: {
        "days": lambda value: _clock(value, 86400, 10**9),
        "hours": lambda value: _clock(value, 3600, 24),
        "minutes": lambda value: _clock(value, 60, 60),
        "seconds": lambda value: _clock(value, 1, 60),
    },
    MonthsDuration: {
        "years": lambda value: abs(value.months) // 12 * (1 if value.months >= 0 else -1),
        "months": lambda value: abs(value.months) % 12 * (1 if value.months >= 0 else -1),
    },
}

# Functions and types


def apply(function: Closure, arguments: list[object]) -> object:
    if len(arguments) != len(function.parameters):
        return None
    wanted = [kind for _, kind in function.parameters]
    fitted = [_converted(value, kind) for value, kind in zip(arguments, wanted, strict=True)]
    misfit = any(new is None and value is not None for value, new in zip(arguments, fitted, strict=True))
    return None if misfit else function.body(*fitted)


def _converted(value: object, kind: n.Type | None) -> object:
    """Fit an argument to its parameter; None when it doesn't."""
    if value is None or kind is None or is_instance(value, kind):
        return value
    if isinstance(value, list) and len(value) == 1 and is_instance(value[0], kind):
        return value[0]
    return [value] if is_instance([value], kind) else None


_TYPES: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": dt.date,
    "time": dt.time,
    "date and time": dt.datetime,
    "days and time duration": dt.timedelta,
    "years and months duration": MonthsDuration,
    "list": list,
    "context": dict,
    "range": Range,
    "function": Closure,
}


def is_instance(value: object, kind: n.Type) -> bool:
    if kind.name == "Any":
        return value is not None
    if type(value) is not _TYPES[kind.name]:
        return False
    if isinstance(value, list) and kind.arguments:
        return all(item is None or is_instance(item, kind.arguments[0]) for item in value)
    if isinstance(value, dict) and kind.fields:
        fields = zip(kind.fields, kind.arguments, strict=True)
        return all(
            field in value and (value[field] is None or is_instance(value[field], inner)) for field, inner in fields
        )
    if isinstance(value, Range) and kind.arguments:
        return all(end is None or is_instance(end, kind.arguments[0]) for end in (value.start, value.end))
    if isinstance(value, Closure) and kind.arguments:
        raise Unspecified
    return True
