"""Which elements begin and end in one move; that facts and state are those of the general way is proven by `Play(thorough=True)`."""

import pytest

from bpmn import compile_model, facts
from bpmn.testing import (
    Play,
    boundary,
    compensated,
    each,
    element,
    end,
    extensions,
    flow,
    mapping,
    model,
    path,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

JOB = zeebe("taskDefinition", type="j")
OUT = mapping(outputs={"y": "=x"})


def ways(xml: bytes, id_: str) -> tuple[bool, bool]:
    """Tell whether an element begins, and whether it ends, in one move."""
    (program,) = compile_model(xml).processes.values()
    node = program.by_id[id_]
    return node.quick is not None, node.ends_simply


def with_task(*parts: str) -> bytes:
    return model(start(), *parts, end(), path("start", "t", "end"))


@pytest.mark.parametrize(
    ("parts", "begins", "ends"),
    [
        ((user_task("t"),), True, True),
        ((element("serviceTask", "t", extensions(JOB)),), True, True),
        ((user_task("t"), boundary("b", "t", timer(duration="PT1H")), end("late"), path("b", "late")), True, True),
        ((element("userTask", "t", extensions(mapping(inputs={"x": "=1"}))),), False, True),
        ((element("userTask", "t", extensions(OUT)),), True, False),
        ((user_task("t"), end("other"), flow("t", "other", "=x")), True, False),
        ((element("userTask", "t", completionQuantity="2"),), True, False),
        ((element("userTask", "t", startQuantity="2"),), False, True),
        ((element("userTask", "t", each("=[1]", "item")),), False, False),
        ((user_task("t"), compensated("t", "h"), element("task", "h", isForCompensation="true")), True, False),
        ((subprocess("t", start("s"), user_task("u"), end("e"), path("s", "u", "e")),), False, True),
        (
            (
                subprocess(
                    *("t", start("s"), user_task("u"), end("e"), path("s", "u", "e")),
                    *(compensated("u", "h"), element("task", "h", isForCompensation="true")),
                ),
            ),
            False,
            False,
        ),
    ],
    ids=[
        *("task", "job", "with a boundary event", "with inputs", "with outputs", "with conditions on its flows"),
        *("giving several tokens", "taking several tokens", "multi-instance", "to be compensated", "subprocess"),
        "subprocess with something to be compensated",
    ],
)
def test_what_has_nothing_else_to_do_begins_and_ends_in_one_move(
    parts: tuple[str, ...], *, begins: bool, ends: bool
) -> None:
    assert ways(with_task(*parts), "t") == (begins, ends)


def test_a_terminate_event_ends_others_in_one_move() -> None:
    stop = element("endEvent", "stop", "<bpmn:terminateEventDefinition/>")
    assert ways(model(start(), stop, path("start", "stop")), "stop")[0]


def test_what_else_is_waited_for_is_cancelled_before_the_task_is_left() -> None:
    late = (boundary("b", "t", timer(duration="PT1H")), end("late"), path("b", "late"))
    play = Play(with_task(user_task("t"), *late), thorough=True)
    play.start()
    before = len(play.facts)
    play.complete_task("t", x=1)
    told = [type(fact) for fact in play.facts[before : before + 4]]
    assert told == [facts.TaskCompleted, facts.VariableSet, facts.WaitCancelled, facts.ElementLeft]
    assert (play.outcome, play.waiting()) == ("completed", [])


@pytest.mark.parametrize(
    ("parts", "stage"),
    [
        ((user_task("t"), boundary("b", "t", timer(duration="=wait")), end("late"), path("b", "late")), "enter"),
        ((element("serviceTask", "t", extensions(zeebe("taskDefinition", type="=kind"))),), "begin"),
    ],
    ids=["boundary event", "the task itself"],
)
def test_what_cannot_begin_to_wait_stays_and_begins_when_that_is_resolved(parts: tuple[str, ...], stage: str) -> None:
    play = Play(with_task(*parts), thorough=True)
    play.start()
    (incident,) = play.state.incidents.rows.values()
    assert incident is not None
    assert (incident.element_id, incident.stage) == ("t", stage)
    play.resolve(wait="PT1H", kind="j")
    assert (play.incidents(), [wait.split()[1] for wait in play.waiting() if wait.endswith(" t")]) == ([], ["t"])
