"""Decisions with requirements, knowledge models, services and boxed expressions."""

import datetime as dt

import pytest

import dmn

from .conftest import Evaluate, decision, definitions, literal

DISCOUNT = """
<inputData id="i1" name="monthly amount"/>
<decision id="level" name="Customer level">
  <informationRequirement><requiredInput href="#i1"/></informationRequirement>
  <literalExpression><text>if monthly amount > 100 then "gold" else "base"</text></literalExpression>
</decision>
<decision id="discount" name="Discount">
  <informationRequirement><requiredDecision href="#level"/></informationRequirement>
  <knowledgeRequirement><requiredKnowledge href="#share"/></knowledgeRequirement>
  <literalExpression><text>share of(Customer level) * 2</text></literalExpression>
</decision>
<businessKnowledgeModel id="share" name="share of">
  <encapsulatedLogic><formalParameter name="the level"/>
    <literalExpression><text>if the level = "gold" then 0.1 else 0</text></literalExpression>
  </encapsulatedLogic>
</businessKnowledgeModel>
<decisionService id="service" name="discount for">
  <outputDecision href="#discount"/><inputDecision href="#level"/>
</decisionService>
<decision id="asked" name="Asked">
  <knowledgeRequirement><requiredKnowledge href="#service"/></knowledgeRequirement>
  <literalExpression><text>discount for("gold")</text></literalExpression>
</decision>
"""


def test_decisions_are_evaluated_after_those_they_require() -> None:
    model = dmn.load(definitions(DISCOUNT))
    result = model.evaluate("Discount", {"monthly amount": 200})
    assert (str(result.value), result.diagnostics) == ("0.2", ())
    assert [entry["decision"] for entry in result.trace] == ["level", "discount"]
    assert model.evaluate("asked", {}).value == result.value
    assert model.evaluate("discount for", {"Customer level": "base"}).value == 0


def test_decisions_tell_what_they_need() -> None:
    decisions = {found.id: found for found in dmn.load(definitions(DISCOUNT)).decisions}
    assert decisions["discount"].inputs == ("monthly amount",)
    assert decisions["level"].name == decisions["level"].variable == "Customer level"
    assert list(decisions) == ["level", "discount", "asked"]


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    ],
)
def test_versions_1_1_to_1_6_are_read(namespace: str) -> None:
    model = dmn.load(definitions(decision("d", literal("1 + 1")), namespace))
    assert model.evaluate("d", {}).value == 2


def test_variables_of_the_process_can_be_read_without_a_requirement(evaluate: Evaluate) -> None:
    assert evaluate(literal("customer.age"), customer={"age": 30}).value == 30


def test_the_moment_is_an_argument() -> None:
    now = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
    assert dmn.load(definitions(decision("d", literal("today()")))).evaluate("d", {}, now=now).value == now.date()


BOXED = [
    (
        (
            f'<context><contextEntry><variable name="a b"/>{literal("2")}</contextEntry>'
            f'<contextEntry><variable name="c"/>{literal("a b * 2")}</contextEntry></context>'
        ),
        {"a b": 2, "c": 4},
    ),
    (
        (
            f'<context><contextEntry><variable name="a"/>{literal("2")}</contextEntry>'
            f"<contextEntry>{literal('a + 1')}</contextEntry></context>"
        ),
        3,
    ),
    (f"<list>{literal('1')}{literal('x')}</list>", [1, 7]),
    (
        f'<relation><column name="a"/><column name="b"/><row>{literal("1")}{literal("2")}</row></relation>',
        [{"a": 1, "b": 2}],
    ),
    (
        f"<conditional><if>{literal('x > 5')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
        1,
    ),
    (f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{literal("i * x")}</return></for>', [7, 14]),
    (f'<some iteratorVariable="i"><in>{literal("[1, 9]")}</in><satisfies>{literal("i > x")}</satisfies></some>', True),
    (
        f'<every iteratorVariable="i"><in>{literal("[1, 9]")}</in><satisfies>{literal("i > x")}</satisfies></every>',
        False,
    ),
    (f"<filter><in>{literal('[1, 9]')}</in><match>{literal('item > x')}</match></filter>", [9]),
    (
        (
            f'<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="n"/>'
            f"{literal('n + x')}</functionDefinition></contextEntry><contextEntry><invocation>{literal('f')}"
            f'<binding><parameter name="n"/>{literal("1")}</binding></invocation></contextEntry></context>'
        ),
        8,
    ),
]


@pytest.mark.parametrize(("logic", "value"), BOXED)
def test_boxed_expression_has_the_value(evaluate: Evaluate, logic: str, value: object) -> None:
    result = evaluate(logic, x=7)
    assert (result.value, result.diagnostics) == (value, ())


def test_a_run_time_error_names_element_and_place() -> None:
    model = dmn.load(definitions(decision("d", '<literalExpression id="e"><text>1 + "a"</text></literalExpression>')))
    (found,) = model.evaluate("d", {}).diagnostics
    assert (found.kind, found.element_id, found.position) == ("type", "e", 2)


def test_what_is_right_in_a_model_with_mistakes_can_be_tried() -> None:
    body = decision("a", literal("1 +")) + decision("b", literal("2")) + decision("c", literal("[a, b]"), "a", "b")
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(body))
    model = caught.value.model
    assert model is not None
    assert model.evaluate("b", {}).value == 2
    result = model.evaluate("c", {})
    assert (result.value, [found.kind for found in result.diagnostics]) == ([None, 2], ["mistake"])
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(decision("a", literal("a"), "a") + body.replace('"a"', '"z"')))
    assert caught.value.model is None


def test_a_decision_that_is_not_there_is_refused() -> None:
    body = "".join(decision(f"d{number:02}", literal("1")) for number in range(12))
    with pytest.raises(dmn.UnknownDecisionError, match=r"there are “d00”, .*“d09” and 2 more$"):
        dmn.load(definitions(body)).evaluate("other", {})
    with pytest.raises(dmn.UnknownDecisionError, match=r"there are “d”$"):
        dmn.load(definitions(decision("d", literal("1")))).evaluate("other", {})


ADVICE = [
    (b"model.dmn", "hand over what is in the file"),
    (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        "it is <definitions> of http://www.omg.org/spec",
    ),
    (b"<definitions/>", "of no namespace"),
    (definitions('<inputData id="i" name="i"><variable name="i" typeRef="Number"/></inputData>'), "is “number” meant"),
    (
        definitions('<inputData id="i" name="i"><variable name="i" typeRef="tOrder"/></inputData>'),
        "define it as an item",
    ),
]


@pytest.mark.parametrize(("xml", "advice"), ADVICE)
def test_what_cannot_be_loaded_is_told_with_advice(xml: bytes, advice: str) -> None:
    with pytest.raises(dmn.DmnProblems, match=advice):
        dmn.load(xml)


MISTAKES = [
    (decision("a", literal("1")) + decision("a", literal("1")), {"duplicate"}),
    (decision("a", literal("b"), "b") + decision("b", literal("a"), "a"), {"cycle"}),
    (decision("a", literal("a"), "a"), {"cycle"}),
    (decision("a", literal("1"), "gone"), {"missing_reference"}),
    (decision("a", literal("")), {"empty_expression"}),
    ('<inputData id="i" name="i"/>', {"no_decision"}),
    (
        decision("a", '<literalExpression expressionLanguage="juel"><text>1</text></literalExpression>'),
        {"expression_language"},
    ),
    (decision("a", literal("1 +")) + decision("b", literal("(")), {"expected_expression"}),
]


@pytest.mark.parametrize(("body", "codes"), MISTAKES)
def test_mistakes_in_a_model_are_reported(body: str, codes: set[str]) -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(body))
    assert {problem.code for problem in caught.value.problems} == codes
