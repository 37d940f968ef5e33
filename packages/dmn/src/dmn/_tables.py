"""Decision tables (DMN 1.5, clause 8): the tests of all rules in one function, one entry per hit policy."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope, plain
from dmn._scope import Reader
from dmn._xml import Element

_AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}
_EQUAL = feel.compile_expression("left = right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    label: str
    element_id: str
    expression: feel.Expression
    allowed: feel.UnaryTests | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    name: str
    default: Evaluator | None
    allowed: feel.UnaryTests | None
    priorities: tuple[feel.UnaryTests, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    number: int
    element_id: str
    outputs: tuple[Evaluator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    element_id: str
    policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    rows: feel.Rows


Hit = tuple[Rule, object]
"""A rule that matched, and its output."""


def compile_table(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    """Compile a decision table; its mistakes are noted with the reader."""
    table = _read_table(element, names, reader)
    if table is None:
        return lambda _frame, _scope: None
    return lambda frame, scope: _decide(table, frame, scope)


def _read_table(element: Element, names: frozenset[str], reader: Reader) -> Table | None:
    policy = element.get("hitPolicy", "UNIQUE").upper()
    aggregation = element.get("aggregation")
    noted = len(reader.problems)
    if policy not in _POLICIES:
        reader.problem("hit_policy", element, f"There is no hit policy {policy}")
    if aggregation is not None and (aggregation not in _AGGREGATIONS or policy != "COLLECT"):
        reader.problem("aggregation", element, f"The aggregation {aggregation} can't be used with {policy}")
    inputs = [_read_input(child, names, reader) for child in _xml.children(element, "input")]
    outputs = [_read_output(child, names, reader) for child in _xml.children(element, "output")]
    if not outputs:
        reader.problem("no_output", element, "A decision table needs an output")
    if aggregation in {"SUM", "MIN", "MAX"} and len(outputs) > 1:
        reader.problem("aggregation", element, f"{aggregation} needs a table with one output")
    if len(outputs) > 1 and any(not output.name for output in outputs):
        reader.problem("output_name", element, "When a table has several outputs, each needs a name")
    rules, cells = _read_rules(element, len(inputs), len(outputs), names, reader)
    if len(reader.problems) > noted:
        return None
    return Table(
        element_id=_xml.identity(element),
        policy=policy,
        aggregation=aggregation,
        inputs=tuple(entry for entry in inputs if entry is not None),
        outputs=tuple(outputs),
        rules=tuple(rules),
        rows=feel.compile_rows(cells, names=names, first=policy == "FIRST"),
    )


def _read_input(element: Element, names: frozenset[str], reader: Reader) -> Input | None:
    expression_element = _xml.child(element, "inputExpression")
    text = _xml.text_of(expression_element)
    if expression_element is None or not text:
        reader.problem("no_input_expression", element, "The input has no expression")
        return None
    expression = reader.expression(text, expression_element, names)
    allowed_element = _xml.child(element, "inputValues")
    allowed_text = _xml.text_of(allowed_element)
    allowed = reader.tests(allowed_text, allowed_element, names) if allowed_element is not None else None
    if expression is None:
        return None
    return Input(
        label=element.get("label") or text,
        element_id=_xml.identity(element),
        expression=expression,
        allowed=allowed if allowed_text else None,
    )


def _read_output(element: Element, names: frozenset[str], reader: Reader) -> Output:
    default_element = _xml.child(element, "defaultOutputEntry")
    default_text = _xml.text_of(default_element)
    allowed_element = _xml.child(element, "outputValues")
    allowed_text = _xml.text_of(allowed_element)
    allowed = reader.tests(allowed_text, allowed_element, names) if allowed_element is not None else None
    return Output(
        name=element.get("name") or "",
        default=reader.evaluator(default_text, default_element, names)
        if default_element is not None and default_text
        else None,
        allowed=allowed if allowed_text else None,
        priorities=allowed.split() if allowed is not None and allowed_text else (),
    )


def _read_rules(
    element: Element, inputs: int, outputs: int, names: frozenset[str], reader: Reader
) -> tuple[list[Rule], list[list[feel.UnaryTests]]]:
    rules: list[Rule] = []
    rows: list[list[feel.UnaryTests]] = []
    for number, rule in enumerate(_xml.children(element, "rule"), 1):
        tests = list(_xml.children(rule, "inputEntry"))
        results = list(_xml.children(rule, "outputEntry"))
        if len(tests) != inputs or len(results) != outputs:
            reader.problem("rule_width", rule, f"Rule {number} needs {inputs} input and {outputs} output entries")
            continue
        cells = [reader.tests(_xml.text_of(cell), cell, names) for cell in tests]
        rows.append([cell for cell in cells if cell is not None])
        rules.append(
            Rule(
                number=number,
                element_id=rule.get("id") or f"rule {number}",
                outputs=tuple(_read_result(cell, names, reader) for cell in results),
            )
        )
    return rules, rows


def _read_result(cell: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    # An empty entry, and the dash that some modellers write, stand for null.
    text = _xml.text_of(cell)
    return reader.evaluator("null" if text in {"", "-"} else text, cell, names)


def _decide(table: Table, frame: Frame, scope: Scope) -> object:
    values = [frame.value(entry.expression.evaluate(scope, now=frame.now), entry.element_id) for entry in table.inputs]
    entry: dict[str, object] = {
        "table": table.element_id,
        "hit_policy": table.policy,
        "inputs": {given.label: plain(value) for given, value in zip(table.inputs, values, strict=True)},
        "rules": [],
    }
    frame.trace.append(entry)
    if not _inputs_allowed(table, values, frame, scope):
        return None
    numbers = frame.value(table.rows.evaluate(values, scope, now=frame.now), table.element_id)
    hits = [_hit(table, number, frame, scope) for number in numbers] if isinstance(numbers, list) else []
    entry["rules"] = [
        {"rule": rule.element_id, "number": rule.number, "output": plain(output)} for rule, output in hits
    ]
    if not hits:
        return _default(table, frame, scope)
    return _POLICIES[table.policy](table, hits, frame)


def _inputs_allowed(table: Table, values: Sequence[object], frame: Frame, scope: Scope) -> bool:
    for given, value in zip(table.inputs, values, strict=True):
        if given.allowed is None:
            continue
        if given.allowed.evaluate(value, scope, now=frame.now).value is not True:
            frame.note("input", f"{given.label} has none of the values that are allowed", given.element_id)
            return False
    return True


def _hit(table: Table, number: int, frame: Frame, scope: Scope) -> Hit:
    rule = table.rules[number]
    values = [output(frame, scope) for output in rule.outputs]
    for output, value in zip(table.outputs, values, strict=True):
        if output.allowed is not None and output.allowed.evaluate(value, scope, now=frame.now).value is not True:
            frame.note("output", f"{output.name or 'The output'} has none of the values allowed", rule.element_id)
    return rule, _combined(table, values)


def _combined(table: Table, values: Sequence[object]) -> object:
    if len(table.outputs) == 1:
        return values[0]
    return {output.name: value for output, value in zip(table.outputs, values, strict=True)}


def _default(table: Table, frame: Frame, scope: Scope) -> object:
    if all(output.default is None for output in table.outputs):
        return None
    values = [None if output.default is None else output.default(frame, scope) for output in table.outputs]
    return _combined(table, values)


# Hit policies


def _unique(table: Table, hits: list[Hit], frame: Frame) -> object:
    if len(hits) > 1:
        numbers = ", ".join(str(rule.number) for rule, _ in hits)
        return frame.note("hit_policy", f"Rules {numbers} match; only one may", table.element_id)
    return hits[0][1]


def _first(_table: Table, hits: list[Hit], _frame: Frame) -> object:
    return hits[0][1]


def _any(table: Table, hits: list[Hit], frame: Frame) -> object:
    first = hits[0][1]
    if all(_EQUAL({"left": output, "right": first}) is True for _, output in hits[1:]):
        return first
    numbers = ", ".join(str(rule.number) for rule, _ in hits)
    return frame.note("hit_policy", f"Rules {numbers} match with different outputs", table.element_id)


def _by_priority(table: Table, hits: list[Hit], frame: Frame) -> list[object]:
    return [output for _, output in sorted(hits, key=lambda hit: _ranks(table, hit[1], frame))]


def _ranks(table: Table, value: object, frame: Frame) -> list[int]:
    values = [value] if len(table.outputs) == 1 else list(value.values()) if isinstance(value, dict) else []
    return [_rank(output, part, frame) for output, part in zip(table.outputs, values, strict=True)]


def _rank(output: Output, value: object, frame: Frame) -> int:
    for rank, test in enumerate(output.priorities):
        if test.evaluate(value, now=frame.now).value is True:
            return rank
    return len(output.priorities)


def _priority(table: Table, hits: list[Hit], frame: Frame) -> object:
    return _by_priority(table, hits, frame)[0]


def _rule_order(_table: Table, hits: list[Hit], _frame: Frame) -> object:
    return [output for _, output in hits]


def _collect(table: Table, hits: list[Hit], frame: Frame) -> object:
    outputs = _rule_order(table, hits, frame)
    if table.aggregation is None:
        return outputs
    aggregate = _AGGREGATES[table.aggregation]
    return frame.value(aggregate.evaluate({"outputs": outputs}), table.element_id)


_AGGREGATES = {key: feel.compile_expression(f"{function}(outputs)") for key, function in _AGGREGATIONS.items()}
_POLICIES: dict[str, Callable[[Table, list[Hit], Frame], object]] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "PRIORITY": _priority,
    "ANY": _any,
    "COLLECT": _collect,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _by_priority,
}
