"""What goes from one instance to another, and messages from outside: through the inbox, once."""

from datetime import timedelta
from uuid import UUID

import pytest

from bpmn.testing import (
    boundary,
    element,
    end,
    error_definition,
    error_reference,
    escalation_definition,
    escalation_reference,
    extensions,
    mapping,
    message_definition,
    message_reference,
    model,
    path,
    script_task,
    signal_definition,
    signal_reference,
    start,
    user_task,
    zeebe,
)
from firstline import clock
from firstline.processes import actions, executor, queries
from firstline.processes.adapters import steps
from firstline.processes.models import InboxEntry, Listener, Message

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db

ANSWER = message_definition("answer", "answer", "=number")
WAITING = model(
    start(),
    user_task("first"),
    element("intermediateCatchEvent", "wait", message_reference("answer")),
    end(),
    path("start", "first", "wait", "end"),
    definitions=[ANSWER],
)


def go_on(instance_id) -> None:
    (task,) = queries.open_tasks(instance_id=instance_id)
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)


def publish(message_id: str, key: str = "7", **more) -> None:
    actions.publish_message(message_id=message_id, name="answer", key=key, variables={"said": message_id}, **more)


def drain() -> int:
    done = 0
    while number := executor.run_due():
        done += number
    return done


def said(instance_id) -> object:
    return queries.variables_of_instance(instance_id).get("said")


def test_a_message_reaches_who_waits_for_it(run):
    instance_id, other = run(WAITING, number=7), run(WAITING, number=8)
    go_on(instance_id)
    go_on(other)
    publish("m1")
    assert drain() == 1
    assert (said(instance_id), said(other)) == ("m1", None)
    assert queries.instance(instance_id).outcome == "completed"


def test_the_same_message_twice_is_one_message(run):
    one, two = run(WAITING, number=7), run(WAITING, number=7)
    go_on(one)
    go_on(two)
    publish("m1")
    publish("m1")
    drain()
    publish("m1")
    drain()
    assert (said(one), said(two)) == ("m1", None)


def test_a_message_that_comes_before_its_catcher_is_kept_while_it_lives(run):
    instance_id = run(WAITING, number=7)
    publish("early", time_to_live=timedelta(hours=1))
    publish("earlier?", key="8", time_to_live=timedelta(hours=1))
    assert drain() == 0
    go_on(instance_id)
    assert drain() == 1
    assert said(instance_id) == "early"


def test_a_message_that_came_too_early_is_gone(run):
    instance_id = run(WAITING, number=7)
    publish("early", time_to_live=timedelta(hours=1))
    publish("now or never")
    with clock.fixed(NOON + timedelta(hours=2)):
        go_on(instance_id)
        assert drain() == 0
    assert [place.element_id for place in queries.active_elements(instance_id)] == ["wait"]


def test_buffered_messages_are_taken_in_order_by_one_each(run):
    publish("m1", time_to_live=timedelta(hours=1))
    publish("m2", time_to_live=timedelta(hours=1))
    instances = [run(WAITING, number=7), run(WAITING, number=7)]
    for instance_id in instances:
        go_on(instance_id)
    assert drain() == 2
    assert [said(instance_id) for instance_id in instances] == ["m1", "m2"]


def test_two_messages_at_once_go_to_two_receivers(run):
    instances = [run(WAITING, number=7), run(WAITING, number=7)]
    for instance_id in instances:
        go_on(instance_id)
    publish("m1")
    publish("m2")
    drain()
    assert {said(instance_id) for instance_id in instances} == {"m1", "m2"}


def test_a_message_whose_receiver_is_gone_goes_to_the_next(run):
    gone, other = run(WAITING, number=7), run(WAITING, number=7)
    go_on(gone)
    go_on(other)
    publish("m1", time_to_live=timedelta(hours=1))
    actions.cancel_instance(instance_id=gone, reason="withdrawn")
    drain()
    assert said(other) == "m1"
    assert Message.objects.get().delivered_at == NOON


def test_a_message_whose_receiver_is_gone_goes_to_nobody_when_its_time_is_over(run):
    gone, other = run(WAITING, number=7), run(WAITING, number=7)
    go_on(gone)
    go_on(other)
    publish("m1", time_to_live=timedelta(hours=1))
    actions.cancel_instance(instance_id=gone, reason="withdrawn")
    with clock.fixed(NOON + timedelta(hours=1)):
        drain()
        assert said(other) is None
        publish("m2")
        drain()
    assert said(other) == "m2"


def test_a_boundary_that_does_not_interrupt_takes_every_message(run):
    event = boundary("more", "work", message_reference("answer"), interrupting=False)
    xml = model(
        start(),
        user_task("work"),
        event,
        user_task("read"),
        path("start", "work"),
        path("more", "read"),
        definitions=[ANSWER],
    )
    publish("m1", time_to_live=timedelta(hours=1))
    instance_id = run(xml, number=7)
    publish("m2")
    drain()
    publish("m3")
    drain()
    assert [task.element_id for task in queries.open_tasks(instance_id=instance_id)].count("read") == 3


CHILD = model(
    start(),
    script_task("double", "n * 2", "answer"),
    user_task("check"),
    element("exclusiveGateway", "g", default="g-end"),
    end(),
    end("bad", error_reference("e")),
    path("start", "double", "check", "g", "end"),
    '<bpmn:sequenceFlow id="g-bad" sourceRef="g" targetRef="bad"><bpmn:conditionExpression>bad = true</bpmn:conditionExpression></bpmn:sequenceFlow>',
    process_id="child",
    definitions=[error_definition("e", "REFUSED")],
)
PARENT = model(
    start(),
    element("callActivity", "call", extensions(zeebe("calledElement", processId="child"))),
    boundary("caught", "call", error_reference("e")),
    boundary("stop", "call", message_reference("answer")),
    user_task("repair"),
    end(),
    end("stopped"),
    path("start", "call", "end"),
    path("caught", "repair"),
    path("stop", "stopped"),
    definitions=[error_definition("e", "REFUSED"), ANSWER],
)


@pytest.fixture
def family(run):
    actions.deploy(release_id="release", xml=CHILD)
    parent = run(PARENT, n=21, number=7)
    drain()
    (child,) = [row for row in queries.instances_of(CASE) if row.caller_id == parent]
    return parent, child.id


def test_a_called_process_brings_its_result(family):
    parent, child = family
    (task,) = queries.open_tasks(business_ids=[CASE])
    assert task.instance_id == child
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    drain()
    assert (queries.instance(child).outcome, queries.instance(parent).outcome) == ("completed", "completed")
    assert queries.variables_of_instance(parent)["answer"] == 42


def test_an_error_of_a_called_process_is_caught_by_its_caller(family):
    parent, child = family
    (task,) = queries.open_tasks(instance_id=child)
    actions.complete_task(task_id=task.id, variables={"bad": True}, completed_by=None)
    drain()
    assert queries.instance(child).outcome == "error"
    assert [task.element_id for task in queries.open_tasks(instance_id=parent)] == ["repair"]


def test_a_called_process_ends_with_its_caller(family):
    parent, child = family
    publish("m1")
    drain()
    assert (queries.instance(parent).outcome, queries.instance(child).outcome) == ("completed", "cancelled")
    assert not InboxEntry.objects.exists()


def test_a_called_process_never_begins_when_its_caller_has_gone_on(run):
    actions.deploy(release_id="release", xml=CHILD)
    parent = run(PARENT, n=21, number=7)
    actions.cancel_instance(instance_id=parent, reason="no longer wanted")
    # As between machines whose clocks differ: the withdrawal sorts before the start.
    entry = InboxEntry.objects.get(kind="cancel")
    InboxEntry.objects.filter(id=entry.id).update(id=UUID(int=1))
    drain()
    assert [row.id for row in queries.instances_of(CASE)] == [parent]
    assert not InboxEntry.objects.exists()


def test_calling_what_was_never_deployed_is_an_incident_until_it_is(run):
    parent = run(PARENT, n=1, number=7)
    drain()
    (incident,) = queries.open_incidents(instance_id=parent)
    assert incident.message == "There is no process 'child' to call; deploy it and try again."
    actions.deploy(release_id="another", xml=CHILD)
    assert actions.retry_incident(incident_id=incident.id) is True
    drain()
    assert [row.process_id for row in queries.instances_of(CASE)] == ["p", "child"]


def test_the_called_process_of_the_same_release_comes_first(run):
    newer = CHILD.replace(b"n * 2", b"n * 3")
    actions.deploy(release_id="release", xml=CHILD)
    actions.deploy(release_id="newer", xml=newer)
    parent = run(PARENT, n=1, number=7)
    drain()
    (child,) = [row for row in queries.instances_of(CASE) if row.caller_id == parent]
    assert (child.release_id, queries.variables_of_instance(child.id)["answer"]) == ("release", 2)


def test_a_call_that_cannot_even_be_started_is_its_callers_incident(run, monkeypatch):
    actions.deploy(release_id="release", xml=CHILD)
    parent = run(PARENT, n=1, number=7)

    def buggy(*_, **__):
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as bug:
        bug.setattr(steps, "advance_over", buggy)
        drain()
    (incident,) = queries.open_incidents(instance_id=parent)
    assert incident.message == "ZeroDivisionError: a bug"
    assert drain() == 0
    actions.retry_incident(incident_id=incident.id)
    assert drain() == 1
    assert queries.open_incidents() == []
    assert len(queries.instances_of(CASE)) == 2


# --- signals, escalations, messages that instances throw ---

GO = signal_definition("sig", "go")
THROWN = (GO, element("message", "answer", name="answer"), escalation_definition("esc", "LATE"))


def tasks(instance_id) -> list[str]:
    return sorted(task.element_id for task in queries.open_tasks(instance_id=instance_id))


def test_a_signal_reaches_every_instance_that_listens(run, monkeypatch):
    monkeypatch.setattr("firstline.processes.adapters.effects._AT_ONCE", 1)
    waits = model(
        start(),
        element("intermediateCatchEvent", "wait", signal_reference("sig")),
        user_task("after"),
        path("start", "wait", "after"),
        definitions=THROWN,
    )
    throws = model(start(), element("endEvent", "e", signal_reference("sig")), path("start", "e"), definitions=THROWN)
    one, two = run(waits), run(waits)
    run(throws, release_id="other")
    drain()
    assert (tasks(one), tasks(two)) == (["after"], ["after"])
    run(throws, release_id="other")
    assert InboxEntry.objects.count() == 0


def test_a_thrown_message_reaches_who_waits_for_it(run):
    waits = model(
        start(),
        element("intermediateCatchEvent", "wait", message_reference("answer")),
        user_task("after"),
        path("start", "wait", "after"),
        definitions=[ANSWER],
    )
    throw = element(
        "endEvent",
        "e",
        extensions(zeebe("publishMessage", correlationKey="=number"), mapping(inputs={"said": '="hello"'})),
        message_reference("answer"),
    )
    instance_id = run(waits, number=7)
    run(model(start(), throw, path("start", "e"), definitions=THROWN), release_id="other", number=7)
    drain()
    assert (tasks(instance_id), said(instance_id)) == (["after"], "hello")


def test_an_escalation_of_a_called_instance_is_caught_at_its_call(run):
    call = element("callActivity", "call", extensions(zeebe("calledElement", processId="child")))
    parent = model(
        start(),
        call,
        boundary("b", "call", escalation_reference("esc"), interrupting=False),
        user_task("told"),
        path("start", "call"),
        path("b", "told"),
        definitions=THROWN,
    )
    throw = element("intermediateThrowEvent", "t", escalation_reference("esc"))
    child = model(
        start(), throw, user_task("go_on"), path("start", "t", "go_on"), process_id="child", definitions=THROWN
    )
    actions.deploy(release_id="release", xml=child)
    instance_id = run(parent)
    drain()
    assert tasks(instance_id) == ["told"]


def test_somebody_begins_the_steps_that_are_offered(run):
    inside = element("adHocSubProcess", "s", extensions(zeebe("adHoc")), user_task("a"), user_task("b"))
    instance_id = run(model(start(), inside, user_task("after"), path("start", "s", "after")))
    (offer,) = Listener.objects.all()
    assert offer.step_ids == ["a", "b"]
    actions.begin_step(offer_id=offer.id, element_id="b")
    assert tasks(instance_id) == ["b"]
    with pytest.raises(actions.Refused):
        actions.begin_step(offer_id=offer.id, element_id="after")
    actions.close_offer(offer_id=offer.id)
    go_on(instance_id)
    assert tasks(instance_id) == ["after"]
    with pytest.raises(actions.Refused):
        actions.close_offer(offer_id=offer.id)
