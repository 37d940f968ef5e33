"""What begins a process by itself: each event once, and only the newest deployment."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from bpmn.testing import (
    condition,
    element,
    end,
    extensions,
    message_definition,
    message_reference,
    model,
    path,
    signal_definition,
    signal_reference,
    start,
    timer,
    user_task,
    zeebe,
)
from firstline import clock, crashpoints
from firstline.processes import actions, executor, queries
from firstline.processes.models import Conversation, InboxEntry, Instance, Message, StartWait

from .conftest import NOON

pytestmark = pytest.mark.django_db

ORDER = element("message", "order", name="order")
CLAIM = message_definition("claim", "claim", "=number")
GO = signal_definition("go", "go")
DEFINITIONS = (ORDER, CLAIM, GO)
ORDERED, CLAIMED, SIGNALLED = message_reference("order"), message_reference("claim"), signal_reference("go")


def begun_by(*triggers: str, task: str = "t", process_id: str = "p", **attributes: str) -> bytes:
    event = element("startEvent", "s", *triggers, **attributes)
    return model(event, user_task(task), end(), path("s", task, "end"), process_id=process_id, definitions=DEFINITIONS)


def deploy(xml: bytes, release_id: str = "release") -> None:
    actions.deploy(release_id=release_id, xml=xml)


def publish(message_id: str, name: str = "order", key: str = "", **variables: Any) -> None:
    actions.publish_message(
        message_id=message_id, name=name, key=key, variables=variables, time_to_live=timedelta(hours=1)
    )


def drain() -> None:
    while executor.run_due():
        pass


def tasks() -> list[str]:
    return sorted(task.element_id for task in queries.open_tasks())


def finish(element_id: str) -> None:
    task = next(task for task in queries.open_tasks() if task.element_id == element_id)
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)


# --- messages ---


def test_a_message_begins_one_instance_with_what_it_says():
    deploy(begun_by(ORDERED))
    publish("m1", amount=3)
    publish("m1", amount=3)
    drain()
    (instance,) = Instance.objects.all()
    assert queries.variables_of_instance(instance.id) == {"amount": 3}
    assert (instance.process_id, instance.business_id, instance.message_key) == ("p", None, "")
    message = Message.objects.get()
    assert (message.delivered_at, message.variables) == (NOON, {})


def test_every_message_without_a_correlation_in_the_model_begins_another_whatever_its_key():
    deploy(begun_by(ORDERED))
    publish("m1", key="7")
    publish("m2", key="7")
    drain()
    assert tasks() == ["t", "t"]


def test_messages_of_one_conversation_begin_one_instance_at_a_time():
    deploy(begun_by(CLAIMED))
    for message_id, key in (("m1", "7"), ("m2", "7"), ("m3", "8")):
        publish(message_id, "claim", key)
    drain()
    assert tasks() == ["t", "t"]
    finish("t")
    drain()
    assert tasks() == ["t", "t"]
    finish("t")
    finish("t")
    drain()
    assert tasks() == []
    assert Instance.objects.filter(outcome="completed").count() == 3
    assert not Conversation.objects.exists()


def test_a_message_goes_to_who_waits_for_it_before_it_begins_anything():
    catch = element("intermediateCatchEvent", "wait", CLAIMED)
    waits = model(start(), catch, user_task("after"), path("start", "wait", "after"), definitions=DEFINITIONS)
    deploy(waits, "waiting")
    actions.start_instance(release_id="waiting", process_id="p", business_id=None, variables={"number": "7"})
    deploy(begun_by(CLAIMED, process_id="q"))
    publish("m1", "claim", "7")
    publish("m2", "claim", "7")
    drain()
    assert tasks() == ["after", "t"]


def test_the_instance_that_a_conversation_began_gets_its_next_message():
    start_ = element("startEvent", "s", CLAIMED)
    catch = element("intermediateCatchEvent", "more", CLAIMED)
    deploy(model(start_, catch, user_task("t"), path("s", "more", "t"), definitions=DEFINITIONS))
    publish("m1", "claim", "7", number="7")
    publish("m2", "claim", "7", number="7")
    drain()
    assert tasks() == ["t"]
    assert Instance.objects.count() == 1


def test_a_message_that_comes_before_its_process_is_deployed_begins_it_then():
    publish("m1")
    actions.publish_message(message_id="late", name="order", key="", variables={}, time_to_live=timedelta())
    deploy(begun_by(ORDERED))
    drain()
    assert tasks() == ["t"]


def test_a_message_that_begins_one_process_cannot_begin_another():
    deploy(begun_by(ORDERED, task="first", process_id="p"))
    with pytest.raises(actions.ModelRefused) as refused:
        deploy(begun_by(ORDERED, task="second", process_id="q"))
    (problem,) = refused.value.fields["problems"]
    assert (problem["code"], problem["element_id"]) == ("start_message_taken", "s")
    assert "The message 'order' can't begin the process 'q', since it begins 'p' already." in problem["message"]
    publish("m1")
    drain()
    assert tasks() == ["first"]
    # A newer version of the same process may, and when that begins otherwise, the other one may, too.
    deploy(begun_by(ORDERED, task="third", process_id="p"), "2")
    deploy(begun_by(SIGNALLED, task="fourth", process_id="p"), "3")
    deploy(begun_by(ORDERED, task="second", process_id="q"))
    publish("m2")
    drain()
    assert tasks() == ["first", "second"]


def test_receive_tasks_and_gateways_begin_a_process():
    receive = element("receiveTask", "r", messageRef="order", instantiate="true")
    deploy(model(receive, user_task("received"), path("r", "received"), definitions=DEFINITIONS))
    gateway = element("eventBasedGateway", "g", instantiate="true")
    hears = element("intermediateCatchEvent", "hears", SIGNALLED)
    takes = element("intermediateCatchEvent", "takes", CLAIMED)
    flows = (path("g", "hears", "heard"), path("g", "takes", "taken"))
    deploy(
        model(
            gateway,
            hears,
            takes,
            user_task("heard"),
            user_task("taken"),
            *flows,
            process_id="q",
            definitions=DEFINITIONS,
        )
    )
    publish("m1")
    publish("m2", "claim", "7")
    actions.broadcast_signal(signal_id="s1", name="go", variables={})
    drain()
    assert tasks() == ["heard", "received", "taken"]


def test_a_gateway_that_needs_all_of_its_events_waits_for_the_others_in_the_instance():
    gateway = element("eventBasedGateway", "g", instantiate="true", eventGatewayType="Parallel")
    one = element("intermediateCatchEvent", "one", ORDERED)
    two = element("intermediateCatchEvent", "two", SIGNALLED)
    deploy(
        model(
            gateway,
            one,
            two,
            user_task("a"),
            user_task("b"),
            path("g", "one", "a"),
            path("g", "two", "b"),
            definitions=DEFINITIONS,
        )
    )
    publish("m1")
    drain()
    assert tasks() == ["a"]
    actions.broadcast_signal(signal_id="s1", name="go", variables={})
    drain()
    # The signal also begins another instance, which waits for its message.
    assert tasks() == ["a", "b", "b"]
    publish("m2")
    drain()
    assert (tasks(), Instance.objects.count()) == (["a", "a", "b", "b"], 2)


def test_a_message_flow_begins_the_other_pool_of_the_same_collaboration():
    pools = b"""<bpmn:collaboration id="both">
      <bpmn:participant id="one" processRef="p"/><bpmn:participant id="two" processRef="buyer"/>
      <bpmn:messageFlow id="flow" sourceRef="send" targetRef="s"/></bpmn:collaboration>"""
    buyer = b"""<bpmn:process id="buyer" isExecutable="true"><bpmn:startEvent id="begin"/><bpmn:endEvent id="send">
      <bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=n" target="n"/></zeebe:ioMapping></bpmn:extensionElements>
      <bpmn:messageEventDefinition messageRef="order"/></bpmn:endEvent>
      <bpmn:sequenceFlow id="begin-send" sourceRef="begin" targetRef="send"/></bpmn:process>"""

    def both(task: str) -> bytes:
        seller = begun_by(ORDERED, task=task)
        return seller.replace(b"</bpmn:definitions>", pools + buyer + b"</bpmn:definitions>")

    deploy(both("of_old"), "old")
    deploy(both("of_new"), "new")
    actions.start_instance(release_id="old", process_id="buyer", business_id=None, variables={"n": 5})
    drain()
    # Both pools are of one deployment, though a newer one begins with messages of that name from elsewhere.
    assert tasks() == ["of_old"]
    (task,) = queries.open_tasks()
    assert queries.variables_of_instance(task.instance_id) == {"n": 5}


# --- signals ---


def test_a_signal_begins_every_process_that_begins_with_it():
    deploy(begun_by(SIGNALLED))
    deploy(begun_by(SIGNALLED, process_id="q"))
    thrower = model(start(), end("e", SIGNALLED), path("start", "e"), process_id="thrower", definitions=DEFINITIONS)
    deploy(thrower)
    actions.start_instance(release_id="release", process_id="thrower", business_id=None, variables={})
    drain()
    assert tasks() == ["t", "t"]


# --- timers ---


def at(**later: float) -> None:
    with clock.fixed(NOON + timedelta(**later)):
        drain()


def test_a_date_a_duration_and_a_cycle_begin_when_they_are_due():
    deploy(begun_by(timer(date="2026-03-02T13:00:00Z"), task="date"))
    deploy(begun_by(timer(duration="PT2H"), task="duration", process_id="q"))
    deploy(begun_by(timer(cycle="R2/PT90M"), task="cycle", process_id="r"))
    assert queries.next_due_at() == NOON + timedelta(hours=1)
    at(minutes=59)
    assert tasks() == []
    at(hours=1)
    assert tasks() == ["date"]
    at(hours=2)
    assert tasks() == ["cycle", "date", "duration"]
    at(days=9)
    assert tasks() == ["cycle", "cycle", "date", "duration"]
    assert queries.next_due_at() is None


@pytest.mark.parametrize(("cycle", "left"), [("R/PT1H", None), ("R5/PT1H", 1)])
def test_of_the_rounds_that_passed_while_nobody_worked_one_comes_late_and_the_rhythm_stays(cycle, left):
    deploy(begun_by(timer(cycle=cycle)))
    at(hours=3, minutes=30)
    assert tasks() == ["t"]
    assert queries.next_due_at() == NOON + timedelta(hours=4)
    assert StartWait.objects.get().repetitions_left == left


def test_rounds_that_are_all_missed_but_the_last_come_once():
    deploy(begun_by(timer(cycle="R3/PT1H")))
    at(days=1)
    assert tasks() == ["t"]
    assert queries.next_due_at() is None


def test_a_cycle_of_very_short_rounds_goes_on_from_now():
    deploy(begun_by(timer(cycle="R/PT1S")))
    at(days=30)
    assert tasks() == ["t"]
    assert queries.next_due_at() == NOON + timedelta(days=30, seconds=1)


def test_a_multiple_start_event_begins_by_each_of_its_parts():
    deploy(begun_by(ORDERED, SIGNALLED, timer(duration="PT1H")))
    publish("m1")
    actions.broadcast_signal(signal_id="s1", name="go", variables={})
    at(hours=1)
    assert tasks() == ["t", "t", "t"]


def test_a_parallel_multiple_start_event_needs_all_of_its_parts():
    deploy(begun_by(ORDERED, SIGNALLED, condition("=n > 1"), parallelMultiple="true"))
    publish("m1", n=1)
    drain()
    assert tasks() == []
    actions.broadcast_signal(signal_id="s1", name="go", variables={})
    drain()
    assert tasks() == []
    (instance, _of_the_signal) = Instance.objects.order_by("id")
    actions.set_variables(instance_id=instance.id, variables={"n": 2})
    assert tasks() == ["t"]


def test_the_same_signal_twice_is_one_signal():
    deploy(begun_by(SIGNALLED))
    for signal_id in ("s1", "s1", "s2"):
        actions.broadcast_signal(signal_id=signal_id, name="go", variables={})
        drain()
    assert tasks() == ["t", "t"]


def test_a_signal_that_dies_is_sent_again_and_heard_once():
    deploy(begun_by(SIGNALLED))
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("processes.signal.before_commit"):
        actions.broadcast_signal(signal_id="s1", name="go", variables={})
    for _ in range(2):
        actions.broadcast_signal(signal_id="s1", name="go", variables={})
    drain()
    assert tasks() == ["t"]


@pytest.mark.parametrize(("signal_id", "name"), [("", "go"), ("s1", ""), ("x" * 201, "go"), ("s1", "x" * 201)])
def test_a_signal_needs_an_id_and_a_name(signal_id, name):
    with pytest.raises(actions.BadSignal):
        actions.broadcast_signal(signal_id=signal_id, name=name, variables={})


# --- versions ---


def test_only_the_newest_deployment_listens():
    deploy(begun_by(ORDERED, SIGNALLED, timer(duration="PT1H"), task="old"), "1")
    deploy(begun_by(ORDERED, SIGNALLED, timer(duration="PT1H"), task="new"), "2")
    # The same once more changes nothing.
    deploy(begun_by(ORDERED, SIGNALLED, timer(duration="PT1H"), task="old"), "1")
    publish("m1")
    actions.broadcast_signal(signal_id="s1", name="go", variables={})
    at(hours=1)
    assert tasks() == ["new", "new", "new"]


def test_a_version_that_begins_otherwise_is_begun_by_nothing_else_any_more():
    deploy(begun_by(ORDERED, timer(duration="PT1H")), "1")
    deploy(model(start(), user_task("t"), path("start", "t")), "2")
    publish("m1")
    at(hours=1)
    assert (tasks(), StartWait.objects.count()) == ([], 0)


def test_a_newer_release_goes_on_with_the_timers_that_it_did_not_change():
    def deploy_timers(release_id: str, task: str) -> None:
        deploy(begun_by(timer(cycle="R/PT1H"), task=f"cycle_{task}"), release_id)
        deploy(begun_by(timer(date="2026-03-02T12:10:00Z"), task=f"date_{task}", process_id="q"), release_id)
        deploy(begun_by(timer(duration="PT40M"), task=f"duration_{task}", process_id="r"), release_id)

    deploy_timers("1", "old")
    with clock.fixed(NOON + timedelta(minutes=45)):
        drain()
        deploy_timers("2", "new")
    # The date has come already, the cycle keeps its rhythm, the duration counts from the deployment.
    at(minutes=60)
    assert tasks() == ["cycle_new", "date_old", "duration_old"]
    at(minutes=85)
    assert tasks() == ["cycle_new", "date_old", "duration_new", "duration_old"]


def test_a_changed_timer_begins_anew():
    deploy(begun_by(timer(cycle="R/PT1H")), "1")
    deploy(begun_by(timer(cycle="R/PT2H")), "2")
    assert queries.next_due_at() == NOON + timedelta(hours=2)


def test_what_was_on_its_way_when_a_newer_release_came_begins_the_version_that_heard_it():
    deploy(begun_by(ORDERED, task="old"), "1")
    publish("m1")
    deploy(begun_by(ORDERED, task="new"), "2")
    publish("m2")
    drain()
    assert tasks() == ["new", "old"]


# --- calls ---

CALLS = {"latest": {}, "deployment": {}, "versionTag": {"versionTag": "stable"}, "": {}}


def child(task: str, tag: str = "") -> bytes:
    said = extensions(zeebe("versionTag", value=tag)) if tag else ""
    return model(said, start(), user_task(task), path("start", task), process_id="child")


def call(binding: str) -> None:
    settings = {"bindingType": binding} if binding else {}
    called = extensions(zeebe("calledElement", processId="child", **settings, **CALLS[binding]))
    deploy(model(start(), element("callActivity", "c", called), path("start", "c")))
    actions.start_instance(release_id="release", process_id="p", business_id=None, variables={})
    drain()


@pytest.mark.parametrize(
    ("binding", "version"), [("latest", "newest"), ("deployment", "own"), ("versionTag", "tagged"), ("", "own")]
)
def test_a_call_is_bound_to_the_version_that_the_model_says(binding, version):
    deploy(child("own"), "release")
    deploy(child("older_tag", "stable"), "1")
    deploy(child("tagged", "stable"), "2")
    deploy(child("other_tag", "next"), "3")
    deploy(child("newest"), "4")
    call(binding)
    assert tasks() == [version]


@pytest.mark.parametrize(
    ("binding", "said"),
    [
        ("latest", "There is no process 'child' to call; deploy it and try again."),
        ("deployment", "There is no process 'child' in the release of its caller to call; deploy it and try again."),
        (
            "versionTag",
            "There is no process 'child' with the version tag that is meant to call; deploy it and try again.",
        ),
    ],
)
def test_a_version_that_is_not_there_is_an_incident(binding, said):
    if binding != "latest":
        deploy(child("other", "next"), "1")
    call(binding)
    assert [incident.message for incident in queries.open_incidents()] == [said]


# --- at once ---


@pytest.mark.django_db(transaction=True)
def test_several_workers_begin_each_instance_once():
    deploy(begun_by(timer(cycle="R5/PT1M")))
    deploy(begun_by(CLAIMED, process_id="q", task="claimed"))

    def work(number: int) -> None:
        for message_id in range(5):
            publish(f"m{message_id}-{number % 2}", "claim", str(message_id))
        drain()
        connection.close()

    with clock.fixed(NOON + timedelta(hours=1)):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        drain()
    # The second message of each conversation waits for the end of its instance.
    assert tasks() == ["claimed"] * 5 + ["t"]
    assert not InboxEntry.objects.exists()
    assert Message.objects.filter(subscription_id=None).count() == 5
