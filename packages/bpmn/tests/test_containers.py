"""Subprocesses and calls."""

from decimal import Decimal

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    boundary,
    element,
    end,
    error_definition,
    error_reference,
    extensions,
    mapping,
    model,
    path,
    script_task,
    start,
    subprocess,
    user_task,
    zeebe,
)


def test_a_subprocess_has_variables_of_its_own():
    body = subprocess(
        "sub",
        extensions(mapping(inputs={"x": "=y + 1"}, outputs={"z": "=x"})),
        start("in"),
        script_task("inc", "x + 1", "x"),
        end("out"),
        path("in", "inc", "out"),
    )
    play = Play(model(start(), body, end(), path("start", "sub", "end")), thorough=True)
    play.start(y=1)
    assert play.variables == {"y": Decimal(1), "z": Decimal(3)}
    assert play.trace() == ["start", "sub", "in", "inc", "out", "end"]


def test_a_subprocess_ends_when_its_last_token_has_ended():
    body = subprocess(
        "sub",
        start("in"),
        element("parallelGateway", "fork"),
        user_task("a"),
        user_task("c"),
        path("in", "fork", "a"),
        path("fork", "c"),
    )
    play = Play(model(start(), body, user_task("after"), path("start", "sub", "after")), thorough=True)
    play.start()
    play.complete_task("a")
    assert play.waiting() == ["task c"]
    play.complete_task("c")
    assert play.waiting() == ["task after"]


def call(**settings: str) -> str:
    called = zeebe("calledElement", processId='="child-" + kind', **settings)
    io = mapping(outputs={"result": "=answer"}) if settings else ""
    return element("callActivity", "call", extensions(called, io))


def calling(task: str) -> bytes:
    refused = error_definition("refused_error", "REFUSED")
    event = boundary("b", "call", error_reference("refused_error"))
    return model(
        start(),
        task,
        event,
        user_task("bad"),
        end(),
        path("start", "call", "end"),
        path("b", "bad"),
        definitions=[refused],
    )


def test_a_call_gives_and_takes_all_variables():
    play = Play(calling(call()), thorough=True)
    play.start(kind="x")
    assert play.facts[-1] == facts.CallStarted("000003", "000002", "call", "child-x", "", {"kind": "x"})
    play.do(commands.CompleteCall(call_id=play.wait("call", "call"), variables={"answer": 42}))
    assert (play.variables["answer"], play.outcome) == (Decimal(42), "completed")


def test_a_call_maps_what_it_takes():
    settings = {"propagateAllChildVariables": "false", "propagateAllParentVariables": "false"}
    play = Play(calling(call(**settings)), thorough=True)
    play.start(kind="x")
    assert play.facts[-1] == facts.CallStarted("000003", "000002", "call", "child-x", "", {})
    play.do(commands.CompleteCall(call_id=play.wait("call", "call"), variables={"answer": 42, "other": 1}))
    assert play.variables == {"kind": "x", "result": Decimal(42)}


def test_an_error_of_the_called_process_is_caught_at_the_call():
    play = Play(calling(call()), thorough=True)
    play.start(kind="x")
    play.do(commands.FailCall(call_id=play.wait("call", "call"), error_code="REFUSED", message="no"))
    assert play.waiting() == ["task bad"]


def test_a_failed_call_is_an_incident_and_its_retry_calls_again():
    play = Play(calling(call()), thorough=True)
    play.start(kind="x")
    play.do(commands.FailCall(call_id=play.wait("call", "call"), message="there is no such process"))
    assert play.incidents() == [("call", "call", "there is no such process")]
    play.resolve()
    assert (play.waiting(), play.incidents()) == (["call call"], [])


def test_a_called_instance_ends_with_its_variables():
    play = Play(model(start(), end(), path("start", "end")), thorough=True)
    play.start(call_id="c", x=1)
    assert play.facts[-1] == facts.InstanceEnded("i", "completed", "", "", "c", {"x": Decimal(1)})


def test_a_called_instance_hands_an_uncaught_error_to_its_caller():
    xml = model(
        start(),
        element("parallelGateway", "fork"),
        user_task("a"),
        user_task("c"),
        end("bad", error_reference("e")),
        path("start", "fork", "a", "bad"),
        path("fork", "c"),
        definitions=[error_definition("e", "REFUSED")],
    )
    play = Play(xml, thorough=True)
    play.start(call_id="c")
    play.complete_task("a")
    assert play.facts[-1] == facts.InstanceEnded("i", "error", "REFUSED", "", "c", {})
    assert play.waiting() == []
