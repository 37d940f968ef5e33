"""Events on the edge of an activity: where both are possible, one that interrupts it (b) and one that doesn't (n)."""

from bpmn.testing import (
    boundary,
    cancel,
    compensated,
    compensation,
    condition,
    element,
    end,
    error_reference,
    escalation_reference,
    message_reference,
    path,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
)

from .row import STARTED, Row, call, process, sets

TASK = user_task("work")


def on_edge(interrupting: str, other: str = "", host: str = TASK, *, parallel: bool = False) -> bytes:
    """Write an activity with one event that interrupts it and, unless it's "", one that doesn't."""
    events = [boundary("b", "work", interrupting), end("after"), path("b", "after")]
    if other:
        events += [boundary("n", "work", other, interrupting=False), end("beside"), path("n", "beside")]
    body = "".join(events)
    if parallel:
        body = body.replace("<bpmn:boundaryEvent", '<bpmn:boundaryEvent parallelMultiple="true"')
    return process(start(), host, body, end(), path("start", "work", "end"))


def throwing(*definitions: str) -> str:
    """Write a subprocess that throws one thing after another."""
    throws = [element("intermediateThrowEvent", f"throw{number}", one) for number, one in enumerate(definitions)]
    return subprocess("work", start("in"), *throws, path("in", *(f"throw{n}" for n in range(len(throws)))))


def ending(tag: str, definition: str) -> str:
    return element(tag, "work", start("in"), end("out", definition), path("in", "out"))


BOTH = ("work", "b", "n")

ROWS = (
    Row(
        name="Message boundary event",
        does="Listens while the activity runs. Interrupting, it ends the activity; otherwise it happens for every message.",
        model=on_edge(message_reference("halt"), message_reference("ask")),
        shown=BOTH,
        of=("b", "n"),
        zeebe=("subscription",),
        test="test_events.py::test_a_message_boundary_that_does_not_interrupt_listens_on",
        plays=(STARTED, call("deliver", "n"), call("deliver", "b")),
    ),
    Row(
        name="Timer boundary event",
        does="Computed when the activity begins. Interrupting, it ends the activity; otherwise a cycle happens round after round.",
        model=on_edge(timer(duration="PT3H"), timer(cycle="R2/PT1H")),
        shown=BOTH,
        of=("b", "n"),
        test="test_events.py::test_a_cycle_reminds_without_interrupting",
        plays=(STARTED, call("wait_until", hours=3)),
    ),
    Row(
        name="Signal boundary event",
        does="Hears the signal while the activity runs, once or each time.",
        model=on_edge(signal_reference("alarm"), signal_reference("calm")),
        shown=BOTH,
        of=("b", "n"),
        test="test_event_kinds.py::test_a_signal_on_the_boundary",
        plays=(STARTED, call("signal", "calm"), call("signal", "alarm")),
    ),
    Row(
        name="Conditional boundary event",
        does="Happens when its condition begins to hold while the activity runs, at once if it holds already.",
        model=on_edge(condition("=n > 3"), condition("=n > 2")),
        shown=BOTH,
        of=("b", "n"),
        test="test_event_kinds.py::test_a_condition_that_does_not_interrupt_happens_each_time_it_begins_to_hold",
        plays=(STARTED, sets(n=3), sets(n=4)),
    ),
    Row(
        name="Escalation boundary event",
        does="Catches an escalation thrown inside, or by the called process: of its code, or any when it names none.",
        model=on_edge(
            escalation_reference("later"),
            escalation_reference("late"),
            throwing(escalation_reference("late"), escalation_reference("later")),
        ),
        shown=BOTH,
        of=("b", "n"),
        test="test_event_kinds.py::test_an_escalation_end_event_is_caught_around",
    ),
    Row(
        name="Error boundary event",
        does="Catches an error thrown inside, by a job, or by the called process: of its code, or any; it always interrupts.",
        model=on_edge(error_reference("refused"), host=ending("subProcess", error_reference("refused"))),
        shown=("work", "b"),
        of=("b",),
        test="test_events.py::test_a_job_throws_an_error_to_its_boundary",
    ),
    Row(
        name="Cancel boundary event",
        does="Goes on when the transaction has been cancelled and what had ended in it is compensated.",
        model=on_edge(cancel(), host=ending("transaction", cancel())),
        shown=("work", "b"),
        of=("b",),
        test="test_compensation.py::test_a_cancelled_transaction_is_compensated_before_it_goes_on",
    ),
    Row(
        name="Compensation boundary event",
        does="Names, by an association, the activity that undoes this one after it has ended.",
        model=process(
            *(start(), element("task", "work"), compensated("work", "undo_work")),
            element("task", "undo_work", isForCompensation="true"),
            element("endEvent", "undo", compensation()),
            path("start", "work", "undo"),
        ),
        shown=("work", "work_undo", "undo_work"),
        of=("work_undo",),
        test="test_compensation.py::test_what_ended_last_is_compensated_first",
    ),
    Row(
        name="Multiple boundary event",
        does="Any of its triggers is enough.",
        model=on_edge(
            signal_reference("alarm") + timer(duration="PT3H"), signal_reference("calm") + timer(duration="PT1H")
        ),
        shown=BOTH,
        of=("b", "n"),
        test="test_event_kinds.py::test_one_of_multiple_events_is_enough",
        plays=(STARTED, call("wait_until", hours=1), call("signal", "alarm")),
    ),
    Row(
        name="Parallel multiple boundary event",
        does="All of its triggers are needed; one that doesn't interrupt then listens again for all.",
        model=on_edge(
            signal_reference("alarm") + message_reference("halt"),
            signal_reference("calm") + message_reference("ask"),
            parallel=True,
        ),
        shown=BOTH,
        of=("b", "n"),
        test="test_event_kinds.py::test_a_parallel_multiple_boundary_event_that_does_not_interrupt_listens_again",
        plays=(STARTED, call("signal", "calm"), call("deliver", "n"), call("signal", "alarm"), call("deliver", "b")),
    ),
)
