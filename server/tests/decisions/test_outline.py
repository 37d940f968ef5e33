"""What pages and forms read from a model: tables, boxes, places, fields; in every dialect of DMN."""

import datetime as dt
from decimal import Decimal

import pytest
from lxml import etree

import dmn
from firstline.decisions import diagram, forms, outline
from firstline.decisions.forms import Field
from firstline.decisions.outline import Place

from .samples import NAMESPACES, definitions, priority

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize("dialect", NAMESPACES)
def test_a_model_is_read_alike_in_every_dialect(dialect: str) -> None:
    read = outline.read(priority(dialect=dialect))
    assert (read.key, read.name, read.namespace) == ("priorities", "Priorities", "urn:example:priorities")
    assert [node.name for node in read.decisions] == ["Loyalty", "Priority"]
    table = read.tables()["priority-table"]
    assert [rule.key for rule in table.rules] == [
        "priority-table#big",
        "priority-table#loyal",
        "priority-table#other",
    ]
    assert table.rules[0].tests == ("> 1000", "-")
    assert table.rules[0].note == "Large sums first"
    assert [node.id for node in read.required_by("priority")] == ["priority", "i-amount", "loyalty", "i-years"]


def test_every_element_has_a_place_in_words() -> None:
    places = outline.read(priority()).places
    assert places["loyalty-text"] == Place(node="Loyalty")
    assert places["e1"] == Place(node="Priority", column="Amount")
    assert places["loyal"] == Place(node="Priority", rule=2)
    assert places["t4"] == Place(node="Priority", rule=2, column="Loyalty")
    assert places["o3"] == Place(node="Priority", rule=3, column="Priority")


def test_a_rule_without_an_id_is_named_as_the_trace_names_it() -> None:
    xml = priority().replace('<rule id="big">', "<rule>")
    read = outline.read(xml)
    result = dmn.load(xml.encode()).evaluate("priority", {"amount": Decimal(2000), "years": Decimal(1)})
    (entry,) = [entry for entry in result.trace if "table" in entry]
    assert read.tables()[entry["table"]].rules[0].id == entry["rules"][0]["rule"]


def test_boxes_are_shown_with_their_parts() -> None:
    inside = """
      <decision id="d" name="D"><context id="c">
        <contextEntry><variable name="fee"/><literalExpression><text>3</text></literalExpression></contextEntry>
        <contextEntry><conditional><if><literalExpression><text>fee &gt; 2</text></literalExpression></if>
          <then><list><literalExpression><text>fee</text></literalExpression></list></then>
          <else><invocation><literalExpression><text>f</text></literalExpression>
            <binding><parameter name="x"/><literalExpression><text>1</text></literalExpression></binding></invocation></else>
        </conditional></contextEntry></context></decision>
      <businessKnowledgeModel id="b" name="f"><encapsulatedLogic><formalParameter name="x"/>
        <literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
      <decision id="r" name="R"><relation><column name="a"/><column name="b"/>
        <row><literalExpression><text>1</text></literalExpression><literalExpression><text>2</text></literalExpression></row></relation></decision>"""
    nodes = outline.read(definitions(inside)).nodes
    context = nodes["d"].box
    assert context is not None
    (name, fee), (_, conditional) = context.parts
    assert (name, fee.text) == ("fee", "3")
    assert [label for label, _ in conditional.parts] == ["if", "then", "else"]
    assert conditional.parts[1][1].parts[0][1].text == "fee"
    called = conditional.parts[2][1]
    assert (called.kind, called.text, called.parts[0][0]) == ("invocation", "f", "x")
    function = nodes["b"].box
    assert function is not None
    assert (function.text, function.parts[0][1].text) == ("(x)", "x * 2")
    relation = nodes["r"].box
    assert relation is not None
    assert [(label, part.text) for label, part in relation.parts[0][1].parts] == [("a", "1"), ("b", "2")]


# --- the drawing ---


@pytest.mark.parametrize("dialect", NAMESPACES)
def test_the_drawing_is_of_one_dialect_and_laid_out(dialect: str) -> None:
    xml = diagram.drawing(priority(dialect=dialect).replace('<rule id="big">', "<rule>"))
    root = etree.fromstring(xml.encode())
    assert root.nsmap[None] == NAMESPACES["1.3"]
    (dmndi,) = [one for one in root if etree.QName(one).localname == "DMNDI"]
    shapes = {
        one.get("dmnElementRef"): int(one[0].get("y"))
        for one in dmndi.iter()
        if etree.QName(one).localname == "DMNShape"
    }
    assert shapes["priority"] < shapes["loyalty"] < shapes["i-years"]
    edges = [one.get("dmnElementRef") for one in dmndi.iter() if etree.QName(one).localname == "DMNEdge"]
    assert sorted(edges) == ["r1", "r2", "r3"]
    ids = [one.get("id") for one in root.iter() if etree.QName(one).localname in {"rule", "inputEntry", "outputEntry"}]
    assert all(ids)
    assert len(set(ids)) == len(ids)
    assert outline.read(xml).tables()["priority-table"].rules[0].drawn_id in ids


# --- fields ---


def test_a_form_asks_what_the_decision_reads_itself_or_through_others() -> None:
    fields = forms.fields_of(outline.read(priority()), "priority")
    assert [(field.name, field.type) for field in fields] == [("amount", "number"), ("years", "number")]
    assert [field.name for field in forms.fields_of(outline.read(priority()), "loyalty")] == ["years"]


def test_a_form_asks_also_what_nobody_declared() -> None:
    inside = """
      <decision id="d" name="D"><decisionTable id="t">
        <input label="Kind"><inputExpression typeRef="string"><text>customer.kind</text></inputExpression></input>
        <output name="x"/>
        <rule><inputEntry><text>"person", "organisation"</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>
      </decisionTable></decision>"""
    (field,) = forms.fields_of(outline.read(definitions(inside)), "d")
    assert (field.path, field.type, field.suggestions) == (("customer", "kind"), "string", ("person", "organisation"))
    # Where something reads the whole, the whole is asked.
    whole = inside.replace("<text>1</text>", "<text>customer</text>")
    (field,) = forms.fields_of(outline.read(definitions(whole)), "d")
    assert field.path == ("customer",)


def test_types_of_the_model_become_fields_with_their_values() -> None:
    inside = """
      <itemDefinition name="tKind"><typeRef>string</typeRef><allowedValues><text>"a", "b"</text></allowedValues></itemDefinition>
      <itemDefinition name="tCustomer"><itemComponent name="kind"><typeRef>tKind</typeRef></itemComponent>
        <itemComponent name="age"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemComponent>
        <itemComponent name="tags" isCollection="true"><typeRef>string</typeRef></itemComponent></itemDefinition>
      <inputData id="i" name="customer"><variable name="customer" typeRef="tCustomer"/></inputData>
      <decision id="d" name="D"><informationRequirement><requiredInput href="#i"/></informationRequirement>
        <literalExpression><text>customer.age</text></literalExpression></decision>"""
    kind, age, tags = forms.fields_of(outline.read(definitions(inside)), "d")
    assert (kind.name, kind.type, kind.allowed) == ("customer.kind", "string", ("a", "b"))
    assert (age.name, age.type, age.limits) == ("customer.age", "number", "[0..150]")
    assert (tags.name, tags.type) == ("customer.tags", "")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "moving out", "moving out"),
        ("string", '"quoted"', "quoted"),
        ("string", "=null", None),
        ("string", "12", "12"),
        ("number", "12,50", Decimal("12.50")),
        ("number", "=2 + 3", Decimal(5)),
        ("boolean", "Ja", True),
        ("boolean", "no", False),
        ("date", "2026-03-02", dt.date(2026, 3, 2)),
        ("date", "=today()", dt.date(2026, 3, 2)),
        ("", "12", Decimal(12)),
        ("", "true", True),
        ("", "moving", "moving"),
        ("", "moving out (soon", "moving out (soon"),
        ("", '{"kind": "person"}', {"kind": "person"}),
        ("", "[1, 2]", [Decimal(1), Decimal(2)]),
    ],
)
def test_what_is_entered_is_read_by_type_or_as_feel(kind: str, text: str, value: object) -> None:
    assert forms.read(Field(path=("x",), type=kind), text, now=NOW) == value


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "many", "number"),
        ("boolean", "perhaps", "boolean"),
        ("date", "tomorrow", "date"),
        ("string", "=1 +", "FEEL"),
        ("", "=1 + null", "FEEL"),
        ("", "x" * 20_000, "short text"),
    ],
)
def test_what_can_not_be_read_is_refused_by_field(kind: str, text: str, expected: str) -> None:
    field = Field(path=("a", "b"), type=kind)
    context, refused = forms.context_of([field], {"a.b": text}, now=NOW)
    assert context == {}
    assert refused["a.b"].expected == expected


@pytest.mark.parametrize("kind", ["", "string", "number", "date"])
@pytest.mark.parametrize(
    "value",
    [
        "moving", "true", "12", "=x", 'a "quoted"\n\\ text', "date(", Decimal("1.20"), True, False,
        dt.date(2026, 1, 2), dt.timedelta(hours=3), NOW, {"a": [Decimal(1), "b"], "c d": None}, [],
    ],
)  # fmt: skip
def test_a_past_value_comes_back_from_the_form_as_it_was(kind: str, value: object) -> None:
    field = Field(path=("a", "b"), type=kind)
    entered = forms.entered_from([field], {"a": {"b": value}}, now=NOW)
    assert forms.context_of([field], entered, now=NOW) == ({"a": {"b": value}}, {})
