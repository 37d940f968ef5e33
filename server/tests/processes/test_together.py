"""Callers that ask at the same time are served in one transaction, each with its own answer."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from bpmn import commands
from bpmn.testing import each, element, end, gateway, model, path, service_task, start, user_task
from firstline import clock
from firstline.config import subscriptions
from firstline.processes import actions, events, queries, workers
from firstline.processes.adapters import locking, rows, steps, together
from firstline.processes.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 300
XML = model(start(), user_task("a"), user_task("b"), end(), path("start", "a", "b", "end"))
UNKNOWN = UUID("01890000-0000-7000-8000-0000000000ff")


def ask_at_once(*asks: Callable[[], object]) -> list[object]:
    """Let each thread ask while somebody else is at work, so that they are served together; gives answers and errors."""
    answers: list[object] = [None] * len(asks)

    def call(number: int, ask: Callable[[], object]) -> None:
        try:
            answers[number] = ask()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test looks at it
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=one) for one in enumerate(asks)]
    with together.gathering.held():
        for thread in threads:
            thread.start()
        until = time.monotonic() + PATIENCE_SECONDS
        while len(together.gathering) < len(asks) and time.monotonic() < until:
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that writes steps."""
    said: list[str] = []
    plain = rows.execute

    def execute(statement: str, *arguments: Any) -> Any:
        said.append(statement)
        return plain(statement, *arguments)

    monkeypatch.setattr(rows, "execute", execute)
    return said


def complete(task_id: UUID, **variables: object) -> Callable[[], object]:
    return lambda: actions.complete_task(task_id=task_id, variables=variables, completed_by=None)


def open_task(instance_id: UUID) -> UUID:
    (task,) = queries.open_tasks(instance_id=instance_id)
    return task.id


def places(*instances: UUID) -> list[str]:
    return [task.element_id for one in instances for task in queries.open_tasks(instance_id=one)]


def test_many_callers_are_one_transaction(run, written):
    instances = [run(XML) for _ in range(8)]
    written.clear()
    answers = ask_at_once(*(complete(open_task(one), who=number) for number, one in enumerate(instances)))
    assert answers == [None] * 8
    assert len(written) == 1
    assert places(*instances) == ["b"] * 8
    assert [queries.variables_of_instance(one)["who"] for one in instances] == list(range(8))


def test_two_that_want_the_same_instance_are_one_transaction_too(run, monkeypatch):
    both = run(model(start(), element("userTask", "a", each("=[1, 2]", "item")), end(), path("start", "a", "end")))
    commits = []
    plain = BaseDatabaseWrapper.commit
    monkeypatch.setattr(BaseDatabaseWrapper, "commit", lambda self: commits.append(1) or plain(self))
    answers = ask_at_once(*(complete(task.id) for task in queries.open_tasks(instance_id=both)))
    assert (answers, len(commits)) == ([None, None], 1)
    assert queries.instance(both).outcome == "completed"


def test_each_gets_its_own_answer(run):
    one, other = run(XML), run(XML)
    done = open_task(one)
    refused = complete(open_task(other), endless=float("nan"))
    begin = lambda: actions.start_instance(release_id="release", process_id="p", business_id=None, variables={"n": 1})  # noqa: E731 -- as the others
    first, second, third, fourth, fifth = ask_at_once(complete(done), complete(UNKNOWN), refused, complete(done), begin)
    assert {type(answer) for answer in (first, fourth)} == {type(None), actions.TaskGone}
    assert isinstance(second, actions.TaskGone)
    assert isinstance(third, actions.Refused)
    assert places(one, other, fifth) == ["b", "a", "a"]
    assert queries.variables_of_instance(fifth) == {"n": 1}


def test_one_that_fails_spoils_nobody(run, monkeypatch):
    good, bad = run(XML), run(XML)
    real = steps.advance_over

    def poisoned(store, *arguments, **more):
        if store._instance.id == bad:
            raise ZeroDivisionError("a bug")
        return real(store, *arguments, **more)

    monkeypatch.setattr(steps, "advance_over", poisoned)
    begin = lambda: actions.start_instance(release_id="release", process_id="p", business_id=None, variables={})  # noqa: E731 -- as the others
    first, second, begun = ask_at_once(complete(open_task(good)), complete(open_task(bad)), begin)
    assert first is None
    assert isinstance(second, ZeroDivisionError)
    assert places(good, bad, begun) == ["b", "a", "a"]


def test_what_one_hears_and_refuses_is_undone_for_that_one_alone(run, monkeypatch):
    good, bad = run(XML), run(XML)
    bad_task = open_task(bad)

    def refuse(event: events.TaskCompleted) -> None:
        if event.task_id == bad_task:
            raise RuntimeError("not this one")

    monkeypatch.setattr(subscriptions, "SUBSCRIPTIONS", {events.TaskCompleted: (refuse,)})
    first, second = ask_at_once(complete(open_task(good)), complete(bad_task))
    assert (first, type(second)) == (None, RuntimeError)
    assert places(good, bad) == ["b", "a"]
    assert queries.state_at(bad).head().outcome == ""


def test_an_instance_that_somebody_has_in_hand_holds_up_nobody_else(run, caplog):
    caplog.set_level(logging.INFO, together.__name__)
    free, taken = run(XML), run(XML)
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        from firstline.processes.adapters.locking import lock

        with transaction.atomic():
            lock("instance", taken)
            held.set()
            go.wait(PATIENCE_SECONDS)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE_SECONDS)

    def then_let_go() -> None:
        complete(open_task(free))()
        go.set()

    answers = ask_at_once(then_let_go, complete(open_task(taken)))
    holder.join()
    assert answers == [None, None]
    assert places(free, taken) == ["b", "b"]
    # Nothing that was begun together had to be undone.
    assert not caplog.records


def test_when_the_database_goes_away_at_the_commit_each_is_told_to_look(run, monkeypatch):
    one, other = run(XML), run(XML)
    asks = complete(open_task(one)), complete(open_task(other))
    real = BaseDatabaseWrapper.commit

    def go_away(self: BaseDatabaseWrapper) -> None:
        monkeypatch.setattr(BaseDatabaseWrapper, "commit", real)
        raise OperationalError("gone")

    monkeypatch.setattr(BaseDatabaseWrapper, "commit", go_away)
    assert [type(answer) for answer in ask_at_once(*asks)] == [together.Unsure] * 2
    assert places(one, other) == ["a", "a"]


OUTSIDE = model(start(), service_task("job", job_type="outside"), end(), path("start", "job", "end"))


def held(instance_id: UUID) -> UUID:
    """Put the job of an instance into the hands of a worker; gives the lease."""
    (job,) = workers.hand_out(
        types=["outside"], worker="w", limit=1, lease=timedelta(minutes=1), variables=None, key_id=None, now=clock.now()
    )
    assert job.instance_id == instance_id
    return job.lease_id


def answer(lease_id: UUID, **variables: object) -> Callable[[], object]:
    return lambda: workers.complete(lease_id=lease_id, variables=variables)


def test_workers_that_answer_at_once_are_one_transaction_and_each_is_told_its_own(run, written):
    instances = [run(OUTSIDE) for _ in range(5)]
    leases = [held(one) for one in instances]
    fine, twice, otherwise, suspended, lost = leases
    actions.operate(instance_id=instances[3], command=commands.Suspend())
    Job.objects.filter(instance_id=instances[4]).update(next_attempt_at=clock.now())
    written.clear()
    answers = ask_at_once(
        answer(fine, n=1),
        answer(twice, n=2),
        answer(twice, n=2),
        lambda: workers.fail(lease_id=otherwise, message="away", retries_left=2),
        answer(suspended, n=4),
        answer(lost, n=5),
    )
    assert [one["state"] for one in answers[:5]] == ["completed", "completed", "completed", "open", "kept"]
    assert isinstance(answers[5], workers.LeaseLost)
    assert len(written) == 1
    assert [queries.instance(one).outcome for one in instances] == ["completed", "completed", "", "", ""]
    assert [queries.variables_of_instance(one)["n"] for one in instances[:2]] == [1, 2]
    with pytest.raises(workers.AnsweredOtherwise):
        workers.complete(lease_id=otherwise, variables={})


def test_of_workers_that_answer_at_once_one_that_stumbles_spoils_none(run, monkeypatch):
    instances = [run(OUTSIDE) for _ in range(3)]
    leases = [held(one) for one in instances]
    plain = workers._answers._held_job

    def stumble(lease: Any, now: Any) -> Any:
        if lease.id == leases[1]:
            raise ZeroDivisionError("a bug")
        return plain(lease, now)

    monkeypatch.setattr("firstline.processes.workers._answers._held_job", stumble)
    answers = ask_at_once(*(answer(one) for one in leases))
    assert [type(one) for one in answers] == [dict, ZeroDivisionError, dict]
    assert [queries.instance(one).outcome for one in instances] == ["completed", "", "completed"]


def test_what_was_read_before_another_step_was_committed_is_read_again(run, monkeypatch):
    # Whoever looks for instances stops between what the statement sees and what it locks.
    monkeypatch.setattr(locking, "_PATIENCE", "SELECT pg_advisory_xact_lock(7)")
    locking._free_of.cache_clear()
    fork, join = gateway("parallel", "fork"), gateway("parallel", "join")
    both = (path("start", "fork", "a", "join", "c", "end"), path("fork", "b", "join"))
    instance_id = run(model(start(), fork, user_task("a"), user_task("b"), join, user_task("c"), end(), *both))
    tasks = {task.element_id: task.id for task in queries.open_tasks(instance_id=instance_id)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")
        thread = threading.Thread(target=lambda: (complete(tasks["a"])(), connection.close()))
        thread.start()
        stands = until(
            "SELECT count(*) = 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
        )
        with transaction.atomic():
            complete(tasks["b"])()
        cursor.execute("SELECT pg_advisory_unlock(7)")
    thread.join()
    locking._free_of.cache_clear()
    assert stands
    assert places(instance_id) == ["c"]


def until(question: str) -> bool:
    """Ask the database until it says yes."""
    last = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < last:
            cursor.execute(question)
            if cursor.fetchone() == (True,):
                return True
            time.sleep(0.01)
    return False
