"""Conditional events that let each other happen without end: an incident says so, and the instance goes on when it is resolved."""

import pytest

from bpmn import commands
from bpmn.testing import (
    Play,
    boundary,
    condition,
    element,
    end,
    extensions,
    mapping,
    model,
    path,
    start,
    user_task,
)

LIMIT = 300
# Each is looked at before the one that it changes something for, so that every round is another look.
IN_A_CIRCLE = (("a", "=x = 3", "=1"), ("b", "=x = 2", "=3"), ("c", "=x = 1", "=2"))
BOTH = (condition("=x = 1"), condition("=x > 0"))


def event_subprocess(id_: str, *inside: str, **attributes: str) -> str:
    begin = element("startEvent", f"{id_}.start", *inside, isInterrupting="false", **attributes)
    return element(
        "subProcess", id_, begin, end(f"{id_}.end"), path(f"{id_}.start", f"{id_}.end"), triggeredByEvent="true"
    )


def around_a_task(*parts: str) -> bytes:
    news = element("message", "m", name="news")
    return model(start(), user_task("u"), end(), path("start", "u", "end"), *parts, definitions=(news,))


def flipping_event_subprocess(id_: str, when: str, gives: str) -> str:
    return event_subprocess(id_, extensions(mapping(outputs={"x": gives})), condition(when))


def flipping_boundary(id_: str, when: str, gives: str) -> str:
    event = boundary(id_, "u", condition(when), interrupting=False, ext=mapping(outputs={"x": gives}))
    return event + end(f"{id_}.end") + path(id_, f"{id_}.end")


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ([flipping_event_subprocess(*one) for one in IN_A_CIRCLE], "p"),
        ([flipping_boundary(*one) for one in IN_A_CIRCLE], "u"),
        ([event_subprocess("e", *BOTH, parallelMultiple="true")], "p"),
        (
            [
                element(
                    "boundaryEvent", "b", *BOTH, attachedToRef="u", cancelActivity="false", parallelMultiple="true"
                ),
                end("b.end"),
                path("b", "b.end"),
            ],
            "u",
        ),
    ],
    ids=["event subprocesses", "boundary events", "event subprocess for all of them", "boundary event for all of them"],
)
def test_conditions_that_let_each_other_happen_become_one_incident(parts: list[str], where: str) -> None:
    play = Play(around_a_task(*parts), limit=LIMIT, thorough=True)
    play.start(x=5)
    play.do(commands.SetVariables(element_instance_id="i", variables={"x": 1}))
    assert [(at, kind) for at, kind, _ in play.incidents()] == [(where, "endless")]
    play.resolve(x=7)
    assert play.incidents() == []
    play.complete_task("u")
    assert play.outcome == "completed"


def test_two_conditions_that_undo_each_other_come_to_rest() -> None:
    parts = [flipping_event_subprocess("a", "=x = 1", "=0"), flipping_event_subprocess("b", "=x = 0", "=1")]
    play = Play(around_a_task(*parts), limit=LIMIT, thorough=True)
    play.start(x=5)
    play.do(commands.SetVariables(element_instance_id="i", variables={"x": 1}))
    assert (play.incidents(), play.variables["x"]) == ([], 1)


def test_all_conditions_of_an_event_may_hold_again_and_again_with_a_message_between() -> None:
    """What holds still counts at once when the event is waited for anew."""
    message = '<bpmn:messageEventDefinition messageRef="m"/>'
    both = element(
        "boundaryEvent",
        "b",
        message,
        condition("=x = 1"),
        attachedToRef="u",
        cancelActivity="false",
        parallelMultiple="true",
    )
    play = Play(around_a_task(both, end("b.end"), path("b", "b.end")), limit=LIMIT, thorough=True)
    play.start(x=1)
    for _ in range(3):
        play.deliver("b")
    assert play.trace().count("b.end") == 3
