"""Open requests that wait for jobs: woken in time, asleep in between, and gone when their client is."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from bpmn.testing import end, model, path, service_task, start
from firstline import clock
from firstline.processes import actions, queries, workers
from firstline.processes.web import waiting
from firstline.push.hub import hub

pytestmark = pytest.mark.django_db(transaction=True)
CHARGING = model(start(), service_task("charge", job_type="charge"), end(), path("start", "charge", "end"))
LONG = 600.0


def begin() -> None:
    actions.deploy(release_id="release", xml=CHARGING)
    actions.start_instance(release_id="release", process_id="p", business_id=None, variables={})


class Looks:
    """Looks for jobs as the API does, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, now: datetime) -> Sequence[workers.HandedOut]:
        self.count += 1
        return workers.hand_out(
            types=["charge"], worker="w", limit=1, lease=timedelta(seconds=60), variables=None, key_id=None, now=now
        )


async def sleeping(looks: Looks) -> "asyncio.Task[Sequence[workers.HandedOut]]":
    """Begin to wait, and return when it sleeps."""
    task = asyncio.create_task(waiting.first_jobs(looks, types=["charge"], seconds=LONG))
    while looks.count < 2:  # noqa: ASYNC110 -- it is counted in another thread
        await asyncio.sleep(0.01)
    return task


def test_a_job_wakes_whoever_waits_for_its_type() -> None:
    looks = Looks()

    async def wait() -> int:
        task = await sleeping(looks)
        await sync_to_async(begin)()
        return len(await task)

    assert asyncio.run(wait()) == 1
    # Once before it listened, once after, once woken; hardly more on a busy machine.
    assert looks.count < 10
    assert not hub._by_audience


def test_a_back_off_that_ends_wakes_them_without_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LONGEST_NAP_SECONDS", LONG)
    begin()
    (job,) = Looks()(clock.now())
    workers.fail(lease_id=job.lease_id, message="no line", retry_after=timedelta(seconds=1))

    async def wait() -> int:
        return len(await waiting.first_jobs(Looks(), types=["charge"], seconds=LONG))

    # The clock of the tests stands still.
    with clock.fixed(clock.now() + timedelta(seconds=0.5)):
        due_at = queries.next_job_due_at(["charge"], after=clock.now())
    assert due_at is not None
    assert waiting._looked(lambda now: (), ["charge"])[1] == pytest.approx(1.0)
    with clock.fixed(due_at):
        assert asyncio.run(wait()) == 1


def test_a_request_whose_client_is_gone_waits_no_more_and_is_given_nothing() -> None:
    looks = Looks()

    async def leave() -> None:
        task = await sleeping(looks)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await sync_to_async(begin)()

    asyncio.run(leave())
    assert looks.count == 2
    assert not hub._by_audience
    assert waiting._waiting == 0


def test_more_than_one_process_holds_are_sent_away_kindly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 0)
    with pytest.raises(waiting.TooManyWait, match="Come again"):
        asyncio.run(waiting.first_jobs(Looks(), types=["charge"], seconds=LONG))
