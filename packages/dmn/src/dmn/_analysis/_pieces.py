"""The values of one input, cut at the constants that its tests compare it with."""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import feel
from dmn._analysis._kinds import KINDS, between, compare, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A boundary (`low` is `high`), or what lies between two of them; None is no end. `value` lies in it."""

    kind: str
    low: object
    high: object
    value: object
    is_point: bool


@dataclass(slots=True)
class Pieces:
    """All values of an input's types, in order; null is a value only where an author speaks of it."""

    pieces: list[Piece] = field(default_factory=list)
    places: dict[tuple[str, object], int] = field(default_factory=dict)

    def place(self, value: object) -> int:
        """Tell which piece a boundary is; -1 for one of another type, which no value of the input can reach."""
        return self.places.get(("", None) if value is None else (kind_of(value), value), -1)

    def starts(self) -> Iterator[int]:
        """Give the places at which a type begins."""
        yield from (number for number, piece in enumerate(self.pieces) if not number or self._is_other(number, piece))

    def _is_other(self, number: int, piece: Piece) -> bool:
        return self.pieces[number - 1].kind != piece.kind

    def add_null(self) -> None:
        """Add null as a value."""
        self.places["", None] = len(self.pieces)
        self.pieces.append(Piece(kind="", low=None, high=None, value=None, is_point=True))

    def add(self, kind: str, boundaries: Sequence[object]) -> None:
        """Add the values of a type, cut at these. Raises: Incomparable."""
        points = [*boundaries, *KINDS[kind].typical] or [feel.evaluate(KINDS[kind].usual).value]
        last: object = None
        for value in sorted(points, key=functools.cmp_to_key(compare)):
            if last is None or compare(last, value):
                self._add_between(kind, last, value)
                self.pieces.append(Piece(kind=kind, low=value, high=value, value=value, is_point=True))
            self.places[kind, value] = len(self.pieces) - 1
            last = value
        self._add_between(kind, last, None)

    def _add_between(self, kind: str, low: object, high: object) -> None:
        value = between(kind, low, high)
        if value is not None:
            self.pieces.append(Piece(kind=kind, low=low, high=high, value=value, is_point=False))


def cut(boundaries: Sequence[object], declared: set[str]) -> Pieces:
    """Cut an input's values at the boundaries of its tests. Raises: Incomparable."""
    found = Pieces()
    by_kind: dict[str, list[object]] = {kind: [] for kind in sorted(declared)}
    for value in boundaries:
        if value is not None and (not declared or kind_of(value) in declared):
            by_kind.setdefault(kind_of(value), []).append(value)
    if None in boundaries:
        found.add_null()
        by_kind = by_kind or {"string": []}
    for kind, values in by_kind.items():
        found.add(kind, values)
    return found


Outcomes = Mapping[str, int]
"""By a test's text: the pieces for which it holds, as the bits of an integer."""


def holding(tests: Sequence[feel.UnaryTests], told: Mapping[str, Sequence[object] | None], cut_at: Pieces) -> Outcomes:
    """Try tests: one whose boundaries are told at them and once between each two, another with every value."""
    starts = set(cut_at.starts())
    found: dict[str, int] = {}
    for test in tests:
        if test.text not in found:
            boundaries = told[test.text]
            places = None if boundaries is None else {cut_at.place(value) for value in boundaries} | starts
            found[test.text] = _holds(test, cut_at.pieces, places)
    return found


def _holds(test: feel.UnaryTests, pieces: Sequence[Piece], places: set[int] | None) -> int:
    changes = range(len(pieces)) if places is None else sorted({*places, *(place + 1 for place in places)})
    changes = [place for place in changes if 0 <= place < len(pieces)]
    holds = 0
    for place, following in itertools.pairwise([*changes, len(pieces)]):
        if test.evaluate(pieces[place].value).value is True:
            holds |= (1 << following) - (1 << place)
    return holds
