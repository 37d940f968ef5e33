"""Models that import others: names, namespaces, types, and what is missing."""

import pytest

import dmn

from .conftest import literal

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(namespace: str, body: str) -> bytes:
    return f'<definitions xmlns="{DMN}" id="m" name="m" namespace="{namespace}">{body}</definitions>'.encode()


def imported(namespace: str, name: str) -> str:
    return f'<import namespace="{namespace}" name="{name}" importType="{DMN}"/>'


PEOPLE = model(
    "urn:people",
    f"""<itemDefinition name="adult"><typeRef>number</typeRef><allowedValues><text>&gt;= 18</text></allowedValues>
    </itemDefinition>
    <inputData id="i" name="age"><variable name="age" typeRef="adult"/></inputData>
    <decision id="d" name="years left"><informationRequirement><requiredInput href="#i"/></informationRequirement>
      {literal("100 - age")}</decision>
    <businessKnowledgeModel id="k" name="twice"><encapsulatedLogic><formalParameter name="n"/>{literal("2 * n")}
      </encapsulatedLogic></businessKnowledgeModel>
    <decisionService id="s" name="left for"><outputDecision href="#d"/><inputData href="#i"/></decisionService>""",
)
REQUIRE = """
<informationRequirement><requiredDecision href="urn:people#d"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="urn:people#k"/></knowledgeRequirement>
<knowledgeRequirement><requiredKnowledge href="urn:people#s"/></knowledgeRequirement>
"""


def main(text: str, alias: str = "the people", extra: str = "") -> bytes:
    return model(
        "urn:main",
        imported("urn:people", alias) + extra + f'<decision id="d" name="d">{REQUIRE}{literal(text)}</decision>',
    )


READ = [
    ("the people.years left", "the people", 60),
    ("the people.twice(the people.years left)", "the people", 120),
    ("the people.left for(30)", "the people", 70),
    ("the people.left for(age: 30)", "the people", 70),
    ("(function(n: the people.adult) n)(20)", "the people", 20),
    ("17 instance of the people.adult", "the people", False),
    # Without a name they are known as if they stood here.
    ("years left + twice(1)", "", 62),
    ("17 instance of adult", "", False),
]


@pytest.mark.parametrize(("text", "alias", "value"), READ)
def test_elements_of_an_imported_model_are_read(text: str, alias: str, value: object) -> None:
    loaded = dmn.load(main(text, alias), imports={"urn:people": PEOPLE})
    result = loaded.evaluate("d", {"{urn:people}age": 40})
    assert (result.value, result.diagnostics, loaded.warnings) == (value, (), ())


def test_inputs_of_an_imported_model_are_given_in_several_ways() -> None:
    loaded = dmn.load(main("the people.years left"), imports={"urn:people": PEOPLE}.get)
    assert loaded.decisions[0].inputs == ("{urn:people}age",)
    for context in ({"{urn:people}age": 40}, {"the people": {"age": 40}}, {"age": 40}):
        assert loaded.evaluate("d", context).value == 60
    assert loaded.evaluate("years left", {"age": 40}, namespace="urn:people").value == 60
    refused = loaded.evaluate("d", {"age": 17})
    assert (refused.value, refused.diagnostics[0].element_id) == (None, "i")
    with pytest.raises(dmn.UnknownDecisionError):
        loaded.evaluate("years left", {"age": 40})


def test_an_own_input_of_the_same_name_hides_the_imported_one() -> None:
    own = """<inputData id="i" name="age"/><decision id="e" name="e"><informationRequirement>
      <requiredInput href="#i"/></informationRequirement><informationRequirement>
      <requiredDecision href="urn:people#d"/></informationRequirement>
      <literalExpression><text>[age, p.years left]</text></literalExpression></decision>"""
    loaded = dmn.load(main("1", "p", own), imports={"urn:people": PEOPLE})
    assert loaded.evaluate("e", {"age": 1, "{urn:people}age": 40}).value == [1, 60]
    assert loaded.evaluate("e", {"age": 1}).value == [1, None]


def test_imports_are_nested_and_shared() -> None:
    middle = model(
        "urn:middle",
        imported("urn:people", "p")
        + f"""<decision id="d" name="half"><informationRequirement><requiredDecision href="urn:people#d"/>
        </informationRequirement>{literal("p.years left / 2")}</decision>""",
    )
    top = model(
        "urn:main",
        imported("urn:middle", "m")
        + imported("urn:people", "p")
        + f"""<decision id="d" name="d"><informationRequirement><requiredDecision href="urn:middle#d"/>
        </informationRequirement><informationRequirement><requiredDecision href="urn:people#d"/></informationRequirement>
        {literal("[m.half, p.years left]")}</decision>""",
    )
    loaded = dmn.load(top, imports={"urn:middle": middle, "urn:people": PEOPLE})
    assert loaded.evaluate("d", {"{urn:people}age": 40}).value == [30, 60]
    assert [step["decision"] for step in loaded.evaluate("d", {"{urn:people}age": 40}).trace] == ["d", "d", "d"]


def test_types_are_imported() -> None:
    extra = """<itemDefinition name="ages" isCollection="true"><typeRef>the people.adult</typeRef></itemDefinition>
      <inputData id="i" name="ages"><variable name="ages" typeRef="ages"/></inputData>
      <decision id="e" name="e"><variable name="e" typeRef="q:adult" xmlns:q="urn:people"/><informationRequirement>
      <requiredInput href="#i"/></informationRequirement><literalExpression><text>ages[1]</text></literalExpression>
      </decision>"""
    loaded = dmn.load(main("1", extra=extra), imports={"urn:people": PEOPLE})
    assert loaded.evaluate("e", {"ages": [20, 30]}).value == 20
    assert loaded.evaluate("e", {"ages": [20, 3]}).value is None


def test_references_may_spell_out_the_models_own_namespace() -> None:
    body = f"""<decision id="a" name="a">{literal("1")}</decision><decision id="d" name="d"><informationRequirement>
      <requiredDecision href="urn:main#a"/></informationRequirement>{literal("a + 1")}</decision>"""
    assert dmn.load(model("urn:main", body)).evaluate("d", {}).value == 2


OWN = f'<decision id="own" name="own">{literal("1")}</decision>'
CYCLE = model("urn:people", imported("urn:main", "back") + OWN)
MISTAKES = [
    (main("1"), {}, {"missing_import"}),
    (main("1"), {"urn:people": model("urn:others", OWN)}, {"import_namespace"}),
    (main("1"), {"urn:people": b"<broken"}, {"xml"}),
    (model("urn:main", imported("urn:people", "p") + OWN), {"urn:people": CYCLE}, {"import_cycle"}),
    (model("urn:main", imported("urn:main", "me") + OWN), {}, {"import_cycle"}),
    (model("urn:main", imported("urn:people", "p") * 2 + OWN), {"urn:people": PEOPLE}, {"duplicate"}),
    (main("1", extra='<decision id="x" name="x"><informationRequirement><requiredDecision href="urn:people#gone"/>'
          f"</informationRequirement>{literal('1')}</decision>"), {"urn:people": PEOPLE}, {"missing_reference"}),
    (model("urn:main", f'<decision id="x" name="x"><informationRequirement><requiredDecision href="urn:people#d"/>'
           f"</informationRequirement>{literal('1')}</decision>"), {}, {"not_imported"}),
    (main("1", "", '<itemDefinition name="adult"><typeRef>number</typeRef></itemDefinition>'),
     {"urn:people": PEOPLE}, {"duplicate"}),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "imports", "codes"), MISTAKES)
def test_mistakes_in_imports_are_reported(xml: bytes, imports: dict[str, bytes], codes: set[str]) -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(xml, imports=imports)
    assert {problem.code for problem in caught.value.problems} == codes


def test_imports_of_other_kinds_are_left_out_with_a_warning() -> None:
    xml = model("urn:main", '<import namespace="urn:x" name="x" importType="http://www.dmg.org/PMML-4_2"/>' + OWN)
    assert [warning.code for warning in dmn.load(xml).warnings] == ["import_type"]
