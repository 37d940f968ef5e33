"""Splitting and joining."""

import pytest

from bpmn import commands
from bpmn.testing import (
    Play,
    condition,
    element,
    end,
    flow,
    gateway,
    message_definition,
    model,
    path,
    script_task,
    signal_definition,
    signal_reference,
    start,
    timer,
    user_task,
)


def test_exclusive_takes_the_first_flow_that_holds():
    xml = model(
        start(),
        gateway("exclusive", "g", default="g-c"),
        *(script_task(name, f'"{name}"', "way") for name in "abc"),
        end(),
        path("start", "g"),
        flow("g", "a", "=x > 10"),
        flow("g", "b", "x > 5"),
        flow("g", "c"),
        *(flow(name, "end") for name in "abc"),
    )
    for x, way in ((11, "a"), (6, "b"), (1, "c")):
        play = Play(xml, thorough=True)
        play.start(x=x)
        assert (play.variables["way"], play.outcome) == (way, "completed")


def test_a_condition_that_is_neither_true_nor_false_is_an_incident():
    xml = model(
        start(),
        gateway("exclusive", "g"),
        end("a"),
        end("b"),
        path("start", "g"),
        flow("g", "a", "x > 1"),
        flow("g", "b", "x <= 1"),
    )
    play = Play(xml, thorough=True)
    play.start(x="many")
    ((where, kind, _),) = play.incidents()
    assert (where, kind) == ("g", "expression")
    play.resolve(x=3)
    assert (play.trace(), play.outcome) == (["start", "g", "a"], "completed")


def test_no_flow_and_no_default_is_an_incident():
    xml = model(start(), gateway("exclusive", "g"), end(), path("start", "g"), flow("g", "end", "false"))
    play = Play(xml, thorough=True)
    play.start()
    assert play.incidents()[0][:2] == ("g", "no_flow")


def diamond(split: str, join: str, names: str = "ab") -> bytes:
    return model(
        start(),
        gateway(split, "split"),
        *(user_task(name) for name in names),
        gateway(join, "join"),
        user_task("after"),
        end(),
        path("start", "split"),
        *(flow("split", name, f"{name} = true" if split == "inclusive" else "") for name in names),
        *(flow(name, "join") for name in names),
        path("join", "after", "end"),
    )


def test_parallel_joins_when_all_have_come():
    play = Play(diamond("parallel", "parallel"), thorough=True)
    play.start()
    assert play.waiting() == ["task a", "task b"]
    play.complete_task("b")
    assert play.waiting() == ["task a"]
    play.complete_task("a")
    assert play.waiting() == ["task after"]
    play.complete_task("after")
    assert play.outcome == "completed"


def test_exclusive_lets_each_token_through():
    play = Play(diamond("parallel", "exclusive"), thorough=True)
    play.start()
    play.complete_task("a")
    play.complete_task("b")
    assert play.waiting() == ["task after", "task after"]
    play.complete_task("after")
    assert play.outcome == ""
    play.complete_task("after")
    assert play.outcome == "completed"


@pytest.mark.parametrize("chosen", ["a", "b", "ab", "abc"])
def test_inclusive_waits_for_what_was_chosen(chosen):
    play = Play(diamond("inclusive", "inclusive", "abc"), thorough=True)
    play.start(**{name: name in chosen for name in "abc"})
    assert play.waiting() == [f"task {name}" for name in chosen]
    for name in chosen[:-1]:
        play.complete_task(name)
    assert "task after" not in play.waiting()
    play.complete_task(chosen[-1])
    assert play.waiting() == ["task after"]


def test_inclusive_without_any_flow_is_an_incident():
    play = Play(diamond("inclusive", "inclusive"), thorough=True)
    play.start(a=False, b=False)
    assert play.incidents()[0][:2] == ("split", "no_flow")


def test_inclusive_join_waits_for_tokens_that_are_far_away():
    """The token in `far` isn't before the join directly, and may or may not come to it."""
    xml = model(
        start(),
        gateway("parallel", "split"),
        user_task("near"),
        user_task("far"),
        gateway("exclusive", "choice", default="choice-away"),
        gateway("inclusive", "join"),
        user_task("after"),
        end("away"),
        end(),
        path("start", "split", "near", "join", "after", "end"),
        path("split", "far", "choice", "away"),
        flow("choice", "join", "here = true"),
    )
    for here in (True, False):
        play = Play(xml, thorough=True)
        play.start(here=here)
        play.complete_task("near")
        assert play.waiting() == ["task far"]
        play.complete_task("far")
        assert play.waiting() == ["task after"]
        play.complete_task("after")
        assert play.outcome == "completed"


def test_inclusive_join_waits_for_a_loop_behind_it_only_once():
    """A token that went past the join and may come back through another of its flows."""
    xml = model(
        start(),
        gateway("inclusive", "join"),
        user_task("work"),
        gateway("exclusive", "again", default="again-end"),
        end(),
        path("start", "join", "work", "again", "end"),
        flow("again", "join", "again = true"),
    )
    play = Play(xml, thorough=True)
    play.start()
    play.complete_task("work", again=True)
    play.complete_task("work", again=False)
    assert play.outcome == "completed"


def test_flows_of_an_activity_may_have_conditions():
    xml = model(
        start(),
        element("userTask", "t", default="t-c"),
        *(end(name) for name in "abc"),
        path("start", "t"),
        flow("t", "a", "x > 1"),
        flow("t", "b", "x > 2"),
        flow("t", "c"),
    )
    for x, ends in ((3, ["a", "b"]), (2, ["a"]), (1, ["c"])):
        play = Play(xml, thorough=True)
        play.start(x=x)
        play.complete_task("t")
        assert play.trace()[2:] == ends


def test_a_loop_without_end_becomes_an_incident():
    xml = model(start(), element("task", "t"), gateway("exclusive", "g"), path("start", "g", "t", "g"))
    play = Play(xml, limit=100)
    play.start()
    assert [kind for _, kind, _ in play.incidents()] == ["endless"]
    assert len(play.facts) < 300


# --- event-based ---


def first_of(*events: str, definitions: tuple[str, ...] = ()) -> bytes:
    ids = ("by_time", "by_signal", "by_message")[: len(events)]
    return model(
        start(),
        gateway("eventBased", "g"),
        *events,
        *(user_task(f"after_{id_}") for id_ in ids),
        path("start", "g"),
        *(path("g", id_, f"after_{id_}") for id_ in ids),
        definitions=definitions,
    )


RACE = (
    element("intermediateCatchEvent", "by_time", timer(duration="PT1H")),
    element("intermediateCatchEvent", "by_signal", signal_reference("sig")),
    element("receiveTask", "by_message", messageRef="msg"),
)
RACE_DEFINITIONS = (signal_definition("sig", "go"), message_definition("msg", "hello", "=1"))


@pytest.mark.parametrize(
    ("happen", "way"),
    [
        (lambda play: play.wait_until(hours=1), "by_time"),
        (lambda play: play.signal("go", x=1), "by_signal"),
        (lambda play: play.deliver("by_message", x=1), "by_message"),
    ],
)
def test_the_first_event_decides(happen, way):
    play = Play(first_of(*RACE, definitions=RACE_DEFINITIONS), thorough=True)
    play.start()
    assert play.waiting() == ["message by_message", "signal by_signal", "timer by_time"]
    happen(play)
    assert (play.waiting(), play.trace()) == ([f"task after_{way}"], ["start", "g", way, f"after_{way}"])


def test_a_condition_that_holds_decides_at_once():
    event = element("intermediateCatchEvent", "by_time", condition("=n > 1"))
    play = Play(first_of(event), thorough=True)
    play.start(n=2)
    assert play.waiting() == ["task after_by_time"]


# --- complex ---


def voting(activation: str, *more: str, outgoing: str = "") -> bytes:
    return model(
        start(),
        gateway("parallel", "fork"),
        user_task("a"),
        user_task("b"),
        user_task("c"),
        element("complexGateway", "join", f"<bpmn:activationCondition>{activation}</bpmn:activationCondition>"),
        user_task("next"),
        *more,
        path("start", "fork", "a", "join"),
        path("fork", "b", "join"),
        path("fork", "c", "join"),
        outgoing or path("join", "next"),
    )


def test_a_complex_gateway_goes_on_with_enough_tokens_and_swallows_the_rest():
    play = Play(voting("activationCount &gt;= 2"), thorough=True)
    play.start()
    play.complete_task("c")
    assert play.waiting() == ["task a", "task b"]
    play.complete_task("a")
    assert play.waiting() == ["task b", "task next"]
    play.complete_task("b")
    assert play.waiting() == ["task next"]
    play.complete_task("next")
    assert play.outcome == "completed"
    assert [type(fact).__name__ for fact in play.facts if "Gateway" in type(fact).__name__] == [
        "GatewayActivated",
        "GatewayReset",
    ]


def test_a_complex_gateway_may_tell_of_those_that_come_late():
    outgoing = flow("join", "next", "=waitingForStart") + flow("join", "late", "=not(waitingForStart)")
    play = Play(voting("activationCount = 1", user_task("late"), outgoing=outgoing), thorough=True)
    play.start()
    play.complete_task("a")
    assert play.waiting() == ["task b", "task c", "task next"]
    play.complete_task("b")
    play.complete_task("c")
    assert play.waiting() == ["task late", "task next"]


def test_a_complex_gateway_that_was_activated_ends_with_its_scope():
    play = Play(voting("activationCount = 2"), thorough=True)
    play.start()
    play.complete_task("a")
    play.complete_task("b")
    play.do(commands.Cancel())
    assert (play.outcome, play.state.joins.rows) == ("cancelled", {})


def test_an_activation_condition_that_fails_is_an_incident_at_the_gateway():
    play = Play(voting("activationCount + 1"), thorough=True)
    play.start()
    play.complete_task("a")
    assert [incident[:2] for incident in play.incidents()] == [("join", "condition")]


def test_a_retry_of_a_reset_that_failed_is_of_the_reset():
    outgoing = flow("join", "next", "=waitingForStart") + flow("join", "late", "=if waitingForStart then false else ok")
    play = Play(voting("activationCount = 1", user_task("late"), outgoing=outgoing), thorough=True)
    play.start()
    for name in "abc":
        play.complete_task(name)
    assert (play.waiting(), [incident[:2] for incident in play.incidents()]) == (["task next"], [("join", "condition")])
    play.resolve()
    assert (play.waiting(), len(play.incidents())) == (["task next"], 1)
    play.resolve(ok=True)
    assert (play.waiting(), play.incidents()) == (["task late", "task next"], [])


def test_a_gateway_whose_reset_failed_waits_for_its_start_again():
    loop = gateway("exclusive", "again")
    outgoing = path("join", "again") + flow("again", "a", "=round < 2") + flow("again", "next", "=round >= 2")
    late = user_task("late") + flow("join", "late", "=if waitingForStart then false else ok")
    play = Play(voting("activationCount = 1", loop, late, outgoing=outgoing), thorough=True)
    play.start(round=1)
    play.complete_task("a")
    play.complete_task("b")
    play.complete_task("c")
    assert play.waiting() == ["task a"]
    play.complete_task("a", round=2)
    assert (play.waiting(), [incident[:2] for incident in play.incidents()]) == (["task next"], [("join", "condition")])
    play.resolve(ok=False)
    assert (play.waiting(), play.incidents()) == (["task next"], [])


def test_the_default_flow_counts_beside_flows_without_a_condition():
    xml = model(
        start(),
        element("task", "t", default="t-b"),
        *(user_task(name) for name in "abc"),
        path("start", "t"),
        flow("t", "a", "=x"),
        flow("t", "b"),
        flow("t", "c"),
    )
    for x, waiting in ((True, ["task a", "task c"]), (False, ["task b", "task c"])):
        play = Play(xml, thorough=True)
        play.start(x=x)
        assert play.waiting() == waiting
