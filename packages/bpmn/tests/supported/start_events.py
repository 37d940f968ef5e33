"""How a process or subprocess begins."""

from bpmn.testing import (
    condition,
    element,
    end,
    message_reference,
    path,
    signal_reference,
    start,
    subprocess,
    timer,
)

from .row import Row, call, process, starts_at


def begun_by(*definitions: str, **attributes: str) -> bytes:
    return process(element("startEvent", "begin", *definitions, **attributes), end(), path("begin", "end"))


ROWS = (
    Row(
        name="None start event",
        does="Begins the process by command, or the subprocess when it is entered.",
        model=process(
            start(), subprocess("sub", start("inside"), end("out"), path("inside", "out")), path("start", "sub")
        ),
        shown=("start", "sub", "inside"),
        of=("start", "inside"),
        test="test_containers.py::test_a_subprocess_has_variables_of_its_own",
    ),
    Row(
        name="Message start event",
        does="`start_waits` names the message; who calls `advance` begins an instance when it arrives. Its outputs map what the"
        " message brings.",
        model=begun_by(message_reference("ask")),
        shown=("begin",),
        zeebe=("subscription",),
        test="test_start_waits.py::test_messages_and_signals_are_waited_for_by_name",
        plays=(starts_at("begin", text="hello"),),
    ),
    Row(
        name="Timer start event",
        does="`start_waits` says when: at a date, after a duration, or in a cycle; the caller begins an instance each time.",
        model=begun_by(timer(cycle="R/P1D")),
        shown=("begin",),
        test="test_start_waits.py::test_a_timer_has_its_first_moment",
        plays=(starts_at("begin"),),
    ),
    Row(
        name="Signal start event",
        does="`start_waits` names the signal; the caller begins an instance for each that is thrown.",
        model=begun_by(signal_reference("alarm")),
        shown=("begin",),
        test="test_event_kinds.py::test_a_start_event_maps_what_it_brings",
        plays=(starts_at("begin"),),
    ),
    Row(
        name="Conditional start event",
        does="`Program.starts` has the condition, for a caller that has data to look at; by itself it begins nothing.",
        model=begun_by(condition("=stock < 5")),
        shown=("begin",),
        test="test_event_kinds.py::test_ways_into_a_process",
        plays=(starts_at("begin", stock=4),),
    ),
    Row(
        name="Multiple start event",
        does="Each of its triggers is a way in of its own.",
        model=begun_by(message_reference("ask"), timer(cycle="R/P1D")),
        shown=("begin",),
        test="test_start_waits.py::test_each_definition_of_a_start_event_is_a_part",
        plays=(starts_at("begin", 1),),
    ),
    Row(
        name="Parallel multiple start event",
        does="The first of its triggers begins the instance, which then waits for all others.",
        model=begun_by(signal_reference("alarm"), timer(duration="PT1H"), parallelMultiple="true"),
        shown=("begin",),
        test="test_event_kinds.py::test_a_parallel_multiple_start_event_waits_for_the_rest",
        plays=(starts_at("begin"), call("wait_until", hours=1)),
    ),
)
