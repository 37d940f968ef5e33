"""What is thrown on the way."""

from bpmn.testing import (
    boundary,
    compensated,
    compensation,
    element,
    end,
    escalation_reference,
    extensions,
    link,
    message_reference,
    path,
    signal_reference,
    start,
    subprocess,
    zeebe,
)

from .row import STARTED, Row, call, process


def throwing(*definitions: str) -> bytes:
    return process(
        start(), element("intermediateThrowEvent", "throw", *definitions), end(), path("start", "throw", "end")
    )


ROWS = (
    Row(
        name="None intermediate throw event",
        does="Passes; its place in the history is a milestone.",
        model=throwing(),
        shown=("throw",),
        test="test_supported.py::test_every_model_runs_to_its_end",
    ),
    Row(
        name="Message intermediate throw event",
        does="Tells the caller of `advance` to deliver the message, by name and key or along its message flow; or is a job.",
        model=throwing(extensions(zeebe("publishMessage", correlationKey='="k"')), message_reference("ask")),
        shown=("throw",),
        zeebe=("publishMessage", "subscription", "taskDefinition", "taskHeaders"),
        test="test_data.py::test_the_standards_correlation_keys_and_message_flows",
    ),
    Row(
        name="Signal intermediate throw event",
        does="Thrown when nothing else in the instance moves: heard by all who listen in it, and told to all others.",
        model=throwing(signal_reference("alarm")),
        shown=("throw",),
        test="test_event_kinds.py::test_a_signal_is_heard_by_who_listens_and_told_to_the_world",
    ),
    Row(
        name="Escalation intermediate throw event",
        does="Thrown to the nearest event around that catches it, or to the calling process; goes on unless that interrupts.",
        model=process(
            subprocess(
                "sub",
                start("in"),
                element("intermediateThrowEvent", "throw", escalation_reference("late")),
                path("in", "throw"),
            ),
            boundary("told", "sub", escalation_reference("late"), interrupting=False),
            *(start(), end(), end("note"), path("start", "sub", "end"), path("told", "note")),
        ),
        shown=("throw",),
        test="test_event_kinds.py::test_an_escalation_that_nobody_catches_is_told_and_goes_on",
    ),
    Row(
        name="Compensation intermediate throw event",
        does="Undoes what has ended in its scope, the last first, or the one activity that it names; waits for that, or goes on at"
        " once.",
        model=process(
            *(start(), element("task", "work"), compensated("work", "undo_work"), end()),
            element("userTask", "undo_work", isForCompensation="true"),
            element("intermediateThrowEvent", "throw", compensation("work")),
            path("start", "work", "throw", "end"),
        ),
        shown=("throw",),
        test="test_compensation.py::test_the_thrower_waits_for_one_handler_after_another",
        plays=(STARTED, call("complete_task", "undo_work")),
    ),
    Row(
        name="Link intermediate throw event",
        does="Sends its token to the link catch event of its name in the same scope.",
        model=process(
            *(start(), end(), path("start", "go"), path("come", "end")),
            element("intermediateThrowEvent", "go", link("there")),
            element("intermediateCatchEvent", "come", link("there")),
        ),
        shown=("go",),
        test="test_event_kinds.py::test_a_link_is_a_flow_and_joins_count_on_it",
    ),
    Row(
        name="Multiple intermediate throw event",
        does="Throws everything that it defines, in the order of the file.",
        model=throwing(signal_reference("alarm"), message_reference("ask")),
        shown=("throw",),
        test="test_event_kinds.py::test_several_throws_of_one_event_all_happen",
    ),
)
