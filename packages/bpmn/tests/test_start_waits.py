"""What begins a process by itself, as the model says it before there is an instance."""

from datetime import UTC, datetime, timedelta

import pytest

from bpmn import ModelProblems, StartWait, compile_model, due_again, start_waits
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

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEFINITIONS = (
    element("message", "order", name="order"),
    message_definition("claim", "claim", "=number"),
    signal_definition("go", "go"),
)


def waits(*elements: str, definitions: tuple[str, ...] = DEFINITIONS) -> tuple[StartWait, ...]:
    (program,) = compile_model(model(*elements, definitions=definitions)).processes.values()
    return start_waits(program, NOW)


def begin(*triggers: str, **attributes: str) -> tuple[StartWait, ...]:
    event = element("startEvent", "s", *triggers, **attributes)
    return waits(event, user_task("t"), path("s", "t"))


def test_a_start_without_a_trigger_waits_for_nothing():
    assert waits(start(), end(), path("start", "end")) == ()


def test_messages_and_signals_are_waited_for_by_name():
    assert begin(message_reference("order")) == (StartWait(element_id="s", part=0, kind="message", name="order"),)
    assert begin(message_reference("claim"))[0].has_key
    assert begin(signal_reference("go")) == (StartWait(element_id="s", part=0, kind="signal", name="go"),)


@pytest.mark.parametrize(
    ("definition", "first"),
    [
        (timer(date="2026-04-01T08:00:00Z"), (datetime(2026, 4, 1, 8, tzinfo=UTC), "", 0)),
        (timer(duration="PT1H"), (NOW + timedelta(hours=1), "", 0)),
        (timer(duration='=duration("P" + "1D")'), (NOW + timedelta(days=1), "", 0)),
        (timer(cycle="R3/PT10M"), (NOW + timedelta(minutes=10), "PT10M", 2)),
        (timer(cycle="R/2026-01-01T08:00:00Z/P7D"), (datetime(2026, 1, 1, 8, tzinfo=UTC), "P7D", None)),
    ],
)
def test_a_timer_has_its_first_moment(definition, first):
    (wait,) = begin(definition)
    assert (wait.due_at, wait.interval, wait.repetitions_left) == first


def test_a_cycle_is_due_again_until_it_was_due_as_often_as_it_says():
    (wait,) = begin(timer(cycle="R3/PT10M"))
    moments, next_one = [], (wait.due_at, wait.repetitions_left)
    while next_one is not None:
        moments.append((next_one[0] - NOW).seconds // 60)
        next_one = due_again(next_one[0], wait.interval, next_one[1], now=next_one[0])
    assert moments == [10, 20, 30]
    assert due_again(datetime(9999, 12, 31, tzinfo=UTC), "P1Y", None, now=NOW) is None
    assert due_again(NOW, "PT10M", None, now=NOW) == (NOW + timedelta(minutes=10), None)
    assert due_again(NOW, "PT10M", 5, now=NOW + timedelta(minutes=20)) == (NOW + timedelta(minutes=30), 2)


def test_each_definition_of_a_start_event_is_a_part():
    found = begin(message_reference("order"), signal_reference("go"), timer(duration="PT1H"))
    assert [(wait.part, wait.kind) for wait in found] == [(0, "message"), (1, "signal"), (2, "timer")]


def test_events_behind_an_instantiating_gateway_and_receive_tasks_begin_too():
    gateway = element("eventBasedGateway", "g", instantiate="true")
    hears = element("intermediateCatchEvent", "hears", signal_reference("go"))
    takes = element("receiveTask", "takes", messageRef="order")
    assert [wait.element_id for wait in waits(gateway, hears, takes, path("g", "hears"), path("g", "takes"))] == [
        "hears",
        "takes",
    ]
    receive = element("receiveTask", "r", messageRef="order", instantiate="true")
    assert [wait.element_id for wait in waits(receive, end(), path("r", "end"))] == ["r"]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (condition("=n > 1"), "no variables to look at"),
        (timer(duration="=wait"), "a timer '=wait' that has no moment|'wait' that has no moment"),
        (message_reference("computed"), "a message whose name 'subject' gives null"),
    ],
)
def test_what_only_an_instance_could_know_is_refused(definition, said):
    event = element("startEvent", "s", definition)
    with pytest.raises(ModelProblems, match=said) as refused:
        waits(
            event,
            user_task("t"),
            path("s", "t"),
            definitions=(*DEFINITIONS, element("message", "computed", name="=subject")),
        )
    assert [(problem.code, problem.element_id) for problem in refused.value.problems] == [("start_event", "s")]


def test_a_condition_that_another_part_gives_an_instance_to_is_waited_for_there():
    found = begin(signal_reference("go"), condition("=n > 1"), parallelMultiple="true")
    assert [(wait.part, wait.kind) for wait in found] == [(0, "signal")]
    with pytest.raises(ModelProblems):
        begin(signal_reference("go"), condition("=n > 1"))


def test_a_process_has_the_tag_of_its_version():
    tag = extensions(zeebe("versionTag", value="2.1"))
    (program,) = compile_model(model(tag, start(), end(), path("start", "end"))).processes.values()
    assert program.version_tag == "2.1"
