"""Built-ins that turn values into others, and logic as functions (DMN 1.5, clauses 10.3.4.1, 10.3.4.2, 10.3.4.12)."""

import re
from decimal import Decimal

from feel import _temporal
from feel._builtins._signature import builtin
from feel._builtins._text import to_text
from feel._operations._arithmetic import joined
from feel._operations._comparison import same
from feel._operations._logic import negation
from feel._run import Run
from feel._values import NUMBERS
from feel.errors import Fault

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_SEPARATORS = frozenset({" ", ",", "."})
_MOST_DIGITS = 200


def _number(text: str) -> Decimal:
    """Read a number, written as in FEEL, or with separators that are both given.

    Groups may be set apart by a space, a comma or a dot, decimals by a comma or a dot; null stands for no grouping and
    for a dot. A number stays what it is. Null when the text is no number.

        number("-12.50") → -12.5
        number("1 000,5", " ", ",") → 1000.5
        number(from: "1,000", grouping separator: ",", decimal separator: null) → 1000
        number("1,000.5", ",", ",") → null
    """
    if not _NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        raise Fault("value", "the text is no number")
    return NUMBERS.create_decimal(text)


def _separated_number(text: str, grouping: str | None, point: str | None) -> Decimal:
    if grouping is not None:
        if grouping not in _SEPARATORS or grouping == point:
            raise Fault("value", "the grouping separator is one of space, comma and dot, and not the decimal one")
        text = text.replace(grouping, "")
    if point is not None:
        if point not in {",", "."}:
            raise Fault("value", "the decimal separator is a comma or a dot")
        text = text.replace(point, ".")
    return _number(text)


def _string(run: Run, value: object) -> str | None:
    """Write a value as text: numbers without exponent, strings inside lists and contexts in quotes. Null stays null.

    string(1.1) → "1.1"
    string(1e3) → "1000"
    string(@"P1DT2H") → "P1DT2H"
    string([1, "a", null]) → "[1, \\"a\\", null]"
    string({a: [1..3)}) → "{a: [1..3)}"
    """
    if value is None or isinstance(value, str):
        return value
    return joined(run, to_text(run, value))


def _not(negand: object) -> bool | None:
    """Turn true into false and false into true; anything else into null.

    not(true) → false
    not(null) → null
    """
    return negation(negand)


def _is(run: Run, left: object, right: object) -> bool:
    """Tell whether two values are the very same, of one type; times must also agree in their offset or zone.

    is(1, 1.0) → true
    is(1, "1") → false
    is(null, null) → true
    is(@"10:00:00Z", @"11:00:00+01:00") → false
    is(@"10:00:00Z", @"10:00:00+00:00") → true
    """
    if type(left) is not type(right):
        return False
    if isinstance(left, _temporal.Moment) and isinstance(right, _temporal.Moment):
        return _temporal.is_identical(left, right)
    if isinstance(left, list) and isinstance(right, list):
        run.spend(len(left))
        return len(left) == len(right) and all(_is(run, a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        run.spend(len(left))
        return left.keys() == right.keys() and all(_is(run, left[key], right[key]) for key in left)
    return same(run, left, right) is True


def _is_defined(value: object) -> bool:
    """Tell whether a value is other than null. Not in the standard.

    is defined(1) → true
    is defined({a: 1}.b) → false
    """
    return value is not None


def _get_or_else(value: object, default: object) -> object:
    """Take a default in the place of null. Not in the standard.

    get or else(null, 5) → 5
    get or else(1, 5) → 1
    """
    return default if value is None else value


CONVERSION_BUILTINS = (
    builtin("number(from: string)", _number),
    builtin("number(from: string, grouping separator: string?, decimal separator: string?)", _separated_number),
    builtin("number(from: number)", lambda number: number),
    builtin("string(from: any)", _string, run=True),
    builtin("not(negand: any)", _not),
    builtin("is(value1: any, value2: any)", _is, run=True),
    builtin("is defined(value: any)", _is_defined),
    builtin("get or else(value: any, default: any)", _get_or_else),
)
