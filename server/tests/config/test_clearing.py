"""What nobody needs any more is cleared away in the night, bit by bit; what somebody may still need stays."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from firstline import clock, ids
from firstline.cases.models import StepDraft
from firstline.config import clearing
from firstline.outbox.models import OutboxEntry
from firstline.processes.models import Task
from firstline.sources.models import Command, Reading
from firstline.statements import delete_some
from tests.conftest import House

pytestmark = pytest.mark.django_db
LONG_AGO, LATELY = timedelta(days=500), timedelta(days=5)


def clear() -> dict[str, int]:
    return clearing.clear(now=clock.now(), stop=threading.Event())


def test_only_what_was_carried_out_long_ago_is_forgotten(house: House) -> None:
    OutboxEntry.objects.all().delete()
    for key, state, ago in (
        ("old", "done", LONG_AGO), ("new", "done", LATELY), ("stuck", "given_up", LONG_AGO), ("waits", "waiting", None),
    ):  # fmt: skip
        ended = None if ago is None else clock.now() - ago
        OutboxEntry.objects.create(kind="x", key=key, state=state, due_at=clock.now() - LONG_AGO, ended_at=ended)
    assert clear()["effects"] == 1
    assert set(OutboxEntry.objects.values_list("key", flat=True)) == {"new", "stuck", "waits"}


def test_sessions_that_are_over_are_forgotten(house: House) -> None:
    house.client(house.agent)
    Session.objects.create(session_key="over", expire_date=clock.now() - timedelta(seconds=1))
    assert clear()["sessions"] == 1
    assert Session.objects.filter(session_key="over").count() == 0
    assert Session.objects.count() == 1


def test_drafts_of_steps_that_ended_otherwise_are_forgotten_those_of_open_steps_never(house: House) -> None:
    cases = [house.case("complaint") for _ in range(3)]
    tasks = [house.step(case).id for case in cases]
    for case, task_id in zip(cases, tasks, strict=True):
        StepDraft.objects.create(case=case, task_id=task_id, updated_at=clock.now() - LONG_AGO)
    Task.objects.filter(id__in=tasks[1:]).update(state="cancelled")
    StepDraft.objects.filter(task_id=tasks[2]).update(updated_at=clock.now() - LATELY)
    assert clear()["drafts"] == 1
    assert set(StepDraft.objects.values_list("task_id", flat=True)) == {tasks[0], tasks[2]}


def reading(customer_id: Any, view: str, ago: timedelta, *, read_of: Any = None) -> Reading:
    return Reading.objects.create(
        customer_id=customer_id, read_of=read_of or [customer_id], source="billing", view=view, value={}, read_at=clock.now() - ago
    )  # fmt: skip


def test_of_readings_the_last_of_each_view_and_what_was_decided_by_stays(house: House, settings: Any) -> None:
    one, other = ids.new_id(), ids.new_id()
    decided_by = reading(one, "billing.invoices", 3 * LONG_AGO)
    Command.objects.create(
        case_id=house.case().id, element_id="x", customer_id=one, source="billing", command="billing.change", key="k", reading=decided_by
    )  # fmt: skip
    gone = [reading(one, "billing.invoices", 2 * LONG_AGO), reading(one, "billing.invoices", LONG_AGO)]
    kept = [
        decided_by,
        reading(one, "billing.invoices", LATELY),
        reading(one, "billing.contracts", LONG_AGO),
        reading(one, "billing.contracts", LONG_AGO, read_of=[one, other]),
        reading(other, "billing.invoices", LONG_AGO),
    ]
    settings.FIRSTLINE_READING_DAYS = None
    assert clear()["readings"] == 0
    settings.FIRSTLINE_READING_DAYS = 400
    assert clear()["readings"] == len(gone)
    assert set(Reading.objects.values_list("id", flat=True)) == {each.id for each in kept}


def test_it_goes_in_batches_and_stops_with_the_worker(house: House) -> None:
    over = clock.now() - timedelta(days=1)
    Session.objects.bulk_create(Session(session_key=f"s{n}", expire_date=over) for n in range(7))
    batches = delete_some(Session.objects.filter(expire_date__lt=clock.now()), at_once=3)
    assert next(batches) == 3
    assert Session.objects.count() == 4
    assert list(batches) == [3, 1]
    stop = threading.Event()
    stop.set()
    assert clearing.clear(now=clock.now(), stop=stop) == {"effects": 0, "sessions": 0, "drafts": 0, "readings": 0}


def test_a_worker_clears_when_it_starts_and_after_each_nights_hour(house: House, settings: Any) -> None:
    night, stop = clearing.Night(), threading.Event()

    def at(day: int, hour: int) -> bool:
        moment = timezone.make_aware(datetime(2026, 3, day, hour))
        return night.clear_when_due(now=moment, stop=stop)

    assert [at(1, 12), at(1, 23), at(2, 1), at(2, 3), at(2, 4), at(3, 2)] == [True, False, False, True, False, True]
    settings.FIRSTLINE_SWEEP_AT = None
    assert not at(9, 9)
