"""Long steps pause: a person is answered, the worker goes on, and everybody has a turn."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from bpmn import codec, commands, facts
from bpmn.testing import (
    boundary,
    each,
    element,
    end,
    flow,
    gateway,
    message_definition,
    message_reference,
    model,
    path,
    script_task,
    start,
    subprocess,
    timer,
    user_task,
)
from firstline import clock
from firstline.processes import actions, executor, queries
from firstline.processes.adapters import steps
from firstline.processes.models import InboxEntry, Instance

from .conftest import NOON

pytestmark = pytest.mark.django_db

# Behind the task "ask", twenty rounds of three elements each, then the task "check".
LOOP = (
    *(start(), user_task("ask"), script_task("count", "n + 1", "n"), gateway("exclusive", "merge")),
    *(gateway("exclusive", "enough", "enough-merge"), user_task("check"), end()),
    *(path("start", "ask", "merge", "count", "enough"), flow("enough", "merge"), flow("enough", "check", "n >= 20")),
    path("check", "end"),
)


@pytest.fixture(autouse=True)
def _pauses_after_ten(settings) -> None:
    settings.FIRSTLINE_PAUSE_AFTER = 10


def complete(element_id: str, instance_id: UUID, **variables: object) -> None:
    tasks = queries.open_tasks(instance_id=instance_id)
    task_id = next(task.id for task in tasks if task.element_id == element_id)
    actions.complete_task(task_id=task_id, variables=variables, completed_by=None)


def is_paused(instance_id: UUID) -> bool:
    return bool(Instance.objects.get(id=instance_id).pending)


def trace(instance_id: UUID) -> list[str]:
    return [row.element_id for row in queries.history(instance_id) if row.kind in {"ElementEntered", "TokensJoined"}]


def drain() -> int:
    return next(number for number in range(1000) if not executor.run_due())


def test_a_person_is_answered_at_once_and_the_worker_goes_on(run, settings):
    instance_id = run(model(*LOOP), n=0)
    complete("ask", instance_id)
    assert is_paused(instance_id)
    assert queries.open_tasks(instance_id=instance_id) == []
    assert queries.next_due_at() <= NOON
    assert drain() > 3
    assert not is_paused(instance_id)
    complete("check", instance_id)
    assert queries.instance(instance_id).outcome == "completed"
    assert queries.variables_of_instance(instance_id)["n"] == 20
    settings.FIRSTLINE_PAUSE_AFTER = 1000
    at_once = run(model(*LOOP), n=0)
    complete("ask", at_once)
    complete("check", at_once)
    assert trace(instance_id) == trace(at_once)


def test_what_the_history_rebuilds_is_what_is_pending(run):
    instance_id = run(model(*LOOP), n=0)
    complete("ask", instance_id)
    pending = queries.state_at(instance_id).head().pending
    assert pending.tokens
    assert codec.pending_to_data(pending) == json.loads(Instance.objects.get(id=instance_id).pending)


def test_those_that_pause_take_turns_behind_what_else_is_due(run):
    wait = element("intermediateCatchEvent", "wait", timer(duration="PT1H"))
    for _ in range(3):
        run(model(start(), wait, end(), path("start", "wait", "end"), process_id="waiting"), process_id="waiting")
    one, other = run(model(*LOOP), n=0), run(model(*LOOP), n=0)
    complete("ask", one)
    complete("ask", other)
    turns = []
    with clock.fixed(NOON + timedelta(hours=1)):
        assert executor.run_due() == 4
        assert len(trace(one)) > len(trace(other))
        assert not Instance.objects.filter(process_id="waiting", outcome="").exists()
        while is_paused(one) or is_paused(other):
            before = len(trace(one)), len(trace(other))
            assert executor.run_due() == 1
            turns.append("one" if len(trace(one)) > before[0] else "other")
    assert turns == ["other", "one"] * (len(turns) // 2) + ["other"] * (len(turns) % 2)


def test_another_action_on_one_that_pauses_does_not_double_its_turns(run):
    beside = (
        *(start(), gateway("parallel", "both"), subprocess("loop", *LOOP[2:4], *INSIDE), user_task("ask")),
        *(end(), end("asked"), path("start", "both", "loop", "end"), path("both", "ask", "asked")),
    )
    instance_id = run(model(*beside), n=0)
    assert is_paused(instance_id)
    complete("ask", instance_id)
    assert "asked" in trace(instance_id)
    assert is_paused(instance_id)
    assert InboxEntry.objects.get().kind == InboxEntry.Kind.GO_ON
    drain()
    assert queries.instance(instance_id).outcome == "completed"


# The same rounds in a subprocess.
INSIDE = (
    *(start("in"), gateway("exclusive", "enough", "enough-merge"), end("out")),
    *(path("in", "merge", "count", "enough"), flow("enough", "merge"), flow("enough", "out", "n >= 20")),
)


def test_a_message_is_taken_while_the_instance_pauses(run):
    beside = (
        *(start(), gateway("parallel", "both"), subprocess("loop", *LOOP[2:4], *INSIDE), end(), end("stopped")),
        *(
            path("start", "both", "loop", "end"),
            boundary("stop", "loop", message_reference("m")),
            path("stop", "stopped"),
        ),
    )
    instance_id = run(model(*beside, definitions=[message_definition("m", "stop", "=number")]), n=0, number="7")
    actions.publish_message(message_id="m1", name="stop", key="7", variables={})
    drain()
    assert queries.instance(instance_id).outcome == "completed"
    assert "stopped" in trace(instance_id)
    assert trace(instance_id).count("count") < 20
    told = queries.facts_of(instance_id)
    assert any(isinstance(fact, facts.TokensDiscarded) for fact in told)


def test_an_instance_that_is_cancelled_while_it_pauses_is_left_alone(run):
    instance_id = run(model(*LOOP), n=0)
    complete("ask", instance_id)
    actions.cancel_instance(instance_id=instance_id, reason="called off")
    assert not is_paused(instance_id)
    drain()
    assert queries.instance(instance_id).outcome == "cancelled"
    assert not InboxEntry.objects.exists()
    assert queries.open_incidents() == []


def test_many_instances_of_a_task_begin_in_several_steps(run):
    loop = each("=people", "person", outputCollection="answers", outputElement="=answer")
    xml = model(start(), element("userTask", "review", loop), end(), path("start", "review", "end"))
    instance_id = run(xml, people=[f"p{number}" for number in range(35)])
    first, *others = queries.open_tasks(instance_id=instance_id)
    assert len(others) == 7
    early = queries.variables_of_task(first.id)["person"]
    actions.complete_task(task_id=first.id, variables={"answer": early}, completed_by=None)
    drain()
    tasks = queries.open_tasks(instance_id=instance_id)
    assert len(tasks) == 34
    for task in tasks:
        person = queries.variables_of_task(task.id)["person"]
        actions.complete_task(task_id=task.id, variables={"answer": person}, completed_by=None)
    drain()
    assert queries.instance(instance_id).outcome == "completed"
    answers = queries.variables_of_instance(instance_id)["answers"]
    assert answers == [f"p{number}" for number in range(35)]


def test_going_on_that_fails_is_held_until_somebody_says_so(run, monkeypatch):
    instance_id = run(model(*LOOP), n=0)
    complete("ask", instance_id)
    with monkeypatch.context() as bug:
        bug.setattr(steps, "advance_over", lambda *_, **__: 1 / 0)
        assert [executor.run_due(), executor.run_due()] == [1, 0]
    (incident,) = queries.open_incidents(instance_id=instance_id)
    assert incident.kind == "bug"
    assert is_paused(instance_id)
    actions.retry_incident(incident_id=incident.id)
    drain()
    assert [task.element_id for task in queries.open_tasks(instance_id=instance_id)] == ["check"]
    assert queries.open_incidents() == []


def test_one_that_is_suspended_while_it_pauses_goes_on_when_it_is_resumed(run):
    instance_id = run(model(*LOOP), n=0)
    complete("ask", instance_id)
    actions.operate(instance_id=instance_id, command=commands.Suspend(reason="look"))
    drain()
    assert is_paused(instance_id)
    before = len(trace(instance_id))
    drain()
    assert len(trace(instance_id)) == before
    actions.operate(instance_id=instance_id, command=commands.Resume())
    drain()
    assert [task.element_id for task in queries.open_tasks(instance_id=instance_id)] == ["check"]
    assert not InboxEntry.objects.exists()


BESIDE = (
    *(start(), user_task("ask"), gateway("parallel", "split"), user_task("beside"), user_task("elsewhere")),
    *(
        script_task("count", "n + 1", "n"),
        gateway("exclusive", "merge"),
        gateway("exclusive", "enough", "enough-merge"),
    ),
    *(
        user_task("check"),
        end(),
        path("start", "ask", "split", "merge", "count", "enough"),
        path("split", "beside", "elsewhere", "end"),
    ),
    *(flow("enough", "merge"), flow("enough", "check", "n >= most"), path("check", "end")),
)


def move_what_is_beside(instance_id: UUID) -> None:
    at = next(one for one in queries.active_elements(instance_id) if one.element_id == "beside")
    command = commands.MoveToken(element_instance_id=str(at.element_instance_id), target_id="elsewhere")
    actions.operate(instance_id=instance_id, command=command)


def test_what_an_operator_wants_is_done_behind_the_long_step_that_is_under_way(run):
    instance_id = run(model(*BESIDE), n=0, most=20)
    complete("ask", instance_id)
    assert is_paused(instance_id)
    move_what_is_beside(instance_id)
    assert not is_paused(instance_id)
    drain()
    assert {task.element_id for task in queries.open_tasks(instance_id=instance_id)} == {"check", "elsewhere"}
    assert queries.variables_of_instance(instance_id)["n"] == 20
    assert not InboxEntry.objects.exists()


def test_a_step_that_is_too_long_to_wait_for_is_told_to_the_operator_and_goes_on_in_its_turn(run):
    instance_id = run(model(*BESIDE), n=0, most=200)
    complete("ask", instance_id)
    before = len(trace(instance_id))
    with pytest.raises(actions.Refused) as refused:
        move_what_is_beside(instance_id)
    assert refused.value.fields["reason"] == "busy"
    assert len(trace(instance_id)) == before
    drain()
    assert {task.element_id for task in queries.open_tasks(instance_id=instance_id)} == {"check", "beside"}
