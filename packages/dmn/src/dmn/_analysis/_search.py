"""Search among the parts of all inputs for combinations that no rule, or more than one, matches.

A rule is a box: a set of parts on each axis. A combination of parts is a point; which rules match there is the `and` of
the parts' bits. Source: Calvanese, Dumas, Laurson, Maggi, Montali, Teinemaa: Semantics and analysis of DMN decision
tables (2016), whose sweep over hyper-rectangles is done here on bits, with the rules left over as the memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Box = tuple[frozenset[int], ...]
"""The parts of each axis; a full set where the axis doesn't matter."""


class BudgetError(Exception):
    """The search takes too long."""


@dataclass(slots=True)
class Budget:
    """The steps that are left; one is a part looked at."""

    steps: int

    def spend(self, steps: int) -> None:
        """Take steps. Raises: BudgetError."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetError


def overlapping(axes: Sequence[Sequence[int]], rules: int, budget: Budget) -> list[int]:
    """Give for each of so many rules those that match together with it somewhere, itself among them.

    Boxes meet when they meet on every axis, so each axis is looked at on its own. Raises: BudgetError.
    """
    together = [-1] * rules
    for parts in axes:
        here = [0] * rules
        everywhere = _conjunction(parts, range(len(parts)))
        for rule in bits_of(everywhere & ((1 << rules) - 1)):
            here[rule] = _disjunction(parts, range(len(parts)))
        for part in parts:
            narrow = part & ~everywhere
            budget.spend(1 + narrow.bit_count())
            for rule in bits_of(narrow):
                here[rule] |= part
        together = [before & now for before, now in zip(together, here, strict=True)]
    return together


def meeting(axes: Sequence[Sequence[int]], rules: int) -> list[int] | None:
    """Choose a part on each axis where all of these rules match; None when there is no such point."""
    point = [next((number for number, part in enumerate(parts) if part & rules == rules), -1) for parts in axes]
    return None if -1 in point else point


@dataclass(slots=True)
class Search:
    """Looks for boxes that no rule covers, axis by axis; what turned out to be covered isn't looked at again."""

    axes: Sequence[Sequence[int]]
    budget: Budget
    _covered: set[tuple[int, int]] = field(default_factory=set)

    def uncovered(self, rules: int, within: int = 0) -> Iterator[Box]:
        """Give boxes that none of the rules matches, inside the boxes of `within`. Raises: BudgetError."""
        self._covered.clear()
        allowed = [[number for number, part in enumerate(parts) if part & within == within] for parts in self.axes]
        if not all(allowed):
            return
        wide = [_conjunction(parts, numbers) for parts, numbers in zip(self.axes, allowed, strict=True)]
        yield from self._descend(rules, (1 << len(self.axes)) - 1, allowed, wide, [frozenset(a) for a in allowed])

    def _descend(
        self, rules: int, open_axes: int, allowed: list[list[int]], wide: list[int], box: list[frozenset[int]]
    ) -> Iterator[Box]:
        if not rules:
            yield tuple(box)
            return
        if (rules, open_axes) in self._covered:
            return
        axis = self._next_axis(rules, open_axes, wide)
        if axis is None:
            return
        found = False
        for left, numbers in self._groups(rules, axis, allowed[axis]).items():
            box[axis], before = frozenset(numbers), box[axis]
            for uncovered in self._descend(left, open_axes & ~(1 << axis), allowed, wide, box):
                found = True
                yield uncovered
            box[axis] = before
        if not found:
            self._covered.add((rules, open_axes))

    def _next_axis(self, rules: int, open_axes: int, wide: list[int]) -> int | None:
        """Choose the axis that tells most of the rules apart; None when some rule covers all that is left."""
        best, most, everywhere = None, 0, rules
        for axis, covering in enumerate(wide):
            if not open_axes >> axis & 1:
                continue
            everywhere &= covering
            constrained = (rules & ~covering).bit_count()
            if constrained > most:
                best, most = axis, constrained
        return None if everywhere else best

    def _groups(self, rules: int, axis: int, numbers: list[int]) -> dict[int, list[int]]:
        """Put the parts together that leave the same rules, those with the fewest first."""
        self.budget.spend(len(numbers) + len(self.axes))
        groups: dict[int, list[int]] = {}
        parts = self.axes[axis]
        for number in numbers:
            groups.setdefault(rules & parts[number], []).append(number)
        return dict(sorted(groups.items(), key=lambda group: group[0].bit_count()))


def _conjunction(parts: Sequence[int], numbers: Sequence[int]) -> int:
    result = -1
    for number in numbers:
        result &= parts[number]
    return result


def grown(axes: Sequence[Sequence[int]], box: Box) -> Box:
    """Widen a box that no rule matches, axis by axis, as far as no rule matches it."""
    grown = list(box)
    meeting_rules = [_disjunction(parts, numbers) for parts, numbers in zip(axes, box, strict=True)]
    for axis, parts in enumerate(axes):
        others = -1
        for number, rules in enumerate(meeting_rules):
            others &= rules if number != axis else -1
        grown[axis] = frozenset(number for number, part in enumerate(parts) if not part & others)
        meeting_rules[axis] = _disjunction(parts, grown[axis])
    return tuple(grown)


def bits_of(number: int) -> Iterator[int]:
    """Give the places of the bits that are set, from the lowest."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _disjunction(parts: Sequence[int], numbers: Iterable[int]) -> int:
    result = 0
    for number in numbers:
        result |= parts[number]
    return result
