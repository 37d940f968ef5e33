"""Undoing what has ended: handlers, their order, subprocesses, transactions."""

from decimal import Decimal

import pytest

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    boundary,
    cancel,
    compensated,
    compensation,
    each,
    element,
    end,
    error_definition,
    error_reference,
    event_subprocess,
    extensions,
    gateway,
    mapping,
    model,
    path,
    script_task,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)


def handler(id_: str) -> str:
    """Write a handler that is a user task."""
    return element("userTask", id_, isForCompensation="true")


def undo(id_: str, expression: str) -> str:
    """Write a handler that notes what it does in the variable "log"."""
    script = zeebe("script", expression=f"=append(log, {expression})", resultVariable="log")
    return element("scriptTask", id_, extensions(script), isForCompensation="true")


def done(id_: str) -> str:
    return script_task(id_, "0", f"done_{id_}")


THROW = element("intermediateThrowEvent", "undo", compensation())


def booked(throw: str = THROW) -> bytes:
    return model(
        start(),
        done("hotel"),
        done("flight"),
        compensated("hotel", "no_hotel"),
        compensated("flight", "no_flight"),
        undo("no_hotel", '"hotel"'),
        undo("no_flight", '"flight"'),
        throw,
        user_task("next"),
        path("start", "hotel", "flight", "undo", "next"),
    )


def kinds(play: Play) -> list[str]:
    return [
        type(fact).__name__ for fact in play.facts if "ompens" in type(fact).__name__ or "Reop" in type(fact).__name__
    ]


def test_what_ended_last_is_compensated_first():
    play = Play(booked(), thorough=True)
    play.start(log=[])
    assert (play.variables["log"], play.waiting()) == (["flight", "hotel"], ["task next"])
    assert kinds(play) == ["CompensationKept", "CompensationKept", "CompensationTriggered", "CompensationTriggered"]


def test_one_activity_alone_is_compensated():
    play = Play(booked(element("intermediateThrowEvent", "undo", compensation("hotel"))), thorough=True)
    play.start(log=[])
    assert play.variables["log"] == ["hotel"]


def test_nothing_is_compensated_twice():
    again = element("intermediateThrowEvent", "again", compensation())
    xml = booked(THROW + again).replace(path("undo", "next").encode(), path("undo", "again", "next").encode())
    play = Play(xml, thorough=True)
    play.start(log=[])
    assert (play.variables["log"], play.waiting()) == (["flight", "hotel"], ["task next"])


def waiting_for(waits: bool) -> bytes:
    return model(
        start(),
        done("a"),
        compensated("a", "no_a"),
        handler("no_a"),
        done("c"),
        compensated("c", "no_c"),
        handler("no_c"),
        element("intermediateThrowEvent", "undo", compensation(waits=waits)),
        user_task("next"),
        path("start", "a", "c", "undo", "next"),
    )


def test_the_thrower_waits_for_one_handler_after_another():
    play = Play(waiting_for(waits=True), thorough=True)
    play.start()
    assert play.waiting() == ["task no_c"]
    play.complete_task("no_c")
    assert play.waiting() == ["task no_a"]
    play.complete_task("no_a")
    assert play.waiting() == ["task next"]


def test_the_thrower_may_go_on_at_once():
    play = Play(waiting_for(waits=False), thorough=True)
    play.start()
    assert play.waiting() == ["task next", "task no_c"]
    play.complete_task("next")
    play.complete_task("no_c")
    assert (play.waiting(), play.outcome) == (["task no_a"], "")
    play.complete_task("no_a")
    assert play.outcome == "completed"


def test_what_has_not_ended_is_not_compensated():
    xml = model(
        start(),
        gateway("parallel", "fork"),
        user_task("a"),
        compensated("a", "no_a"),
        handler("no_a"),
        end("e", compensation()),
        path("start", "fork", "a"),
        path("fork", "e"),
    )
    play = Play(xml, thorough=True)
    play.start()
    assert play.waiting() == ["task a"]


def inside(*more: str, sub: str = "") -> bytes:
    body = subprocess(
        "sub",
        extensions(mapping(inputs={"x": "=1"})),
        start("in"),
        done("a"),
        done("c"),
        compensated("a", "no_a"),
        compensated("c", "no_c"),
        undo("no_a", '"a" + string(x)'),
        undo("no_c", '"c" + string(x)'),
        path("in", "a", "c"),
        *more,
    )
    return model(start(), body, sub, THROW, user_task("next"), path("start", "sub", "undo", "next"))


def test_an_ended_subprocess_is_compensated_from_inside_with_its_variables():
    play = Play(inside(), thorough=True)
    play.start(log=[])
    assert (play.variables["log"], play.waiting()) == (["c1", "a1"], ["task next"])
    assert "ElementReopened" in kinds(play)


def test_a_handler_of_the_subprocess_goes_before_those_inside():
    play = Play(inside(sub=compensated("sub", "no_sub") + undo("no_sub", '"sub"')), thorough=True)
    play.start(log=[])
    assert play.variables["log"] == ["sub"]
    assert kinds(play).count("CompensationForgotten") == 2


def test_a_compensation_event_subprocess_decides_itself():
    own = event_subprocess(
        "own",
        compensation(),
        script_task("s", 'append(log, "own" + string(x))', "log"),
        element("endEvent", "part", compensation("a")),
        path("own_start", "s", "part"),
    )
    play = Play(inside(own), thorough=True)
    play.start(log=[])
    assert (play.variables["log"], play.waiting()) == (["own1", "a1"], ["task next"])


def test_what_ended_in_a_cancelled_scope_is_forgotten():
    refused = error_definition("refused", "REFUSED")
    body = subprocess(
        "sub",
        start("in"),
        done("a"),
        compensated("a", "no_a"),
        undo("no_a", '"a"'),
        end("bad", error_reference("refused")),
        path("in", "a", "bad"),
    )
    xml = model(
        start(),
        body,
        boundary("b", "sub", error_reference("refused")),
        THROW,
        user_task("next"),
        path("start", "sub"),
        path("b", "undo", "next"),
        definitions=[refused],
    )
    play = Play(xml, thorough=True)
    play.start(log=[])
    assert (play.variables["log"], play.waiting()) == ([], ["task next"])
    assert kinds(play) == ["CompensationKept", "CompensationForgotten"]


def test_each_instance_of_a_subprocess_is_compensated_the_last_first():
    body = subprocess(
        "sub",
        each("=[1, 2, 3]", "n", sequential=True),
        start("in"),
        done("a"),
        compensated("a", "no_a"),
        undo("no_a", "n"),
        path("in", "a"),
    )
    play = Play(model(start(), body, THROW, user_task("next"), path("start", "sub", "undo", "next")), thorough=True)
    play.start(log=[])
    assert (play.variables["log"], play.waiting()) == ([Decimal(3), Decimal(2), Decimal(1)], ["task next"])


# --- transactions ---


def transaction(*body: str) -> bytes:
    return model(
        start(),
        element("transaction", "buy", start("in"), *body),
        boundary("off", "buy", cancel()),
        user_task("bought"),
        user_task("sorry"),
        path("start", "buy", "bought"),
        path("off", "sorry"),
    )


def cancelling() -> bytes:
    return transaction(
        gateway("parallel", "fork"),
        user_task("other"),
        done("pay"),
        compensated("pay", "pay_back"),
        handler("pay_back"),
        user_task("check"),
        end("stop", cancel()),
        path("in", "pay", "fork", "check", "stop"),
        path("fork", "other"),
    )


def test_a_cancelled_transaction_is_compensated_before_it_goes_on():
    play = Play(cancelling(), thorough=True)
    play.start()
    assert play.waiting() == ["task check", "task other"]
    play.complete_task("check")
    assert play.waiting() == ["task pay_back"]
    play.complete_task("pay_back")
    assert play.waiting() == ["task sorry"]
    assert [fact.mode for fact in play.facts if isinstance(fact, facts.ModeChanged)] == ["cancelling"]


def test_a_cancelled_transaction_with_nothing_to_compensate():
    play = Play(transaction(end("stop", cancel()), path("in", "stop")), thorough=True)
    play.start()
    assert play.waiting() == ["task sorry"]


def test_a_transaction_that_is_not_cancelled_is_a_subprocess():
    play = Play(
        transaction(user_task("t"), end("e"), path("in", "t", "e")).replace(cancel().encode(), cancel().encode()),
        thorough=True,
    )
    play.start()
    play.complete_task("t")
    assert play.waiting() == ["task bought"]


def test_an_instance_can_be_cancelled_while_it_compensates():
    play = Play(cancelling(), thorough=True)
    play.start()
    play.complete_task("check")
    play.do(commands.Cancel())
    assert (play.outcome, play.waiting()) == ("cancelled", [])


@pytest.mark.parametrize("stage", ["pay_back", "check"])
def test_state_is_empty_in_the_end(stage):
    play = Play(cancelling(), thorough=True)
    play.start()
    play.complete_task("check")
    play.complete_task("pay_back")
    play.complete_task("sorry")
    assert play.outcome == "completed"
    assert not play.state.elements.rows
    assert not play.state.compensables.rows
    assert not play.state.variables.values


def test_an_error_while_compensating_is_for_those_around_the_ended_activity():
    refused = error_definition("refused", "REFUSED")
    body = subprocess(
        "sub",
        start("in"),
        done("a"),
        compensated("a", "no_a"),
        element(
            "subProcess",
            "no_a",
            start("s"),
            end("bad", error_reference("refused")),
            path("s", "bad"),
            isForCompensation="true",
        ),
        path("in", "a"),
    )
    xml = model(
        start(),
        subprocess(
            "outer",
            start("o"),
            body,
            boundary("b", "sub", error_reference("refused")),
            user_task("never"),
            THROW,
            path("o", "sub", "undo"),
            path("b", "never"),
        ),
        boundary("c", "outer", error_reference("refused")),
        user_task("next"),
        path("start", "outer"),
        path("c", "next"),
        definitions=[refused],
    )
    play = Play(xml, thorough=True)
    play.start()
    assert play.waiting() == ["task next"]


def test_a_handler_that_is_interrupted_on_its_boundary_lets_compensation_go_on():
    xml = model(
        start(),
        done("a"),
        compensated("a", "no_a"),
        handler("no_a"),
        boundary("late", "no_a", timer(duration="PT1H")),
        user_task("told"),
        done("c"),
        compensated("c", "no_c"),
        handler("no_c"),
        THROW,
        user_task("next"),
        path("start", "a", "c", "undo", "next"),
        path("late", "told"),
    )
    play = Play(xml, thorough=True)
    play.start()
    play.complete_task("no_c")
    assert play.waiting() == ["task no_a", "timer late"]
    play.wait_until(hours=1)
    assert play.waiting() == ["task next", "task told"]
