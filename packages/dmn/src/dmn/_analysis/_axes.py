"""A table's inputs, each cut into parts within which every rule's test has one outcome.

Tests that compare with constants can only change at those constants, so each constant and one value between each two
neighbours tell everything, and the tests themselves are asked: their meaning isn't written down a second time.
Pieces with equal outcomes are one part, whose rules are the bits of an integer.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import feel
from dmn._analysis._kinds import KINDS, Incomparable, between, kind_of, ordered
from dmn._tables import Table

MAX_TRIALS = 2_000_000
"""Tests times values that are tried for one input."""


class TooLargeError(Exception):
    """The table is too large to be analysed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A boundary (`low` is `high`), or what lies between two of them; None is no end. `value` lies in it."""

    kind: str
    low: object
    high: object
    value: object
    is_point: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Pieces with the same outcome. `matching` are the rules that certainly match here, `possible` those that may."""

    pieces: tuple[int, ...]
    value: object
    matching: int
    possible: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One input, or several with the same expression; `pieces` are in order, also those that aren't allowed."""

    columns: tuple[int, ...]
    text: str
    pieces: tuple[Piece, ...]
    parts: tuple[Part, ...]


def axes_of(table: Table) -> list[Axis]:
    """Cut each input of a table. Raises: TooLargeError."""
    columns: dict[str, list[int]] = {}
    for number, given in enumerate(table.inputs):
        columns.setdefault(given.expression.text.strip(), []).append(number)
    return [_axis(table, text, tuple(numbers)) for text, numbers in columns.items()]


def _axis(table: Table, text: str, columns: tuple[int, ...]) -> Axis:
    types = [kind for column in columns if (kind := table.inputs[column].type) is not None]
    kinds = {kind.kind for kind in types} - {"Any"}
    readable = kinds <= KINDS.keys()
    tests = [test for rule in table.rules for test in (rule.tests[column] for column in columns)]
    told = {test.text: test.boundaries() for test in tests}
    allowed = [limit for column in columns if (limit := table.inputs[column].allowed) is not None]
    limits = {test.text: test.boundaries() for test in allowed}
    found = [value for values in (*told.values(), *limits.values()) for value in values or ()]
    try:
        pieces = tuple(_pieces(found, kinds if readable else set()))
    except Incomparable:
        pieces, readable = (), False
    outcomes = _outcomes(table, [*tests, *allowed], pieces)
    bounded = [test for test in allowed if readable and limits[test.text] is not None]
    kept = [number for number in range(len(pieces)) if all(outcomes[test.text][number] for test in bounded)]
    finite = len(bounded) == len(allowed) and all(pieces[number].is_point for number in kept)
    opaque = {
        text
        for text, values in told.items()
        if values != () and not (readable and (values is not None or (finite and text in _self_contained(tests))))
    }
    return Axis(columns=columns, text=text, pieces=pieces, parts=_parts(table, columns, pieces, kept, outcomes, opaque))


def _self_contained(tests: Sequence[feel.UnaryTests]) -> set[str]:
    """Give the texts of tests that read nothing but their input, not even the clock."""
    return {test.text for test in tests if not test.names and not any(word in test.text for word in ("now", "today"))}


def _pieces(values: Sequence[object], declared: set[str]) -> Iterator[Piece]:
    """Cut the values of an input's types at the boundaries; null is a value only where an author speaks of it."""
    present = [value for value in values if value is not None]
    kinds = declared or dict.fromkeys(map(kind_of, present))
    if len(present) < len(values):
        yield Piece(kind="", low=None, high=None, value=None, is_point=True)
        kinds = kinds or {"string"}
    for kind in kinds:
        yield from _pieces_of(kind, ordered([value for value in present if kind_of(value) == kind]))


def _pieces_of(kind: str, boundaries: Sequence[object]) -> Iterator[Piece]:
    points = ordered([*boundaries, *KINDS[kind].typical]) or [feel.evaluate(KINDS[kind].usual).value]
    ends = [None, *points, None]
    for low, high in itertools.pairwise(ends):
        value = between(kind, low, high)
        if value is not None:
            yield Piece(kind=kind, low=low, high=high, value=value, is_point=False)
        if high is not None:
            yield Piece(kind=kind, low=high, high=high, value=high, is_point=True)


def _outcomes(table: Table, tests: Sequence[feel.UnaryTests], pieces: Sequence[Piece]) -> dict[str, list[bool]]:
    """Try every test with the value of every piece."""
    unique = {test.text: test for test in tests}
    if len(unique) * len(pieces) > MAX_TRIALS:
        raise TooLargeError
    rows = feel.compile_rows([[test] for test in unique.values()], names=table.names)
    outcomes = {text: [False] * len(pieces) for text in unique}
    texts = list(unique)
    for number, piece in enumerate(pieces):
        matching = rows.evaluate([piece.value]).value
        for row in matching if isinstance(matching, list) else ():
            outcomes[texts[row]][number] = True
    return outcomes


def _parts(
    table: Table,
    columns: Sequence[int],
    pieces: Sequence[Piece],
    kept: Sequence[int],
    outcomes: dict[str, list[bool]],
    opaque: set[str],
) -> tuple[Part, ...]:
    together: dict[tuple[int, int], list[int]] = {}
    for number in kept:
        matching = possible = 0
        for bit, rule in enumerate(table.rules):
            texts = [rule.tests[column].text for column in columns]
            known = all(text in opaque or outcomes[text][number] for text in texts)
            possible |= known << bit
            matching |= (known and opaque.isdisjoint(texts)) << bit
        together.setdefault((matching, possible), []).append(number)
    if not pieces:
        return (_anything(table, columns, opaque),)
    return tuple(
        Part(pieces=tuple(numbers), value=_shown(pieces, numbers), matching=matching, possible=possible)
        for (matching, possible), numbers in together.items()
    )


def _anything(table: Table, columns: Sequence[int], opaque: set[str]) -> Part:
    """Make the part of an input that no test compares with anything."""
    everything = (1 << len(table.rules)) - 1
    unknown = sum(
        1 << bit
        for bit, rule in enumerate(table.rules)
        if not opaque.isdisjoint(rule.tests[column].text for column in columns)
    )
    return Part(pieces=(), value=None, matching=everything & ~unknown, possible=everything)


def _shown(pieces: Sequence[Piece], numbers: Sequence[int]) -> object:
    """Choose the value to show: a typical one, one that the author wrote, or any."""
    values = [pieces[number] for number in numbers]
    points = [piece for piece in values if piece.is_point]
    typical = [piece for piece in points if piece.kind and piece.value in KINDS[piece.kind].typical]
    return (typical or points or values)[0].value
