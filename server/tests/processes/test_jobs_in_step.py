"""Jobs that are done within the step that comes to them: in its transaction, or as any other job."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from bpmn.testing import (
    boundary,
    each,
    element,
    end,
    error_definition,
    error_reference,
    extensions,
    flow,
    gateway,
    model,
    path,
    service_task,
    start,
    user_task,
    zeebe,
)
from firstline.config import subscriptions
from firstline.ids import new_id
from firstline.outbox import actions as outbox_actions
from firstline.outbox import executor as outbox
from firstline.outbox.models import OutboxEntry
from firstline.processes import actions, queries
from firstline.processes.adapters import steps, together
from firstline.processes.models import HistoryFact, HistoryStep, Job, Message, Task
from firstline.processes.ports import BpmnError, JobFailed
from tests.processes.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)
XML = model(
    start(),
    user_task("a"),
    service_task("tell", job_type="tell"),
    user_task("b"),
    end(),
    path("start", "a", "tell", "b", "end"),
)


@pytest.fixture
def work(workers: dict[str, Callable[[Any], Any]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[Any], Any]]:
    monkeypatch.setattr(subscriptions, "JOBS_IN_STEP", frozenset({"tell"}))
    return workers


def write(key: str) -> None:
    """Leave a mark in our own database."""
    Message.objects.create(name="mark", key=key, message_id=key, variables={}, expires_at=NOON, published_at=NOON)


def marks() -> list[str]:
    return sorted(Message.objects.filter(name="mark").values_list("key", flat=True))


def marking(job: Any) -> Mapping[str, object]:
    write(f"{job.variables['n']}")
    return {"told": True}


def complete(instance_id: UUID) -> None:
    (task,) = queries.open_tasks(instance_id=instance_id)
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)


def place(instance_id: UUID) -> list[str]:
    return [task.element_id for task in queries.open_tasks(instance_id=instance_id)]


def test_it_is_done_when_the_step_is_and_nobody_is_asked_again(run, work):
    work["tell"] = marking
    instance = run(XML, n=1)
    complete(instance)
    assert (place(instance), marks()) == (["b"], ["1"])
    assert queries.variables_of_instance(instance)["told"] is True
    assert not Job.objects.exists()
    assert not OutboxEntry.objects.exists()
    kinds = list(HistoryFact.objects.filter(instance_id=instance).order_by("sequence").values_list("kind", flat=True))
    assert kinds.index("JobCreated") + 1 == kinds.index("JobCompleted")
    assert HistoryStep.objects.filter(instance_id=instance).count() == 2


def test_the_worker_hears_what_it_hears_otherwise(run, work):
    heard = []
    work["tell"] = heard.append
    instance = run(XML, n=1, of={"inner": [1]})
    complete(instance)
    work["tell"] = lambda job: heard.append(job) or 1 / 0
    other = run(XML, n=1, of={"inner": [1]})
    complete(other)
    work["tell"] = heard.append
    outbox.deliver_due()
    first, _, later = heard
    assert later.attempt == first.attempt == 1
    for name in ("type", "business_id", "element_id", "headers", "variables", "now"):
        assert getattr(first, name) == getattr(later, name), name
    assert (first.instance_id, later.instance_id) == (instance, other)
    assert first.key == str(first.id)


def test_what_the_worker_does_to_its_variables_stays_with_it(run, work):
    def meddle(job: Any) -> None:
        job.variables["of"]["inner"].append(2)
        job.variables["n"] = 5

    work["tell"] = meddle
    instance = run(XML, n=1, of={"inner": [1]})
    complete(instance)
    assert queries.variables_of_instance(instance) == {"n": 1, "of": {"inner": [1]}}


@pytest.mark.parametrize("error", [RuntimeError("a bug"), JobFailed("no use"), BpmnError("NO")])
def test_one_that_goes_wrong_has_done_nothing_and_is_a_job_as_any_other(run, work, error):
    def go_wrong(job: Any) -> None:
        write("half")
        raise error

    work["tell"] = go_wrong
    instance = run(XML, n=1)
    complete(instance)
    assert (place(instance), marks()) == ([], [])
    work["tell"] = marking
    outbox.deliver_due()
    assert (place(instance), marks()) == (["b"], ["1"])


def test_one_that_breaks_the_transaction_has_done_nothing_either(run, work):
    def break_it(job: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    work["tell"] = break_it
    instance = run(XML, n=1)
    complete(instance)
    assert [job.type for job in queries.open_jobs(instance)] == ["tell"]


def test_one_that_goes_on_after_an_error_of_the_database_has_done_nothing_either(run, work):
    def go_on(job: Any) -> None:
        write("half")
        with suppress(IntegrityError):
            write_twice()

    work["tell"] = go_on
    instance = run(XML, n=1)
    complete(instance)
    assert (place(instance), marks(), len(queries.open_jobs(instance))) == ([], [], 1)


@transaction.atomic(savepoint=False)
def write_twice() -> None:
    write("twice")
    write("twice")


def refer_to_nothing(job: Any) -> None:
    """Its foreign key is looked at when the transaction ends."""
    write(f"{job.variables['n']}")
    if job.variables["n"] == 2:
        Task.objects.filter(instance_id=job.instance_id).update(instance_id=new_id())


def test_one_that_refers_to_nothing_has_done_nothing_either(run, work):
    work["tell"] = refer_to_nothing
    instance = run(XML, n=2)
    complete(instance)
    assert (marks(), len(queries.open_jobs(instance))) == ([], 1)


def test_of_those_served_together_one_that_refers_to_nothing_spoils_nobody_else(run, work):
    work["tell"] = refer_to_nothing
    instances = [run(XML, n=number) for number in (1, 2, 3)]
    at_once(*instances)
    assert [place(one) for one in instances] == [["b"], [], ["b"]]
    assert marks() == ["1", "3"]


def test_when_one_goes_wrong_the_next_of_the_step_are_not_tried(run, work):
    tried = []

    def go_wrong(job: Any) -> None:
        tried.append(job.variables["x"])
        raise RuntimeError("a bug")

    work["tell"] = go_wrong
    job = extensions(zeebe("taskDefinition", type="tell"))
    tell = element("serviceTask", "tell", job, each("=[1, 2, 3]", "x"))
    instance = run(model(start(), user_task("a"), tell, end(), path("start", "a", "tell", "end")))
    complete(instance)
    assert (tried, len(queries.open_jobs(instance))) == ([1], 3)


def test_workers_are_woken_once_for_all_that_is_wanted_together(run, work, monkeypatch):
    def want(job: Any) -> None:
        outbox_actions.put(kind="end", key=f"end:{job.key}", payload={})

    work["tell"] = want
    rung = []
    monkeypatch.setitem(outbox_actions._RINGS, "effects", lambda: rung.append(1))
    instances = [run(XML, n=number) for number in (1, 2, 3)]
    at_once(*instances)
    assert OutboxEntry.objects.filter(kind="end").count() == 3
    assert rung == [1]


def test_one_that_gives_what_no_process_can_hold_is_a_job_as_any_other(run, work):
    def give(job: Any) -> dict[str, object]:
        write("half")
        return {"what": object()}

    work["tell"] = give
    instance = run(XML, n=1)
    complete(instance)
    assert (place(instance), marks(), len(queries.open_jobs(instance))) == ([], [], 1)


def test_what_the_model_catches_is_thrown_when_it_is_asked_for(run, work):
    xml = model(
        start(),
        user_task("a"),
        service_task("tell", job_type="tell"),
        boundary("caught", "tell", error_reference("no")),
        user_task("b"),
        end(),
        path("start", "a", "tell", "end"),
        flow("caught", "b"),
        definitions=[error_definition("no", "NO")],
    )

    def refuse(job: Any) -> None:
        raise BpmnError("NO")

    work["tell"] = refuse
    instance = run(xml, n=1)
    complete(instance)
    outbox.deliver_due()
    assert place(instance) == ["b"]


def test_when_the_database_is_away_the_step_is_not_made(run, work):
    def lose(job: Any) -> None:
        raise OperationalError("gone")

    work["tell"] = lose
    instance = run(XML, n=1)
    with pytest.raises(OperationalError):
        complete(instance)
    assert place(instance) == ["a"]


def test_what_fails_behind_it_takes_back_what_it_did(run, work, monkeypatch):
    work["tell"] = marking
    instance = run(XML, n=1)
    monkeypatch.setattr(steps.effects, "carry_out", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        complete(instance)
    assert (place(instance), marks()) == (["a"], [])


def test_of_those_served_together_one_that_goes_wrong_spoils_nobody_else(run, work):
    def sometimes(job: Any) -> Mapping[str, object]:
        given = marking(job)
        if job.variables["n"] == 2:
            raise RuntimeError("a bug")
        return given

    work["tell"] = sometimes
    instances = [run(XML, n=number) for number in (1, 2, 3)]
    at_once(*instances)
    assert [place(one) for one in instances] == [["b"], [], ["b"]]
    assert marks() == ["1", "3"]


def test_those_served_together_are_done_in_one_transaction(run, work, monkeypatch):
    work["tell"] = marking
    sizes = []
    plain = together.carry_out
    monkeypatch.setattr(
        together, "carry_out", lambda wanted, **more: sizes.append(len(wanted)) or plain(wanted, **more)
    )
    instances = [run(XML, n=number) for number in (1, 2, 3)]
    sizes.clear()
    at_once(*instances)
    assert (sizes, marks()) == ([3], ["1", "2", "3"])


def at_once(*instances: UUID) -> None:
    def call(instance: UUID) -> None:
        try:
            complete(instance)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=[one]) for one in instances]
    with together.gathering.held():
        for thread in threads:
            thread.start()
        while len(together.gathering) < len(threads):
            assert all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join()


def test_a_job_that_is_gone_within_the_step_wants_nothing(run, work):
    """Also of those that others do: it came and went."""
    xml = model(
        start(),
        user_task("a"),
        gateway("parallel", "fork"),
        service_task("other", job_type="other"),
        end("over", "<bpmn:terminateEventDefinition/>"),
        path("start", "a", "fork", "other"),
        flow("fork", "over"),
    )
    work["other"] = marking
    instance = run(xml, n=1)
    complete(instance)
    assert queries.instance(instance).outcome == "terminated"
    assert not OutboxEntry.objects.exists()
