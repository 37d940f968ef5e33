"""What connects, what surrounds, and what is drawn for people alone."""

from bpmn.testing import (
    compensated,
    compensation,
    element,
    end,
    flow,
    message_definition,
    message_reference,
    model,
    path,
    start,
    user_task,
)

from .row import STARTED, Row, call, process

POOLS = element(
    "collaboration",
    "together",
    element("participant", "us", name="Us", processRef="p"),
    element("participant", "them", name="Them", processRef="q"),
    element("messageFlow", "asks", sourceRef="ask_them", targetRef="asked"),
)
THEIRS = element(
    "process",
    "q",
    element("startEvent", "asked", message_reference("ask")),
    *(end("done"), path("asked", "done")),
    isExecutable="false",
)


def deciding(*flows: str, default: str = "") -> bytes:
    settings = {"default": default} if default else {}
    return process(start(), element("task", "one", **settings), element("task", "two"), path("start", "one"), *flows)


ROWS = (
    Row(
        name="Sequence flow",
        does="Takes the token on; several out of one activity are taken at once.",
        model=deciding(flow("one", "two")),
        shown=("one", "two"),
        of=("one-two",),
        test="test_gateways.py::test_flows_of_an_activity_may_have_conditions",
    ),
    Row(
        name="Conditional flow",
        does="Out of an activity: taken when its condition holds. No flow at all is an incident.",
        model=deciding(flow("one", "two", "=true")),
        shown=("one", "two"),
        of=("one-two",),
        test="test_gateways.py::test_flows_of_an_activity_may_have_conditions",
    ),
    Row(
        name="Default flow",
        does="The one that `default` of its activity or gateway names: taken when no condition of the other flows holds.",
        model=deciding(flow("one", "two"), element("task", "three"), flow("one", "three", "=false"), default="one-two"),
        shown=("one", "two"),
        of=("one-two",),
        test="test_gateways.py::test_the_default_flow_counts_beside_flows_without_a_condition",
    ),
    Row(
        name="Association with a compensation activity",
        does="Says which activity undoes the one that has the compensation boundary event.",
        model=process(
            *(start(), element("task", "work"), compensated("work", "undo_work")),
            element("task", "undo_work", isForCompensation="true"),
            element("endEvent", "undo", compensation()),
            path("start", "work", "undo"),
        ),
        shown=("work", "work_undo", "undo_work"),
        of=("work_to_undo_work",),
        test="test_compensation.py::test_what_ended_last_is_compensated_first",
    ),
    Row(
        name="Pools and message flow",
        does="Each executable process of a file is a program with its pool's name; a message flow says to which process and element"
        " a thrown message goes.",
        model=model(
            *(start(), element("intermediateThrowEvent", "ask_them", message_reference("ask")), end()),
            path("start", "ask_them", "end"),
            definitions=[message_definition("ask", "ask", '="k"'), POOLS, THEIRS],
        ),
        shown=("us", "ask_them", "end", "them", "asked", "done"),
        of=("us", "asks"),
        test="test_data.py::test_the_standards_correlation_keys_and_message_flows",
    ),
    Row(
        name="Lanes",
        does="The innermost lane says for whom a user task is that names nobody.",
        model=process(
            '<bpmn:laneSet id="lanes"><bpmn:lane id="front" name="Front"><bpmn:flowNodeRef>work</bpmn:flowNodeRef></bpmn:lane>'
            '<bpmn:lane id="back" name="Back"><bpmn:flowNodeRef>check</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>',
            *(start(), user_task("work"), user_task("check"), path("start", "work", "check")),
        ),
        shown=("front", "work", "back", "check"),
        of=("front",),
        test="test_data.py::test_a_lane_is_for_whom_its_tasks_are_when_nobody_else_is_named",
        plays=(STARTED, call("complete_task", "work"), call("complete_task", "check")),
    ),
)

NOTED = process(
    *(start(), element("task", "work"), end(), path("start", "work", "end")),
    "<bpmn:textAnnotation id='note'><bpmn:text>Call back first</bpmn:text></bpmn:textAnnotation>",
    element("association", "noted", sourceRef="work", targetRef="note"),
    element("group", "around", categoryValueRef="value"),
)

DRAWN = (
    Row(
        name="Text annotation and association",
        does="Read and kept; nothing when run.",
        model=NOTED,
        shown=("work", "note"),
        of=("note", "noted"),
        test="test_documents.py::test_a_model_is_kept_whole",
    ),
    Row(
        name="Group",
        does="Read and kept; nothing when run.",
        model=NOTED,
        shown=("around", "work"),
        of=("around",),
        test="test_documents.py::test_a_model_is_kept_whole",
    ),
)
