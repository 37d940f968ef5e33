"""Effects are carried out at least once, and one that fails never stops another."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from firstline import clock, crashpoints
from firstline.config import subscriptions
from firstline.outbox import actions, executor, queries
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import Delivery, GiveUp, TryAgain

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
delivered: list[str] = []


def deliver(delivery: Delivery) -> None:
    delivered.append(delivery.key)


def down(delivery: Delivery) -> None:
    raise TryAgain("the system is down", timedelta(seconds=40))


def refused(delivery: Delivery) -> None:
    raise GiveUp("the account is closed; call the customer")


def buggy(delivery: Delivery) -> None:
    raise ZeroDivisionError("oops")


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    delivered.clear()
    for handler in (deliver, down, refused, buggy):
        monkeypatch.setitem(subscriptions.OUTBOX_HANDLERS, handler.__name__, f"{__name__}.{handler.__name__}")
    monkeypatch.setattr("firstline.outbox.executor.import_string", lambda path: globals()[path.rpartition(".")[2]])
    with clock.fixed(NOON):
        yield


def put(kind: str, key: str, **more: object) -> None:
    actions.put(kind=kind, key=key, payload={}, **more)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_the_same_key_is_wanted_once() -> None:
    put("deliver", "a")
    put("deliver", "a")
    assert executor.deliver_due() == 1
    assert executor.deliver_due() == 0
    assert delivered == ["a"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_wanted() -> None:
    with transaction.atomic():
        put("deliver", "a")
        transaction.set_rollback(True)
    assert executor.deliver_due() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_wanted_stays_wanted_when_nobody_can_be_woken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(actions, "WAKE_CHANNEL", "")
    put("deliver", "a")
    assert "Error calling" in caplog.text
    assert executor.deliver_due() == 1


@pytest.mark.django_db
def test_failures_wait_and_say_why_while_others_go_on() -> None:
    for kind in ("down", "refused", "buggy", "unknown", "deliver"):
        put(kind, kind)
    executor.deliver_due()
    assert delivered == ["deliver"]
    found = {one.key: one for one in OutboxEntry.objects.all()}
    assert (found["down"].state, found["down"].due_at, found["down"].last_error) == (
        "waiting",
        NOON + timedelta(seconds=40),
        "the system is down",
    )
    assert (found["refused"].state, found["refused"].last_error) == (
        "given_up",
        "the account is closed; call the customer",
    )
    assert (found["buggy"].state, found["buggy"].due_at) == ("waiting", NOON + timedelta(seconds=1))
    assert "ZeroDivisionError" in found["buggy"].last_error
    assert (found["unknown"].state, found["unknown"].due_at) == ("waiting", NOON + timedelta(seconds=1))
    assert "Nobody here delivers 'unknown'" in found["unknown"].last_error


@pytest.mark.django_db
def test_nothing_is_delivered_before_it_is_due() -> None:
    put("deliver", "later", due_at=NOON + timedelta(minutes=1))
    assert executor.deliver_due() == 0
    assert queries.next_due_at() == NOON + timedelta(minutes=1)
    with clock.fixed(NOON + timedelta(minutes=1)):
        assert executor.deliver_due() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("point", "times"), [("outbox.taken", 1), ("outbox.delivered", 2), ("outbox.settled", 1)])
def test_after_a_crash_it_is_delivered_again_unless_it_was_settled(point: str, times: int) -> None:
    put("deliver", "a")
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at(point):
        executor.deliver_due()
    assert executor.deliver_due() == 0  # its lease still runs
    with clock.fixed(NOON + timedelta(minutes=3)):
        executor.deliver_due()
        executor.deliver_due()
    assert delivered == ["a"] * times
    assert OutboxEntry.objects.get().state == "done"


@pytest.mark.django_db
def test_a_late_worker_does_not_overrule_a_later_attempt() -> None:
    put("deliver", "a")
    ((_, late),) = actions.take_due(now=NOON, limit=1)
    after = NOON + timedelta(minutes=3)
    ((_, later),) = actions.take_due(now=after, limit=1)
    actions.give_up(delivery=late, message="too late", now=after)
    assert OutboxEntry.objects.get().state == "waiting"
    actions.settle(delivery=later, now=after)
    assert OutboxEntry.objects.get().state == "done"


def test_what_takes_longer_than_a_lease_is_not_taken_by_another(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def slow(delivery: Delivery) -> None:
        delivered.append(delivery.key)
        for minute in range(1, 6):
            with clock.fixed(NOON + timedelta(minutes=minute)):
                executor.renew_leases()
                taken.append(len(actions.take_due(now=clock.now(), limit=10)))

    monkeypatch.setitem(globals(), "slow", slow)
    monkeypatch.setitem(subscriptions.OUTBOX_HANDLERS, "slow", f"{__name__}.slow")
    with clock.fixed(NOON):
        actions.put(kind="slow", key="once", payload={})
        executor.deliver_due()
    assert (delivered, taken) == (["once"], [0] * 5)
    assert OutboxEntry.objects.get().state == OutboxEntry.State.DONE
    assert not executor._in_hand


def deliver_together(
    deliveries: Sequence[Delivery], is_mine: Callable[[Delivery], bool]
) -> Mapping[UUID, Callable[[Delivery], bool | None]]:
    mine = [one for one in deliveries if one.payload.get("quick") and is_mine(one)]
    delivered.append("+".join(one.key for one in mine))
    return {one.id: lambda delivery: actions.settle(delivery=delivery, now=NOON) or True for one in mine}


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "OUTBOX_TOGETHER", {"deliver": f"{__name__}.deliver_together"})


@pytest.mark.django_db
def test_what_is_due_together_is_delivered_together_and_the_rest_by_itself(together: None) -> None:
    for key in "abc":
        actions.put(kind="deliver", key=key, payload={"quick": key != "b"})
    assert executor.deliver_due() == 3
    assert delivered == ["a+c", "b"]
    assert {one.state for one in OutboxEntry.objects.all()} == {"done"}


@pytest.mark.django_db
def test_one_alone_is_delivered_by_itself(together: None) -> None:
    actions.put(kind="deliver", key="a", payload={"quick": True})
    executor.deliver_due()
    assert delivered == ["a"]


@pytest.mark.django_db
def test_a_bug_in_delivering_together_lets_each_be_tried_alone(together: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(deliveries: Sequence[Delivery], is_mine: Callable[[Delivery], bool]) -> None:
        assert is_mine(deliveries[0])
        raise ZeroDivisionError

    monkeypatch.setitem(globals(), "deliver_together", broken)
    for key in "ab":
        put("deliver", key)
    executor.deliver_due()
    assert delivered == ["a", "b"]


@pytest.mark.django_db
def test_what_waits_behind_something_slow_is_given_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere: list[tuple[str, int]] = []

    def slow(delivery: Delivery) -> None:
        delivered.append(delivery.key)
        executor.give_back_late(before=time.monotonic())
        elsewhere.extend((one.key, one.attempt) for _, one in actions.take_due(now=NOON, limit=10))

    monkeypatch.setitem(globals(), "slow", slow)
    monkeypatch.setitem(subscriptions.OUTBOX_HANDLERS, "slow", f"{__name__}.slow")
    for key in "abc":
        put("slow", key)
    assert executor.deliver_due() == 3
    assert (delivered, elsewhere) == (["a"], [("b", 1), ("c", 1)])
    assert {one.key: one.state for one in OutboxEntry.objects.all()} == {"a": "done", "b": "waiting", "c": "waiting"}
    assert not executor._in_hand
    assert not executor._behind


@pytest.mark.django_db
def test_no_more_is_taken_than_was_asked_for_however_the_database_goes_about_it() -> None:
    for number in range(15):
        actions.put(kind="mail", key=str(number), payload={})
    with connection.cursor() as cursor:
        # What is left is to look at each row, and for each at the whole list.
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "indexscan", "bitmapscan", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    assert [len(actions.take_due(now=clock.now(), limit=limit)) for limit in (1, 4, 50)] == [1, 4, 10]
