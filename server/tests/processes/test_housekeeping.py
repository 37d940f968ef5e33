"""What goes when its time is over: messages, instances with their history, whole months."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from bpmn.testing import end, message_definition, model, path, start, user_task
from firstline import clock, crashpoints, ids
from firstline.processes import actions, executor, housekeeping, queries
from firstline.processes.adapters import partitions
from firstline.processes.adapters.partitions import Month
from firstline.processes.models import Deployment, HistoryStep, Incident, Instance, Message, Signal, Task

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db
ONE = model(start(), user_task("check"), end(), path("start", "check", "end"))
ANSWER = message_definition("answer", "answer", "=number")


def publish(message_id: str, **lives: float) -> None:
    actions.publish_message(
        message_id=message_id, name="answer", key="7", variables={"iban": "DE"}, time_to_live=timedelta(**lives)
    )


def keep_house(**later: float) -> None:
    while housekeeping.keep_house(now=NOON + timedelta(**later)):
        pass


# --- messages ---


def test_a_message_that_nobody_took_is_emptied_when_its_time_is_over_and_forgotten_a_week_later():
    publish("short")
    publish("long", hours=2)
    keep_house(hours=1)
    said = dict(Message.objects.values_list("message_id", "variables"))
    assert said == {"short": {}, "long": {"iban": "DE"}}
    keep_house(days=6)
    publish("short", days=30)
    assert Message.objects.get(message_id="short").is_expired
    keep_house(days=8)
    assert not Message.objects.exists()


def test_a_message_on_its_way_is_kept_however_old_it_is(run):
    xml = model(
        start(),
        '<bpmn:receiveTask id="r" messageRef="answer"/>',
        end(),
        path("start", "r", "end"),
        definitions=[ANSWER],
    )
    instance_id = run(xml, number="7")
    publish("m1")
    keep_house(days=30)
    assert Message.objects.get().variables == {"iban": "DE"}

    executor.run_due()
    assert queries.variables_of_instance(instance_id)["iban"] == "DE"
    keep_house(days=30)
    assert not Message.objects.exists()


def test_the_id_of_a_signal_is_forgotten_after_a_week():
    for number in range(3):
        actions.broadcast_signal(signal_id=f"s{number}", name="alarm", variables={})
    keep_house(days=7)
    assert Signal.objects.count() == 3
    later = NOON + timedelta(days=7, seconds=1)
    assert [housekeeping.forget_signals(now=later, limit=2) for _ in range(3)] == [2, 1, 0]


def test_many_messages_go_in_small_batches(monkeypatch):
    for number in range(5):
        publish(f"m{number}")
    assert [housekeeping.expire_messages(now=NOON, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    later = NOON + timedelta(days=8)
    assert [housekeeping.forget_messages(now=later, limit=2) for _ in range(4)] == [2, 2, 1, 0]


# --- instances ---


def finish(instance_id: UUID) -> None:
    (task,) = queries.open_tasks(instance_id=instance_id)
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)


@pytest.fixture
def kept_for_30_days(settings: Any) -> None:
    settings.FIRSTLINE_RETENTION_DAYS = 30


def test_instances_are_kept_for_ever_unless_somebody_says_otherwise(run):
    finish(run(ONE))
    keep_house(days=10_000)
    assert Instance.objects.count() == 1


@pytest.mark.usefixtures("kept_for_30_days")
def test_an_instance_goes_with_all_that_is_known_of_it_so_long_after_its_end(run):
    ended, later, running = run(ONE), run(ONE), run(ONE)
    finish(ended)
    Incident.objects.create(instance_id=ended, kind="bug", message="", stage="held")
    with clock.fixed(NOON + timedelta(days=5)):
        finish(later)
    keep_house(days=29)
    assert Instance.objects.count() == 3
    keep_house(days=31)
    assert set(Instance.objects.values_list("id", flat=True)) == {later, running}
    assert set(HistoryStep.objects.values_list("instance_id", flat=True)) == {later, running}
    assert set(Task.objects.values_list("instance_id", flat=True)) == {later, running}
    assert not Incident.objects.exists()
    assert queries.instance(ended) is None
    assert (queries.history(ended), queries.element_times(ended)) == ([], [])
    keep_house(days=4000)
    assert [row.id for row in queries.instances_of(CASE)] == [running]


@pytest.mark.usefixtures("kept_for_30_days")
def test_a_crash_while_instances_go_leaves_them_whole(run):
    finish(run(ONE))
    later = NOON + timedelta(days=31)
    with crashpoints.crash_at("processes.retention.before_commit"), pytest.raises(crashpoints.Crash):
        housekeeping.delete_instances(now=later)
    assert HistoryStep.objects.exists()
    assert housekeeping.delete_instances(now=later) == 1
    assert not HistoryStep.objects.exists()


# --- months ---


def test_a_month_begins_with_its_first_id():
    may = Month(2026, 12).next
    assert may == Month(2027, 1)
    first = may.first_id
    assert partitions.month_of(first) == may
    assert partitions.month_of(UUID(int=first.int - 1)) == Month(2026, 12)
    assert may.begins_at == datetime(2027, 1, 1, tzinfo=UTC)


def tables() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM processes_historystep GROUP BY 1")
        return dict(cursor.fetchall())


@pytest.fixture
def no_months():
    """Take away what other tests have left, until this one is over."""
    for month in list(partitions.months()):
        assert partitions.drop(month)


@pytest.mark.usefixtures("no_months")
def test_months_are_made_ahead_and_the_history_lies_in_them(run):
    this = partitions.month_of(ids.new_id())
    assert partitions.make_ahead() == [this, this.next, this.next.next, this.next.next.next]
    assert partitions.make_ahead() == []
    instance_id = run(ONE)
    finish(instance_id)
    assert tables() == {this.table: 2}
    assert [row.kind for row in queries.history(instance_id)][-1] == "InstanceEnded"


@pytest.mark.usefixtures("no_months")
def test_what_came_before_its_month_was_made_stays_in_the_rest(run):
    instance_id = run(ONE)
    this = partitions.month_of(ids.new_id())
    assert partitions.make_ahead() == [this.next, this.next.next, this.next.next.next]
    finish(instance_id)
    assert tables() == {"processes_historystep_rest": 2}


@pytest.mark.usefixtures("no_months", "kept_for_30_days")
def test_a_month_is_dropped_when_none_of_its_instances_is_left(run):
    partitions.make_ahead()
    this = partitions.month_of(ids.new_id())
    ended, running = run(ONE), run(ONE)
    finish(ended)
    # The clock of the tests stands still, ids are of today.
    long_after = max(NOON, this.next.begins_at) + timedelta(days=31)
    assert housekeeping.delete_instances(now=long_after) == 1
    assert housekeeping.drop_months(now=long_after) == []
    actions.cancel_instance(instance_id=running, reason="over")
    assert housekeeping.delete_instances(now=long_after) == 1
    assert housekeeping.drop_months(now=this.next.begins_at) == []
    assert housekeeping.drop_months(now=long_after) == [this]
    assert tables() == {}
    assert this not in partitions.months()
    assert Deployment.objects.exists()
