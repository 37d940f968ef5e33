"""BPMN files as documents: nothing is lost, everything can be found, and a change changes that alone."""

import io
import os
import re
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bpmn import ModelProblems, compile_model, document
from bpmn._standard import KINDS, PREFIXES
from bpmn.testing import end, flow, model, path, start, user_task

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("FIRSTLINE_DATA") or ROOT / "../shared/data") / "bpmn"
PROCEDURES = ROOT / "procedures"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"there are no models in {DATA}; set FIRSTLINE_DATA")

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
# What writers of XML may do, in one file: both quotes, references, CDATA, namespaces declared late, comments at the ends.
ODD = b"""<?xml version='1.0' encoding="UTF-8"?>\r
<!-- before --><?tool keep="this"?>
<b:definitions xmlns:b = "http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:v='urn:vendor'
    targetNamespace="urn:t" v:plain='a "quoted" &lt;word&gt; &#228;' >
  <b:process id='p' name="Two
lines &amp; a&#10;real one" isExecutable = "true"><!-- in > between -->
    <b:extensionElements><v:data deep="1"><inner xmlns="urn:other" a="&#x1F600;">x<![CDATA[ <raw> & ]]>y</inner></v:data>
      <b:startEvnt/></b:extensionElements>
    <b:startEvent id="s"><b:outgoing>f</b:outgoing></b:startEvent  >
    <b:sequenceFlow id="f" sourceRef="s" targetRef="b:e" wrong="1"><b:conditionExpression
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="b:tFormalExpression" language="x">=a &lt; 1</b:conditionExpression></b:sequenceFlow>
    <b:endEvent id="e"></b:endEvent>
    <b:timeDate id="lost"/>
  </b:process>
</b:definitions>
<?after?>
"""


def canonical(xml: bytes) -> str:
    """Write as C14N 2.0, which leaves prefixes as they are and, unlike 1.0, takes namespaces that are no absolute address."""
    return etree.canonicalize(from_file=io.BytesIO(xml), with_comments=True)


def bag(xml: bytes) -> Counter:
    return Counter((one.tag, frozenset(one.attrib.items())) for one in etree.fromstring(xml).iter(etree.Element))


def written_from_values(read: document.Document) -> bytes:
    """Write a document from what its nodes say, never looking at its text."""
    return "".join(map(_written, read.nodes)).encode()


def _written(node: document.Node) -> str:
    match node:
        case document.Text():
            return escape(node.value).replace("\r", "&#13;")
        case document.Comment():
            return f"<!--{node.value}-->"
        case document.Instruction():
            return f"<?{node.target} {node.value}?>"
    name = ":".join(filter(None, (node.prefix, node.tag)))
    spaces = [(":".join(filter(None, ("xmlns", prefix))), uri) for prefix, uri in node.declared.items()]
    plain = [(":".join(filter(None, (one.prefix, one.tag))), one.value) for one in node.attributes]
    marks = {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
    attributes = "".join(f" {key}={quoteattr(value, marks)}" for key, value in [*spaces, *plain])
    return f"<{name}{attributes}>{''.join(map(_written, node.nodes))}</{name}>"


def files() -> list[Path]:
    return [*sorted(DATA.rglob("*.bpmn")), *sorted(PROCEDURES.rglob("*.bpmn"))]


def test_there_are_models_to_read():
    if DATA.exists():
        assert len(list((DATA / "miwg").glob("*.bpmn"))) == 21
    assert len([path for path in files() if PROCEDURES in path.parents]) >= 4 or not PROCEDURES.exists()


@pytest.mark.data
@pytest.mark.parametrize("file", files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_model_is_kept_whole(file):
    xml = file.read_bytes()
    read = document.read(xml)
    assert read.xml == xml
    assert canonical(written_from_values(read)) == canonical(xml)
    # The standard knows all that other tools write, but for what some of them put into their own extensions.
    assert read.problems == ()


@pytest.mark.data
@pytest.mark.parametrize("file", files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_change_in_a_model_changes_that_alone(file):
    read = document.read(file.read_bytes())
    process = (read.processes or read.collaborations)[0]
    nodes = process.of("flowElement") or process.children or (process,)
    edits = [*document.change(nodes[-1], {"name": "Neu & <anders>"}), document.add(process, "task", {"id": "added.1"})]
    changed = read.edited(edits)
    assert changed.by_id["added.1"].parent.id == process.id
    assert (bag(changed.xml) - bag(read.xml)).total() == 2
    assert (bag(read.xml) - bag(changed.xml)).total() == 1
    back = changed.edited([document.remove(changed.by_id["added.1"])])
    name = nodes[-1].attribute("name")
    same = next(one for one in back.definitions.walk() if one.name == "Neu & <anders>")
    restored = back.edited(document.change(same, {"name": name.value if name else None}))
    assert canonical(restored.xml) == canonical(read.xml)


# --- what is read ---


def test_everything_odd_is_kept_and_understood():
    read = document.read(ODD)
    assert read.xml == ODD
    assert canonical(written_from_values(read)) == canonical(ODD)
    process = read.by_id["p"]
    assert process.name == "Two lines & a\nreal one"
    assert process.value("isExecutable") is True
    assert process.value("isClosed") is False
    assert process.value("processType") == "None"
    assert read.definitions.get("{urn:vendor}plain") == 'a "quoted" <word> ä'
    data, _ = process.extensions
    (inner,) = data.children
    assert (inner.namespace, inner.prefix, inner.text) == ("urn:other", "", "x <raw> & y")
    assert inner.get("a") == "\N{GRINNING FACE}"
    assert inner.namespaces["v"] == "urn:vendor"
    assert [type(node).__name__ for node in read.nodes if not isinstance(node, document.Text)] == [
        "Comment",
        "Instruction",
        "Element",
        "Instruction",
    ]


def test_the_standard_s_opinion_of_everything_is_told():
    read = document.read(ODD)
    standings = {one.tag: one.standing for one in read.definitions.walk()}
    assert standings["data"] == standings["inner"] == "foreign"
    assert standings["startEvnt"] == "unknown"
    assert standings["timeDate"] == "misplaced"
    assert {standings[tag] for tag in ("definitions", "process", "startEvent", "conditionExpression")} == {"known"}
    flow_ = read.by_id["f"]
    assert {one.tag: flow_.knows(one) for one in flow_.attributes} == {
        "id": "known",
        "sourceRef": "known",
        "targetRef": "known",
        "wrong": "unknown",
    }
    plain = read.definitions.attribute("{urn:vendor}plain")
    assert read.definitions.knows(plain) == "foreign"
    assert [(one.code, one.element_id) for one in read.problems] == [
        ("unknown_element", "p"),
        ("unknown_attribute", "f"),
        ("misplaced_element", "lost"),
    ]


def test_deployment_tells_what_the_standard_does_not_know():
    xml = model(start(), user_task("t"), end(), path("start", "t", "end"))
    wrong = xml.replace(b"userTask", b"usertask").replace(b"startEvent ", b'startEvent isInterupting="false" ')
    with pytest.raises(ModelProblems) as caught:
        compile_model(wrong)
    found = {(one.code, one.element_id) for one in caught.value.problems}
    assert {("unknown_element", "t"), ("unknown_attribute", "start")} <= found
    assert all(one.message.endswith(".") for one in caught.value.problems)


def test_references_lead_both_ways():
    read = document.read(ODD)
    flow_, begin, ending = (read.by_id[id_] for id_ in ("f", "s", "e"))
    assert read.referred(flow_, "sourceRef") == (begin,)
    assert read.referred(flow_, "targetRef") == (ending,)
    assert read.referred(begin, "outgoing") == (flow_,)
    assert read.referring(ending) == (flow_,)
    assert read.referring(flow_) == (begin,)
    assert read.referred(flow_, "incoming") == ()


def test_elements_are_found_by_what_they_are_built_on():
    read = document.read(model(start(), user_task("t"), end(), path("start", "t", "end")))
    (process,) = read.processes
    assert [one.id for one in process.of("flowNode")] == ["start", "t", "end"]
    assert [one.id for one in process.of("activity")] == ["t"]
    assert [one.tag for one in process.of("event")] == ["startEvent", "endEvent"]
    assert len(process.of("sequenceFlow")) == 2


@pytest.mark.data
@needs_data
def test_collaborations_and_diagrams_are_read():
    read = document.read((DATA / "miwg/C.1.0.bpmn").read_bytes())
    (collaboration,) = read.collaborations
    participants = collaboration.of("participant")
    assert [one.id for found in participants for one in read.referred(found, "processRef")] == [
        one.id for one in read.processes
    ]
    (diagram,) = read.diagrams
    assert diagram.about == collaboration.id
    assert {shape.about for shape in diagram.shapes} <= set(read.by_id)
    assert all(shape.bounds.width > 0 for shape in diagram.shapes)
    assert all(len(edge.points) >= 2 for edge in diagram.edges)


def test_choreographies_and_conversations_are_read():
    read = document.read(
        f"""<definitions xmlns="{BPMN}">
  <choreography id="c"><participant id="buyer"/><participant id="seller"/>
    <messageFlow id="asks" sourceRef="buyer" targetRef="seller"/>
    <startEvent id="s"/><choreographyTask id="t" initiatingParticipantRef="buyer">
      <participantRef>buyer</participantRef><participantRef>seller</participantRef>
      <messageFlowRef>asks</messageFlowRef></choreographyTask>
    <subChoreography id="more"><participantRef>buyer</participantRef><task id="no"/></subChoreography>
  </choreography>
  <collaboration id="talks"><participant id="a"/><conversation id="talk"><participantRef>a</participantRef></conversation>
    <subConversation id="deeper"><conversation id="deep"/></subConversation>
    <conversationLink id="link" sourceRef="a" targetRef="talk"/></collaboration>
</definitions>""".encode()
    )
    assert read.problems == ()
    assert [(one.tag, one.id) for one in read.collaborations] == [("choreography", "c"), ("collaboration", "talks")]
    choreography, talks = read.collaborations
    assert [one.id for one in choreography.of("choreographyActivity")] == ["t", "more"]
    task = read.by_id["t"]
    assert [one.id for one in read.referred(task, "participantRef")] == ["buyer", "seller"]
    assert task.value("loopType") == "None"
    assert [one.id for one in talks.of("conversationNode")] == ["talk", "deeper"]
    assert read.referring(read.by_id["talk"]) == (read.by_id["link"],)


@pytest.mark.parametrize(
    ("mark", "encoding", "declared"),
    [
        (b"", "utf-8", ""),
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"\xff\xfe", "utf-16-le", "UTF-16"),
        (b"\xfe\xff", "utf-16-be", "UTF-16"),
        (b"", "iso-8859-1", "ISO-8859-1"),
        (b"", "windows-1252", "windows-1252"),
    ],
)
def test_the_encoding_is_kept(mark, encoding, declared):
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    text = f'{head}<definitions xmlns="{BPMN}"><process id="p" name="Grüße"/></definitions>'
    xml = mark + text.encode(encoding)
    read = document.read(xml)
    assert read.xml == xml
    changed = read.edited(document.change(read.by_id["p"], {"name": "5 € für Ü"}))
    assert changed.by_id["p"].name == "5 € für Ü"
    assert etree.fromstring(changed.xml)[0].get("name") == "5 € für Ü"
    assert changed.xml.startswith(mark)


# --- what is changed ---

SMALL = f"""<definitions xmlns="{BPMN}" xmlns:v="urn:vendor">
  <process id="p">
    <task id="a" name='old' v:hint="1" />
    <!-- kept -->
    <task id="b"/>
  </process>
  <message id="m"></message>
</definitions>
""".encode()


def edited(*edits: document.Edit) -> str:
    return document.read(SMALL).edited(edits).text


def small(id_: str) -> tuple[document.Document, document.Element]:
    read = document.read(SMALL)
    return read, read.by_id[id_]


def test_an_attribute_is_set_added_and_removed_where_it_stands():
    read, task = small("a")
    values = {"name": 'it\'s "new" & <odd>\n', "{urn:vendor}hint": None, "isForCompensation": "true"}
    after = read.edited(document.change(task, values))
    line = '    <task id="a" name=\'it&apos;s &quot;new&quot; &amp; &lt;odd&gt;&#10;\' isForCompensation="true" />\n'
    assert after.text == SMALL.decode().replace('    <task id="a" name=\'old\' v:hint="1" />\n', line)
    assert after.by_id["a"].name == values["name"]
    assert after.by_id["a"].value("isForCompensation") is True
    assert read.text == SMALL.decode()


def test_a_namespace_without_a_prefix_cannot_be_used():
    _, task = small("a")
    with pytest.raises(document.EditError, match="prefix"):
        document.change(task, {"{urn:other}x": "1"})


def test_elements_are_added_as_their_neighbours_stand():
    read, process = small("p")
    task = read.by_id["a"]
    edits = [
        document.add(process, "userTask", {"id": "c", "name": "<c>"}),
        document.add(process, "startEvent", {"id": "s"}, before=task),
        document.add(task, "extensionElements", {}, content="<v:x/>"),
    ]
    assert read.edited(edits).text == SMALL.decode().replace(
        '<process id="p">', '<process id="p">\n    <startEvent id="s"/>'
    ).replace(
        'v:hint="1" />', 'v:hint="1" >\n      <extensionElements><v:x/></extensionElements>\n    </task>'
    ).replace('<task id="b"/>', '<task id="b"/>\n    <userTask id="c" name="&lt;c&gt;"/>')


def test_a_foreign_element_takes_its_prefix():
    read, task = small("a")
    after = read.edited([document.add(task, "{urn:vendor}note", {"{urn:vendor}by": "x"})])
    (note,) = after.by_id["a"].children
    assert (note.prefix, note.tag, note.get("{urn:vendor}by")) == ("v", "note", "x")


def test_an_element_is_removed_with_its_line():
    read, task = small("b")
    assert read.edited([document.remove(task)]).text == SMALL.decode().replace('\n    <task id="b"/>', "")
    with pytest.raises(document.EditError, match="root"):
        document.remove(read.definitions)


def test_a_text_is_replaced():
    read, message = small("m")
    after = read.edited([document.add(message, "documentation", {})])
    (documentation,) = after.by_id["m"].children
    after = after.edited([document.rewrite(documentation, "a < b\r\n")])
    assert after.by_id["m"].children[0].text == "a < b\r\n"
    with pytest.raises(document.EditError, match="more than text"):
        document.rewrite(read.by_id["p"], "no")


def test_changes_that_meet_or_come_too_late_are_refused():
    read, task = small("a")
    with pytest.raises(document.EditError, match="same place"):
        read.edited([document.remove(task), *document.change(task, {"name": "x"})])
    after = read.edited(document.change(task, {"name": "x"}))
    with pytest.raises(document.EditError, match="another state"):
        after.edited([document.remove(task)])
    with pytest.raises(document.EditError, match="child"):
        document.add(read.by_id["m"], "documentation", {}, before=task)


def test_an_attribute_is_changed_once_at_a_time():
    read, task = small("a")
    for before in ("", "old"):
        read = read.edited(document.change(read.by_id["a"], {"name": before}))
        task = read.by_id["a"]
        with pytest.raises(document.EditError, match="same place"):
            read.edited([*document.change(task, {"name": "x"}), *document.change(task, {"name": "y"})])
    with pytest.raises(ModelProblems, match="duplicate"):
        read.edited([*document.change(task, {"default": "x"}), *document.change(task, {"default": "y"})])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_comes_back_or_is_refused(name, text):
    read, task = small("a")
    edits = [*document.change(task, {"name": name}), document.rewrite(read.by_id["m"], text)]
    try:
        after = read.edited(edits)
    except ModelProblems:
        assert not all(map(may_stand_in_xml, name + text))
        return
    assert (after.by_id["a"].name, after.by_id["m"].text) == (name, text)
    same = etree.fromstring(after.xml)
    assert same.find(f".//{{{BPMN}}}task").get("name") == name


def may_stand_in_xml(character: str) -> bool:
    return character in "\t\n\r" or (
        " " <= character <= "\U0010ffff" and not "\ud800" <= character <= "\udfff" and character not in "\ufffe\uffff"
    )


def test_what_a_change_makes_is_read_as_strictly_as_any_file():
    read, process = small("p")
    for xml in ("<open>", "<x:y/>", "&entity;", "</process>", "<a>" * 120 + "</a>" * 120):
        with pytest.raises(ModelProblems):
            read.edited([document.add_xml(process, xml)])


# --- the table of the standard ---


def test_the_table_of_the_standard_is_whole():
    for kind in KINDS.values():
        assert set(kind.children.values()) <= KINDS.keys()
        for attribute in kind.attributes.values():
            if attribute.default is not None:
                assert attribute.value_of(attribute.default) is not None
    elements = [kind for kind in KINDS.values() if not kind.is_abstract]
    assert len(elements) > 130
    assert set(PREFIXES.values()) == {re.match(r"(\w+:)?", kind.name)[0] for kind in KINDS.values()}


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("isForCompensation", "1", True),
        ("isForCompensation", " false ", False),
        ("isForCompensation", "yes", None),
        ("startQuantity", "3", 3),
        ("startQuantity", "3.5", None),
        ("default", "f", "f"),
        ("unheardOf", "x", None),
    ],
)
def test_attributes_have_the_standard_s_types(type_, text, value):
    read, task = small("a")
    assert read.edited(document.change(task, {type_: text})).by_id["a"].value(type_) == value


def test_flows_of_a_model_are_compiled_after_a_change():
    xml = model(start(), user_task("t"), end(), flow("start", "t"), flow("t", "end"))
    read = document.read(xml)
    renamed = read.edited(document.change(read.by_id["t"], {"name": "Look at it"}))
    assert compile_model(renamed.xml).processes["p"].by_id["t"].name == "Look at it"
