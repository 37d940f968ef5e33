"""What is refused, with every mistake at once, and hostile files."""

import pytest

from bpmn import ModelProblems, compile_model, expressions_before_results
from bpmn.testing import (
    boundary,
    element,
    end,
    error_reference,
    extensions,
    flow,
    gateway,
    mapping,
    message_reference,
    model,
    path,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)


def problems(xml: bytes) -> list[tuple[str, str]]:
    with pytest.raises(ModelProblems) as caught:
        compile_model(xml)
    return [(problem.code, problem.element_id) for problem in caught.value.problems]


def test_every_mistake_is_told_at_once():
    xml = model(
        start(),
        element("serviceTask", "no_type", name="Save\nit"),
        element("scriptTask", "bad_feel", extensions(zeebe("script", expression="=1 +", resultVariable="x"))),
        element("intermediateCatchEvent", "bad_timer", timer(duration="1 hour")),
        element("receiveTask", "no_message"),
        element("choreographyTask", "complex"),
        gateway("exclusive", "choice", default="nowhere"),
        element("callActivity", "no_process"),
        user_task("lonely"),
        end(),
        path("start", "no_type", "bad_feel", "bad_timer", "no_message", "complex", "choice", "no_process"),
        flow("choice", "end"),
        flow("no_process", "missing"),
    )
    assert sorted(problems(xml)) == sorted(
        [
            ("job_type", "no_type"),
            ("feel", "bad_feel"),
            ("timer", "bad_timer"),
            ("message", "no_message"),
            ("unsupported", "complex"),
            ("default_flow", "choice"),
            ("condition", "choice"),
            ("condition", "choice"),
            ("called_element", "no_process"),
            ("unreachable", "lonely"),
            ("flow", "no_process-missing"),
        ]
    )


def test_a_problem_is_a_sentence_for_its_author():
    with pytest.raises(ModelProblems) as caught:
        compile_model(model(start(), element("serviceTask", "t", name="Save it"), path("start", "t")))
    (problem,) = caught.value.problems
    assert problem.message == "Service task 'Save it' (t) has no job type (zeebe:taskDefinition type)."


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), [("start_event", "p")]),
        ((start(), user_task("t"), user_task("u"), path("start", "t")), [("unreachable", "u")]),
        ((start("a"), start("b"), end(), path("a", "end"), path("b", "end")), [("start_event", "p")]),
        ((start(), subprocess("s"), path("start", "s")), [("start_event", "s")]),
        ((start(), end(), path("start", "end", "start")), [("incoming_flow", "start"), ("outgoing_flow", "end")]),
        ((start(), end("start"), path("start", "start")), None),
        (
            (
                start(),
                user_task("t"),
                boundary("b", "x", timer(duration="PT1S")),
                end(),
                path("start", "t"),
                path("b", "end"),
            ),
            [("boundary", "b")],
        ),
        (
            (
                start(),
                user_task("t"),
                boundary("b", "t", error_reference(), interrupting=False),
                end(),
                path("start", "t"),
                path("b", "end"),
            ),
            [("error_boundary", "b")],
        ),
        (
            (start(), element("task", "t", extensions(mapping(outputs={"a b": "=1"}))), path("start", "t")),
            [("mapping", "t")],
        ),
        (
            (start(), element("task", "t", "<bpmn:multiInstanceLoopCharacteristics/>"), path("start", "t")),
            [("loop", "t")],
        ),
        (
            (start(), element("intermediateCatchEvent", "m", message_reference("x")), path("start", "m")),
            [("message", "m")],
        ),
        (
            (
                start(),
                element("scriptTask", "t", "<bpmn:script>1</bpmn:script>", scriptFormat="groovy"),
                path("start", "t"),
            ),
            [("script_format", "t")],
        ),
    ],
)
def test_mistakes(parts, expected):
    found = problems(model(*parts))
    assert expected is None or sorted(found) == sorted(expected)


def test_a_file_without_an_executable_process_is_refused():
    xml = model(start(), end(), path("start", "end")).replace(b'isExecutable="true"', b'isExecutable="false"')
    assert problems(xml) == [("no_process", "")]


ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]>"
)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "not_xml"),
        (b"<a>", "not_xml"),
        (b"\x00\xff\xfe", "not_xml"),
        (b"<a/>", "not_bpmn"),
        (ENTITY + b"<a>&x;</a>", "document_type"),
        (BOMB + b"<a>&j;</a>", None),
        (b"<a>" * 150 + b"</a>" * 150, "too_deep"),
        (b"<a>" * 5000 + b"</a>" * 5000, "too_deep"),
        (b"<a>" + b" " * 10_000_001 + b"</a>", "too_large"),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "not_xml"),
    ],
)
def test_hostile_files_are_refused(xml, code):
    found = problems(xml)
    assert len(found) == 1
    assert code in {None, found[0][0]}


def test_properties_and_the_file_itself_are_kept():
    task = user_task("t", zeebe("properties", zeebe("property", name="guide", value="intro")))
    xml = model(start(), task, path("start", "t"))
    compiled = compile_model(xml)
    assert compiled.processes["p"].by_id["t"].properties == {"guide": "intro"}
    assert compiled.xml == xml


def test_what_a_program_reads_is_told_with_its_place():
    task = user_task(
        "ask", zeebe("taskSchedule", dueDate="=wanted"), zeebe("assignmentDefinition", candidateGroups="=[team]")
    )
    wait = element("intermediateCatchEvent", "wait", timer(duration="=patience"))
    xml = model(start(), task, wait, end(), flow("start", "ask"), flow("ask", "wait", "=ready"), flow("wait", "end"))
    read = {
        (place, name)
        for place, expression in expressions_before_results(compile_model(xml).processes["p"])
        for name in expression.names
    }
    assert read == {("ask", "wanted"), ("ask", "team"), ("wait", "patience"), ("ask-wait", "ready")}


@pytest.mark.parametrize("cycle", ["R/PT0S", "R3/P0D", "R/-PT1H"])
def test_a_cycle_that_never_goes_on_is_refused(cycle):
    event = boundary("b", "t", timer(cycle=cycle), interrupting=False)
    xml = model(start(), user_task("t"), event, end(), path("start", "t", "end"), flow("b", "end"))
    assert problems(xml) == [("timer", "b")]
