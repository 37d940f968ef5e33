"""What begins an event subprocess: where both are possible, one that interrupts what is around it and one that doesn't."""

from bpmn.testing import (
    compensation,
    condition,
    element,
    end,
    error_reference,
    escalation_reference,
    event_subprocess,
    message_reference,
    path,
    script_task,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
)

from .row import STARTED, Row, call, process, sets


def handler(id_: str, definition: str, *, interrupting: bool = True) -> str:
    body = (end(f"{id_}_end"), path(f"{id_}_start", f"{id_}_end"))
    return event_subprocess(id_, definition, *body, interrupting=interrupting)


def guarded(interrupting: str, other: str, *main: str) -> bytes:
    """Write a process that has both; it does `main`, or a task."""
    both = (handler("stop", interrupting), handler("side", other, interrupting=False))
    return process(start(), *(main or (user_task("work"), end(), path("start", "work", "end"))), *both)


BOTH = ("stop", "stop_start", "side", "side_start")
STARTS = ("stop_start", "side_start")

ROWS = (
    Row(
        name="Message start event of an event subprocess",
        does="Listens while the scope around it runs. Interrupting, it ends everything else there; otherwise it happens for every"
        " message.",
        model=guarded(message_reference("halt"), message_reference("ask")),
        shown=BOTH,
        of=STARTS,
        zeebe=("subscription",),
        test="test_event_kinds.py::test_an_event_subprocess_begins_with_its_event",
        plays=(STARTED, call("deliver", "side_start"), call("deliver", "stop_start")),
    ),
    Row(
        name="Timer start event of an event subprocess",
        does="Computed when the scope around it begins; a cycle that doesn't interrupt happens round after round.",
        model=guarded(timer(duration="PT3H"), timer(cycle="R2/PT1H")),
        shown=BOTH,
        of=STARTS,
        test="test_event_kinds.py::test_an_event_subprocess_begins_with_its_event",
        plays=(STARTED, call("wait_until", hours=3)),
    ),
    Row(
        name="Signal start event of an event subprocess",
        does="Hears the signal while the scope around it runs, once or each time.",
        model=guarded(signal_reference("alarm"), signal_reference("calm")),
        shown=BOTH,
        of=STARTS,
        test="test_event_kinds.py::test_an_event_subprocess_of_the_process_itself",
        plays=(STARTED, call("signal", "calm"), call("signal", "alarm")),
    ),
    Row(
        name="Conditional start event of an event subprocess",
        does="Happens when its condition begins to hold while the scope around it runs.",
        model=guarded(condition("=n > 3"), condition("=n > 2")),
        shown=BOTH,
        of=STARTS,
        test="test_nested.py::test_a_condition_of_the_process_that_holds_from_the_start",
        plays=(STARTED, sets(n=3), sets(n=4)),
    ),
    Row(
        name="Escalation start event of an event subprocess",
        does="Catches an escalation thrown in the scope around it, before the boundary of that scope does.",
        model=guarded(
            escalation_reference("later"),
            escalation_reference("late"),
            element("intermediateThrowEvent", "one", escalation_reference("late")),
            element("endEvent", "two", escalation_reference("later")),
            path("start", "one", "two"),
        ),
        shown=BOTH,
        of=STARTS,
        test="test_nested.py::test_an_escalation_of_an_event_subprocess_is_for_its_neighbour",
    ),
    Row(
        name="Error start event of an event subprocess",
        does="Catches an error thrown in the scope around it, before the boundary of that scope does; it always interrupts.",
        model=process(
            *(start(), end("bad", error_reference("refused")), path("start", "bad")),
            handler("stop", error_reference("refused")),
        ),
        shown=("stop", "stop_start"),
        of=("stop_start",),
        test="test_event_kinds.py::test_an_error_goes_to_the_event_subprocess_before_the_boundary",
    ),
    Row(
        name="Compensation start event of an event subprocess",
        does="Undoes the subprocess around it after that has ended, in place of the handlers inside it.",
        model=process(
            subprocess(
                "sub", start("in"), script_task("do", "1", "done"), path("in", "do"), handler("undo", compensation())
            ),
            *(start(), end("back", compensation()), path("start", "sub", "back")),
        ),
        shown=("undo", "undo_start"),
        of=("undo_start",),
        test="test_compensation.py::test_a_compensation_event_subprocess_decides_itself",
    ),
)
