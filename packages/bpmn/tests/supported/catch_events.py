"""Waiting on the way."""

from bpmn.testing import condition, element, end, link, message_reference, path, signal_reference, start, timer

from .row import STARTED, Row, call, process, sets


def waiting_for(*definitions: str, **attributes: str) -> bytes:
    return process(
        start(),
        element("intermediateCatchEvent", "wait", *definitions, **attributes),
        end(),
        path("start", "wait", "end"),
    )


ROWS = (
    Row(
        name="Message intermediate catch event",
        does="Listens for the message by name and correlation key; its outputs map what the message brings.",
        model=waiting_for(message_reference("ask")),
        shown=("wait",),
        zeebe=("subscription",),
        test="test_events.py::test_a_message_brings_variables",
        plays=(STARTED, call("deliver", "wait", text="hello")),
    ),
    Row(
        name="Timer intermediate catch event",
        does="Waits until a date, for a duration, or for the first round of a cycle: ISO 8601 or FEEL, computed when it begins.",
        model=waiting_for(timer(duration="PT1H")),
        shown=("wait",),
        test="test_events.py::test_a_timer_is_due",
        plays=(STARTED, call("wait_until", hours=1)),
    ),
    Row(
        name="Signal intermediate catch event",
        does="Hears the signal from anywhere, this very instance included.",
        model=waiting_for(signal_reference("alarm")),
        shown=("wait",),
        test="test_event_kinds.py::test_a_signal_from_elsewhere_reaches_every_listener",
        plays=(STARTED, call("signal", "alarm")),
    ),
    Row(
        name="Conditional intermediate catch event",
        does="Goes on when its condition holds; it is looked at again when a variable changes that it reads.",
        model=waiting_for(condition("=n > 3")),
        shown=("wait",),
        test="test_event_kinds.py::test_a_condition_sees_the_variables_of_its_own_scope_first",
        plays=(STARTED, sets(n=4)),
    ),
    Row(
        name="Link intermediate catch event",
        does="Takes the tokens of every link throw event of its name, as if a flow led from there.",
        model=process(
            *(start(), end(), path("start", "go"), path("come", "end")),
            element("intermediateThrowEvent", "go", link("there")),
            element("intermediateCatchEvent", "come", link("there")),
        ),
        shown=("come",),
        test="test_event_kinds.py::test_a_link_is_a_flow_and_joins_count_on_it",
    ),
    Row(
        name="Multiple intermediate catch event",
        does="The first of its triggers is enough; the others are no longer waited for.",
        model=waiting_for(message_reference("ask"), timer(duration="PT1H")),
        shown=("wait",),
        test="test_event_kinds.py::test_one_of_multiple_events_is_enough",
        plays=(STARTED, call("wait_until", hours=1)),
    ),
    Row(
        name="Parallel multiple intermediate catch event",
        does="Goes on when all of its triggers have happened, in any order.",
        model=waiting_for(message_reference("ask"), timer(duration="PT1H"), parallelMultiple="true"),
        shown=("wait",),
        test="test_event_kinds.py::test_all_of_parallel_multiple_events_are_needed",
        plays=(STARTED, call("wait_until", hours=1), call("deliver", "wait")),
    ),
)
