"""Due work is found by looking at what is due, however much isn't, is held, or is in hand."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bpmn.testing import element, end, model, path, signal_definition, signal_reference, start, timer
from firstline import clock, statements
from firstline.outbox import actions as outbox
from firstline.outbox import queries as outbox_queries
from firstline.processes import actions, executor, housekeeping, queries, workers
from firstline.processes.adapters import inbox, steps
from firstline.processes.models import InboxEntry, Incident, Instance, Timer

from .conftest import NOON

pytestmark = pytest.mark.django_db
LISTENS = model(
    start(),
    element(
        "subProcess",
        "sub",
        element("startEvent", "hear", signal_reference("go"), isInterrupting="false"),
        element("userTask", "t"),
        path("hear", "t"),
        triggeredByEvent="true",
    ),
    element("userTask", "wait"),
    path("start", "wait"),
    definitions=[signal_definition("go", "go")],
)


def send(instance_id: UUID, name: str = "go") -> None:
    InboxEntry.objects.create(instance_id=instance_id, kind="signal", payload={"name": name, "variables": {}})


def drain() -> int:
    done = 0
    while number := executor.run_due():
        done += number
    return done


def heard(instance_id: UUID) -> int:
    return sum(task.element_id == "t" for task in queries.open_tasks(instance_id=instance_id))


# --- held ---


def test_what_lies_behind_something_held_waits_with_it_and_comes_in_order_when_it_is_released(run, monkeypatch):
    one, other = run(LISTENS), run(LISTENS)
    for _ in range(3):
        send(one)
    taking = executor.taking

    def stumble(entry: InboxEntry, instance: Any, known: Any) -> Any:
        if instance.id == one:
            raise ZeroDivisionError("a bug")
        return taking(entry, instance, known)

    with monkeypatch.context() as bug:
        bug.setattr(executor, "taking", stumble)
        drain()
        send(other)
        send(one)
        drain()
    assert (heard(one), heard(other)) == (0, 1)
    assert set(InboxEntry.objects.values_list("instance_id", "is_held")) == {(one, True)}
    assert queries.next_due_at() is None
    (incident,) = queries.open_incidents()
    actions.retry_incident(incident_id=incident.id)
    assert drain() == 4
    assert (heard(one), queries.open_incidents()) == (4, [])


def test_an_instance_that_nobody_wants_any_more_ends_whatever_is_held(run, monkeypatch):
    instance_id = run(LISTENS)
    taking = executor.taking

    def stumble(entry: InboxEntry, instance: Any, known: Any) -> Any:
        if entry.kind == "signal":
            raise ZeroDivisionError("a bug")
        return taking(entry, instance, known)

    monkeypatch.setattr(executor, "taking", stumble)
    send(instance_id)
    send(instance_id)
    drain()
    InboxEntry.objects.create(instance_id=instance_id, kind="cancel", payload={"reason": "over"})
    send(instance_id)
    drain()
    assert queries.instance(instance_id).outcome == "cancelled"
    monkeypatch.undo()
    (incident,) = queries.open_incidents()
    actions.retry_incident(incident_id=incident.id)
    drain()
    assert (queries.open_incidents(), InboxEntry.objects.count()) == ([], 0)


def test_instances_take_turns(run):
    one, other = run(LISTENS), run(LISTENS)
    for _ in range(5):
        send(one)
    send(other)
    turn = inbox.Turn()
    assert [entry.instance_id for entry in turn.take(1)] == [one]
    assert [entry.instance_id for entry in turn.take(1)] == [other]
    assert [entry.instance_id for entry in turn.take(1)] == [one]


@pytest.mark.django_db(transaction=True)
def test_what_another_worker_has_in_hand_hides_nothing(run):
    one, other = run(LISTENS), run(LISTENS)
    for _ in range(5):
        send(one)
    send(other)
    found: list[UUID] = []

    def look() -> None:
        with transaction.atomic():
            found.extend(entry.instance_id for entry in inbox.Turn().take(1))
        connection.close()

    with transaction.atomic():
        assert [entry.instance_id for entry in inbox.Turn().take(1)] == [one]
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [other]


# --- plans ---

MANY = 10_000
# Each asks for no more than its limit of what is due; EXPLAIN says how it goes about it.
PICKING: dict[str, Callable[[], object]] = {
    "the executor": executor.run_due,
    "when the executor is due next": queries.next_due_at,
    "a worker outside": lambda: workers.hand_out(
        types=["t", "u"],
        worker="w",
        limit=5,
        lease=timedelta(minutes=1),
        variables=None,
        key_id=None,
        now=clock.now(),
    ),
    "when a worker outside is due next": lambda: queries.next_job_due_at(["t", "u"], after=clock.now()),
    "jobs to adopt": lambda: housekeeping.adopt_jobs(now=clock.now()),
    "the outbox": lambda: outbox.take_due(now=clock.now(), limit=5),
    "when the outbox is due next": outbox_queries.next_due_at,
}
_LARGE = {
    "processes_instance",
    "processes_elementinstance",
    "processes_timer",
    "processes_job",
    "processes_inboxentry",
    "processes_startwait",
    "outbox_outboxentry",
}


@pytest.fixture
def crowd(run) -> UUID:
    """Many of everything that isn't due: waiting instances, future timers and starts, held entries, effects of tomorrow."""
    instance_id = run(LISTENS)
    deployment_id = Instance.objects.get(id=instance_id).deployment_id
    tomorrow = NOON + timedelta(days=1)
    with connection.cursor() as cursor:
        for statement in _CROWD:
            cursor.execute(statement, {"deployment": deployment_id, "tomorrow": tomorrow, "now": NOON, "many": MANY})
        cursor.execute(f"ANALYZE {', '.join(_LARGE)}")
    send(instance_id)
    outbox.put(kind="job", key="now", payload={}, due_at=NOON)
    return instance_id


_CROWD = (
    """INSERT INTO processes_instance (id, deployment_id, process_id, outcome, sequence, started_at)
       SELECT gen_random_uuid(), %(deployment)s, 'p', '', 1, %(now)s FROM generate_series(1, %(many)s)""",
    """INSERT INTO processes_timer (id, instance_id, element_instance_id, element_id, due_at, interval, is_held)
       SELECT gen_random_uuid(), id, gen_random_uuid(), 'e', %(tomorrow)s, '', false FROM processes_instance""",
    """INSERT INTO processes_job
           (id, instance_id, element_instance_id, element_id, type, headers, retries, round, state, attempts, failures,
            is_external, next_attempt_at, last_error, created_at)
       SELECT gen_random_uuid(), id, gen_random_uuid(), 'e', type, '{}', 3, 0, 'open', 0, 0, true, at, '', %(now)s
       FROM processes_instance,
           (VALUES ('t', %(tomorrow)s::timestamptz), ('v', %(now)s::timestamptz)) waiting (type, at)""",
    """INSERT INTO processes_inboxentry (id, instance_id, kind, payload, created_at, is_held)
       SELECT gen_random_uuid(), id, 'signal', '{}', %(now)s, true FROM processes_instance""",
    """INSERT INTO processes_startwait
           (id, deployment_id, process_id, element_id, part, kind, name, has_key, written, due_at, interval)
       SELECT gen_random_uuid(), %(deployment)s, 'p' || n, 'e', 0, 'timer', '', false, '', %(tomorrow)s, ''
       FROM generate_series(1, %(many)s) n""",
    """INSERT INTO outbox_outboxentry (id, kind, key, payload, due_at, state, attempts, last_error, created_at)
       SELECT gen_random_uuid(), 'job', 'k' || n, '{}', %(tomorrow)s, 'waiting', 0, '', %(now)s
       FROM generate_series(1, %(many)s) n""",
)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def plan_of(statement: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + statement.replace("%", "%%"))
        (found,) = cursor.fetchone()
    return list(nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `statements.execute` sends, which Django doesn't hear of."""
    texts: list[str] = []

    class Heard(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
            texts.append(psycopg.ClientCursor(self.connection).mogrify(query, params))
            return super().execute(query, params, **how)

    monkeypatch.setattr(statements, "Cursor", Heard)
    return texts


@pytest.mark.usefixtures("crowd")
def test_picking_due_work_reads_only_what_is_due(sent):
    for who, pick in PICKING.items():
        sent.clear()
        with CaptureQueriesContext(connection) as captured:
            pick()
        # Of what is sent directly, only what picks; the rest loads rows by their ids.
        asked = [one["sql"] for one in captured] + [
            one for one in sent if re.search(r"LIMIT \d+ FOR UPDATE SKIP LOCKED", one)
        ]
        looks = [one for one in asked if re.match(r"\s*(SELECT|WITH|UPDATE)\b", one)]
        about = [statement for statement in looks if any(table in statement for table in _LARGE)]
        assert about, who
        for statement in about:
            _check_plan(statement)


def _check_plan(statement: str) -> None:
    for node in plan_of(statement):
        if node.get("Relation Name") in _LARGE and node["Node Type"] != "ModifyTable":
            assert node["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}, statement
            read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            assert read * node["Actual Loops"] < 100, (statement, node)


def test_a_timer_that_another_worker_has_held_just_now_is_left_to_the_person_who_looks_at_it(run, monkeypatch):
    """The other worker's commit came between looking for the timer and locking its instance."""
    pause = element("intermediateCatchEvent", "pause", timer(duration="PT1H"))
    instance = run(model(start(), pause, end(), path("start", "pause", "end")))
    with clock.fixed(NOON + timedelta(hours=2)), monkeypatch.context() as bug:
        bug.setattr(steps, "advance_over", lambda *_, **__: 1 / 0)
        seen = executor._lock_timers
        stale = list(Timer.objects.filter(instance_id=instance))
        executor.run_due()
        bug.setattr(executor, "_lock_timers", lambda limit: stale)
        assert executor.run_due() == 0
        assert seen(10) == []
    assert Incident.objects.filter(instance_id=instance).count() == 1
