"""Small models made at random give what a naive evaluation gives: every kind of logic, tables of every hit policy.

Each piece of logic is made twice: as XML, and as a Python function over a dictionary of values, where None is null.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hypothesis import given, note, settings
from hypothesis import strategies as st

import dmn

from .conftest import definitions, literal

TIMES = int(os.environ.get("FIRSTLINE_EXAMPLES", "1"))
"""`FIRSTLINE_EXAMPLES=50` tries fifty times as many models, different ones each time."""

Values = dict[str, object]
Value = Callable[[Values], object]
LETTERS = ("a", "b", "c")
POLICIES = {
    "UNIQUE": "",
    "FIRST": "",
    "ANY": "",
    "PRIORITY": "",
    "RULE ORDER": "",
    "OUTPUT ORDER": "",
    "COLLECT": "",
    **{f"COLLECT {name}": f' aggregation="{name}"' for name in ("SUM", "MIN", "MAX", "COUNT")},
}
NUMBER_POLICIES = [policy for policy in POLICIES if policy.startswith("COLLECT ")]
MANY = {"RULE ORDER", "OUTPUT ORDER", "COLLECT"}


@dataclass(frozen=True)
class Piece:
    """Logic as XML and as a function; `numeric` when it gives a number, so that others may compute with it."""

    xml: str
    value: Value
    numeric: bool = True
    rules: Callable[[Values], list[int]] | None = None


class Maker:
    def __init__(self, draw: st.DrawFn, numbers: list[str]) -> None:
        self._draw = draw
        self._numbers = numbers

    def below(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1))

    def text_of(self, choices: list[str]) -> str:
        return choices[self.below(len(choices))]

    # FEEL over numbers

    def number(self, names: list[str], depth: int = 2) -> tuple[str, Value]:
        if depth == 0 or self.below(3) == 0:
            if names and self.below(3):
                name = self.text_of(names)
                return name, lambda values: values[name]
            constant = self.below(10)
            return str(constant), lambda _values: constant
        (left, a), (right, b) = self.number(names, depth - 1), self.number(names, depth - 1)
        if self.below(4) == 0:
            return f"(if {left} > {right} then {left} else {right})", lambda values: _larger(a(values), b(values))
        operator = self.text_of(["+", "-", "*"])
        return f"({left} {operator} {right})", lambda values: _computed(operator, a(values), b(values))

    # Boxed expressions

    def piece(self, at: int) -> Piece:
        makers = [self.expression, self.context, self.invocation, self.conditional, self.loop, self.table, self.table]
        return makers[self.below(len(makers))](at)

    def expression(self, _at: int) -> Piece:
        text, value = self.number(self._numbers)
        return Piece(literal(text), value)

    def context(self, _at: int) -> Piece:
        first, a = self.number(self._numbers)
        second, b = self.number([*self._numbers, "part one"])
        result, c = self.number([*self._numbers, "part one", "two"])
        entries = "".join(
            f"<contextEntry><variable name={name!r}/>{literal(text)}</contextEntry>"
            for name, text in (("part one", first), ("two", second))
        )

        def value(values: Values) -> object:
            inner = {**values, "part one": a(values)}
            return c({**inner, "two": b(inner)})

        return Piece(f"<context>{entries}<contextEntry>{literal(result)}</contextEntry></context>", value)

    def invocation(self, _at: int) -> Piece:
        text, value = self.number(self._numbers)

        def called(values: Values) -> object:
            return _computed("+", _computed("*", value(values), 2), 1)

        if self.below(2):
            return Piece(literal(f"double and one({text})"), called)
        binding = f'<binding><parameter name="n"/>{literal(text)}</binding>'
        return Piece(f"<invocation>{literal('double and one')}{binding}</invocation>", called)

    def conditional(self, _at: int) -> Piece:
        (left, a), (right, b) = self.number(self._numbers, 1), self.number(self._numbers, 1)
        xml = f"<if>{literal(f'{left} > {right}')}</if><then>{literal(left)}</then><else>{literal(right)}</else>"
        return Piece(f"<conditional>{xml}</conditional>", lambda values: _larger(a(values), b(values)))

    def loop(self, _at: int) -> Piece:
        items = [self.number(self._numbers, 1) for _ in range(1 + self.below(3))]
        body, each = self.number([*self._numbers, "this one"])
        domain = f"<list>{''.join(literal(text) for text, _ in items)}</list>"
        xml = f'<for iteratorVariable="this one"><in>{domain}</in><return>{literal(body)}</return></for>'

        def value(values: Values) -> object:
            return [each({**values, "this one": item(values)}) for _, item in items]

        return Piece(xml, value, numeric=False)

    # Tables

    def table(self, at: int) -> Piece:
        policy = self.text_of(list(POLICIES))
        numeric = policy in NUMBER_POLICIES or (policy not in {"PRIORITY", "OUTPUT ORDER"} and bool(self.below(2)))
        columns = [self.text_of([*self._numbers, "s"]) for _ in range(1 + self.below(2))]
        rules = [([self.test(column) for column in columns], self.output(numeric)) for _ in range(self.below(4))]
        if policy in MANY or policy in NUMBER_POLICIES:
            # What many hits are when there is none, the standard leaves open.
            rules.append(([("-", lambda _value: True)] * len(columns), self.output(numeric)))

        def hits(values: Values) -> list[int]:
            matching = [
                number
                for number, (tests, _) in enumerate(rules, 1)
                if all(holds(values[column]) for column, (_, holds) in zip(columns, tests, strict=True))
            ]
            return matching[:1] if policy == "FIRST" else matching

        def value(values: Values) -> object:
            return _decided(policy, [rules[number - 1][1] for number in hits(values)])

        xml = _table_xml(at, policy, columns, rules)
        return Piece(xml, value, numeric=numeric and policy not in MANY, rules=hits)

    def output(self, numeric: bool) -> object:
        return self.below(4) if numeric else LETTERS[self.below(3)]

    def test(self, column: str) -> tuple[str, Callable[[object], bool]]:
        if self.below(4) == 0:
            return "-", lambda _value: True
        if column == "s":
            letter, other = LETTERS[self.below(3)], LETTERS[self.below(3)]
            return [
                (f'"{letter}"', lambda value: value == letter),
                (f'"{letter}", "{other}"', lambda value: value in {letter, other}),
                (f'not("{letter}")', lambda value: value != letter),
            ][self.below(3)]
        low, high = sorted((self.below(10), self.below(10)))
        return [
            (f"< {high}", lambda value: isinstance(value, int) and value < high),
            (f">= {low}", lambda value: isinstance(value, int) and value >= low),
            (f"[{low}..{high})", lambda value: isinstance(value, int) and low <= value < high),
            (f"{low}, {high}", lambda value: value in {low, high}),
            (f"not({low})", lambda value: value != low),
        ][self.below(5)]


def _computed(operator: str, left: object, right: object) -> object:
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    return {"+": left + right, "-": left - right, "*": left * right}[operator]


def _larger(left: object, right: object) -> object:
    return left if isinstance(left, int) and isinstance(right, int) and left > right else right


def _decided(policy: str, outputs: list[object]) -> object:
    ranked = sorted(outputs, key=lambda output: LETTERS.index(output) if output in LETTERS else 0)
    if policy in {"RULE ORDER", "COLLECT"}:
        return outputs
    if policy == "OUTPUT ORDER":
        return ranked
    if not outputs:
        return None
    if policy in {"FIRST", "PRIORITY"}:
        return ranked[0]
    if policy in {"UNIQUE", "ANY"}:
        return outputs[0] if len(outputs) == 1 or (policy == "ANY" and len(set(outputs)) == 1) else None
    return {"SUM": sum, "MIN": min, "MAX": max, "COUNT": len}[policy.removeprefix("COLLECT ")](outputs)


def _table_xml(at: int, policy: str, columns: list[str], rules: list[tuple[list, object]]) -> str:
    def text(kind: str, content: str) -> str:
        return f"<{kind}><text>{escape(content)}</text></{kind}>"

    inputs = "".join(f"<input>{text('inputExpression', column)}</input>" for column in columns)
    allowed = text("outputValues", '"a", "b", "c"') if policy in {"PRIORITY", "OUTPUT ORDER"} else ""
    rows = "".join(
        f"<rule>{''.join(text('inputEntry', test) for test, _ in tests)}{text('outputEntry', json.dumps(output))}</rule>"
        for tests, output in rules
    )
    name, attributes = policy.removesuffix(policy.partition("COLLECT ")[2]).strip(), POLICIES[policy]
    return (
        f'<decisionTable id="table {at}" hitPolicy="{name}"{attributes}>{inputs}'
        f'<output name="out">{allowed}</output>{rows}</decisionTable>'
    )


FUNCTION = f"""
<inputData id="x" name="x"><variable name="x"/></inputData>
<inputData id="s" name="s"><variable name="s"/></inputData>
<businessKnowledgeModel id="f" name="double and one"><variable name="double and one"/>
<encapsulatedLogic><formalParameter name="n"/>{literal("n * 2 + 1")}</encapsulatedLogic></businessKnowledgeModel>"""


@st.composite
def models(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, Piece]]]:
    """Make a model of one to four decisions, each of which may read those before it."""
    numbers, made, body = ["x"], list[tuple[str, Piece]](), FUNCTION
    for at in range(draw(st.integers(1, 4))):
        name = f"decision {at}"
        piece = Maker(draw, numbers).piece(at)
        known = "".join(
            f'<informationRequirement><requiredDecision href="#d{other}"/></informationRequirement>'
            for other in range(at)
        )
        given_inputs = "".join(
            f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>' for name in ("x", "s")
        )
        function = '<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>'
        variable = f'<variable name="{name}"/>'
        body += f'<decision id="d{at}" name="{name}">{variable}{given_inputs}{known}{function}{piece.xml}</decision>'
        made.append((name, piece))
        if piece.numeric:
            numbers = [*numbers, name]
    return definitions(body), made


INPUTS = st.fixed_dictionaries({"x": st.integers(0, 9) | st.none(), "s": st.sampled_from(LETTERS) | st.none()})


@settings(max_examples=150 * TIMES)
@given(models(), INPUTS)
def test_models_agree_with_a_naive_evaluation(model: tuple[bytes, list[tuple[str, Piece]]], inputs: Values) -> None:
    xml, made = model
    note(xml.decode())
    loaded, again = dmn.load(xml), dmn.load(xml)
    values = dict(inputs)
    for at, (name, piece) in enumerate(made):
        expected = values[name] = piece.value(values)
        result = loaded.evaluate(name, inputs)
        assert result.value == expected, (name, result.diagnostics)
        assert type(result.value) is not bool
        if piece.rules is not None:
            (entry,) = (entry for entry in result.trace if entry.get("table") == f"table {at}")
            assert [rule["number"] for rule in entry["rules"]] == piece.rules(values)
        _check_again(result, again.evaluate(f"d{at}", inputs))


def _check_again(result: dmn.Result, other: dmn.Result) -> None:
    """Loaded anew, the model says the same; and what it says can be stored."""
    assert (other.value, other.trace, other.diagnostics) == (result.value, result.trace, result.diagnostics)
    assert json.loads(json.dumps(result.trace)) == result.trace
