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
