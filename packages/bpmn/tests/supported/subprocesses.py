"""Activities with a process inside."""

from bpmn import commands
from bpmn.testing import (
    Play,
    boundary,
    cancel,
    completion,
    element,
    end,
    event_subprocess,
    extensions,
    model,
    path,
    signal_reference,
    start,
    subprocess,
    user_task,
    zeebe,
)

from .row import STARTED, Row, call, process

GLOBAL = ("globalTask", "globalManualTask", "globalUserTask", "globalScriptTask", "globalBusinessRuleTask")


def returns(play: Play) -> None:
    """Let the called process be done."""
    play.do(commands.CompleteCall(call_id=play.wait("call", "work"), variables={"answer": 42}))


def calling(called: str, *definitions: str) -> bytes:
    call_ = element("callActivity", "work", extensions(zeebe("calledElement", processId=called)))
    return model(start(), call_, end(), path("start", "work", "end"), definitions=definitions)


def global_tasks() -> tuple[str, ...]:
    inside = {
        "globalScriptTask": extensions(zeebe("script", expression="=1", resultVariable="one")),
        "globalBusinessRuleTask": extensions(zeebe("calledDecision", decisionId="d", resultVariable="r")),
    }
    return tuple(element(tag, tag, inside.get(tag, "")) for tag in GLOBAL)


ROWS = (
    Row(
        name="Subprocess",
        does="A scope with variables of its own; ends with its last token, and its outputs map what leaves it.",
        model=process(
            subprocess("work", start("in"), element("task", "step"), end("out"), path("in", "step", "out")),
            *(start(), end(), path("start", "work", "end")),
        ),
        shown=("work", "in", "step", "out"),
        of=("work",),
        test="test_containers.py::test_a_subprocess_has_variables_of_its_own",
    ),
    Row(
        name="Event subprocess",
        does="Stands apart in a scope and is begun by its one start event, see there.",
        model=process(
            event_subprocess("stop", signal_reference("alarm"), end("out"), path("stop_start", "out")),
            *(start(), user_task("work"), path("start", "work")),
        ),
        shown=("stop", "stop_start", "out"),
        of=("stop",),
        test="test_event_kinds.py::test_an_event_subprocess_begins_with_its_event",
        plays=(STARTED, call("signal", "alarm")),
    ),
    Row(
        name="Transaction",
        does="A subprocess that a cancel end event inside can call off.",
        model=process(
            element("transaction", "work", start("in"), end("off", cancel()), path("in", "off")),
            boundary("cancelled", "work", cancel()),
            *(start(), end(), end("after"), path("start", "work", "end"), path("cancelled", "after")),
        ),
        shown=("work", "cancelled"),
        of=("work",),
        test="test_compensation.py::test_a_transaction_that_is_not_cancelled_is_a_subprocess",
    ),
    Row(
        name="Ad-hoc subprocess",
        does="Every step once; with the extension those of its collection, and whatever people begin. At once or one after another,"
        " until its completion condition holds.",
        model=process(
            element(
                "adHocSubProcess",
                "work",
                extensions(zeebe("adHoc")),
                *(user_task("call"), user_task("write"), completion("=done")),
            ),
            *(start(), end(), path("start", "work", "end")),
        ),
        shown=("work", "call", "write"),
        of=("work",),
        zeebe=("adHoc",),
        test="test_ad_hoc.py::test_offered_steps_begin_when_somebody_says_so_as_often_as_they_like",
        plays=(STARTED, call("begin_step", "work", "write"), call("complete_task", "write", done=True)),
    ),
    Row(
        name="Call activity",
        does="Tells the caller of `advance` to start an instance of another process, bound to a version, and waits for its result.",
        model=calling('="other"'),
        shown=("work",),
        zeebe=("calledElement",),
        test="test_containers.py::test_a_call_gives_and_takes_all_variables",
        plays=(STARTED, returns),
    ),
    Row(
        name="Call activity of a global task",
        does="Global tasks are processes of that task alone, for call activities to call.",
        model=calling("globalUserTask", *global_tasks()),
        shown=("work",),
        of=("work", *GLOBAL),
        zeebe=("calledElement",),
        test="test_data.py::test_a_global_task_is_a_process_of_that_task_alone",
        plays=(STARTED, returns),
    ),
)
