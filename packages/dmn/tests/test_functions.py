"""Knowledge models, decision services and external functions: called by expressions, and as entry points."""

from collections.abc import Callable, Mapping

import pytest

import dmn
import feel

from .conftest import definitions, literal

SERVICE = f"""
<inputData id="i1" name="amount"><variable name="amount" typeRef="number"/></inputData>
<inputData id="i2" name="country"/>
<decision id="rate" name="rate"><variable name="rate" typeRef="number"/>
  <informationRequirement><requiredInput href="#i2"/></informationRequirement>
  {literal('if country = "NL" then 0.21 else 0')}</decision>
<decision id="tax" name="tax"><informationRequirement><requiredDecision href="#rate"/></informationRequirement>
  <informationRequirement><requiredInput href="#i1"/></informationRequirement>{literal("amount * rate")}</decision>
<decision id="total" name="total"><informationRequirement><requiredDecision href="#tax"/></informationRequirement>
  <informationRequirement><requiredInput href="#i1"/></informationRequirement>{literal("amount + tax")}</decision>
<decisionService id="s1" name="tax of"><outputDecision href="#tax"/><inputDecision href="#rate"/>
  <inputData href="#i1"/></decisionService>
<decisionService id="s2" name="bill"><variable name="bill"/><outputDecision href="#tax"/><outputDecision href="#total"/>
  <encapsulatedDecision href="#rate"/><inputData href="#i1"/><inputData href="#i2"/></decisionService>
<businessKnowledgeModel id="k" name="twice"><encapsulatedLogic><formalParameter name="n" typeRef="number"/>
  {literal("2 * n")}</encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="d">
  <informationRequirement><requiredDecision href="#rate"/></informationRequirement>
  <knowledgeRequirement><requiredKnowledge href="#s1"/></knowledgeRequirement>
  <knowledgeRequirement><requiredKnowledge href="#s2"/></knowledgeRequirement>
  <knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
  %s</decision>
"""


def asked(text: str, **context: object) -> dmn.Result:
    return dmn.load(definitions(SERVICE % literal(text))).evaluate("d", context)


CALLS = [
    # The input data come first, then the decisions
    ("tax of(100, 0.5)", 50),
    ("tax of([100], 0.5)", 50),
    ("tax of(rate: 0.5, amount: 100)", 50),
    ("tax of(null, 0.5)", None),
    ('bill(100, "NL")', {"tax": 21, "total": 121}),
    ('bill(100, "DE").total', 100),
    # What is given to a service holds inside it alone
    ("[tax of(100, 0.5), rate]", [50, 0]),
    ("twice(twice(2))", 8),
    ("(for f in [twice] return f(3))[1]", 6),
]


@pytest.mark.parametrize(("text", "value"), CALLS)
def test_services_and_knowledge_models_are_functions(text: str, value: object) -> None:
    assert asked(text, country="DE").value == value


@pytest.mark.parametrize(
    "text", ['tax of("x", 1)', "tax of(1)", "tax of(1, 2, 3)", "tax of(amount: 1, other: 2)", 'twice("x")', "twice()"]
)
def test_a_call_with_other_arguments_is_null(text: str) -> None:
    result = asked(text, country="DE")
    assert result.value is None
    assert {found.kind for found in result.diagnostics} <= {"type", "call"}
    assert result.diagnostics


def test_what_goes_wrong_in_a_function_of_another_decision_is_told_where_it_is_called() -> None:
    model = dmn.load(
        definitions(f"""<decision id="f" name="f">{literal("function(n) 1 / n")}</decision>
        <decision id="d" name="d"><informationRequirement><requiredDecision href="#f"/></informationRequirement>
          <literalExpression id="e"><text>f(0)</text></literalExpression></decision>
        <decision id="b" name="b"><informationRequirement><requiredDecision href="#f"/></informationRequirement>
          <invocation id="v">{literal("f")}<binding><parameter name="n"/>{literal("0")}</binding></invocation></decision>
        """)
    )
    for name, element_id in (("d", "e"), ("b", "v")):
        result = model.evaluate(name, {})
        assert result.value is None
        assert [(found.kind, found.element_id) for found in result.diagnostics] == [("arithmetic", element_id)]


def test_they_are_entry_points_too() -> None:
    model = dmn.load(definitions(SERVICE % literal("1")))
    assert model.evaluate("tax of", {"amount": 100, "rate": 0.5}).value == 50
    assert model.evaluate("s2", {"amount": 100, "country": "NL"}).value == {"tax": 21, "total": 121}
    assert model.evaluate("twice", {"n": [4]}).value == 8
    refused = model.evaluate("tax of", {"amount": "x", "rate": 0.5})
    assert (refused.value, refused.diagnostics[0].element_id) == (None, "i1")


@pytest.mark.parametrize("given", [dict, feel.values])
def test_who_does_not_require_an_element_can_not_read_it(
    given: Callable[[dict[str, object]], Mapping[str, object]],
) -> None:
    model = dmn.load(definitions(SERVICE % literal("[amount, country, tax, something else]".replace(" else", ""))))
    result = model.evaluate("d", given({"amount": 1, "country": "NL", "something": 7}))
    assert result.value == [None, None, None, 7]
    assert {warning.message.split("“")[1] for warning in model.warnings} == {
        "amount”",
        "country”",
        "tax”",
        "something”",
    }


def java(method: str, of: str = "java.lang.Math") -> str:
    entries = {"class": of, "method signature": method}
    return "<context>" + "".join(
        f'<contextEntry><variable name="{name}"/>{literal(chr(34) + text + chr(34))}</contextEntry>'
        for name, text in entries.items()
    ) + "</context>"  # fmt: skip


def external(body: str, kind: str = "Java") -> str:
    return f"""
    <businessKnowledgeModel id="k" name="f"><encapsulatedLogic kind="{kind}"><formalParameter name="a" typeRef="number"/>
      {body}</encapsulatedLogic></businessKnowledgeModel>
    <decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
      {literal("f([-2])")}</decision>"""


def test_java_functions_of_the_table_can_be_called() -> None:
    assert dmn.load(definitions(external(java("abs(double)")))).evaluate("d", {}).value == 2


@pytest.mark.parametrize("body", [java("exit(int)", "java.lang.System"), java("abs"), literal('"abs"'), "<context/>"])
def test_others_are_null_with_a_reason(body: str) -> None:
    result = dmn.load(definitions(external(body))).evaluate("d", {})
    assert (result.value, "call" in {found.kind for found in result.diagnostics}) == (None, True)


def test_the_host_offers_functions() -> None:
    pmml = f"""<context><contextEntry><variable name="document"/>{literal('"risk.pmml"')}</contextEntry>
      <contextEntry><variable name="model"/>{literal('"score"')}</contextEntry></context>"""
    functions = {"com.example.Rates.rate(int)": lambda year: year + 2026, "risk.pmml#score": lambda value: value * 2}
    for body, kind, value in ((java("rate(int)", "com.example.Rates"), "Java", 2024), (pmml, "PMML", -4)):
        xml = definitions(external(body, kind))
        assert dmn.load(xml, functions=functions).evaluate("d", {}).value == value
        assert dmn.load(xml).evaluate("d", {}).value is None


def test_functions_of_the_host_are_known_in_expressions() -> None:
    text = '(function(y) external {java: {class: "com.example.Rates", method signature: "rate(int)"}})(1)'
    xml = definitions(f'<decision id="d" name="d">{literal(text)}</decision>')
    assert dmn.load(xml, functions={"com.example.Rates.rate(int)": lambda year: year + 1}).evaluate("d", {}).value == 2
