"""Files that mean harm, and files that went wrong: refused with the library's own error, or read; never anything else."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bpmn import ModelProblems, _limits, compile_model, document
from bpmn._standard import KINDS
from bpmn.errors import Problem
from bpmn.testing import (
    boundary,
    each,
    element,
    end,
    error_definition,
    error_reference,
    event_subprocess,
    flow,
    gateway,
    mapping,
    message_definition,
    model,
    path,
    script_task,
    service_task,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
HEAD = f'<definitions xmlns="{BPMN}">'.encode()
FOOT = b"</definitions>"
PROCEDURES = Path(__file__).parents[3] / "procedures"

RICH = model(
    start("begin"),
    user_task("look", zeebe("properties", zeebe("property", name="guide", value="intro"))),
    service_task("save", mapping(inputs={"b": "=a + 1"}, outputs={"d.e": "=c"})),
    script_task("count", "n + 1", "n"),
    element("intermediateCatchEvent", "pause", timer(duration="PT1H")),
    element("receiveTask", "hear", messageRef="m"),
    element("userTask", "often", each("=list", "item")),
    subprocess("inside", start("s"), end("e"), flow("s", "e")),
    element("adHocSubProcess", "freely", user_task("one"), user_task("two")),
    event_subprocess(
        "aside", signal_reference("sig"), user_task("noted"), flow("aside_start", "noted"), interrupting=False
    ),
    gateway("exclusive", "choice", default="choice-join"),
    gateway("inclusive", "join"),
    boundary("late", "look", timer(cycle="R3/PT1H"), interrupting=False),
    boundary("wrong", "save", error_reference("err")),
    end(),
    path("begin", "look", "save", "count", "pause", "hear", "often", "inside", "freely", "choice", "join", "end"),
    flow("late", "join"),
    flow("wrong", "join"),
    flow("choice", "end", "=n > 1"),
    definitions=(
        message_definition("m", "answer", "=key"),
        error_definition("err", "E1"),
        signal_definition("sig", "alarm"),
    ),
)
ODD = f"""<?xml version="1.0"?><!--c--><b:definitions xmlns:b="{BPMN}" xmlns:v="urn:v"><b:process id="p" v:a='"'>
<b:extensionElements><v:d xmlns="urn:o"><i a="&#9;">x<![CDATA[&<]]></i></v:d></b:extensionElements><?p q?>
<b:startEvent id="s"/><b:endEvent id="e"/><b:sequenceFlow id="f" sourceRef="s" targetRef="e"/></b:process></b:definitions>""".encode()
MODELS = [RICH, ODD, *(file.read_bytes() for file in sorted(PROCEDURES.rglob("*.bpmn")))]

many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def survives(xml: bytes) -> None:
    """Read and compile: both end well or with ModelProblems, and what is read is what lxml reads."""
    problems = problems_of(compile_model, xml)
    assert all(one.code and one.message for one in problems)
    refusals = {one.code for one in problems_of(document.read, xml)}
    if refusals:
        assert problems
        return
    read = document.read(xml)
    assert read.xml == xml
    assert isinstance(read.problems, tuple)
    assert isinstance(read.diagrams, tuple)
    if "not_xml" not in {one.code for one in problems}:
        same_as_lxml(read, xml)


def problems_of(reading: Callable[[bytes], object], xml: bytes) -> tuple[Problem, ...]:
    try:
        reading(xml)
    except ModelProblems as refused:
        return refused.problems
    return ()


def same_as_lxml(read: document.Document, xml: bytes) -> None:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    theirs = [(str(one.tag), dict(one.attrib), texts(one)) for one in root.iter(etree.Element)]
    ours = [(name(one), {a.name: a.value for a in one.attributes}, one.text) for one in read.definitions.walk()]
    assert ours == theirs


def texts(one: etree._Element) -> str:
    return (one.text or "") + "".join(child.tail or "" for child in one)


def name(one: document.Element) -> str:
    return f"{{{one.namespace}}}{one.tag}" if one.namespace else one.tag


# --- bytes ---


@many
@given(st.binary(max_size=300))
def test_any_bytes_are_survived(xml):
    survives(xml)


@many
@given(st.text(alphabet="<>/=\"'&;![]?-:xmlnsab \n#\ufeff\x00é\U0001f600", max_size=200))
def test_anything_that_looks_like_xml_is_survived(text):
    survives(HEAD + text.encode() + FOOT)
    survives(text.encode("utf-16"))


PIECES = st.sampled_from(
    [
        b"",
        b"<",
        b">",
        b"/>",
        b'"',
        b"&",
        b"&#0;",
        b"&#xD800;",
        b"&lol;",
        b"<!DOCTYPE a>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?xml version='1.0'?>",
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b' xmlns="urn:x"',
        b" xmlns:b=''",
        b' id="p"',
        b"=",
        b"PT",
        b"99999999999999999999",
        b"-1",
        b"R/PT0S",
        b"<subProcess>",
        b"</process>",
    ]
)


@st.composite
def mutated_bytes(draw):
    xml = draw(st.sampled_from(MODELS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(xml)))
        length = draw(st.integers(0, 40))
        middle = draw(PIECES | st.just(xml[at : at + length] * 2) | st.binary(max_size=4))
        xml = xml[:at] + middle + xml[at + length :]
    return xml


@many
@given(mutated_bytes())
def test_a_model_with_damaged_bytes_is_survived(xml):
    survives(xml)


# --- well-formed, and wrong ---

TAGS = sorted(name for name, kind in KINDS.items() if ":" not in name and name not in {"any", "ref"})
VALUES = st.sampled_from(
    [
        "",
        " ",
        "p",
        "look",
        "end",
        "nowhere",
        "true",
        "-1",
        "1e9",
        "=",
        "=1 +",
        "=a.b[1",
        "R3/PT1H",
        "P",
        "x" * 2_000,
        "\n",
        "a:b",
        "#",
    ]
) | st.text(max_size=10)
XML_TEXT = VALUES.map(lambda text: "".join(c for c in text if c in "\t\n\r" or 32 <= ord(c) < 0xD800))


@st.composite
def mutated_trees(draw):
    root = etree.fromstring(draw(st.sampled_from(MODELS)))
    for _ in range(draw(st.integers(1, 5))):
        elements = list(root.iter(etree.Element))[1:]
        if not elements:
            break
        one = draw(st.sampled_from(elements))
        other = draw(st.sampled_from(elements))
        change = draw(st.sampled_from(["remove", "copy", "rename", "set", "unset", "text", "move"]))
        if change == "remove":
            one.getparent().remove(one)
        elif change == "copy":
            other.append(etree.fromstring(etree.tostring(one, with_tail=False)))
        elif change == "rename":
            one.tag = f"{{{BPMN}}}{draw(st.sampled_from(TAGS))}"
        elif change == "set":
            names = [*one.attrib, "id", "sourceRef", "default", "isExecutable", "attachedToRef", "processRef"]
            one.set(draw(st.sampled_from(names)), draw(XML_TEXT))
        elif change == "unset" and one.attrib:
            del one.attrib[draw(st.sampled_from(sorted(one.attrib)))]
        elif change == "text":
            one.text = draw(XML_TEXT)
        elif change == "move" and other not in list(one.iter()):
            other.append(one)
    return etree.tostring(root)


@settings(many, max_examples=60)
@given(mutated_trees())
def test_a_model_with_damaged_elements_is_survived(xml):
    survives(xml)


# --- bounds ---

N = 9_000_000
BOMBS = {
    "deep": (b"<a>" * (N // 7) + b"</a>" * (N // 7), "too_deep"),
    "unclosed": (b"<a>" * (N // 3), "too_deep"),
    "elements": (b"<a/>" * (N // 4), "too_many_elements"),
    "comments": (b"<!---->" * (N // 7), "too_many_elements"),
    "instructions": (b"<?a?>" * (N // 5), "too_many_elements"),
    "sections": (b"<![CDATA[]]>" * (N // 12), "too_many_elements"),
    "attributes": (b"<a " + b" ".join(b'a%d=""' % at for at in range(700_000)) + b"/>", "long_markup"),
    "attributes of one": (b"<a " + b" ".join(b'a%d=""' % at for at in range(201)) + b"/>", "too_many_attributes"),
    "attributes in all": (
        (b"<a " + b" ".join(b'a%d=""' % at for at in range(190)) + b"/>") * 4_000,
        "too_many_attributes",
    ),
    "declarations": (
        b"".join(
            b"<a %s>" % b" ".join(b'xmlns:n%d="u"' % at for at in range(level * 190, level * 190 + 190))
            for level in range(90)
        ),
        "too_many_namespaces",
    ),
    "long attribute": (b'<a b="' + b"x" * 100_001 + b'"/>', "long_attribute"),
    "long reference": (b'<a b="' + b"&amp;" * 100_001 + b'"/>', "long_attribute"),
    "long namespace": (b'<a xmlns="' + b"x" * 100_001 + b'"/>', "long_attribute"),
    "long name": (b"<" + b"a" * 1_001 + b"/>", "long_name"),
    "long attribute name": (b"<a " + b"b" * 1_001 + b'=""/>', "long_name"),
    "endless attribute": (b'<a b="' + b"x" * N + b'"/>', "long_markup"),
    "endless namespace": (b'<a xmlns="' + b"x" * N + b'"/>', "long_markup"),
    "endless name": (b"<" + b"a" * N + b"/>", "long_markup"),
    "endless comment": (b"<!--" + b"a" * N + b"-->", "long_markup"),
    "large": (b" " * 10_000_000, "too_large"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_is_beyond_the_bounds_is_refused_before_it_is_kept(bomb):
    body, code = BOMBS[bomb]
    xml = HEAD + body + FOOT
    with pytest.raises(ModelProblems) as caught:
        compile_model(xml)
    assert [one.code for one in caught.value.problems] == [code]
    tracemalloc.start()
    try:
        with pytest.raises(ModelProblems) as caught:
            document.read(xml)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [one.code for one in caught.value.problems] == [code]
    assert peak < 40_000_000


def test_a_long_text_is_read():
    read = document.read(
        HEAD + b"<process><documentation>" + b"long " * 1_900_000 + b"</documentation></process>" + FOOT
    )
    assert len(read.processes[0].children[0].text) == 9_500_000


def test_what_is_within_the_bounds_is_read():
    inner = "x" * _limits.MAX_ATTRIBUTE_LENGTH
    attributes = " ".join(f'a{at}=""' for at in range(_limits.MAX_ATTRIBUTES - 1))
    deep = _limits.MAX_DEPTH - 2
    body = f'<v:a xmlns:v="urn:v" {attributes}/><v:b xmlns:v="urn:v" c="{inner}"/>'
    body += '<v:d xmlns:v="urn:v">' + "<v:d>" * deep + "</v:d>" * deep + "</v:d>"
    read = document.read(HEAD + body.encode() + FOOT)
    assert len(read.definitions.children) == 3
    assert len(list(read.definitions.walk())) == 1 + 3 + deep


def test_a_process_of_very_many_elements_that_begin_at_once_is_compiled():
    tasks = b"".join(b'<task id="t%d"/>' % at for at in range(20_000))
    xml = HEAD + b'<process id="p">' + tasks + b"</process>" + FOOT
    assert len(compile_model(xml).processes["p"].root.starts) == 20_000


ENTITIES = {
    "laughs": b'<!DOCTYPE d [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(15))
    + b"]><d>&p;</d>",
    "quadratic": b'<!DOCTYPE d [<!ENTITY a "' + b"a" * 50_000 + b'">]><d>' + b"&a;" * 50_000 + b"</d>",
    "file": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "network": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd"><d/>',
    "parameter": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]><d/>',
    "default attribute": b'<!DOCTYPE d [<!ATTLIST d id CDATA "p">]><d/>',
    "empty": b"<!DOCTYPE d><d/>",
    "wide": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d><d/>'.encode("utf-16"),
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_document_types_are_refused(kind):
    for read in (compile_model, document.read):
        with pytest.raises(ModelProblems) as caught:
            read(ENTITIES[kind])
        assert [one.code for one in caught.value.problems] == ["document_type"]


@pytest.mark.parametrize("encoding", ["utf-7", "EBCDIC-CP-US", "UCS-4", "rot13", "unicode_escape", "x" * 5_000, "idna"])
def test_strange_encodings_are_refused(encoding):
    xml = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + HEAD + FOOT
    for read in (compile_model, document.read):
        with pytest.raises(ModelProblems) as caught:
            read(xml)
        assert caught.value.problems[0].code in {"encoding", "not_xml"}


def test_the_models_that_are_damaged_are_right_to_begin_with():
    for xml in MODELS:
        assert problems_of(compile_model, xml) == ()
        assert problems_of(document.read, xml) == ()
