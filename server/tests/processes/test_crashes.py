"""A process dies at any point, several work at once: nothing is lost, nothing happens twice."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

import firstline.processes
from bpmn.testing import (
    boundary,
    element,
    end,
    extensions,
    flow,
    gateway,
    message_definition,
    message_reference,
    model,
    path,
    script_task,
    service_task,
    signal_definition,
    signal_reference,
    start,
    timer,
    user_task,
    zeebe,
)
from firstline import clock, crashpoints
from firstline.config import subscriptions
from firstline.outbox import executor as outbox
from firstline.outbox.models import OutboxEntry
from firstline.processes import actions, executor, housekeeping, queries
from firstline.processes import workers as outside
from firstline.processes.models import HistoryFact, Incident, Instance, Message, Task

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db(transaction=True)

CHILD = model(start(), service_task("book"), end(), path("start", "book", "end"), process_id="child")
EVERYTHING = model(
    start(),
    user_task("first"),
    gateway("parallel", "fork"),
    service_task("tell", job_type="tell"),
    service_task("save"),
    service_task("charge", job_type="outside"),
    element("intermediateCatchEvent", "pause", timer(duration="PT1H")),
    element("intermediateCatchEvent", "answer", message_reference("m")),
    element("callActivity", "call", extensions(zeebe("calledElement", processId="child"))),
    gateway("parallel", "sync"),
    end(),
    path("start", "first", "tell", "fork", "save", "sync", "end"),
    path("fork", "charge", "sync"),
    path("fork", "pause", "sync"),
    path("fork", "answer", "sync"),
    path("fork", "call", "sync"),
    definitions=[message_definition("m", "answer", "=number")],
)
BY_TIME = model(element("startEvent", "then", timer(duration="PT1H")), end(), path("then", "end"), process_id="by_time")
BY_MESSAGE = model(
    element("startEvent", "hear", message_reference("m")),
    end(),
    path("hear", "end"),
    process_id="by_message",
    definitions=[message_definition("m", "order", "=number")],
)

BY_SIGNAL = model(
    element("startEvent", "hear", signal_reference("s")),
    end(),
    path("hear", "end"),
    process_id="by_signal",
    definitions=[signal_definition("s", "go")],
)


@pytest.fixture(autouse=True)
def _kept_for_a_day(settings) -> None:
    settings.FIRSTLINE_RETENTION_DAYS = 1


def points() -> list[str]:
    """Every crash point of the engine, as they are written in its code."""
    folder = Path(firstline.processes.__file__).parent
    found = {name for file in folder.rglob("*.py") for name in re.findall(r'crash_point\("(.+?)"\)', file.read_text())}
    return sorted(found)


@pytest.fixture
def work(workers, monkeypatch) -> dict[str, int]:
    """A system that knows idempotency keys: how often each was asked for. What is told is written within the step."""
    asked: dict[str, int] = {}

    def tell(job):
        Message.objects.create(
            name="told", key="", message_id=job.key, variables={}, expires_at=NOON + timedelta(days=9)
        )

    workers["tell"] = tell
    monkeypatch.setattr(subscriptions, "JOBS_IN_STEP", frozenset({"tell"}))

    def do(job):
        asked[job.key] = asked.get(job.key, 0) + 1

    workers["work"] = do
    return asked


def _do_what_is_due(work: dict[str, int]) -> None:
    actions.deploy(release_id="release", xml=BY_TIME)
    actions.deploy(release_id="release", xml=BY_MESSAGE)
    actions.deploy(release_id="release", xml=BY_SIGNAL)
    actions.broadcast_signal(signal_id="s1", name="go", variables={})
    actions.publish_message(message_id="m2", name="order", key="9", variables={}, time_to_live=timedelta(days=1))
    for task in queries.open_tasks():
        actions.complete_task(task_id=task.id, variables={"done": True}, completed_by=None)
    actions.publish_message(
        message_id="m1", name="answer", key="7", variables={"said": "yes"}, time_to_live=timedelta(days=1)
    )
    while executor.run_due() + outbox.deliver_due():
        pass
    # Nothing is that old yet.
    assert housekeeping.delete_instances(now=clock.now()) == 0
    _work_outside(work)


def _work_outside(work: dict[str, int]) -> None:
    lease = timedelta(minutes=1)
    for job in outside.hand_out(
        types=["outside"], worker="w", limit=10, lease=lease, variables=None, key_id=None, now=clock.now()
    ):
        work[job.key] = work.get(job.key, 0) + 1
        outside.complete(lease_id=job.lease_id, variables={})
    while executor.run_due() + outbox.deliver_due():
        pass


def _moments() -> Iterator[None]:
    """Let time pass far enough for the timer and for the leases of whoever died."""
    for minutes in (0, 5, 61, 70, 90):
        with clock.fixed(NOON + timedelta(minutes=minutes)):
            yield


def _live(instance_id: UUID, work: dict[str, int]) -> int:
    """Work as the web and the worker do, starting again after each crash; returns how many there were."""
    crashes = 0
    for _ in _moments():
        while True:
            try:
                _do_what_is_due(work)
                break
            except crashpoints.Crash:
                crashes += 1
    return crashes


@pytest.mark.parametrize("time", [1, 2, 3])
@pytest.mark.parametrize("point", points())
def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(point, time, work):
    actions.deploy(release_id="release", xml=EVERYTHING)
    actions.deploy(release_id="release", xml=CHILD)
    instance_id = actions.start_instance(
        release_id="release", process_id="p", business_id=CASE, variables={"number": 7}
    )
    with crashpoints.crash_at(point, time=time):
        crashes = _live(instance_id, work)
    assert crashes == 1 or time > 1, f"{point} was never passed"
    assert {row.outcome for row in queries.instances_of(CASE)} == {"completed"}
    assert Message.objects.filter(name="told").count() == 1
    assert len(work) == 3, "each of the three jobs has one key"
    assert max(work.values()) <= 1 + crashes, "a crash repeats what was done together, each once"
    entered = [row.element_id for row in queries.history(instance_id) if row.kind == "ElementEntered"]
    assert sorted(entered) == sorted(
        ["start", "first", "tell", "fork", "save", "charge", "pause", "answer", "call", "end"]
    )
    for row in queries.instances_of(CASE):
        assert queries.state_at(row.id).head().outcome == "completed"
        told = HistoryFact.objects.filter(instance_id=row.id).order_by("sequence").values_list("sequence", flat=True)
        assert list(told) == list(range(1, len(told) + 1))
    assert set(OutboxEntry.objects.values_list("state", flat=True)) == {"done"}
    begun = Instance.objects.filter(business_id=None).order_by("process_id")
    assert list(begun.values_list("process_id", "outcome")) == [
        (one, "completed") for one in ("by_message", "by_signal", "by_time")
    ]


# No job comes there.
IN_A_STEP = [
    point for point in points() if (".step." in point or ".due." in point) and point != "processes.step.job_done"
]


@pytest.mark.parametrize("time", [1, 4])
@pytest.mark.parametrize("point", IN_A_STEP)
def test_a_crash_between_the_stretches_of_a_long_step_loses_nothing(point, time, settings):
    settings.FIRSTLINE_PAUSE_AFTER = 10
    xml = model(
        *(start(), user_task("first"), script_task("count", "n + 1", "n"), gateway("exclusive", "merge"), end()),
        *(gateway("exclusive", "enough", "enough-merge"), path("start", "first", "merge", "count", "enough")),
        *(flow("enough", "merge"), flow("enough", "end", "n >= 20")),
    )
    actions.deploy(release_id="release", xml=xml)
    instance_id = actions.start_instance(release_id="release", process_id="p", business_id=CASE, variables={"n": 0})
    crashes = 0
    with crashpoints.crash_at(point, time=time):
        while not queries.instance(instance_id).outcome:
            try:
                for task in queries.open_tasks():
                    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
                while executor.run_due():
                    pass
            except crashpoints.Crash:
                crashes += 1
    assert crashes == 1
    entered = [row.element_id for row in queries.history(instance_id) if row.kind == "ElementEntered"]
    assert entered == ["start", "first", *["merge", "count", "enough"] * 20, "end"]
    assert queries.state_at(instance_id).head().outcome == "completed"


def test_a_start_that_crashes_never_was():
    actions.deploy(release_id="release", xml=EVERYTHING)
    with crashpoints.crash_at("processes.step.before_commit"), pytest.raises(crashpoints.Crash):
        actions.start_instance(release_id="release", process_id="p", business_id=CASE, variables={})
    assert not Instance.objects.exists()
    assert not HistoryFact.objects.exists()
    assert not Task.objects.exists()


def _at_once(*jobs) -> list[object]:
    """Do things in threads, each with a connection of its own; returns what each gave or raised."""
    results: list[object] = [None] * len(jobs)
    ready = threading.Barrier(len(jobs))

    def work(number: int) -> None:
        ready.wait()
        try:
            results[number] = jobs[number]()
        except Exception as error:  # noqa: BLE001 -- whatever it raises is its result
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_who_complete_a_task_one_is_told_that_it_is_gone():
    actions.deploy(release_id="release", xml=EVERYTHING)
    actions.start_instance(release_id="release", process_id="p", business_id=CASE, variables={"number": 7})
    (task,) = queries.open_tasks()

    def complete() -> None:
        actions.complete_task(task_id=task.id, variables={}, completed_by=None)

    results = _at_once(complete, complete, complete)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "TaskGone", "TaskGone"]
    assert HistoryFact.objects.filter(kind="TaskCompleted").count() == 1


def test_branches_completed_at_once_join():
    names = "abcdef"
    xml = model(
        start(),
        gateway("parallel", "fork"),
        *(user_task(name) for name in names),
        gateway("parallel", "sync"),
        end(),
        path("start", "fork"),
        *(path("fork", name, "sync") for name in names),
        path("sync", "end"),
    )
    actions.deploy(release_id="release", xml=xml)
    instance_id = actions.start_instance(release_id="release", process_id="p", business_id=CASE, variables={})
    tasks = queries.open_tasks(instance_id=instance_id)
    assert _at_once(
        *(lambda task=task: actions.complete_task(task_id=task.id, variables={}, completed_by=None) for task in tasks)
    ) == [None] * len(names)
    assert queries.instance(instance_id).outcome == "completed"


def test_a_message_and_its_catcher_at_once_find_each_other():
    xml = model(
        start(),
        user_task("t"),
        element("intermediateCatchEvent", "c", message_reference("m")),
        end(),
        path("start", "t", "c", "end"),
        definitions=[message_definition("m", "answer", "=number")],
    )
    actions.deploy(release_id="release", xml=xml)
    for number in range(8):
        instance_id = actions.start_instance(
            release_id="release", process_id="p", business_id=CASE, variables={"number": number}
        )
        (task,) = queries.open_tasks(instance_id=instance_id)

        def publish(number: int = number) -> None:
            actions.publish_message(
                message_id=f"m{number}", name="answer", key=str(number), variables={}, time_to_live=timedelta(hours=1)
            )

        results = _at_once(
            publish, lambda task=task: actions.complete_task(task_id=task.id, variables={}, completed_by=None)
        )
        assert results == [None, None]
        executor.run_due()
        assert queries.instance(instance_id).outcome == "completed"


def test_what_comes_while_somebody_has_the_instance_in_hand_waits_for_its_turn():
    xml = model(
        *(start(), gateway("parallel", "fork"), user_task("t"), gateway("parallel", "sync"), end()),
        element("intermediateCatchEvent", "c", message_reference("m")),
        *(path("start", "fork", "t", "sync", "end"), path("fork", "c", "sync")),
        definitions=[message_definition("m", "answer", "=number")],
    )
    actions.deploy(release_id="release", xml=xml)
    instance_id = actions.start_instance(
        release_id="release", process_id="p", business_id=CASE, variables={"number": 7}
    )
    actions.publish_message(message_id="m1", name="answer", key="7", variables={})
    (task,) = queries.open_tasks()
    is_in_hand, is_looked_at = threading.Event(), threading.Event()

    def complete() -> None:
        with transaction.atomic():
            actions.complete_task(task_id=task.id, variables={}, completed_by=None)
            is_in_hand.set()
            is_looked_at.wait()

    def take() -> int:
        is_in_hand.wait()
        try:
            return executor.run_due()
        finally:
            is_looked_at.set()

    def release_who_waits() -> None:
        # Nobody should have to wait; if somebody does, it isn't for ever.
        while not is_looked_at.wait(0.05):
            if _somebody_waits():
                is_looked_at.set()

    assert _at_once(complete, take, release_who_waits) == [None, 0, None]
    assert executor.run_due() == 1
    assert not Incident.objects.exists()
    assert queries.instance(instance_id).outcome == "completed"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_several_workers_share_what_is_due():
    xml = model(
        start(), element("intermediateCatchEvent", "t", timer(duration="PT1H")), user_task("u"), path("start", "t", "u")
    )
    actions.deploy(release_id="release", xml=xml)
    for _ in range(30):
        actions.start_instance(release_id="release", process_id="p", business_id=CASE, variables={})

    def drain() -> int:
        done = 0
        while number := executor.run_due(limit=5):
            done += number
        return done

    with clock.fixed(NOON + timedelta(hours=1)):
        results = _at_once(drain, drain, drain)
        results.append(drain())
    # What another worker did while it was being locked is looked at, and left alone.
    assert sum(result for result in results if isinstance(result, int)) >= 30
    assert Task.objects.filter(state="open").count() == 30
    assert HistoryFact.objects.filter(kind="TimerTriggered").count() == 30


def test_a_timer_and_its_task_at_once_end_in_one_way():
    event = boundary("late", "t", timer(duration="PT1H"))
    xml = model(start(), user_task("t"), event, end(), end("e"), path("start", "t", "end"), path("late", "e"))
    actions.deploy(release_id="release", xml=xml)
    for _ in range(5):
        instance_id = actions.start_instance(release_id="release", process_id="p", business_id=CASE, variables={})
        (task,) = queries.open_tasks(instance_id=instance_id)
        with clock.fixed(NOON + timedelta(hours=1)):
            _at_once(
                executor.run_due,
                lambda task=task: actions.complete_task(task_id=task.id, variables={}, completed_by=None),
            )
            executor.run_due()
        assert queries.instance(instance_id).outcome == "completed"
        ends = HistoryFact.objects.filter(instance_id=instance_id, kind="ElementEntered", element_id__in=["end", "e"])
        assert ends.count() == 1
