"""Values of each kind around and between boundaries, found with FEEL itself, so that its order and limits hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import feel


class Incomparable(Exception):
    """The values have no order, as a time with a zone and one without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How to find values of a type: below `a`, between `a` and `b`, above `b`; the first that fits is taken.

    `typical` values are always tried as well; of a finite type they are all that there are. `usual` is tried when
    there are no others.
    """

    below: tuple[feel.Expression, ...] = ()
    between: tuple[feel.Expression, ...] = ()
    above: tuple[feel.Expression, ...] = ()
    typical: tuple[object, ...] = ()
    usual: str = "null"


def kind_of(value: object) -> str:
    """Name the type of a boundary; Raises: Incomparable for one that has no order."""
    for name, kind in _TYPES.items():
        if kind.holds(value):
            return name
    raise Incomparable


def compare(left: object, right: object) -> int:
    """Put two values of one type in FEEL's order: -1, 0 or 1. Raises: Incomparable."""
    # Python orders these as FEEL does, and booleans, which FEEL doesn't order, at least in some way.
    if isinstance(left, Decimal | str | bool) and type(left) is type(right):
        return (left > right) - (left < right)  # type: ignore[operator]
    pair = {"a": left, "b": right}
    if _EQUAL(pair) is True:
        return 0
    if _LESS(pair) is True:
        return -1
    if _LESS({"a": right, "b": left}) is True:
        return 1
    raise Incomparable


def between(name: str, low: object, high: object) -> object:
    """Find a value strictly between two, of which one may be None for no end; None when there is none."""
    kind = KINDS[name]
    tried = kind.below if low is None else kind.above if high is None else kind.between
    for expression in tried:
        value = expression({"a": low if low is not None else high, "b": high if high is not None else low})
        above = low is None or _LESS({"a": low, "b": value}) is True
        below = high is None or _LESS({"a": value, "b": high}) is True
        if value is not None and above and below:
            return value
    return None


def as_feel(value: object) -> str:
    """Write a value as FEEL text."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if value is None:
        return "null"
    text = str(_STRING({"a": value}))
    return text if isinstance(value, bool) or kind_of(value) == "number" else f'@"{text}"'


def _all(*texts: str) -> tuple[feel.Expression, ...]:
    return tuple(feel.compile_expression(text) for text in texts)


_EQUAL, _LESS, _STRING = _all("a = b", "a < b", "string(a)")
KINDS: Mapping[str, Kind] = {
    "number": Kind(
        usual="1", below=_all("a - 1"), between=_all("floor((a + b) / 2)", "(a + b) / 2"), above=_all("b + 1")
    ),
    "string": Kind(
        below=_all('""'), between=_all('a + " "', 'a + "\\u0001"'), above=_all('b + "x"'), typical=("other",)
    ),
    "boolean": Kind(typical=(True, False)),
    "date": Kind(
        usual='@"2026-01-01"',
        below=_all('a - duration("P1D")'),
        between=_all('a + duration("P1D")'),
        above=_all('b + duration("P1D")'),
    ),
    "time": Kind(
        usual='@"12:00:00"',
        below=_all('time("00:00:00")', 'a - duration("PT1S")', 'a - duration("PT0.000001S")'),
        between=_all('a + duration("PT1M")', "a + (b - a) / 2"),
        above=_all('b + duration("PT1M")', 'b + duration("PT1S")'),
    ),
    "date and time": Kind(
        usual='@"2026-01-01T12:00:00"',
        below=_all('a - duration("PT1H")'),
        between=_all('a + duration("PT1H")', "a + (b - a) / 2"),
        above=_all('b + duration("PT1H")'),
    ),
    "days and time duration": Kind(
        usual='@"P1D"',
        below=_all('a - duration("P1D")'),
        between=_all("(a + b) / 2"),
        above=_all('b + duration("P1D")'),
    ),
    "years and months duration": Kind(
        usual='@"P1M"',
        below=_all('a - duration("P1M")'),
        between=_all('a + duration("P1M")'),
        above=_all('b + duration("P1M")'),
    ),
}
_TYPES = {name: feel.Type(name) for name in KINDS}
