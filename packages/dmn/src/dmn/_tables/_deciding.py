"""One evaluation of a decision table."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Sequence
from decimal import Decimal

from dmn._frame import Frame, Scope, plain
from dmn._tables._policies import POLICIES, Hit, combined
from dmn._tables._table import Cell, Input, Rule, Table

_AS_THEY_ARE = frozenset({str, bool, Decimal, int})


def decide(table: Table, frame: Frame, scope: Scope) -> object:
    """Evaluate a table: its inputs once, then the rules, then what the hit policy makes of those that match."""
    values = [_input_value(given, frame, scope) for given in table.inputs]
    step = TableStep(table, values)
    frame.steps.append(step)
    if not _are_allowed(table, values, frame, scope):
        return None
    if not table.rules:
        return _without_hits(table, frame, scope)
    numbers = frame.value(table.rows.evaluate(values, scope, now=frame.now), table.element_id)
    if not isinstance(numbers, list) or not numbers:
        return _without_hits(table, frame, scope)
    step.hits = hits = [_hit(table, table.rules[number], frame, scope) for number in numbers]
    return POLICIES[table.policy](table, hits, frame)


def _input_value(given: Input, frame: Frame, scope: Scope) -> object:
    # A variable of a simple type needs no evaluation.
    name = given.variable
    if name is not None and name in scope and type(value := scope[name]) in _AS_THEY_ARE:
        return value
    return frame.value(given.expression.evaluate(scope, now=frame.now), given.element_id)


def _are_allowed(table: Table, values: Sequence[object], frame: Frame, scope: Scope) -> bool:
    for given, value in zip(table.inputs, values, strict=True):
        if given.allowed is None or given.allowed.evaluate(value, scope, now=frame.now).value is True:
            continue
        message = f"{table}: {given.label} is {plain(value)}; allowed is {given.allowed.text}"
        frame.note("input", message, given.element_id)
        return False
    return True


def _hit(table: Table, rule: Rule, frame: Frame, scope: Scope) -> Hit:
    values = [_output_value(cell, frame, scope) for cell in rule.cells]
    for output, cell, value in zip(table.outputs, rule.cells, values, strict=True):
        if output.allowed is not None and output.allowed.evaluate(value, scope, now=frame.now).value is not True:
            message = f"{table}, rule {rule}: {output.label} is {plain(value)}; allowed is {output.allowed.text}"
            frame.note("output", message, cell.element_id)
    return rule, values


def _output_value(cell: Cell, frame: Frame, scope: Scope) -> object:
    return cell.value if cell.compute is None else cell.compute(frame, scope)


def _without_hits(table: Table, frame: Frame, scope: Scope) -> object:
    if any(output.default is not None for output in table.outputs):
        return combined(
            table, [None if output.default is None else output.default(frame, scope) for output in table.outputs]
        )
    return frame.note("no_rule", f"{table}: no rule matches, and there is no default output", table.element_id)


class TableStep:
    """What a table did; put into words only when somebody reads the trace."""

    __slots__ = ("decision", "hits", "table", "values")

    def __init__(self, table: Table, values: Sequence[object]) -> None:
        self.table = table
        self.values = values
        self.hits: list[Hit] = []
        self.decision: str | None = None

    def plain(self) -> dict[str, object]:
        """Describe the step for the trace."""
        given = zip(self.table.inputs, self.values, strict=True)
        return {
            "table": self.table.element_id,
            "decision": self.decision,
            "hit_policy": self.table.policy,
            "inputs": {entry.label: plain(value) for entry, value in given},
            "rules": [self._rule(rule, values) for rule, values in self.hits],
        }

    def _rule(self, rule: Rule, values: Sequence[object]) -> dict[str, object]:
        said = {"rule": rule.element_id, "number": rule.number, "output": plain(combined(self.table, values))}
        if rule.label:
            said["label"] = rule.label
        if rule.annotations:
            said["annotations"] = rule.annotations
        return said
