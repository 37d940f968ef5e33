"""Decision tables: hit policies, allowed values, defaults, trace."""

import json
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

import dmn

from .conftest import Evaluate, decision, definitions, table

OVERLAPPING = [(["< 10"], ['"low"']), (["> 5"], ['"high"']), (["-"], ['"any"'])]
NUMBERS = [(["< 10"], ["1"]), (["> 5"], ["5"]), (["-"], ["3"])]

POLICIES = [
    ('hitPolicy="UNIQUE"', None),
    ('hitPolicy="FIRST"', "low"),
    ('hitPolicy="ANY"', None),
    ('hitPolicy="PRIORITY"', "high"),
    ('hitPolicy="RULE ORDER"', ["low", "high", "any"]),
    ('hitPolicy="OUTPUT ORDER"', ["high", "any", "low"]),
    ('hitPolicy="COLLECT"', ["low", "high", "any"]),
    ('hitPolicy="COLLECT" aggregation="COUNT"', 3),
]


@pytest.mark.parametrize(("attributes", "value"), POLICIES)
def test_hit_policy_decides_between_rules(evaluate: Evaluate, attributes: str, value: object) -> None:
    logic = table(OVERLAPPING, attributes=attributes, output_values={"out": '"high", "any", "low"'})
    assert evaluate(logic, x=7).value == value


@pytest.mark.parametrize(("aggregation", "value"), [("SUM", 9), ("MIN", 1), ("MAX", 5), ("COUNT", 3)])
def test_collected_numbers_are_aggregated(evaluate: Evaluate, aggregation: str, value: int) -> None:
    logic = table(NUMBERS, attributes=f'hitPolicy="COLLECT" aggregation="{aggregation}"')
    assert evaluate(logic, x=7).value == value


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        *[("U", None), ("A", None), ("F", 1), ("p", 1), ("R", [1, 5, 3]), ("O", [1, 5, 3]), ("C", [1, 5, 3])],
        *[("C+", 9), ("C<", 1), ("C>", 5), ("C#", 3)],
    ],
)
def test_a_hit_policy_may_be_abbreviated(evaluate: Evaluate, policy: str, value: object) -> None:
    assert evaluate(table(NUMBERS, attributes=f'hitPolicy="{escape(policy)}"'), x=7).value == value


def test_several_outputs_are_aggregated_each_on_its_own(evaluate: Evaluate) -> None:
    rules = [(["-"], ["1", "10"]), (["-"], ["2", "20"])]
    for aggregation, value in (("SUM", {"a": 3, "b": 30}), ("MAX", {"a": 2, "b": 20}), ("COUNT", 2)):
        attributes = f'hitPolicy="COLLECT" aggregation="{aggregation}"'
        assert evaluate(table(rules, outputs=("a", "b"), attributes=attributes), x=1).value == value


def test_an_output_that_no_list_of_values_has_comes_last(evaluate: Evaluate) -> None:
    logic = table(
        [(["-"], ['"c"']), (["-"], ['"b"'])], attributes='hitPolicy="OUTPUT ORDER"', output_values={"out": '"a", "b"'}
    )
    result = evaluate(logic, x=1)
    assert result.value == ["b", "c"]
    assert [found.message for found in result.diagnostics] == [
        'Table “d”, rule 1, out: "c" is none of the values "a", "b"'
    ]


def test_several_outputs_are_a_context(evaluate: Evaluate) -> None:
    logic = table([(['"a"', ">= 18"], ['"ok"', "x"])], inputs=("kind", "age"), outputs=("state", "points"))
    assert evaluate(logic, kind="a", age=20, x=3).value == {"state": "ok", "points": Decimal(3)}


def test_priority_over_several_outputs_goes_from_left_to_right(evaluate: Evaluate) -> None:
    logic = table(
        [(["-"], ['"b"', "1"]), (["-"], ['"a"', "2"]), (["-"], ['"a"', "1"])],
        outputs=("one", "two"),
        attributes='hitPolicy="PRIORITY"',
        output_values={"one": '"a", "b"', "two": "1, 2"},
    )
    assert evaluate(logic, x=1).value == {"one": "a", "two": Decimal(1)}


def test_any_accepts_equal_outputs(evaluate: Evaluate) -> None:
    logic = table([(["< 10"], ["1 + 1"]), (["-"], ["2"])], attributes='hitPolicy="ANY"')
    assert evaluate(logic, x=7).value == 2


def test_breaking_the_hit_policy_is_reported(evaluate: Evaluate) -> None:
    (found,) = evaluate(table(OVERLAPPING), x=7).diagnostics
    assert (found.kind, found.element_id) == ("hit_policy", "table")
    assert found.message == "Table “d”: rules 1, 2 and 3 match; with UNIQUE only one may"
    logic = table(OVERLAPPING, attributes='hitPolicy="ANY" label="Levels"')
    (found,) = evaluate(logic, x=7).diagnostics
    assert found.message.startswith("Table “Levels”: rules 1, 2 and 3 match with different outputs")


def test_no_rule_gives_null_or_the_default(evaluate: Evaluate) -> None:
    rules = [(["> 100"], ['"high"'])]
    result = evaluate(table(rules), x=7)
    assert (result.value, [found.kind for found in result.diagnostics]) == (None, ["no_rule"])
    result = evaluate(table(rules, defaults={"out": '"normal"'}), x=7)
    assert (result.value, result.diagnostics) == ("normal", ())


def test_an_input_outside_its_allowed_values_is_reported(evaluate: Evaluate) -> None:
    result = evaluate(table([(["-"], ["1"])], input_values='"a", "b"'), x="c")
    assert (result.value, result.diagnostics[0].kind) == (None, "input")


def test_an_empty_cell_matches_everything(evaluate: Evaluate) -> None:
    assert evaluate(table([([""], ["1"])]), x=None).value == 1


def test_trace_tells_inputs_and_matching_rules_and_is_plain_json() -> None:
    model = dmn.load(definitions(decision("d", table(OVERLAPPING, attributes='hitPolicy="RULE ORDER"'))))
    trace = json.loads(json.dumps(model.evaluate("d", {"x": Decimal("2.50")}).trace))
    assert trace == [
        {
            "table": "table",
            "decision": "d",
            "hit_policy": "RULE ORDER",
            "inputs": {"x": "2.50"},
            "rules": [
                {"rule": "r1", "number": 1, "output": "low"},
                {"rule": "r3", "number": 3, "output": "any"},
            ],
        },
        {"decision": "d", "name": "d", "value": ["low", "any"]},
    ]


def test_trace_keeps_labels_and_annotations() -> None:
    logic = (
        '<decisionTable><output name="out"/><annotation name="Why"/><rule id="r" label="all">'
        "<outputEntry><text>1</text></outputEntry>"
        "<annotationEntry><text>§ 7</text></annotationEntry></rule></decisionTable>"
    )
    step = dmn.load(definitions(decision("d", logic))).evaluate("d", {}).trace[0]
    assert step["rules"] == [{"rule": "r", "number": 1, "output": "1", "label": "all", "annotations": {"Why": "§ 7"}}]


def test_trace_stays_small() -> None:
    model = dmn.load(definitions(decision("d", table([(["-"], ["x"])]))))
    trace = model.evaluate("d", {"x": [["y" * 10_000] * 1000] * 1000}).trace
    assert len(json.dumps(trace)) < 1_000_000


MISTAKES = [
    (table([(["<"], ["1 +"])]), ["expected_expression", "expected_expression"]),
    (table([(["-", "-"], ["1"])]), ["rule_width"]),
    (table([(["-"], ["1"])], attributes='hitPolicy="BEST"'), ["hit_policy"]),
    (table([(["-"], ["1"])], attributes='aggregation="SUM"'), ["aggregation"]),
    (table([(["-"], [])], outputs=()), ["no_output"]),
    (table([(["-"], ["1", "2"])], outputs=("a", "a")), ["output_name"]),
    (table([(["-"], ["1"])], inputs=("",)), ["no_input_expression"]),
]


@pytest.mark.parametrize(("logic", "codes"), MISTAKES)
def test_mistakes_in_a_table_come_all_at_once(logic: str, codes: list[str]) -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(decision("d", logic)))
    assert [problem.code for problem in caught.value.problems] == codes


@pytest.mark.parametrize("orientation", ["Rule-as-Row", "Rule-as-Column", "CrossTable"])
def test_the_way_a_table_is_drawn_changes_nothing(evaluate: Evaluate, orientation: str) -> None:
    assert evaluate(table([(["-"], ["1"])], attributes=f'preferredOrientation="{orientation}"'), x=1).value == 1


def test_a_mistake_names_its_cell_and_place() -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(decision("d", table([(["-"], ["1"]), (["1,"], ["1"])]))))
    (found,) = caught.value.problems
    assert (found.element_id, found.position) == ("r2i1", 2)
    assert found.message.startswith("Table “d”: rule 2: x: An expression is expected")


LEVEL = (
    '<itemDefinition name="Level"><typeRef>string</typeRef>'
    '<allowedValues><text>"high", "low"</text></allowedValues></itemDefinition>'
)


def typed(logic: str, inputs: str = "", outputs: str = "") -> dmn.Model:
    logic = logic.replace(
        "<inputExpression>", f'<inputExpression typeRef="{inputs}">' if inputs else "<inputExpression>"
    )
    logic = logic.replace("<output ", f'<output typeRef="{outputs}" ' if outputs else "<output ")
    return dmn.load(definitions(LEVEL + decision("d", logic)))


def test_values_of_another_type_are_null_and_say_where() -> None:
    model = typed(table([(["null"], ["y"]), (["-"], ["1"])], attributes='hitPolicy="FIRST"'), "number", "string")
    result = model.evaluate("d", {"x": "seven", "y": 7})
    assert result.value is None
    assert [(found.kind, found.message) for found in result.diagnostics] == [
        ("type", "Table “d”, x: a string isn't a number"),
        ("type", "Table “d”, rule 1, out: a number isn't a string"),
    ]


def test_a_fixed_output_of_another_type_is_a_warning() -> None:
    model = typed(table([(["-"], ["1"])]), outputs="string")
    assert [(found.code, found.element_id) for found in model.warnings if found.code == "output_value"] == [
        ("output_value", "r1o1")
    ]


@pytest.mark.parametrize(("policy", "value"), [("PRIORITY", "high"), ("OUTPUT ORDER", ["high", "low"])])
def test_allowed_values_of_the_type_are_priorities(policy: str, value: object) -> None:
    logic = table([(["-"], ['"low"']), (["-"], ['"high"'])], attributes=f'hitPolicy="{policy}"')
    assert typed(logic, outputs="Level").evaluate("d", {"x": 1}).value == value


def test_a_type_of_all_hits_together_is_not_that_of_each() -> None:
    logic = table([(["-"], ["1"]), (["-"], ['"a"'])], attributes='hitPolicy="COLLECT"')
    result = typed(logic, outputs="list").evaluate("d", {"x": 1})
    assert (result.value, result.diagnostics) == ([1, "a"], ())


def test_a_table_without_rules_has_its_default(evaluate: Evaluate) -> None:
    assert evaluate(table([], defaults={"out": "5"}), x=1).value == 5


def test_what_goes_wrong_in_a_test_names_rule_and_input(evaluate: Evaluate) -> None:
    result = evaluate(table([(["-", "-"], ["1"]), (["-", "? + 1 > x"], ["2"])], inputs=("x", "y")), x=1, y="a")
    found = result.diagnostics[0]
    assert (found.kind, found.element_id, found.position) == ("type", "r2i2", 2)
    assert found.message.startswith("Table “d”, rule 2, y: ")
