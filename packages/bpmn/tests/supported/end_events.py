"""How a way ends."""

from bpmn.testing import (
    boundary,
    cancel,
    compensated,
    compensation,
    element,
    end,
    error_reference,
    escalation_reference,
    extensions,
    gateway,
    message_reference,
    path,
    signal_reference,
    start,
    subprocess,
    user_task,
    zeebe,
)

from .row import STARTED, Row, call, process


def ending(*definitions: str) -> bytes:
    return process(start(), element("endEvent", "end", *definitions), path("start", "end"))


def inside(tag: str, throw: str, catch: str) -> bytes:
    """Write a subprocess that ends by throwing what is caught on its boundary."""
    return process(
        element(tag, "sub", start("in"), element("endEvent", "end", throw), path("in", "end")),
        boundary("catch", "sub", catch),
        *(start(), end("last"), end("after"), path("start", "sub", "last"), path("catch", "after")),
    )


ROWS = (
    Row(
        name="None end event",
        does="The token ends; with the last one the scope does.",
        model=ending(),
        shown=("end",),
        test="test_containers.py::test_a_subprocess_ends_when_its_last_token_has_ended",
    ),
    Row(
        name="Message end event",
        does="Sends the message as a throw event does, or is a job.",
        model=ending(extensions(zeebe("taskDefinition", type="send")), "<bpmn:messageEventDefinition/>"),
        shown=("end",),
        zeebe=("publishMessage", "subscription", "taskDefinition", "taskHeaders"),
        test="test_events.py::test_a_message_end_is_a_job",
        plays=(STARTED, call("complete_job", "end")),
    ),
    Row(
        name="Signal end event",
        does="Thrown when nothing else in the instance moves, to all who listen.",
        model=ending(signal_reference("alarm")),
        shown=("end",),
        test="test_event_kinds.py::test_a_signal_carries_what_its_input_mappings_set",
    ),
    Row(
        name="Escalation end event",
        does="Thrown to the nearest event around that catches it, or to the calling process.",
        model=inside("subProcess", escalation_reference("late"), escalation_reference("late")),
        shown=("end",),
        test="test_event_kinds.py::test_an_escalation_end_event_is_caught_around",
    ),
    Row(
        name="Error end event",
        does="Thrown to the nearest event around that catches it, else to the calling process; else it is an incident.",
        model=inside("subProcess", error_reference("refused"), error_reference("refused")),
        shown=("end",),
        test="test_events.py::test_an_error_end_is_caught_by_the_subprocess",
    ),
    Row(
        name="Cancel end event",
        does="Cancels the transaction around it: what runs in it ends, what has ended in it is compensated.",
        model=inside("transaction", cancel(), cancel()),
        shown=("end",),
        test="test_compensation.py::test_a_cancelled_transaction_is_compensated_before_it_goes_on",
    ),
    Row(
        name="Compensation end event",
        does="Undoes what has ended in its scope, the last first, or the one activity that it names; then ends.",
        model=process(
            *(start(), element("task", "work"), compensated("work", "undo_work")),
            element("userTask", "undo_work", isForCompensation="true"),
            element("endEvent", "end", compensation()),
            path("start", "work", "end"),
        ),
        shown=("end",),
        test="test_compensation.py::test_nothing_is_compensated_twice",
        plays=(STARTED, call("complete_task", "undo_work")),
    ),
    Row(
        name="Terminate end event",
        does="Ends everything else in its scope: the process, or the subprocess alone.",
        model=process(
            *(start(), gateway("parallel", "fork"), user_task("work")),
            end("end", "<bpmn:terminateEventDefinition/>"),
            path("start", "fork", "end"),
            path("fork", "work"),
        ),
        shown=("end",),
        test="test_events.py::test_terminate_ends_everything",
        outcome="terminated",
    ),
    Row(
        name="Multiple end event",
        does="Throws everything that it defines, in the order of the file.",
        model=process(
            subprocess(
                "sub",
                start("in"),
                element("endEvent", "end", signal_reference("alarm"), message_reference("ask")),
                path("in", "end"),
            ),
            *(start(), path("start", "sub")),
        ),
        shown=("end",),
        test="test_event_kinds.py::test_several_throws_of_one_event_all_happen",
    ),
)
