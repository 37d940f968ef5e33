"""Naive built-ins, written from the standard's descriptions (DMN 1.5, clause 10.3.4): a signature and a few lines each."""

import calendar
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from feel import MonthsDuration, Range

from . import oracle_numbers as numbers
from .oracle_values import Closure, Unspecified, apply, compare, compared, equal, number

_KINDS: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "date": (dt.date,),
    "time": (dt.time,),
    "date and time": (dt.datetime,),
    "any date": (dt.date, dt.datetime),
    "function": (Closure,),
    "range": (Range,),
    "any": (),
}


class _Null(Exception):
    """The call is null."""


def _fitted(value: object, kind: str) -> object:
    types = _KINDS[kind]
    if not types or type(value) in types:
        return value
    if value is None:
        raise _Null
    if kind == "list":
        return [value]
    if isinstance(value, list) and len(value) == 1 and type(value[0]) in types:
        return value[0]
    if kind == "date and time" and type(value) is dt.date:
        raise Unspecified
    raise _Null


def call(name: str, arguments: Sequence[object], names: Sequence[str] | None) -> object:
    """Call a built-in with positional or named arguments."""
    if name not in BUILTINS:
        return None
    parameters, function = BUILTINS[name]
    if names is not None:
        given = dict(zip(names, arguments, strict=True))
        arguments = [given[each] for each, _ in parameters if each in given]
    many = [kind for each, kind in parameters if each == "*"]
    kinds = [kind for each, kind in parameters if each != "*"]
    kinds += many * (len(arguments) - len(kinds))
    try:
        return function(*[_fitted(value, kind) for value, kind in zip(arguments, kinds, strict=False)])
    except _Null:
        return None
    except OverflowError:
        raise Unspecified from None


def _when(condition: object, value: object) -> object:
    return value if condition else None


def _whole(value: Decimal) -> int:
    if value != int(value):
        raise Unspecified
    return int(value)


def _numbers(items: list[object]) -> list[Fraction]:
    if not items or not all(isinstance(item, Decimal) for item in items):
        raise _Null
    return [Fraction(item) for item in items if isinstance(item, Decimal)]


# Strings


def _substring(text: str, start: Decimal, length: Decimal | None = None) -> object:
    at = _whole(start)
    if not 1 <= abs(at) <= len(text):
        raise Unspecified
    rest = text[at - 1 :] if at > 0 else text[at:]
    if length is None:
        return rest
    if _whole(length) < 1:
        raise Unspecified
    return rest[: int(length)]


def _join(items: list[object], delimiter: str = "") -> object:
    if not all(item is None or isinstance(item, str) for item in items):
        return None
    return delimiter.join(item for item in items if isinstance(item, str))


# Numbers


def _rounding(name: str) -> Callable[..., object]:
    def function(value: Decimal, scale: Decimal = Decimal(0)) -> object:
        places = _whole(scale)
        if abs(places) > 6000:
            raise Unspecified
        return numbers.rounded(name, Fraction(value), places)

    return function


def _fold(items: list[object], operation: Callable[[Fraction, Fraction], Fraction]) -> object:
    """Go from left to right, rounding after each step as arithmetic does."""
    first, *rest = _numbers(items)
    for item in rest:
        step = number(operation(first, item))
        if step is None:
            return None
        first = Fraction(step)
    return number(first)


def _sum(items: list[object]) -> object:
    return _fold(items, lambda a, b: a + b)


def _mean(items: list[object]) -> object:
    total = _sum(items)
    return number(Fraction(total) / len(items)) if isinstance(total, Decimal) else None


def _median(items: list[object]) -> object:
    ordered = sorted(_numbers(items))
    middle = len(ordered) // 2
    return number(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


# Lists


def _extreme(symbol: str) -> Callable[..., object]:
    def function(*items: object) -> object:
        values = items[0] if len(items) == 1 and isinstance(items[0], list) else list(items)
        if not values or any(compared(value, values[0]) is None for value in values):
            return None
        return next(value for value in values if all(compare(symbol, value, other) for other in values))

    return function


def _flat(function: Callable[[list[object]], object]) -> Callable[..., object]:
    """Let a function of a list be called with its items."""
    return lambda *items: function(items[0] if len(items) == 1 and isinstance(items[0], list) else list(items))


def _is_in(items: list[object], element: object) -> bool:
    return any(equal(item, element) is True for item in items)


def _distinct(items: list[object]) -> list[object]:
    kept: list[object] = []
    for item in items:
        if not _is_in(kept, item):
            kept.append(item)
    return kept


def _at(items: list[object], position: Decimal) -> int:
    at = _whole(position)
    if not 1 <= abs(at) <= len(items):
        raise Unspecified
    return at - 1 if at > 0 else len(items) + at


def _sublist(items: list[object], start: Decimal, length: Decimal | None = None) -> object:
    rest = items[_at(items, start) :]
    if length is None:
        return rest
    if not 1 <= _whole(length) <= len(rest):
        raise Unspecified
    return rest[: int(length)]


def _flatten(items: list[object]) -> list[object]:
    return [part for item in items for part in (_flatten(item) if isinstance(item, list) else [item])]


def _sort(items: list[object], before: Closure) -> object:
    """Sort by insertion. The order must be one: a function that contradicts itself has no result."""
    ordered: list[object] = []
    for item in items:
        at = len(ordered)
        while at and _precedes(before, item, ordered[at - 1]):
            at -= 1
        ordered.insert(at, item)
    if any(_precedes(before, b, a) for i, a in enumerate(ordered) for b in ordered[i + 1 :]):
        raise Unspecified
    if any(
        _precedes(before, a, b) == _precedes(before, b, a) and equal(a, b) is not True for a in items for b in items
    ):
        raise Unspecified
    return ordered


def _precedes(before: Closure, left: object, right: object) -> bool:
    verdict = apply(before, [left, right])
    if not isinstance(verdict, bool):
        raise Unspecified
    return verdict


def _logic(certain: bool) -> Callable[[list[object]], object]:
    def function(items: list[object]) -> object:
        if any(item is certain for item in items):
            return certain
        return _when(all(item is (not certain) for item in items), not certain)

    return function


# Contexts


def _get_entries(context: dict[str, object]) -> object:
    return [{"key": key, "value": value} for key, value in context.items()]


def _merge(contexts: list[object]) -> object:
    merged: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        merged.update(context)
    return merged


# Dates


def _date(year: Decimal, month: Decimal, day: Decimal) -> object:
    try:
        return dt.date(_whole(year), _whole(month), _whole(day))
    except ValueError:
        if not 1 <= year <= 9999:
            raise Unspecified from None
        return None


def _time(hour: Decimal, minute: Decimal, second: Decimal) -> object:
    try:
        return dt.time(_whole(hour), _whole(minute), _whole(second))
    except ValueError:
        return None


def _months_between(start: dt.date, end: dt.date) -> object:
    """Count whole months, towards zero."""
    if type(start) is not dt.date or type(end) is not dt.date:
        raise Unspecified
    early, late, sign = (start, end, 1) if start <= end else (end, start, -1)
    months = (late.year - early.year) * 12 + late.month - early.month
    return MonthsDuration(sign * (months - (late.day < early.day)))


def _day_name(value: dt.date) -> str:
    return calendar.day_name[value.weekday()]


# Ranges (table 78); a point is the range from itself to itself


def _relation(
    judge: Callable[[Range, Range], bool], *, points: bool = False, mixed: bool = False
) -> Callable[..., object]:
    def function(first: object, second: object) -> object:
        ranges = isinstance(first, Range) + isinstance(second, Range)
        if not (ranges == 2 or (points and (mixed or ranges == 0))):
            return None
        left, right = _as_range(first), _as_range(second)
        if compared(left.start, right.start) is None:
            return None
        return judge(left, right)

    return function


def _as_range(value: object) -> Range:
    if not isinstance(value, Range):
        return Range(value, value, start_included=True, end_included=True)
    if value.start is None or value.end is None or (compared(value.start, value.end) or 0) > 0:
        raise Unspecified
    return value


def _lt(left: object, right: object) -> bool:
    return (compared(left, right) or 0) < 0


def _eq(left: object, right: object) -> bool:
    return compared(left, right) == 0


def _before(a: Range, b: Range) -> bool:
    return _lt(a.end, b.start) or (_eq(a.end, b.start) and not (a.end_included and b.start_included))


def _meets(a: Range, b: Range) -> bool:
    return _eq(a.end, b.start) and a.end_included and b.start_included


def _overlaps(a: Range, b: Range) -> bool:
    return not _before(a, b) and not _before(b, a)


def _includes(a: Range, b: Range) -> bool:
    starts = _lt(a.start, b.start) or (_eq(a.start, b.start) and (a.start_included or not b.start_included))
    return starts and (_lt(b.end, a.end) or (_eq(a.end, b.end) and (a.end_included or not b.end_included)))


def _includes_any(a: object, b: object) -> object:
    return _relation(_includes, points=True, mixed=True)(a, b) if isinstance(a, Range) else None


def _coincides(a: Range, b: Range) -> bool:
    ends = _eq(a.start, b.start) and _eq(a.end, b.end)
    return ends and (a.start_included, a.end_included) == (b.start_included, b.end_included)


Function = Callable[..., object]
_TWO_STRINGS = (("string", "string"), ("match", "string"))
_ROUNDED = (("n", "number"), ("scale", "number"))
_RANGES = (("range1", "any"), ("range2", "any"))
_LIST = (("list", "list"),)
BUILTINS: dict[str, tuple[tuple[tuple[str, str], ...], Function]] = {
    "substring": ((("string", "string"), ("start position", "number"), ("length", "number")), _substring),
    "string length": ((("string", "string"),), lambda text: Decimal(len(text))),
    "upper case": ((("string", "string"),), lambda text: text.upper()),
    "lower case": ((("string", "string"),), lambda text: text.lower()),
    "contains": (_TWO_STRINGS, lambda text, match: text.find(match) >= 0),
    "starts with": (_TWO_STRINGS, lambda text, match: text[: len(match)] == match),
    "ends with": (_TWO_STRINGS, lambda text, match: text[len(text) - len(match) :] == match if match else True),
    "substring before": (_TWO_STRINGS, lambda text, match: text.split(match)[0] if match and match in text else ""),
    "substring after": (
        _TWO_STRINGS,
        lambda text, match: text if not match else text.split(match, 1)[1] if match in text else "",
    ),
    "string join": ((("list", "list"), ("delimiter", "string")), _join),
    **{name: (_ROUNDED, _rounding(name)) for name in numbers.ROUNDINGS},
    "abs": ((("n", "number"),), lambda value: number(abs(Fraction(value)))),
    "modulo": (
        (("dividend", "number"), ("divisor", "number")),
        lambda a, b: number(Fraction(a) - Fraction(b) * (Fraction(a) / Fraction(b)).__floor__()) if b else None,
    ),
    "sqrt": ((("number", "number"),), lambda value: _when(value >= 0, numbers.square_root(abs(Fraction(value))))),
    "odd": ((("number", "number"),), lambda value: _whole(value) % 2 == 1),
    "even": ((("number", "number"),), lambda value: _whole(value) % 2 == 0),
    "min": ((("*", "any"),), _extreme("<=")),
    "max": ((("*", "any"),), _extreme(">=")),
    "sum": ((("*", "any"),), _flat(_sum)),
    "product": ((("*", "any"),), _flat(lambda items: _fold(items, lambda a, b: a * b))),
    "mean": ((("*", "any"),), _flat(_mean)),
    "median": ((("*", "any"),), _flat(_median)),
    "all": (_LIST, _logic(certain=False)),
    "any": (_LIST, _logic(certain=True)),
    "count": (_LIST, lambda items: Decimal(len(items))),
    "list contains": ((("list", "list"), ("element", "any")), _is_in),
    "append": ((("list", "list"), ("*", "any")), lambda items, *more: [*items, *more]),
    "concatenate": ((("*", "list"),), lambda *lists: [item for items in lists for item in items]),
    "insert before": (
        (("list", "list"), ("position", "number"), ("newItem", "any")),
        lambda items, position, item: [*items[: _at(items, position)], item, *items[_at(items, position) :]],
    ),
    "remove": (
        (("list", "list"), ("position", "number")),
        lambda items, position: [*items[: _at(items, position)], *items[_at(items, position) + 1 :]],
    ),
    "reverse": (_LIST, lambda items: items[::-1]),
    "index of": (
        (("list", "list"), ("match", "any")),
        lambda items, match: [Decimal(at) for at, item in enumerate(items, 1) if equal(item, match) is True],
    ),
    "union": ((("*", "list"),), lambda *lists: _distinct([item for items in lists for item in items])),
    "distinct values": (_LIST, _distinct),
    "flatten": (_LIST, _flatten),
    "sublist": ((("list", "list"), ("start position", "number"), ("length", "number")), _sublist),
    "sort": ((("list", "list"), ("precedes", "function")), _sort),
    "get value": ((("m", "context"), ("key", "string")), lambda context, key: context.get(key)),
    "get entries": ((("m", "context"),), _get_entries),
    "context put": (
        (("context", "context"), ("key", "string"), ("value", "any")),
        lambda context, key, value: {**context, key: value},
    ),
    "context merge": ((("contexts", "list"),), _merge),
    "date": ((("year", "number"), ("month", "number"), ("day", "number")), _date),
    "time": ((("hour", "number"), ("minute", "number"), ("second", "number")), _time),
    "date and time": ((("date", "any date"), ("time", "time")), dt.datetime.combine),
    "day of week": ((("date", "any date"),), _day_name),
    "day of year": (
        (("date", "any date"),),
        lambda date: Decimal(
            date.toordinal() - dt.date(date.year - 1, 12, 31).toordinal() if date.year > 1 else date.timetuple().tm_yday
        ),
    ),
    "month of year": ((("date", "any date"),), lambda date: calendar.month_name[date.month]),
    "week of year": ((("date", "any date"),), lambda date: Decimal(date.isocalendar().week)),
    "years and months duration": ((("from", "any date"), ("to", "any date")), _months_between),
    "before": (_RANGES, _relation(_before, points=True, mixed=True)),
    "after": (_RANGES, _relation(lambda a, b: _before(b, a), points=True, mixed=True)),
    "meets": (_RANGES, _relation(_meets)),
    "met by": (_RANGES, _relation(lambda a, b: _meets(b, a))),
    "overlaps": (_RANGES, _relation(_overlaps)),
    "includes": (_RANGES, _includes_any),
    "coincides": (_RANGES, _relation(_coincides, points=True)),
    "not": ((("negand", "any"),), lambda value: not value if isinstance(value, bool) else None),
}
