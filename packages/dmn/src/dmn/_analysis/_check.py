"""One table's findings, each with an example that the table was evaluated with."""

import functools
import re
from collections.abc import Callable, Iterator, Sequence

import feel
from dmn._analysis._axes import Axis, Domains, TooLargeError, axes_of, is_quick
from dmn._analysis._finding import Finding
from dmn._analysis._kinds import as_feel
from dmn._analysis._search import Box, Budget, BudgetError, Search, bits_of, grown, meeting, overlapping
from dmn._analysis._texts import cell_text
from dmn._frame import Frame
from dmn._tables import Rule, Table, in_words, rank_of, same

MAX_FINDINGS = 100
"""Findings of one kind for one table."""

MAX_INPUTS = 100
STEPS_OF_PAIR = 20
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_COMPLETE = ("UNIQUE", "ANY", "FIRST", "PRIORITY")


def check_table(table: Table, computed: frozenset[str], domains: Domains, budget: Budget) -> tuple[Finding, ...]:
    """Check one table; `computed` are the names that other decisions give, `domains` the values of those that are few."""
    try:
        check = _Check(table, computed, domains, budget)
    except TooLargeError:
        return (_finding(table, "incomplete", f"{table} is too large to be checked"),)
    return tuple(check.findings())


def _finding(table: Table, kind: str, message: str, rules: Sequence[Rule] = (), **more: object) -> Finding:
    return Finding(
        kind=kind,
        decision=table.owner,
        table=table.element_id,
        message=message,
        rules=tuple(rule.number for rule in rules),
        rule_ids=tuple(rule.element_id for rule in rules),
        **{"example": {}, **more},  # type: ignore[arg-type]
    )


class _Check:
    def __init__(self, table: Table, computed: frozenset[str], domains: Domains, budget: Budget) -> None:
        if len(table.inputs) > MAX_INPUTS:
            raise TooLargeError
        self._table = table
        self._budget = budget
        self._axes = axes_of(table, domains)
        self._all = (1 << len(table.rules)) - 1
        self._matching = [[part.matching for part in axis.parts] for axis in self._axes]
        self._possible = [[part.possible for part in axis.parts] for axis in self._axes]
        self._never = self._all & ~_somewhere(self._possible, self._all)
        self._opaque = self._all & ~self._never & ~_somewhere(self._matching, self._all)
        # Rules that can't be analysed match in no point that is found, and to evaluate them may take long.
        self._judged = self._rules(self._all & ~self._opaque & ~self._never)
        self._rows = feel.compile_rows([rule.tests for rule in self._judged], names=table.names)
        self._certain = _are_data(self._axes, computed)

    def findings(self) -> Iterator[Finding]:
        """Look for everything; what is cut short says so."""
        for what, look in _LOOKS.items():
            yield from self._limited(what, look(self))

    def _limited(self, what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
        try:
            for number, finding in enumerate(findings):
                if number == MAX_FINDINGS:
                    break
                yield finding
            else:
                return
        except BudgetError:
            pass
        yield _finding(self._table, "incomplete", f"{self._table}: the search for {what} was cut short")

    # What is looked for

    def never(self) -> Iterator[Finding]:
        """Look for rules with a test that no value meets."""
        for rule in self._rules(self._never):
            columns = [
                column
                for axis, parts in zip(self._axes, self._possible, strict=True)
                if not any(part >> (rule.number - 1) & 1 for part in parts)
                for column in axis.columns
            ]
            tests = ", ".join(f"{self._table.inputs[column].label} {rule.tests[column].text}" for column in columns)
            message = f"{self._table}: rule {rule} never matches, as no value that is allowed meets its tests: {tests}"
            yield _finding(self._table, "never", message, [rule])

    def not_analysed(self) -> Iterator[Finding]:
        """Name the rules that are left out."""
        rules = self._rules(self._opaque)
        if rules:
            message = f"{self._table}: {in_words(rules)} can't be checked: only an evaluation can judge the tests"
            yield _finding(self._table, "not_analysed", message, rules)

    def overlap(self) -> Iterator[Finding]:
        """Look for pairs of rules that match together though the hit policy forbids it."""
        if self._table.policy not in {"UNIQUE", "ANY"}:
            return
        for first, second in self._pairs():
            point = meeting(self._matching, (1 << first) | (1 << second))
            if point is None:
                continue
            rules = [self._table.rules[first], self._table.rules[second]]
            values = self._values(point)
            if not ({first, second} <= self._hits(values) and self._are_allowed(values)):
                continue
            if self._table.policy == "UNIQUE":
                yield self._example("overlap", f"{in_words(rules)} both match", rules, values)
            elif (agree := self._agree(rules, values)) is None:
                message = f"{self._table}: {in_words(rules)} both match; whether their outputs agree can't be checked"
                yield _finding(self._table, "not_analysed", message, rules)
            elif not agree:
                yield self._example("overlap", f"{in_words(rules)} both match with different outputs", rules, values)

    def masked(self) -> Iterator[Finding]:
        """Look for rules that others always come before."""
        order = _ORDERS[self._table.policy](self._table) if self._table.policy in _ORDERS else []
        search = Search(self._matching, self._budget)
        together = self._together if order else []
        above = 0
        for number in order:
            bit = 1 << number
            if not bit & (self._never | self._opaque):
                before = above & together[number]
                if before and not self._is_reached(search, before, number):
                    yield from self._masked_by(search, number, before)
            above |= bit

    def _is_reached(self, search: Search, before: int, number: int) -> bool:
        return next(search.uncovered(before, 1 << number), None) is not None

    def _masked_by(self, search: Search, number: int, before: int) -> Iterator[Finding]:
        for other in bits_of(before):
            fewer = before & ~(1 << other)
            if fewer and not self._is_reached(search, fewer, number):
                before = fewer
        point = meeting(self._matching, (1 << number) | (before & -before))
        rule, covering = self._table.rules[number], self._rules(before)
        values = self._values(point) if point is not None else []
        hits = self._hits(values)
        if number in hits and self._are_allowed(values) and any(other.number - 1 in hits for other in covering):
            come = "comes" if len(covering) == 1 else "always come"
            message = f"rule {rule} never decides, as {in_words(covering)} {come} before it"
            yield self._example("masked", message, [rule, *covering], values)

    def gap(self) -> Iterator[Finding]:
        """Look for inputs that no rule matches."""
        if any(output.default is not None for output in self._table.outputs):
            return
        found: list[Box] = []
        for fragment in Search(self._possible, self._budget).uncovered(self._all & ~self._never):
            if any(all(map(frozenset.issubset, fragment, box)) for box in found):
                continue
            box = grown(self._possible, fragment)
            found.append(box)
            values = self._values([min(parts) for parts in fragment])
            if not self._hits(values) and self._are_allowed(values):
                yield self._example("gap", "no rule matches", [], values, cells=self._cells(box))

    # Parts

    @functools.cached_property
    def _together(self) -> list[int]:
        return overlapping(self._matching, len(self._table.rules), self._budget)

    def _rules(self, bits: int) -> list[Rule]:
        return [self._table.rules[number] for number in bits_of(bits)]

    def _pairs(self) -> Iterator[tuple[int, int]]:
        for first in bits_of(self._all & ~self._never & ~self._opaque):
            later = self._together[first] >> (first + 1) << (first + 1)
            for second in bits_of(later & ~self._opaque):
                self._budget.spend(STEPS_OF_PAIR)
                yield first, second

    def _values(self, point: Sequence[int]) -> list[object]:
        """Give a value for each column at a point."""
        values: list[object] = [None] * len(self._table.inputs)
        for axis, part in zip(self._axes, point, strict=True):
            for column in axis.columns:
                values[column] = axis.parts[part].value
        return values

    def _hits(self, values: Sequence[object]) -> set[int]:
        """Evaluate the rules with an example."""
        if not self._judged or len(values) < len(self._table.inputs):
            return set()
        found = self._rows.evaluate(values).value
        return {self._judged[row].number - 1 for row in found} if isinstance(found, list) else set()

    def _are_allowed(self, values: Sequence[object]) -> bool:
        return all(
            (limit.boundaries() is not None or is_quick(limit.text)) and limit.evaluate(value).value is True
            for given, value in zip(self._table.inputs, values, strict=True)
            for limit in given.limits
        )

    def _agree(self, rules: Sequence[Rule], values: Sequence[object]) -> bool | None:
        """Tell whether the outputs are equal; None when that depends on more than the inputs."""
        scope = {
            given.variable: value
            for given, value in zip(self._table.inputs, values, strict=True)
            if given.variable is not None
        }
        frame = Frame(None)
        outputs: list[list[object]] = [[], []]
        for found, rule in zip(outputs, rules, strict=True):
            for cell in rule.cells:
                if not (cell.names <= scope.keys() and is_quick(cell.text)):
                    return None
                found.append(cell.value if cell.compute is None else cell.compute(frame, scope))
        return None if frame.diagnostics else same(*outputs)

    def _cells(self, box: Box) -> tuple[str, ...]:
        cells = ["-"] * len(self._table.inputs)
        for axis, parts in zip(self._axes, box, strict=True):
            cells[axis.columns[0]] = cell_text(axis, parts)
        return tuple(cells)

    def _example(
        self, kind: str, what: str, rules: Sequence[Rule], values: Sequence[object], cells: tuple[str, ...] = ()
    ) -> Finding:
        labels = [given.label for given in self._table.inputs]
        unlike = len(set(labels)) == len(labels)
        names = labels if unlike else [given.expression.text for given in self._table.inputs]
        example = {name: as_feel(value) for name, value in zip(names, values, strict=True)}
        given = ", ".join(f"{name} = {text}" for name, text in example.items())
        message = f"{self._table}: {what}" + (f", for example with {given}" if given else "")
        return _finding(self._table, kind, message, rules, example=example, cells=cells, certain=self._certain)


def _somewhere(axes: Sequence[Sequence[int]], rules: int) -> int:
    """Give the rules that have a part on every axis."""
    for parts in axes:
        here = 0
        for part in parts:
            here |= part
        rules &= here
    return rules


def _are_data(axes: Sequence[Axis], computed: frozenset[str]) -> bool:
    """Tell whether every input is a variable, or a part of one, that may have any value whatever the others have."""
    texts = [axis.text for axis in axes]
    if not all(_PATH.fullmatch(text) and text.split(".")[0] not in computed for text in texts):
        return False
    return not any(other.startswith(f"{text}.") for text in texts for other in texts)


def _in_order(table: Table) -> list[int]:
    return list(range(len(table.rules)))


def _by_priority(table: Table) -> list[int]:
    """Order the rules by the priority of their outputs; those that compute them are left out."""
    fixed = [rule for rule in table.rules if all(cell.compute is None for cell in rule.cells)]
    return [rule.number - 1 for rule in sorted(fixed, key=lambda rule: rank_of(table, [c.value for c in rule.cells]))]


_ORDERS: dict[str, Callable[[Table], list[int]]] = {"FIRST": _in_order, "PRIORITY": _by_priority}
_LOOKS: dict[str, Callable[[_Check], Iterator[Finding]]] = {
    "rules that never match": _Check.never,
    "rules that can't be checked": _Check.not_analysed,
    "overlapping rules": _Check.overlap,
    "rules that never decide": _Check.masked,
    "missing rules": _Check.gap,
}
