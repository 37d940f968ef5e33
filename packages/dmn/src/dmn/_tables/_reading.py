"""A table's XML to its compiled form; every mistake is noted with the reader."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import feel
from dmn import _xml
from dmn._scope import Reader
from dmn._tables._entries import read_allowed, read_cell, read_output
from dmn._tables._policies import AGGREGATIONS, POLICIES
from dmn._tables._table import SINGLE, Input, Output, Rule, Table
from dmn._types import constraints
from dmn._xml import Element

_OWNERS = ("decision", "businessKnowledgeModel")

_PYTHON: dict[str, type] = {"number": Decimal, "string": str, "boolean": bool}
_ABBREVIATIONS = {
    "U": ("UNIQUE", None),
    "A": ("ANY", None),
    "P": ("PRIORITY", None),
    "F": ("FIRST", None),
    "O": ("OUTPUT ORDER", None),
    "R": ("RULE ORDER", None),
    "C": ("COLLECT", None),
    "C+": ("COLLECT", "SUM"),
    "C<": ("COLLECT", "MIN"),
    "C>": ("COLLECT", "MAX"),
    "C#": ("COLLECT", "COUNT"),
}


def read_table(element: Element, names: frozenset[str], reader: Reader) -> Table | None:
    """Read and compile a decision table; None when it has mistakes, which are noted."""
    noted = len(reader.problems)
    policy, aggregation = _read_policy(element, reader)
    read = [_read_input(child, names, reader) for child in _xml.children(element, "input")]
    inputs = tuple(given for given in read if given is not None)
    outputs = [read_output(child, names, reader) for child in _xml.children(element, "output")]
    if policy not in SINGLE:
        outputs = [_unlisted(output, aggregation) for output in outputs]
    _check_outputs(element, outputs, reader)
    rules = _read_rules(element, read, outputs, names, reader)
    owner = next((found for found in element.iterancestors() if _xml.kind(found) in _OWNERS), element)
    name = element.get("label") or element.get("outputLabel") or owner.get("name") or _xml.identity(owner)
    if len(reader.problems) > noted:
        _say_where(f"Table “{name}”", noted, reader)
        return None
    return Table(
        element_id=_xml.identity(element),
        name=name,
        owner=owner.get("id") or owner.get("name") or "",
        is_whole=element.getparent() is owner,
        policy=policy,
        aggregation=aggregation,
        orientation=element.get("preferredOrientation", "Rule-as-Row"),
        inputs=inputs,
        limited=tuple(number for number, given in enumerate(inputs) if given.allowed is not None),
        outputs=tuple(outputs),
        rules=tuple(rules),
        rows=feel.compile_rows([rule.tests for rule in rules], names=names, first=policy == "FIRST"),
        names=names,
    )


def _read_policy(element: Element, reader: Reader) -> tuple[str, str | None]:
    written = " ".join(element.get("hitPolicy", "UNIQUE").upper().split())
    policy, implied = _ABBREVIATIONS.get(written, (written, None))
    aggregation = element.get("aggregation", implied)
    if policy not in POLICIES:
        reader.problem("hit_policy", element, f"There is no hit policy {written}; there are {', '.join(POLICIES)}")
    if aggregation is not None and (aggregation not in AGGREGATIONS or policy != "COLLECT"):
        reader.problem("aggregation", element, f"The aggregation {aggregation} can't be used with {policy}")
    return policy, aggregation


def _read_input(element: Element, names: frozenset[str], reader: Reader) -> Input | None:
    expression_element = _xml.child(element, "inputExpression")
    text = _xml.text_of(expression_element)
    if expression_element is None or not text:
        reader.problem("no_input_expression", element, "The input has no expression")
        return None
    expression = reader.expression(text, expression_element, names)
    allowed = read_allowed(element, "inputValues", names, reader)
    kind = reader.type_of(expression_element)
    if expression is None:
        return None
    return Input(
        label=element.get("label") or text,
        element_id=_xml.identity(element),
        expression=expression,
        variable=text if expression.names == {text} else None,
        type=None if kind is None or kind.kind == "Any" else kind,
        known=_known(kind),
        allowed=allowed,
        limits=(*constraints(kind), *(() if allowed is None else (allowed,))),
    )


def _known(kind: feel.Type | None) -> frozenset[type]:
    """Give the Python types whose values certainly are of a type."""
    if kind is None or kind.kind == "Any":
        return frozenset(_PYTHON.values())
    return frozenset({_PYTHON[kind.kind]} if kind.kind in _PYTHON and kind.allows is None else ())


def _unlisted(output: Output, aggregation: str | None) -> Output:
    """Leave out a type that may be that of all hits together rather than that of each."""
    is_of_all = aggregation == "COUNT" or (output.type is not None and output.type.kind == "list")
    return replace(output, type=None) if is_of_all else output


def _check_outputs(element: Element, outputs: Sequence[Output], reader: Reader) -> None:
    if not outputs:
        reader.problem("no_output", element, "A decision table needs an output")
    if len(outputs) > 1 and any(not output.name for output in outputs):
        reader.problem("output_name", element, "When a table has several outputs, each needs a name")
    if len({output.name for output in outputs}) < len(outputs):
        reader.problem("output_name", element, "Two outputs have the same name")


def _read_rules(
    element: Element, inputs: Sequence[Input | None], outputs: Sequence[Output], names: frozenset[str], reader: Reader
) -> list[Rule]:
    columns = [column.get("name", "") for column in _xml.children(element, "annotation")]
    rules: list[Rule] = []
    for number, rule in enumerate(_xml.children(element, "rule"), 1):
        tests = list(_xml.children(rule, "inputEntry"))
        results = list(_xml.children(rule, "outputEntry"))
        if len(tests) != len(inputs) or len(results) != len(outputs):
            wanted = f"{len(inputs)} input and {len(outputs)} output entries"
            reader.problem("rule_width", rule, f"Rule {number} has {len(tests)} and {len(results)}; it needs {wanted}")
            continue
        noted = len(reader.problems)
        read = [_read_test(cell, given, names, reader) for cell, given in zip(tests, inputs, strict=True)]
        cells = tuple(read_cell(cell, output, names, reader) for cell, output in zip(results, outputs, strict=True))
        _say_where(f"rule {number}", noted, reader)
        rules.append(
            Rule(
                number=number,
                label=rule.get("label") or "",
                element_id=rule.get("id") or f"rule {number}",
                tests=tuple(cell for cell in read if cell is not None),
                test_ids=tuple(_xml.identity(cell) for cell in tests),
                cells=cells,
                fixed=tuple(cell.value for cell in cells) if all(cell.compute is None for cell in cells) else None,
                annotations=_read_annotations(rule, columns),
            )
        )
    return rules


def _read_test(cell: Element, given: Input | None, names: frozenset[str], reader: Reader) -> feel.UnaryTests | None:
    noted = len(reader.problems)
    tests = reader.tests(_xml.text_of(cell), cell, names)
    _say_where("an input" if given is None else given.label, noted, reader)
    return tests


def _say_where(where: str, noted: int, reader: Reader) -> None:
    """Put the place before the messages of the mistakes that were noted since."""
    for number in range(noted, len(reader.problems)):
        problem = reader.problems[number]
        reader.problems[number] = replace(problem, message=f"{where}: {problem.message}")


def _read_annotations(rule: Element, columns: Sequence[str]) -> dict[str, str]:
    entries = [_xml.text_of(entry) for entry in _xml.children(rule, "annotationEntry")]
    named = [name or f"annotation {at}" for at, name in enumerate(columns, 1)]
    found = dict(zip(named, entries, strict=False))
    description = _xml.child(rule, "description")
    if description is not None and description.text:
        found.setdefault("description", description.text.strip())
    return {name: text for name, text in found.items() if text}
