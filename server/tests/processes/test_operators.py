"""What operators do to instances: suspended ones keep what comes until they are resumed, nothing is lost, the order stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from bpmn import commands
from bpmn.testing import (
    boundary,
    compensated,
    element,
    end,
    extensions,
    message_definition,
    message_reference,
    model,
    path,
    service_task,
    start,
    timer,
    user_task,
    zeebe,
)
from firstline import clock
from firstline.outbox import executor as outbox
from firstline.processes import actions, executor, queries
from firstline.processes import workers as outside
from firstline.processes.models import InboxEntry, Incident, Instance, Timer

from .conftest import NOON

pytestmark = pytest.mark.django_db

WORK = model(
    start(),
    user_task("work"),
    boundary("late", "work", timer(duration="PT1H")),
    boundary("called", "work", message_reference("m"), interrupting=False),
    end("done"),
    end("too_late"),
    user_task("answer"),
    end("answered"),
    path("start", "work", "done"),
    path("late", "too_late"),
    path("called", "answer", "answered"),
    definitions=[message_definition("m", "call", '="k"')],
)


def do(instance_id: Any, command: Any) -> None:
    actions.operate(instance_id=instance_id, command=command)


def publish(number: int) -> None:
    actions.publish_message(
        message_id=f"m{number}", name="call", key="k", variables={"n": number}, time_to_live=timedelta(days=1)
    )


def test_timers_and_messages_of_a_suspended_instance_come_in_order_when_it_is_resumed(run):
    instance_id = run(WORK)
    do(instance_id, commands.Suspend(reason="look"))
    assert queries.is_suspended(instance_id)
    publish(1)
    publish(2)
    with clock.fixed(NOON + timedelta(hours=2)):
        while executor.run_due():
            pass
        assert [task.element_id for task in queries.open_tasks()] == ["work"]
        assert queries.next_due_at() is None
        do(instance_id, commands.Resume(reason="go on"))
        while executor.run_due():
            pass
    assert not InboxEntry.objects.exists()
    assert not Timer.objects.exists()
    assert sorted(task.element_id for task in queries.open_tasks()) == ["answer", "answer"]
    heard = [fact.value for fact in queries.facts_of(instance_id) if getattr(fact, "name", "") == "n"]
    assert heard == [1, 2]
    assert queries.state_at(instance_id).instance.suspended is False


def test_a_task_of_a_suspended_instance_waits_and_says_why(run):
    instance_id = run(WORK)
    do(instance_id, commands.Suspend(reason="look"))
    (task,) = queries.open_tasks()
    with translation.override("en"), pytest.raises(actions.Suspended, match="suspended"):
        actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    do(instance_id, commands.Resume())
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    assert queries.instance(instance_id).outcome == "completed"


def test_a_job_isnt_begun_while_its_instance_is_suspended(run, workers: dict[str, Callable[..., Any]]):
    done = []
    workers["work"] = done.append
    xml = model(start(), service_task("job"), end(), path("start", "job", "end"))
    instance_id = run(xml)
    do(instance_id, commands.Suspend())
    outbox.deliver_due()
    (job,) = queries.open_jobs(instance_id)
    assert (done, job.attempts) == ([], 0)
    do(instance_id, commands.Resume())
    outbox.deliver_due()
    assert len(done) == 1
    assert queries.instance(instance_id).outcome == "completed"


def test_a_job_whose_instance_is_resumed_while_it_is_put_off_is_begun_at_once(
    run, workers: dict[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch
):
    done = []
    workers["work"] = done.append
    instance_id = run(model(start(), service_task("job"), end(), path("start", "job", "end")))
    do(instance_id, commands.Suspend())
    look = queries.jobs_to_do

    def be_late(*arguments: Any, **more: Any) -> Any:
        found = look(*arguments, **more)
        resuming.undo()
        do(instance_id, commands.Resume())
        return found

    with monkeypatch.context() as resuming:
        resuming.setattr(queries, "jobs_to_do", be_late)
        while outbox.deliver_due():
            pass
    assert len(done) == 1


def test_a_job_that_is_done_while_its_instance_is_being_suspended_is_taken_later(run, workers):
    asked = []
    xml = model(start(), service_task("job"), end(), path("start", "job", "end"))

    def work(job: Any) -> dict[str, int]:
        asked.append(job.key)
        if len(asked) == 1:
            do(instance_id, commands.Suspend())
        return {"n": 1}

    workers["work"] = work
    instance_id = run(xml)
    outbox.deliver_due()
    assert queries.instance(instance_id).outcome == ""
    do(instance_id, commands.Resume())
    outbox.deliver_due()
    assert len(asked) == 2
    assert len(set(asked)) == 1
    assert queries.instance(instance_id).outcome == "completed"
    assert not Incident.objects.exists()


def test_workers_outside_get_no_jobs_of_a_suspended_instance(run, workers):
    instance_id = run(model(start(), service_task("job", job_type="outside"), end(), path("start", "job", "end")))
    do(instance_id, commands.Suspend())

    def handed_out() -> int:
        lease = timedelta(minutes=1)
        now = clock.now()
        return len(
            outside.hand_out(types=["outside"], worker="w", limit=5, lease=lease, variables=None, key_id=None, now=now)
        )

    assert handed_out() == 0
    do(instance_id, commands.Resume())
    assert handed_out() == 1


def test_a_token_moves_through_the_store_and_its_timer_goes_with_it(run):
    xml = model(
        start(), user_task("a"), boundary("late", "a", timer(duration="PT1H")), user_task("b"), end(), end("x"),
        path("start", "a", "b", "end"), path("late", "x"),
    )  # fmt: skip
    instance_id = run(xml)
    (at,) = queries.active_elements(instance_id)
    do(instance_id, commands.MoveToken(element_instance_id=str(at.element_instance_id), target_id="b", reason="skip"))
    assert [one.element_id for one in queries.active_elements(instance_id)] == ["b"]
    assert [task.element_id for task in queries.open_tasks()] == ["b"]
    assert not Timer.objects.exists()


def test_a_step_back_runs_the_compensation_through_the_store(run, workers):
    undone = []
    workers["undo"] = lambda job: undone.append(job.element_id)
    task = extensions(zeebe("taskDefinition", type="undo"))
    xml = model(
        start(), user_task("book"), compensated("book", "unbook"),
        element("serviceTask", "unbook", task, isForCompensation="true"), user_task("pay"), end(),
        path("start", "book", "pay", "end"),
    )  # fmt: skip
    instance_id = run(xml)
    (task_row,) = queries.open_tasks()
    actions.complete_task(task_id=task_row.id, variables={}, completed_by=None)
    (at,) = queries.active_elements(instance_id)
    do(instance_id, commands.StepBack(element_instance_id=str(at.element_instance_id), reason="wrong day"))
    assert queries.open_tasks() == []
    outbox.deliver_due()
    assert undone == ["unbook"]
    assert [task.element_id for task in queries.open_tasks()] == ["book"]


def test_what_the_engine_refuses_is_refused_with_its_reason_and_changes_nothing(run):
    instance_id = run(WORK)
    (at,) = queries.active_elements(instance_id)
    sequence = Instance.objects.get(id=instance_id).sequence
    command = commands.CancelToken(element_instance_id=str(at.element_instance_id))
    with pytest.raises(actions.Refused, match="only token") as refused:
        do(instance_id, command)
    assert refused.value.fields["reason"] == "last_token"
    assert Instance.objects.get(id=instance_id).sequence == sequence


def test_an_instance_that_ended_isnt_suspended_any_more(run):
    instance_id = run(WORK)
    do(instance_id, commands.Suspend())
    actions.cancel_instance(instance_id=instance_id, reason="over")
    assert not queries.is_suspended(instance_id)


def test_an_incident_knows_its_process_and_what_it_is_like(run):
    for number in (1, 22):
        xml = model(
            start(), element("scriptTask", "s", extensions(zeebe("script", expression=f'=assert({number}, false, "order {number}")', resultVariable="x"))),
            end(), path("start", "s", "end"),
        )  # fmt: skip
        run(xml, release_id=f"r{number}")
    first, second = Incident.objects.order_by("id")
    assert first.process_id == second.process_id == "p"
    assert first.deployment_id != second.deployment_id
    assert first.message != second.message
    assert first.likeness == second.likeness
