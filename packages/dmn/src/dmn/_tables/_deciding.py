"""One evaluation of a decision table."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Sequence

import feel
from dmn._frame import Frame, Scope, plain, shown
from dmn._tables._policies import POLICIES, Hit, combined
from dmn._tables._table import Cell, Input, Output, Rule, Table
from feel.errors import Fault

_UNEXPLAINED = object()
"""Stands for a value that takes more than the compiled function to find, or why there is none."""


def decide(table: Table, frame: Frame, scope: Scope) -> object:
    """Evaluate a table: its inputs once, then the rules, then what the hit policy makes of those that match."""
    values = _input_values(table, frame, scope)
    step = TableStep(table, values)
    frame.steps.append(step)
    if table.limited and not _are_allowed(table, values, frame, scope):
        return None
    rules = _matching(table, values, frame, scope) if table.rules else []
    if not rules:
        return _without_hits(table, frame, scope)
    hits: list[Hit] = [
        (rule, _outputs(table, rule, frame, scope) if rule.fixed is None else rule.fixed) for rule in rules
    ]
    step.hits = hits
    return POLICIES[table.policy](table, hits, frame)


def _input_values(table: Table, frame: Frame, scope: Scope) -> list[object]:
    values: list[object] = []
    for given in table.inputs:
        # A variable of a simple type needs no evaluation.
        value = None if given.variable is None else scope.get(given.variable)
        values.append(value if type(value) in given.known else _evaluated(table, given, frame, scope))
    return values


def _evaluated(table: Table, given: Input, frame: Frame, scope: Scope) -> object:
    value = given.expression.compiled(scope, _explain)
    if value is _UNEXPLAINED:
        value = frame.value(given.expression.evaluate(scope, now=frame.now), given.element_id)
    if given.type is None or value is None or given.type.holds(value):
        return value
    return _fitted(value, given.type, f"{table}, {given.label}", given.element_id, frame)


def _explain(_scope: Scope) -> object:
    return _UNEXPLAINED


def _matching(table: Table, values: Sequence[object], frame: Frame, scope: Scope) -> list[Rule]:
    evaluation = table.rows.evaluate(values, scope, now=frame.now)
    if evaluation.diagnostics:
        _note_tests(table, evaluation.diagnostics, frame)
    numbers = evaluation.value
    return [table.rules[number] for number in numbers] if isinstance(numbers, list) else []


def _note_tests(table: Table, diagnostics: Sequence[feel.Diagnostic], frame: Frame) -> None:
    for found in diagnostics:
        if found.cell is None or not table.inputs:
            frame.note(found.kind, f"{table}: {found.message}", table.element_id)
            continue
        rule, column = table.rules[found.cell[0]], found.cell[1]
        where = f"{table}, rule {rule}, {table.inputs[column].label}"
        frame.note(found.kind, f"{where}: {found.message}", rule.test_ids[column], found.position)


def _fitted(value: object, kind: feel.Type, where: str, element_id: str, frame: Frame) -> object:
    try:
        return kind.conformed(value)
    except Fault as fault:
        return frame.note(fault.kind, f"{where}: {fault.message}", element_id)


def _are_allowed(table: Table, values: Sequence[object], frame: Frame, scope: Scope) -> bool:
    for number in table.limited:
        given, value = table.inputs[number], values[number]
        if given.allowed is None or given.allowed.evaluate(value, scope, now=frame.now).value is True:
            continue
        message = f"{table}, {given.label}: {shown(value)} is none of the values {given.allowed.text}"
        frame.note("input", message, given.element_id)
        return False
    return True


def _outputs(table: Table, rule: Rule, frame: Frame, scope: Scope) -> list[object]:
    cells = zip(table.outputs, rule.cells, strict=True)
    where = f"{table}, rule {rule}"
    return [_output_value(where, output, cell, frame, scope) for output, cell in cells]


def _output_value(where: str, output: Output, cell: Cell | None, frame: Frame, scope: Scope) -> object:
    """Give the value of an entry; one that is computed is compared with the output's type and values."""
    if cell is None or cell.compute is None:
        return None if cell is None else cell.value
    value = cell.compute(frame, scope)
    where = f"{where}, {output.label}"
    if output.type is not None and value is not None and not output.type.holds(value):
        value = _fitted(value, output.type, where, cell.element_id, frame)
    if output.allowed is not None and output.allowed.evaluate(value, scope, now=frame.now).value is not True:
        frame.note("output", f"{where}: {shown(value)} is none of the values {output.allowed.text}", cell.element_id)
    return value


def _without_hits(table: Table, frame: Frame, scope: Scope) -> object:
    outputs = table.outputs
    if all(output.default is None for output in outputs):
        return frame.note("no_rule", f"{table}: no rule matches, and there is no default output", table.element_id)
    where = f"{table}, by default"
    return combined(table, [_output_value(where, output, output.default, frame, scope) for output in outputs])


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
