"""Deliverers look one at a time, not for nothing, and take what they can soon carry out."""

from datetime import UTC, datetime, timedelta

import pytest

from firstline import clock
from firstline.config import deliverers, subscriptions
from firstline.config.deliverers import Bell, Deliverers
from firstline.outbox import actions, executor
from firstline.outbox.ports import Delivery, TryAgain

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def quick(delivery: Delivery) -> None:
    """Deliver."""


def down(delivery: Delivery) -> None:
    raise TryAgain("not now", timedelta(seconds=1))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count looks into the outbox, by how much was wanted."""
    limits: list[int] = []
    plain = executor.take
    monkeypatch.setattr(executor, "take", lambda *, limit: limits.append(limit) or plain(limit=limit))
    monkeypatch.setattr("firstline.outbox.executor.import_string", lambda path: globals()[path])
    monkeypatch.setattr(subscriptions, "OUTBOX_HANDLERS", {"quick": "quick", "down": "down"})
    return limits


def test_after_a_ring_one_looks_for_all_until_something_is_due(looked: list[int]) -> None:
    bell = Bell()
    everybody = Deliverers(bell)
    some = [everybody.engage() for _ in range(4)]
    with clock.fixed(NOON):
        assert [one.work() for one in some] == [0] * 4
        assert len(looked) == 1
        bell.ring()
        assert [one.work() for one in some] == [0] * 4
        assert len(looked) == 2
        actions.put(kind="quick", key="later", payload={}, due_at=NOON + timedelta(seconds=3))
        bell.ring()
        some[0].work()
    assert everybody.next_due_at() == NOON + timedelta(seconds=3)
    with clock.fixed(NOON + timedelta(seconds=3)):
        assert some[3].work() == 1


def test_what_has_to_wait_is_looked_for_again_when_its_time_comes(looked: list[int]) -> None:
    everybody = Deliverers(Bell())
    deliverer = everybody.engage()
    with clock.fixed(NOON):
        actions.put(kind="down", key="a", payload={})
        assert (deliverer.work(), deliverer.work()) == (1, 0)
    assert everybody.next_due_at() == NOON + timedelta(seconds=1)
    with clock.fixed(NOON + timedelta(seconds=1)):
        assert deliverer.work() == 1


def test_nobody_trusts_for_long_that_nothing_is_due(looked: list[int]) -> None:
    everybody = Deliverers(Bell())
    deliverer = everybody.engage()
    with clock.fixed(NOON):
        deliverer.work()
        # As if who put it there had died before it rang.
        actions.put(kind="quick", key="a", payload={})
        assert deliverer.work() == 0
    with clock.fixed(NOON + actions.LONGEST_NAP):
        assert deliverer.work() == 1


def test_more_is_taken_as_long_as_all_of_it_is_soon_done(looked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliverers, "BATCH_SECONDS", 1_000.0)
    deliverer = Deliverers(Bell()).engage()
    for number in range(15):
        actions.put(kind="quick", key=str(number), payload={})
    assert [deliverer.work() for _ in range(4)] == [1, 2, 4, 8]
    monkeypatch.setattr(deliverers, "BATCH_SECONDS", 0.0)
    actions.put(kind="quick", key="the last", payload={})
    assert (deliverer.work(), deliverer.work()) == (1, 0)
    assert looked == [1, 2, 4, 8, 16, 1]
