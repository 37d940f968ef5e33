"""A table's inputs, each cut into parts within which every rule's test has one outcome.

Tests that compare with constants can only change at those constants, so each constant and one value between each two
neighbours tell everything, and the tests themselves are asked: their meaning isn't written down a second time.
Pieces with equal outcomes are one part, whose rules are the bits of an integer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import feel
from dmn._analysis._kinds import KINDS, Incomparable
from dmn._analysis._pieces import Outcomes, Piece, Pieces, cut, holding
from dmn._analysis._search import bits_of
from dmn._tables import Table

MAX_BITS = 100_000_000
"""Rules times pieces of one input."""

MAX_TRIALS = 100_000
"""Tests that have to be tried with every value of an input, times its values."""


class TooLargeError(Exception):
    """The table is too large to be analysed."""


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
    pieces: Sequence[Piece]
    parts: tuple[Part, ...]


def axes_of(table: Table) -> list[Axis]:
    """Cut each input of a table. Raises: TooLargeError."""
    columns: dict[str, list[int]] = {}
    for number, given in enumerate(table.inputs):
        columns.setdefault(given.expression.text.strip(), []).append(number)
    return [_axis(table, text, tuple(numbers)) for text, numbers in columns.items()]


def _axis(table: Table, text: str, columns: tuple[int, ...]) -> Axis:
    types = [kind for column in columns if (kind := table.inputs[column].type) is not None]
    declared = {kind.kind for kind in types}
    tests = [rule.tests[column] for rule in table.rules for column in columns]
    allowed = [limit for column in columns for limit in table.inputs[column].limits]
    told = {test.text: test.boundaries() for test in (*tests, *allowed)}
    opaque = {text for text, values in told.items() if values is None}
    pieces = _cut([value for values in told.values() for value in values or ()], declared)
    if pieces is None:
        # Of values without an order only “-” can be told.
        pieces, allowed = Pieces(), []
        opaque = {text for text, values in told.items() if values != ()}
    if len(pieces.pieces) * len(table.rules) > MAX_BITS:
        raise TooLargeError
    return Axis(
        columns=columns,
        text=text,
        pieces=pieces.pieces,
        parts=tuple(_parts(table, columns, pieces, told, opaque, allowed)),
    )


def _cut(boundaries: Sequence[object], declared: set[str]) -> Pieces | None:
    try:
        return cut(boundaries, declared) if declared <= KINDS.keys() else None
    except Incomparable:
        return None


def _parts(
    table: Table,
    columns: Sequence[int],
    pieces: Pieces,
    told: dict[str, tuple[object, ...] | None],
    opaque: set[str],
    allowed: Sequence[feel.UnaryTests],
) -> Iterator[Part]:
    tests = {test.text: test for rule in table.rules for test in (rule.tests[column] for column in columns)}
    everything = (1 << max(len(pieces.pieces), 1)) - 1
    limits = holding([test for test in allowed if test.text not in opaque], told, pieces)
    kept = everything
    for holds in limits.values():
        kept &= holds
    if len(limits) == len({test.text for test in allowed}) and _is_finite(pieces, kept, opaque):
        opaque = {text for text in opaque if text in tests and not _is_self_contained(tests[text])}
    outcomes = holding([test for text, test in tests.items() if text not in opaque], told, pieces)
    if not pieces.pieces:
        outcomes = dict.fromkeys(outcomes, everything)
    for numbers, matching, possible in _swept(table, columns, outcomes, everything):
        left = [number for number in numbers if kept >> number & 1]
        if left:
            yield Part(pieces=tuple(left), value=_shown(pieces.pieces, left), matching=matching, possible=possible)


def _is_finite(pieces: Pieces, kept: int, opaque: set[str]) -> bool:
    """Tell whether an input has so few values that tests of any kind can be tried with each."""
    count = len(pieces.pieces)
    every = all(piece.is_point for number, piece in enumerate(pieces.pieces) if kept >> number & 1)
    return bool(count) and every and count * len(opaque) <= MAX_TRIALS


def _is_self_contained(test: feel.UnaryTests) -> bool:
    """Tell whether a test reads nothing but its input, not even the clock."""
    return not test.names and "now" not in test.text and "today" not in test.text


def _swept(
    table: Table, columns: Sequence[int], outcomes: Outcomes, everything: int
) -> Iterator[tuple[list[int], int, int]]:
    """Go through the pieces in order and put those together where the same rules match, or may match."""
    count = everything.bit_length()
    matching, possible = [0] * (count + 1), [0] * (count + 1)
    for number, rule in enumerate(table.rules):
        certain = perhaps = everything
        for column in columns:
            holds = outcomes.get(rule.tests[column].text)
            certain &= 0 if holds is None else holds
            perhaps &= everything if holds is None else holds
        for changes, bits in ((matching, certain), (possible, perhaps)):
            for place in bits_of(bits ^ (bits << 1)):
                changes[place] ^= 1 << number
    together: dict[tuple[int, int], list[int]] = {}
    certain = perhaps = 0
    for number in range(count):
        certain, perhaps = certain ^ matching[number], perhaps ^ possible[number]
        together.setdefault((certain, perhaps), []).append(number)
    return ((numbers, *rules) for rules, numbers in together.items())


def _shown(pieces: Sequence[Piece], numbers: Sequence[int]) -> object:
    """Choose the value to show: a typical one, one that the author wrote, or any."""
    values = [pieces[number] for number in numbers if pieces]
    points = [piece for piece in values if piece.is_point]
    typical = [piece for piece in points if piece.kind and piece.value in KINDS[piece.kind].typical]
    chosen = typical or points or values
    return chosen[0].value if chosen else None
