"""Files that mean harm are refused, and models can't run for ever."""

import pytest

import dmn

from .conftest import decision, definitions, literal

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (98 + at, 97 + at, 97 + at, 97 + at) for at in range(20))
    + b"]><d>&u;</d>"
)
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
DEEP = definitions("<a>" * 200 + "</a>" * 200)

REFUSED = {
    "nothing": (b"", "xml"),
    "broken": (b"<definitions>", "xml"),
    "entities": (LAUGHS, None),
    "outside": (OUTSIDE, "doctype"),
    "large": (b" " * 6_000_000, "too_large"),
    "deep": (DEEP, "too_deep"),
    "another language": (b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>", "not_dmn"),
    "zero": (b"\x00" * 100, "xml"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_file_is_refused(name: str) -> None:
    data, code = REFUSED[name]
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(data)
    assert code in {None, caught.value.problems[0].code}


def test_deeply_nested_boxed_expressions_are_refused() -> None:
    nested = "<list>" * 60 + literal("1") + "</list>" * 60
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(decision("d", nested)))
    assert caught.value.problems[0].code == "too_deep"


def test_endless_recursion_ends_as_a_diagnostic() -> None:
    body = """
    <businessKnowledgeModel id="f" name="f"><encapsulatedLogic><formalParameter name="n"/>
      <literalExpression><text>f(n + 1) + f(n + 2)</text></literalExpression></encapsulatedLogic>
      <knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>
    </businessKnowledgeModel>
    <decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>
      <literalExpression><text>f(1)</text></literalExpression></decision>
    """
    result = dmn.load(definitions(body)).evaluate("d", {})
    assert result.value is None
    assert "limit" in {found.kind for found in result.diagnostics}


def test_an_entity_is_never_resolved_into_a_value() -> None:
    with pytest.raises(dmn.DmnProblems):
        dmn.load(definitions(decision("d", literal("1"))).replace(b"<text>1", b"<text>&lol;"))


def test_a_long_chain_of_decisions_is_evaluated() -> None:
    chain = decision("d0", literal("1")) + "".join(
        decision(f"d{at}", literal(f"d{at - 1} + 1"), f"d{at - 1}") for at in range(1, 1500)
    )
    assert dmn.load(definitions(chain)).evaluate("d1499", {}).value == 1500


def test_a_model_with_too_many_elements_is_refused() -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions("".join(decision(f"d{at}", literal("1")) for at in range(3_001))))
    assert [problem.code for problem in caught.value.problems] == ["too_large"]


def test_types_that_build_on_each_other_too_deeply_are_refused() -> None:
    types = "".join(
        f'<itemDefinition name="t{at}"><typeRef>t{at + 1}</typeRef></itemDefinition>' for at in range(5_000)
    )
    last = '<itemDefinition name="t5000"><typeRef>string</typeRef></itemDefinition>'
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(types + last + decision("d", literal("1"))))
    assert {problem.code for problem in caught.value.problems} == {"too_deep"}


def test_models_that_import_each_other_in_a_diamond_are_read_once() -> None:
    def importing(level: int) -> bytes:
        lines = (
            f'<import namespace="urn:{level + 1}" name="a" importType="http://www.omg.org/spec/DMN/20180521/MODEL/"/>'
        )
        return definitions(lines + lines.replace('"a"', '"b"') + decision("d", literal("1"))).replace(
            b"urn:test", f"urn:{level}".encode()
        )

    read: list[str] = []

    def find(namespace: str) -> bytes:
        read.append(namespace)
        level = int(namespace.removeprefix("urn:"))
        return importing(level) if level < 40 else definitions("").replace(b"urn:test", namespace.encode())

    assert dmn.load(importing(0), imports=find).evaluate("d", {}).value == 1
    assert len(read) == 40


def test_a_chain_of_imports_without_end_is_refused() -> None:
    def find(namespace: str) -> bytes:
        following = f"{namespace}x"
        lines = f'<import namespace="{following}" name="a" importType="http://www.omg.org/spec/DMN/20180521/MODEL/"/>'
        return definitions(lines).replace(b"urn:test", namespace.encode())

    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(find("urn:a"), imports=find)
    assert "too_large" in {problem.code for problem in caught.value.problems}


def test_bounds_do_not_add_up() -> None:
    endless = literal("{f: function(n) f(n + 1), result: f(1)}.result")
    decisions = "".join(decision(f"d{at}", endless) for at in range(40))
    last = decision("d", literal("1"), *(f"d{at}" for at in range(40)))
    result = dmn.load(definitions(decisions + last)).evaluate("d", {})
    assert result.value is None
    assert {found.kind for found in result.diagnostics} == {"limit"}
    assert "The evaluation takes too long" in {found.message for found in result.diagnostics}
