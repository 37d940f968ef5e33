"""Rows of tests as an index: for each column a sorted list of the constants in its cells, and which rows hold where.

A row is a bit. A value's place among the constants gives the rows whose cell it fits, and the columns' rows are combined
with a bitwise and, so finding the rows costs the same for ten rows as for a thousand. Only cells that compare with
constants can be read that way; the others are left to code.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from feel import _nodes as n
from feel._direct import Leave, number

_KINDS = frozenset({Decimal, str, bool, dt.date, dt.timedelta})
Constant = Callable[[n.Node], object]
"""Gives the value of a node that never changes; None for any other."""


class _NotConstant(Exception):
    """The cell does more than compare with constants of one type."""


@dataclass(frozen=True, slots=True)
class _Interval:
    """From `start` to `end`; None is open towards infinity."""

    start: object
    start_included: bool
    end: object
    end_included: bool


Column = Callable[[Any], int]
"""Gives the rows whose cell a value fits, as bits. Raises: Leave when it's of another type."""


@dataclass(frozen=True, slots=True)
class Index:
    """`columns` are those that hold some of the cells, by their number; `left` the other cells, by row: column, tests."""

    all_rows: int
    columns: tuple[tuple[int, Column], ...]
    left: dict[int, list[tuple[int, n.Tests]]]

    def candidates(self, inputs: Sequence[object]) -> list[int]:
        """Give the rows that fit as far as the columns tell, in their order.

        Raises: Leave when an input isn't of its column's type.
        """
        found = self.all_rows
        for number_, column in self.columns:
            found &= column(inputs[number_])
        rows: list[int] = []
        while found:
            lowest = found & -found
            rows.append(lowest.bit_length() - 1)
            found ^= lowest
        return rows


def build_index(rows: Sequence[Sequence[n.Tests]], constant: Constant) -> Index:
    """Build the index of rows of tests, all of one length."""
    left: dict[int, list[tuple[int, n.Tests]]] = {}
    columns: list[tuple[int, Column]] = []
    for number_ in range(len(rows[0])):
        column = _column(number_, [row[number_] for row in rows], constant, left)
        if column is not None:
            columns.append((number_, column))
    return Index((1 << len(rows)) - 1, tuple(columns), left)


def _column(
    number_: int, cells: Sequence[n.Tests], constant: Constant, left: dict[int, list[tuple[int, n.Tests]]]
) -> Column | None:
    kind: type | None = None
    read: dict[int, tuple[bool, list[_Interval]]] = {}
    for row, tests in enumerate(cells):
        if not tests.tests and not tests.negated:
            continue
        try:
            intervals = [interval for test in tests.tests for interval in _intervals(test, constant)]
            kinds = {type(end) for interval in intervals for end in (interval.start, interval.end) if end is not None}
            kind = _one_kind(kinds, kind)
        except _NotConstant:
            left.setdefault(row, []).append((number_, tests))
        else:
            read[row] = (tests.negated, intervals)
    if kind is None:
        return None
    ends: set[Any] = {end for _, intervals in read.values() for one in intervals for end in (one.start, one.end)}
    values = tuple(sorted(ends - {None}))
    masks = list(_masks(values, read, len(cells)))
    if len(set(masks[::2])) == 1:
        return _exact(kind, dict(zip(values, masks[1::2], strict=True)), masks[0])
    return _ordered(kind, values, masks)


def _exact(kind: type, masks: dict[Any, int], other: int) -> Column:
    """Look a value up: the constants are only compared for equality, so all other values fit the same rows."""

    def of_number(value: object) -> int:
        # Python's whole numbers are found among decimal ones.
        return masks.get(value if type(value) is int else number(value), other)

    def of_another(value: object) -> int:
        if type(value) is not kind:
            raise Leave
        return masks.get(value, other)

    return of_number if kind is Decimal else of_another


def _ordered(kind: type, values: tuple[Any, ...], masks: list[int]) -> Column:
    """Look for the place of a value; `masks` are those before the first of the values, at it, and so on."""
    count = len(values)
    whole = (
        [int(value) for value in values] if kind is Decimal and all(value == int(value) for value in values) else None
    )

    def rows(value: Any) -> int:
        if type(value) is int and whole is not None:
            places: Sequence[Any] = whole
        elif type(value) is Decimal and kind is Decimal and value.is_finite():
            places = values
        else:
            places, value = values, _fitting(kind, value)
        place = bisect_left(places, value)
        at_it = place < count and places[place] == value
        return masks[2 * place + at_it]

    return rows


def _fitting(kind: type, value: object) -> object:
    if kind is Decimal:
        return number(value)
    if type(value) is not kind:
        raise Leave
    return value


def _one_kind(kinds: set[type], known: type | None) -> type:
    (kind,) = kinds if len(kinds) == 1 else (None,)
    if kind not in _KINDS or known not in {kind, None}:
        raise _NotConstant
    return kind


def _intervals(test: n.Node, constant: Constant) -> Iterator[_Interval]:
    match test:
        case n.Comparison():
            yield from _compared(test.operator, _known(test.operand, constant))
        case n.RangeOf():
            start = None if test.start is None else _known(test.start, constant)
            end = None if test.end is None else _known(test.end, constant)
            yield _Interval(start, test.start_included, end, test.end_included)
        case n.ListOf() if test.items and not any(isinstance(item, n.ListOf) for item in test.items):
            for item in test.items:
                yield from _intervals(item, constant)
        case _:
            yield from _compared("=", _known(test, constant))


def _known(node: n.Node, constant: Constant) -> object:
    value = constant(node)
    if type(value) not in _KINDS:
        raise _NotConstant
    return value


def _compared(operator: str, value: object) -> Iterator[_Interval]:
    if isinstance(value, bool) and operator not in {"=", "!="}:
        raise _NotConstant
    if operator in {"<", "<=", "!="}:
        yield _Interval(None, False, value, operator == "<=")  # noqa: FBT003 -- in the order of reading
    if operator in {">", ">=", "!="}:
        yield _Interval(value, operator == ">=", None, False)  # noqa: FBT003 -- in the order of reading
    if operator == "=":
        yield _Interval(value, True, value, True)  # noqa: FBT003 -- in the order of reading


def _masks(values: tuple[object, ...], read: dict[int, tuple[bool, list[_Interval]]], rows: int) -> Iterator[int]:
    """Go through all places from left to right, switching rows on and off."""
    places = {value: place for place, value in enumerate(values)}
    last = 2 * len(values)
    switched = [0] * (last + 2)
    on = (1 << rows) - 1
    for row, (negated, intervals) in read.items():
        on ^= 0 if negated else 1 << row
        for start, end in _apart(_places(interval, places, last) for interval in intervals):
            switched[start] ^= 1 << row
            switched[end + 1] ^= 1 << row
    for switch in switched[:-1]:
        on ^= switch
        yield on


def _places(interval: _Interval, places: dict[object, int], last: int) -> tuple[int, int]:
    start = 0 if interval.start is None else 2 * places[interval.start] + (1 if interval.start_included else 2)
    end = last if interval.end is None else 2 * places[interval.end] + (1 if interval.end_included else 0)
    return start, end


def _apart(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join spans of places that overlap, and leave out empty ones."""
    open_start, open_end = 0, -1
    for start, end in sorted(spans):
        if start > end:
            continue
        if start > open_end >= 0:
            yield open_start, open_end
            open_start, open_end = start, end
        elif open_end < 0:
            open_start, open_end = start, end
        else:
            open_end = max(open_end, end)
    if open_end >= 0:
        yield open_start, open_end
