"""FEEL's values in Python, and the way in from Python's own."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import TYPE_CHECKING

from feel._limits import MAX_CONTEXT_DEPTH
from feel._wide import WideDate, WideDateTime, WideDuration, WideTime
from feel.errors import Diagnostic, Fault

if TYPE_CHECKING:
    from feel._types import Type

NUMBERS = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow]
)
"""Decimal128, DMN 1.5 clause 10.3.2.3.1."""


@dataclass(frozen=True, slots=True, order=True)
class MonthsDuration:
    """A years and months duration; `months` may be negative."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        parts = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-" if self.months < 0 else "") + "P" + parts


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of comparable values; an end that is None is open towards infinity.

    `single` tells `(= x)` from `[x..x]`: the standard calls ranges equal only if they were written alike.
    """

    start: object
    end: object
    start_included: bool
    end_included: bool
    single: bool = False


class Function:
    """A function as a value: a FEEL lambda, a built-in, or one that the host gives (`call(*arguments)`).

    `parameters` are ("*",) when it takes any number; `cost` are the steps of the budget that one call takes; `type` is
    the type of its parameters and result, None when nobody stated it. `notes` is where the evaluation that made it keeps
    its diagnostics, so that who calls it later can take over those of the call.
    """

    __slots__ = ("call", "cost", "name", "notes", "parameters", "type")

    def __init__(
        self,
        parameters: tuple[str, ...],
        call: Callable[..., object],
        *,
        name: str = "function",
        cost: int = 1,
        type: "Type | None" = None,  # noqa: A002 - the word of the standard
        notes: list[Diagnostic] | None = None,
    ) -> None:
        self.parameters = parameters
        self.call = call
        self.name = name
        self.cost = cost
        self.type = type
        self.notes = notes

    def __repr__(self) -> str:
        return f"Function({self.name}({', '.join(self.parameters)}))"


_TEMPORAL = (dt.date, dt.time, dt.datetime, dt.timedelta, WideDate, WideTime, WideDateTime, WideDuration)
_AS_THEY_ARE = frozenset({str, bool, type(None), *_TEMPORAL, MonthsDuration, Range, Function})

SMALL_NUMBERS = {number: Decimal(number) for number in range(-128, 1025)}
"""Made once, as Python itself does with its small numbers."""


def from_python(value: object, depth: int = 0) -> object:
    """Turn a Python value into a FEEL value: numbers into Decimal, sequences into list, mappings into dict.

    Raises: Fault when a value has no counterpart in FEEL.
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is int:
        return SMALL_NUMBERS.get(value) or Decimal(value)  # type: ignore[call-overload, arg-type]
    if kind is Decimal or kind is float:
        return _number(value)  # type: ignore[arg-type]
    if depth > MAX_CONTEXT_DEPTH:
        raise Fault("limit", f"Lists and contexts are nested deeper than {MAX_CONTEXT_DEPTH} levels")
    if isinstance(value, list | tuple | set | frozenset):
        return [from_python(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): from_python(item, depth + 1) for key, item in value.items()}
    return _subclass(value)


class Values(dict[str, object]):
    """A context of FEEL values: made by `values`, it needs no conversion when it's evaluated over."""

    __slots__ = ()


def values(context: Mapping[str, object]) -> Values:
    """Convert a context once, for many evaluations over it.

    What is read from it comes out as the same objects, so leave them as they are.
    Raises: ValueError when a value has no counterpart in FEEL.

    >>> values({"amount": 5})
    {'amount': Decimal('5')}
    """
    if type(context) is Values:
        return context
    try:
        return Values((_key(key), from_python(value)) for key, value in context.items())
    except Fault as fault:
        raise ValueError(fault.message) from None


def converter(context: Mapping[str, object]) -> Callable[[object], object]:
    """Give what turns a context's values into FEEL values."""
    return _as_it_is if type(context) is Values else from_python


def _as_it_is(value: object) -> object:
    return value


def _number(value: Decimal | float) -> Decimal:
    number = Decimal(repr(value)) if type(value) is float else Decimal(value)
    if not number.is_finite():
        raise Fault("value", "FEEL has no number for infinity or not-a-number")
    return number


def _key(key: object) -> str:
    return str.__str__(key) if isinstance(key, str) else str(key)


def _subclass(value: object) -> object:
    """Reduce members of enumerations, marked-safe strings and the like to the plain value that they are."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, float | Decimal):
        return _number(Decimal(str(value)))
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return _plain_temporal(value)
    raise Fault("type", f"FEEL has no counterpart for a value of type {type(value).__name__}")


def _plain_temporal(value: dt.date | dt.time | dt.timedelta) -> object:
    if isinstance(value, dt.timedelta):
        return dt.timedelta(value.days, value.seconds, value.microseconds)
    if isinstance(value, dt.time):
        return _plain_time(value)
    day = dt.date(value.year, value.month, value.day)
    return dt.datetime.combine(day, _plain_time(value)) if isinstance(value, dt.datetime) else day


def _plain_time(value: dt.time | dt.datetime) -> dt.time:
    return dt.time(value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold)


def type_name(value: object) -> str:
    """Name the FEEL type of a value, as authors know it."""
    return TYPE_NAMES.get(type(value), "value")


def described(value: object) -> str:
    """Say what a value is, for a sentence."""
    name = type_name(value)
    return name if value is None else f"a {name}"


TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    **dict.fromkeys((dt.date, WideDate), "date"),
    **dict.fromkeys((dt.time, WideTime), "time"),
    **dict.fromkeys((dt.datetime, WideDateTime), "date and time"),
    **dict.fromkeys((dt.timedelta, WideDuration), "days and time duration"),
    MonthsDuration: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}
