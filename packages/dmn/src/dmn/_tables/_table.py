"""What a decision table is, read and compiled."""

from collections.abc import Sequence
from dataclasses import dataclass

import feel
from dmn._frame import Evaluator


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A column that is tested; `variable` is set when its expression is just a name.

    `allowed` are its own input values, `limits` those and the ones that its type allows. Values of the Python types
    in `known` are taken as they are.
    """

    label: str
    element_id: str
    expression: feel.Expression
    variable: str | None
    known: frozenset[type]
    type: feel.Type | None
    allowed: feel.UnaryTests | None
    limits: tuple[feel.UnaryTests, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An output entry: a value that never changes, or what computes it; `names` are the variables that it reads."""

    element_id: str
    text: str
    names: frozenset[str]
    value: object
    compute: Evaluator | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A column that is a result; `priorities` are its values in decreasing priority."""

    name: str
    label: str
    element_id: str
    type: feel.Type | None
    default: Cell | None
    allowed: feel.UnaryTests | None
    priorities: tuple[feel.UnaryTests, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row; `tests` are its input entries, with the ids of their elements, `annotations` what its author noted, by the
    column's name. `fixed` are the values of its output entries when none has to be computed."""

    number: int
    label: str
    element_id: str
    tests: tuple[feel.UnaryTests, ...]
    test_ids: tuple[str, ...]
    cells: tuple[Cell, ...]
    fixed: tuple[object, ...] | None
    annotations: dict[str, str]

    def __str__(self) -> str:
        return f"{self.number} “{self.label}”" if self.label else str(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `owner` is the id of the decision or other element that it stands in, whose logic it `is_whole` or only a
    part of; `limited` are the inputs that have input values, by their number."""

    element_id: str
    name: str
    owner: str
    is_whole: bool
    policy: str
    aggregation: str | None
    orientation: str
    inputs: tuple[Input, ...]
    limited: tuple[int, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    rows: feel.Rows
    names: frozenset[str]

    def __str__(self) -> str:
        return f"Table “{self.name}”"


def possible_outputs(table: Table) -> tuple[object, ...] | None:
    """Give the values that a table can have beside null; None when they aren't fixed, or it's a part of a decision."""
    if len(table.outputs) != 1 or table.policy not in SINGLE or not table.is_whole:
        return None
    default = table.outputs[0].default
    cells = [cell for rule in table.rules for cell in rule.cells] + ([default] if default is not None else [])
    if any(cell.compute is not None for cell in cells):
        return None
    return tuple(cell.value for cell in cells if cell.value is not None)


SINGLE = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY"})
"""The policies under which one rule makes the result."""


def in_words(rules: Sequence[Rule]) -> str:
    """Name rules in a sentence: `rules 1 and 3 “big orders”`."""
    if len(rules) == 1:
        return f"rule {rules[0]}"
    *first, last = map(str, rules)
    return f"rules {', '.join(first)} and {last}"
