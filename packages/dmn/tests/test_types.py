"""Item definitions: what a `typeRef` means, and where values are checked and converted by it."""

import datetime as dt
from decimal import Decimal

import pytest

import dmn
import feel

from .conftest import definitions, literal


def item(name: str, content: str, attributes: str = "") -> str:
    return f'<itemDefinition name="{name}" {attributes}>{content}</itemDefinition>'


def reference(name: str, constraint: str = "") -> str:
    return f"<typeRef>{name}</typeRef>{constraint}"


def component(name: str, content: str, attributes: str = "") -> str:
    return f'<itemComponent name="{name}" {attributes}>{content}</itemComponent>'


def allowed(text: str, kind: str = "allowedValues") -> str:
    return f"<{kind}><text>{text}</text></{kind}>"


TYPES = (
    item("grade", reference("string", allowed('"A", "B"')))
    + item("grades", reference("grade"), 'isCollection="true"')
    + item("some grades", reference("grade", allowed("count(?) &lt; 3", "typeConstraint")), 'isCollection="true"')
    + item("percents", reference("number", allowed("[0..100]")), 'isCollection="true"')
    + item("mid percents", reference("percents", allowed("[40..60]")))
    + item("best", reference("grade", allowed('starts with(?, "A")')))
    + item("person", component("name", reference("string")) + component("born", reference("feel:date")))
    + item("couple", reference("person"), 'isCollection="true"')
    + item("household", component("members", reference("person"), 'isCollection="true"'))
    + item("tree", component("value", reference("number")) + component("parts", reference("tree"), 'isCollection="1"'))
    + item(
        "score of",
        '<functionItem outputTypeRef="number"><parameters name="who" typeRef="person"/></functionItem>',
    )
    + item("anything", "")
)
ADA = {"name": "Ada", "born": dt.date(1815, 12, 10)}


def fitted(type_ref: str, value: object) -> tuple[object, list[str]]:
    """Hand a value to an input of the type and read it in a decision."""
    namespace = definitions(
        f"""{TYPES}<inputData id="i" name="value"><variable name="value" typeRef="{type_ref}"/></inputData>
        <decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
        {literal("value")}</decision>"""
    ).replace(b"<definitions ", b'<definitions xmlns:feel="https://www.omg.org/spec/DMN/20230324/FEEL/" ')
    result = dmn.load(namespace).evaluate("d", {"value": value})
    return result.value, [f"{found.kind} {found.element_id}" for found in result.diagnostics]


FITTING = [
    ("number", 1, Decimal(1)),
    ("feel:number", [1], Decimal(1)),
    ("integer", 7, Decimal(7)),
    ("Any", [1, "a"], [Decimal(1), "a"]),
    ("dateTime", dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, tzinfo=dt.UTC)),
    ("dayTimeDuration", dt.timedelta(1), dt.timedelta(1)),
    ("yearMonthDuration", feel.MonthsDuration(14), feel.MonthsDuration(14)),
    ("days and time duration", dt.timedelta(1), dt.timedelta(1)),
    ("grade", "A", "A"),
    ("grade", None, None),
    ("grades", ["A", "B"], ["A", "B"]),
    ("grades", "A", ["A"]),
    ("some grades", ["A", "B"], ["A", "B"]),
    ("percents", [0, 100], [Decimal(0), Decimal(100)]),
    ("mid percents", [50], [Decimal(50)]),
    ("best", "A", "A"),
    ("person", ADA, ADA),
    ("person", {**ADA, "more": 1}, {**ADA, "more": Decimal(1)}),
    ("person", [ADA], ADA),
    ("couple", [ADA, ADA], [ADA, ADA]),
    ("household", {"members": [ADA]}, {"members": [ADA]}),
    ("tree", {"value": 1, "parts": [{"value": 2, "parts": []}]}, {"value": 1, "parts": [{"value": 2, "parts": []}]}),
    ("anything", 1, Decimal(1)),
]


@pytest.mark.parametrize(("type_ref", "value", "converted"), FITTING)
def test_value_of_a_type_is_taken(type_ref: str, value: object, converted: object) -> None:
    assert fitted(type_ref, value) == (converted, [])


MISFITS = [
    ("number", "1"),
    ("number", [1, 2]),
    ("date", dt.datetime(2026, 11, 22, tzinfo=dt.UTC)),
    ("grade", "C"),
    ("grades", ["A", "C"]),
    ("some grades", ["A", "B", "A"]),
    ("percents", [101]),
    ("mid percents", [50, 30]),
    ("mid percents", [120]),
    ("best", "B"),
    ("person", {"name": "Ada"}),
    ("person", {"name": 1, "born": dt.date(1815, 12, 10)}),
    ("couple", [ADA, 1]),
    ("tree", {"value": 1, "parts": [{"value": "2", "parts": []}]}),
    ("score of", 1),
]


@pytest.mark.parametrize(("type_ref", "value"), MISFITS)
def test_value_of_another_type_is_null_with_the_element_that_refused_it(type_ref: str, value: object) -> None:
    assert fitted(type_ref, value) == (None, ["type i"])


def evaluated(body: str, **context: object) -> tuple[object, list[str]]:
    result = dmn.load(definitions(TYPES + body)).evaluate("d", context)
    return result.value, [found.element_id for found in result.diagnostics if found.kind == "type"]


def typed(logic: str, type_ref: str) -> str:
    return f'<decision id="d" name="d"><variable name="d" typeRef="{type_ref}"/>{logic}</decision>'


PLACES = [
    # A decision's variable and the expression itself
    (typed(literal("[1]"), "number"), 1, []),
    (typed(literal("1"), "percents"), [1], []),
    (typed(literal('"a"'), "number"), None, ["d"]),
    (typed('<literalExpression id="e" typeRef="number"><text>"a"</text></literalExpression>', "Any"), None, ["e"]),
    # Entries of contexts, cells of relations, items
    (
        typed(f'<context><contextEntry id="e"><variable name="a" typeRef="grade"/>{literal(chr(34) + "C" + chr(34))}'
              f"</contextEntry></context>", "Any"),
        {"a": None},
        ["e"],
    ),
    (
        typed(f'<relation><column name="a" typeRef="number"/><row id="r">{literal("[1]")}</row>'
              f'<row id="s">{literal("true")}</row></relation>', "Any"),
        [{"a": 1}, {"a": None}],
        ["s"],
    ),
    (typed(f'<list id="l" typeRef="percents">{literal("1")}{literal("2")}</list>', "Any"), [1, 2], []),
    (typed(f'<list id="l" typeRef="percents">{literal("1")}{literal("200")}</list>', "Any"), None, ["l"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "value", "refused_by"), PLACES)
def test_values_are_checked_where_a_type_stands(body: str, value: object, refused_by: list[str]) -> None:
    assert evaluated(body) == (value, refused_by)


def knowledge(text: str, result: str = "", parameter: str = "number") -> str:
    return f"""
    <businessKnowledgeModel id="k" name="k"><variable name="k" {result}/>
      <encapsulatedLogic id="f"><formalParameter name="a" typeRef="{parameter}"/>{literal(text)}</encapsulatedLogic>
    </businessKnowledgeModel>"""


def using(logic: str) -> str:
    require = '<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    return f'<decision id="d" name="d">{require}{logic}</decision>'


def invoke(argument: str, type_ref: str = "Any") -> str:
    return f"""<invocation id="v">{literal("k")}<binding id="b"><parameter name="a" typeRef="{type_ref}"/>
      {literal(argument)}</binding></invocation>"""


FUNCTIONS = [
    (knowledge("a + 1") + using(literal("k([1])")), 2, 0),
    (knowledge("a = null") + using(literal('k("x")')), None, 1),
    (knowledge("a = null") + using(literal("k(null)")), True, 0),
    (knowledge("[a]", 'typeRef="number"') + using(literal("k(1)")), 1, 0),
    (knowledge("string(a)", 'typeRef="number"') + using(literal("k(1)")), None, 1),
    (knowledge("a + 1") + using(invoke("[1]")), 2, 0),
    (knowledge("a = null") + using(invoke('"x"')), None, 1),
    (knowledge("a = null") + using(invoke('"x"', "number")), True, 1),
    (knowledge("count(a)", "", "percents") + using(literal("k(7)")), 1, 0),
    # A variable's type may be that of the function
    (knowledge("a.name", 'typeRef="score of"', "Any") + using(literal('k({name: "x", born: @"2026-11-22"})')), None, 1),
    (knowledge("1") + using(literal("k instance of function<number>->number")), True, 0),
    (knowledge("1") + using(literal("k instance of function<string>->number")), False, 0),
    (knowledge("1", 'typeRef="Any"') + using(literal("k instance of function<number>->number")), True, 0),
    (knowledge("1", 'typeRef="string"') + using(literal("k instance of function<number>->number")), False, 0),
]  # fmt: skip


@pytest.mark.parametrize(("body", "value", "refused"), FUNCTIONS)
def test_arguments_and_results_are_checked(body: str, value: object, refused: int) -> None:
    found, refused_by = evaluated(body)
    assert (found, len(refused_by)) == (value, refused)


def test_the_type_of_an_entry_with_a_function_may_be_that_of_its_result() -> None:
    for type_ref, value in (("number", 2), ("percents", [2]), ("string", None), ("score of", None)):
        logic = f"""<context><contextEntry><variable name="f" typeRef="{type_ref}"/><functionDefinition id="f">
          <formalParameter name="a" typeRef="number"/>{literal("a + 1")}</functionDefinition></contextEntry>
          <contextEntry>{literal("f(1)")}</contextEntry></context>"""
        assert evaluated(typed(logic, "Any"))[0] == value


def test_expressions_know_the_types_of_the_model() -> None:
    assert evaluated(f'<decision id="d" name="d">{literal("[7] instance of percents")}</decision>') == (True, [])
    text = '(function(g: some grades) count(g))("A")'
    assert evaluated(f'<decision id="d" name="d">{literal(text)}</decision>') == (1, [])


MISTAKES = [
    (item("a", reference("b")) + item("b", reference("a")), {"type_cycle"}),
    (item("a", reference("a"), 'isCollection="true"'), {"type_cycle"}),
    (item("a", reference("nobody's")), {"unknown_type"}),
    (item("a", reference("string")) + item("a", reference("number")), {"duplicate"}),
    (item("a", component("x", reference("string")) + component("x", reference("string"))), {"duplicate"}),
    (item("a", reference("string") + component("x", reference("string"))), {"item_definition"}),
    (item("a", reference("string", allowed("&lt;"))), {"expected_expression"}),
    ('<inputData id="i" name="i"><variable name="i" typeRef="nobody\'s"/></inputData>', {"unknown_type"}),
]


@pytest.mark.parametrize(("body", "codes"), MISTAKES)
def test_mistakes_in_types_are_reported(body: str, codes: set[str]) -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(body + typed(literal("1"), "number")))
    assert {problem.code for problem in caught.value.problems} == codes


def test_a_model_tells_its_types() -> None:
    model = dmn.load(definitions(TYPES + typed(literal("1"), "grade")))
    assert model.types["household"].holds({"members": [ADA]})
    assert str(model.types["score of"].arguments[1]) == "person"
    assert model.decisions[0].type is model.types["grade"]


def test_types_in_expressions_that_nobody_knows_are_warned_of() -> None:
    model = dmn.load(definitions(TYPES + typed(literal("[1 instance of gradez, 1 instance of list<grade>]"), "Any")))
    assert [(warning.code, "gradez" in warning.message) for warning in model.warnings] == [("unknown_type", True)]
    assert model.evaluate("d", {}).value == [None, False]


def test_other_type_languages_are_not_checked() -> None:
    types = item("a", reference("xs:int"), 'typeLanguage="http://www.w3.org/2001/XMLSchema"')
    model = dmn.load(definitions(types + typed(literal('"x"'), "a")))
    assert model.evaluate("d", {}).value == "x"
    assert [warning.code for warning in model.warnings] == ["type_language"]
