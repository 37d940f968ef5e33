"""A table's inputs, each cut into parts within which every rule's test has one outcome.

Tests that compare with constants can only change at those constants, so each constant and one value between each two
neighbours tell everything, and the tests themselves are asked: their meaning isn't written down a second time.
Pieces with equal outcomes are one part, whose rules are the bits of an integer.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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


Domains = Mapping[str, Sequence[object]]
"""The values that an input can have at all, by its expression; without an entry any of its type."""


def axes_of(table: Table, domains: Domains) -> list[Axis]:
    """Cut each input of a table. Raises: TooLargeError."""
    columns: dict[str, list[int]] = {}
    for number, given in enumerate(table.inputs):
        columns.setdefault(given.expression.text.strip(), []).append(number)
    return [_axis(_Given(table, text, tuple(numbers), domains.get(text))) for text, numbers in columns.items()]


@dataclass(slots=True)
class _Given:
    """What is known of an input: its tests and limits by their texts, where they change, and which can't be told."""

    table: Table
    text: str
    columns: tuple[int, ...]
    domain: Sequence[object] | None
    tests: dict[str, feel.UnaryTests] = field(init=False)
    limits: dict[str, feel.UnaryTests] = field(init=False)
    told: dict[str, tuple[object, ...] | None] = field(init=False)
    opaque: set[str] = field(init=False)

    def __post_init__(self) -> None:
        inputs = [self.table.inputs[column] for column in self.columns]
        tests = (rule.tests[column] for rule in self.table.rules for column in self.columns)
        self.tests = {test.text: test for test in tests}
        self.limits = {test.text: test for given in inputs for test in given.limits}
        self.told = {text: test.boundaries() for text, test in (self.tests | self.limits).items()}
        self.opaque = {text for text, values in self.told.items() if values is None}

    def cut(self) -> Pieces:
        """Cut the input's values; of values without an order only “-” can be told."""
        declared = {kind.kind for column in self.columns if (kind := self.table.inputs[column].type) is not None}
        boundaries = [value for values in (*self.told.values(), self.domain) for value in values or ()]
        if declared <= KINDS.keys():
            with contextlib.suppress(Incomparable):
                return cut(boundaries, declared)
        self.domain, self.limits = None, {}
        self.opaque = {text for text, values in self.told.items() if values != ()}
        return Pieces()


def _axis(given: _Given) -> Axis:
    pieces = given.cut()
    if len(pieces.pieces) * len(given.table.rules) > MAX_BITS:
        raise TooLargeError
    return Axis(columns=given.columns, text=given.text, pieces=pieces.pieces, parts=tuple(_parts(given, pieces)))


def _parts(given: _Given, pieces: Pieces) -> Iterator[Part]:
    everything = (1 << max(len(pieces.pieces), 1)) - 1
    kept = _kept(given, pieces, everything)
    if _is_finite(given, pieces, kept):
        given.opaque = {
            text for text in given.opaque if text in given.tests and not _is_self_contained(given.tests[text])
        }
    judged = [test for text, test in given.tests.items() if text not in given.opaque]
    outcomes = holding(judged, given.told, pieces)
    if not pieces.pieces:
        outcomes = dict.fromkeys(outcomes, everything)
    for numbers, matching, possible in _swept(given, outcomes, everything):
        left = [number for number in numbers if kept >> number & 1]
        if left:
            yield Part(pieces=tuple(left), value=_shown(pieces.pieces, left), matching=matching, possible=possible)


def _kept(given: _Given, pieces: Pieces, everything: int) -> int:
    """Give the pieces that are possible, as bits."""
    kept = everything
    judged = [test for text, test in given.limits.items() if text not in given.opaque]
    for holds in holding(judged, given.told, pieces).values():
        kept &= holds
    if given.domain is not None:
        kept &= sum(1 << place for place in {pieces.place(value) for value in given.domain} - {-1})
    return kept


def _is_finite(given: _Given, pieces: Pieces, kept: int) -> bool:
    """Tell whether an input has so few values that tests of any kind can be tried with each."""
    count = len(pieces.pieces)
    every = all(piece.is_point for number, piece in enumerate(pieces.pieces) if kept >> number & 1)
    known = given.domain is not None or given.opaque.isdisjoint(given.limits)
    return bool(count) and every and known and count * len(given.opaque) <= MAX_TRIALS


def _is_self_contained(test: feel.UnaryTests) -> bool:
    """Tell whether a test reads nothing but its input, not even the clock."""
    return not test.names and _CLOCK.search(test.text) is None and is_quick(test.text)


_CLOCK = re.compile(r"\b(now|today)\b")
_SLOW = re.compile(r"\b(for|some|every|matches|replace|split)\b|\[")


def is_quick(text: str) -> bool:
    """Tell whether a text surely has no loop, list or search in it, so that it may be evaluated many times."""
    return _SLOW.search(text) is None


def _swept(given: _Given, outcomes: Outcomes, everything: int) -> Iterator[tuple[list[int], int, int]]:
    """Go through the pieces in order and put those together where the same rules match, or may match."""
    count = everything.bit_length()
    matching, possible = [0] * (count + 1), [0] * (count + 1)
    for number, rule in enumerate(given.table.rules):
        certain = perhaps = everything
        for column in given.columns:
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
