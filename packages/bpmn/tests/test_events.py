"""Timers, messages, errors, and where they are caught."""

from datetime import UTC, datetime, timedelta

import pytest

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    element,
    end,
    error_definition,
    error_reference,
    extensions,
    mapping,
    message_definition,
    message_reference,
    model,
    path,
    service_task,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANSWER = message_definition("answer_message", "answer", "=ref")
REFUSED = error_definition("refused_error", "REFUSED")


def catch(definition: str) -> bytes:
    return model(
        start(),
        element("intermediateCatchEvent", "c", definition),
        end(),
        path("start", "c", "end"),
        definitions=[ANSWER],
    )


@pytest.mark.parametrize(
    ("definition", "due_at"),
    [
        (timer(duration="PT1H30M"), NOW + timedelta(hours=1.5)),
        (timer(duration="P1M"), datetime(2026, 2, 5, 9, tzinfo=UTC)),
        (timer(duration="=wait"), NOW + timedelta(days=2)),
        (timer(duration='=duration("P1M")'), datetime(2026, 2, 5, 9, tzinfo=UTC)),
        (timer(date="2026-03-01T08:00:00+01:00"), datetime(2026, 3, 1, 7, tzinfo=UTC)),
        (timer(date='=date("2026-03-01")'), datetime(2026, 3, 1, tzinfo=UTC)),
        (timer(date="=now() + wait"), NOW + timedelta(days=2)),
        (timer(cycle="R3/PT1H"), NOW + timedelta(hours=1)),
    ],
)
def test_a_timer_is_due(definition, due_at):
    play = Play(catch(definition), thorough=True)
    play.start(wait=timedelta(days=2))
    scheduled = play.facts[-1]
    assert isinstance(scheduled, facts.TimerScheduled)
    assert scheduled.due_at == due_at
    with pytest.raises(Rejected, match="isn't due"):
        play.do(commands.TriggerTimer(timer_id=scheduled.id))
    play.wait_until(days=100)
    assert play.outcome == "completed"


def test_a_timer_without_a_moment_is_an_incident():
    play = Play(catch(timer(duration="=wait")), thorough=True)
    play.start(wait="soon")
    assert play.incidents()[0][:2] == ("c", "timer")
    play.resolve(wait="PT1S")
    assert play.waiting() == ["timer c"]


def test_a_computed_cycle_without_time_between_is_an_incident():
    event = boundary("b", "t", timer(cycle='=duration("PT0S")'), interrupting=False)
    play = Play(guarded(event), thorough=True)
    play.start()
    assert [incident[:2] for incident in play.incidents()] == [("t", "timer")]
    assert play.waiting() == []


def test_a_message_brings_variables():
    play = Play(catch(message_reference("answer_message")), thorough=True)
    play.start(ref=42)
    assert play.facts[-1] == facts.MessageSubscribed("000003", "000002", "c", "answer", "42")
    play.deliver("c", "m1", text="yes")
    assert (play.variables["text"], play.outcome) == ("yes", "completed")


def test_a_message_without_a_key_is_an_incident():
    play = Play(catch(message_reference("answer_message")), thorough=True)
    play.start()
    assert play.incidents()[0][:2] == ("c", "correlation_key")


def test_a_receive_task_waits_for_its_message():
    task = element("receiveTask", "r", messageRef="answer_message")
    play = Play(model(start(), task, end(), path("start", "r", "end"), definitions=[ANSWER]), thorough=True)
    play.start(ref="7")
    play.deliver("r")
    assert play.outcome == "completed"


def guarded(event: str, *definitions: str, host: str = "") -> bytes:
    return model(
        start(),
        host or user_task("t"),
        event,
        user_task("late"),
        end(),
        end("other"),
        path("start", "t", "end"),
        path("b", "late", "other"),
        definitions=definitions,
    )


def test_an_interrupting_timer_takes_the_task_away():
    play = Play(guarded(boundary("b", "t", timer(duration="PT1H"))), thorough=True)
    play.start()
    assert play.waiting() == ["task t", "timer b"]
    play.wait_until(hours=2)
    assert play.waiting() == ["task late"]
    cancelled = [fact for fact in play.facts if isinstance(fact, facts.ElementCancelled)]
    assert [(fact.element_id, fact.reason) for fact in cancelled] == [("t", "timer b")]
    play.complete_task("late")
    assert play.outcome == "completed"


def test_a_boundary_event_is_withdrawn_with_its_task():
    play = Play(guarded(boundary("b", "t", timer(duration="PT1H"))), thorough=True)
    play.start()
    play.complete_task("t")
    assert (play.outcome, play.waiting()) == ("completed", [])


def test_a_cycle_reminds_without_interrupting():
    event = boundary("b", "t", timer(cycle="R3/PT1H"), interrupting=False)
    play = Play(guarded(event), thorough=True)
    play.start()
    play.wait_until(hours=10)
    assert play.waiting() == ["task late", "task late", "task late", "task t"]
    due = [fact.due_at - NOW for fact in play.facts if isinstance(fact, facts.TimerScheduled)]
    assert due == [timedelta(hours=hour) for hour in (1, 2, 3)]
    play.complete_task("t")
    for _ in range(3):
        play.complete_task("late")
    assert play.outcome == "completed"


@pytest.mark.parametrize(("cycle", "due"), [("R/PT1H", [1, 4]), ("R5/PT1H", [1, 4]), ("R3/PT1H", [1])])
def test_of_the_rounds_of_a_cycle_that_were_missed_one_comes_late_and_the_rhythm_stays(cycle, due):
    play = Play(guarded(boundary("b", "t", timer(cycle=cycle), interrupting=False)), thorough=True)
    play.start()
    play.now += timedelta(hours=3, minutes=30)
    play.wait_until()
    assert play.waiting() == ["task late", "task t", "timer b"][: 1 + len(due)]
    assert [fact.due_at - NOW for fact in play.facts if isinstance(fact, facts.TimerScheduled)] == [
        timedelta(hours=hour) for hour in due
    ]


def test_a_message_boundary_that_does_not_interrupt_listens_on():
    play = Play(
        guarded(boundary("b", "t", message_reference("answer_message"), interrupting=False), ANSWER), thorough=True
    )
    play.start(ref="1")
    play.deliver("b", "m1", text="first")
    play.deliver("b", "m2", text="second")
    assert play.waiting() == ["message b", "task late", "task late", "task t"]
    assert play.variables["text"] == "second"


def test_a_message_boundary_maps_what_it_brings():
    event = boundary("b", "t", message_reference("answer_message"), ext=mapping(outputs={"said": "=text"}))
    play = Play(guarded(event, ANSWER), thorough=True)
    play.start(ref="1")
    play.deliver("b", "m1", text="stop")
    assert (play.variables["said"], "text" in play.variables) == ("stop", False)
    assert play.waiting() == ["task late"]


def test_a_job_throws_an_error_to_its_boundary():
    xml = guarded(boundary("b", "t", error_reference("refused_error")), REFUSED, host=service_task("t"))
    play = Play(xml, thorough=True)
    play.start()
    play.do(
        commands.ThrowJobError(job_id=play.wait("job", "t"), error_code="REFUSED", message="no", variables={"why": "x"})
    )
    assert play.waiting() == ["task late"]
    assert play.variables["why"] == "x"
    assert facts.ErrorThrown("000002", "t", "REFUSED", "no", "b") in play.facts


def test_an_error_that_nothing_catches_is_an_incident():
    xml = guarded(boundary("b", "t", error_reference("refused_error")), REFUSED, host=service_task("t"))
    play = Play(xml, thorough=True)
    play.start()
    play.do(commands.ThrowJobError(job_id=play.wait("job", "t"), error_code="OTHER"))
    assert play.incidents()[0][:2] == ("t", "unhandled_error")
    play.resolve()
    play.complete_job("t")
    assert play.outcome == "completed"


def inner(*body: str) -> str:
    return subprocess("t", start("in"), *body)


def test_an_error_end_is_caught_by_the_subprocess():
    body = inner(user_task("a"), end("bad", error_reference("refused_error")), path("in", "a", "bad"))
    play = Play(guarded(boundary("b", "t", error_reference()), REFUSED, host=body), thorough=True)
    play.start()
    play.complete_task("a")
    assert play.waiting() == ["task late"]
    play.complete_task("late")
    assert play.outcome == "completed"


def test_an_error_end_that_nothing_catches_is_an_incident():
    body = inner(end("bad", error_reference("refused_error")), path("in", "bad"))
    play = Play(guarded(boundary("b", "t", timer(duration="P1D")), REFUSED, host=body), thorough=True)
    play.start()
    assert play.incidents()[0][:2] == ("bad", "unhandled_error")
    play.wait_until(days=2)
    assert (play.waiting(), play.incidents()) == (["task late"], [])


def test_a_timer_ends_a_subprocess_with_all_that_is_in_it():
    body = inner(
        element("parallelGateway", "fork"),
        user_task("a"),
        user_task("c"),
        element("parallelGateway", "sync"),
        path("in", "fork", "a", "sync"),
        path("fork", "c", "sync"),
    )
    play = Play(guarded(boundary("b", "t", timer(duration="PT1H")), host=body), thorough=True)
    play.start()
    play.complete_task("a")
    play.wait_until(hours=1)
    assert play.waiting() == ["task late"]
    discarded = [fact for fact in play.facts if isinstance(fact, facts.TokensDiscarded)]
    assert [(fact.element_id, fact.flow_ids) for fact in discarded] == [("sync", ("a-sync",))]


def test_terminate_ends_everything():
    xml = model(
        start(),
        element("parallelGateway", "fork"),
        user_task("a"),
        user_task("c"),
        end("stop", "<bpmn:terminateEventDefinition/>"),
        path("start", "fork", "a", "stop"),
        path("fork", "c"),
    )
    play = Play(xml, thorough=True)
    play.start()
    play.complete_task("a")
    assert (play.outcome, play.waiting()) == ("terminated", [])


def test_terminate_in_a_subprocess_ends_the_subprocess_alone():
    body = inner(
        element("parallelGateway", "fork"),
        user_task("a"),
        user_task("c"),
        end("stop", "<bpmn:terminateEventDefinition/>"),
        path("in", "fork", "a", "stop"),
        path("fork", "c"),
    )
    play = Play(model(start(), body, user_task("after"), end(), path("start", "t", "after", "end")), thorough=True)
    play.start()
    play.complete_task("a")
    assert play.waiting() == ["task after"]


def test_a_message_end_is_a_job():
    event = element(
        "endEvent", "end", extensions(zeebe("taskDefinition", type="send")), "<bpmn:messageEventDefinition/>"
    )
    play = Play(model(start(), event, path("start", "end")), thorough=True)
    play.start()
    play.complete_job("end")
    assert play.outcome == "completed"


def test_an_instance_starts_at_the_event_that_is_named():
    xml = model(
        start(),
        element("startEvent", "by_message", message_reference("answer_message")),
        element("startEvent", "by_time", timer(cycle="R/P1D")),
        user_task("t"),
        path("start", "t"),
        path("by_message", "t"),
        path("by_time", "t"),
        definitions=[ANSWER],
    )
    play = Play(xml, thorough=True)
    found = {start_.node.id: (start_.message_name, start_.timer is not None) for start_ in play.program.starts}
    assert found == {"start": (None, False), "by_message": ("answer", False), "by_time": (None, True)}
    play.do(commands.Start(instance_id="i", start_element_id="by_message"))
    assert play.trace() == ["by_message", "t"]
