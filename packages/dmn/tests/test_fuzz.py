"""Models made at random: they are refused with problems or evaluated, never more than that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dmn

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
ELEMENTS = (
    *(
        "decision",
        "inputData",
        "businessKnowledgeModel",
        "decisionService",
        "itemDefinition",
        "itemComponent",
        "import",
    ),
    *(
        "variable",
        "literalExpression",
        "text",
        "decisionTable",
        "input",
        "inputExpression",
        "output",
        "rule",
        "inputEntry",
    ),
    *("outputEntry", "context", "contextEntry", "invocation", "binding", "parameter", "functionDefinition", "relation"),
    *(
        "formalParameter",
        "encapsulatedLogic",
        "list",
        "column",
        "row",
        "conditional",
        "if",
        "then",
        "else",
        "filter",
        "in",
    ),
    *(
        "match",
        "for",
        "some",
        "every",
        "return",
        "satisfies",
        "informationRequirement",
        "knowledgeRequirement",
        "typeRef",
    ),
    *("requiredDecision", "requiredInput", "requiredKnowledge", "outputDecision", "inputDecision", "functionItem"),
    *("parameters", "allowedValues", "typeConstraint", "outputValues", "defaultOutputEntry", "extensionElements"),
)
NAMES = st.sampled_from(["a", "b", "a b", "number", "string", "Any", "list", "x:a", "", " ", "m.a"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["id", "name", "typeRef", "href", "isCollection", "hitPolicy", "kind", "outputTypeRef", "iteratorVariable",
         "namespace", "importType", "aggregation", "expressionLanguage", "typeLanguage"]
    ),
    st.one_of(NAMES, st.sampled_from(["#a", "#b", "urn:m#a", "urn:other#a", "true", "FIRST", "COLLECT", "Java", DMN])),
    max_size=4,
)  # fmt: skip
TEXTS = st.sampled_from(
    ["1", "a", "a + b", "a b", "-", "", "a(b)", "[a, 1]", "{a: b}", "? > 1", "function(a) a", "1 +", "not("]
)


def written(name: str, attributes: dict[str, str], children: list[str]) -> str:
    inner = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{inner}>{''.join(children)}</{name}>"


TREES = st.recursive(
    st.one_of(TEXTS, st.builds(written, st.sampled_from(ELEMENTS), ATTRIBUTES, st.just([]))),
    lambda inner: st.builds(written, st.sampled_from(ELEMENTS), ATTRIBUTES, st.lists(inner, max_size=4)),
    max_leaves=20,
)


def of_a_model(body: str) -> bytes:
    return f'<definitions xmlns="{DMN}" xmlns:x="urn:m" id="m" name="m" namespace="urn:m">{body}</definitions>'.encode()


def load_and_evaluate(xml: bytes) -> None:
    try:
        model = dmn.load(xml, imports={"urn:other": of_a_model("").replace(b"urn:m", b"urn:other")})
    except dmn.DmnProblems as error:
        assert error.problems  # noqa: PT017 - either way is fine, but never another error
        return
    for decision in model.decisions:
        result = model.evaluate(decision.id, {"a": 1, "b": ["x"]})
        assert isinstance(result.trace, list)


@pytest.mark.parametrize(
    "wrap", ["{}", '<decision id="a" name="a">{}</decision>', '<itemDefinition name="a">{}</itemDefinition>']
)
def test_trees_of_elements(wrap: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(TREES, max_size=6))
    def check(bodies: list[str]) -> None:
        load_and_evaluate(of_a_model(wrap.format("".join(bodies))))

    check()


SEED = of_a_model("""
<itemDefinition name="t"><itemComponent name="c" isCollection="true"><typeRef>number</typeRef></itemComponent></itemDefinition>
<inputData id="i" name="a b"><variable name="a b" typeRef="t"/></inputData>
<businessKnowledgeModel id="k" name="k"><encapsulatedLogic><formalParameter name="p" typeRef="number"/>
<literalExpression><text>p + 1</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="d"><variable name="d" typeRef="number"/><informationRequirement><requiredInput href="#i"/>
</informationRequirement><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
<decisionTable><input><inputExpression><text>sum(a b.c)</text></inputExpression></input><output/><rule><inputEntry>
<text>&gt; 1</text></inputEntry><outputEntry><text>k(2)</text></outputEntry></rule></decisionTable></decision>""")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 20), st.binary(max_size=6)), min_size=1, max_size=4
    )
)
def test_bytes_of_a_model_changed(changes: list[tuple[int, int, bytes]]) -> None:
    xml = SEED
    for at, cut, put in changes:
        xml = xml[:at] + put + xml[at + cut :]
    load_and_evaluate(xml)
