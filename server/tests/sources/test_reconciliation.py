"""What was confirmed is compared with what stands there: every difference is listed, repaired or left, and none comes of our own changes."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest

from firstline import clock, crashpoints, ids
from firstline.accounts.principals import Principal
from firstline.audit.models import AuditEntry
from firstline.errors import AccessDenied
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import Delivery, TryAgain
from firstline.sources import differences, handlers, reconciliation
from firstline.sources.adapters import loaded
from firstline.sources.models import Command, Divergence, Reconciliation
from firstline.sources.rules.reconciliation import last_due

from .conftest import NEW_ADDRESS, NOW, STRANGER, GivenJob, Systems

ADDRESS, CANCEL = "billing.change_address", "billing.cancel_contract"
LEAD = Principal(kind="staff", id=ids.new_id(), name="Clara", roles=frozenset({"lead"}), brands=frozenset({"lindwerk"}))


@pytest.fixture
def joost(lindwerk: Systems, customer_of: Callable[..., UUID]) -> UUID:
    return customer_of(lindwerk.world.story["joost"])


@pytest.fixture
def account(lindwerk: Systems) -> Any:
    """Joost's account as billing's own people see and change it."""
    number = lindwerk.world.story["joost"].billing_ids[0]

    class Account:
        def change(self, **values: object) -> None:
            for column, value in values.items():
                lindwerk.billing(
                    f"UPDATE billing.account SET {column} = %s, row_version = row_version + 1 WHERE account_no = %s",
                    value,
                    number,
                )

        def read(self, column: str) -> Any:
            return lindwerk.billing(f"SELECT {column} FROM billing.account WHERE account_no = %s", number)[0][0]

    return Account()


def write(customer_id: UUID, command: str = ADDRESS, **changed: Any) -> None:
    variables = {"customer_id": str(customer_id), "parameters": {**NEW_ADDRESS, **changed}, "reading_id": None}
    handlers.run_command(GivenJob(headers={"command": command}, variables=variables))


def compare(**how: Any) -> Reconciliation:
    run_id = reconciliation.start(principal=LEAD, **how)
    while not reconciliation.check_some(run_id, limit=2):
        pass
    return Reconciliation.objects.get(id=run_id)


def listed(*, is_settled: bool = False, who: Principal = LEAD) -> list[differences.DifferenceRow]:
    return differences.differences(principal=who, is_settled=is_settled, limit=10, language="en")


def deliver_repair() -> None:
    entry = OutboxEntry.objects.filter(kind=reconciliation.REPAIR).latest("created_at")
    handlers.run_repair(
        Delivery(id=entry.id, key=entry.key, payload=entry.payload, about=None, attempt=1, now=clock.now())
    )


def test_nothing_differs_while_nobody_changes_anything(joost: UUID) -> None:
    write(joost)
    run = compare()
    assert (run.total, run.checked, run.unreachable) == (1, 1, {})
    assert run.finished_at is not None
    assert listed() == []


def test_what_somebody_changed_back_is_listed_with_both_values(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    (row,) = listed()
    assert (row.state, row.source, row.command) == ("open", "Billing", "Change of address")
    assert [(one.label, one.expected, one.found) for one in row.values] == [("Street", "Neue Straße", "Alte Straße")]
    compare()
    assert [one.id for one in listed()] == [row.id], "found again, it is the same difference"
    account.change(street="Neue Straße")
    compare()
    assert listed() == []
    assert [one.state for one in listed(is_settled=True)] == ["gone"]


def test_one_click_puts_it_right_and_leaves_alone_what_was_not_ours(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße", holder="Joost van Neu")
    compare()
    (row,) = listed()
    reconciliation.repair(principal=LEAD, divergence_id=row.id)
    assert [one.state for one in listed()] == ["repairing"]
    deliver_repair()
    assert account.read("street") == "Neue Straße"
    assert account.read("holder") == "Joost van Neu"
    assert [(one.state, one.settled_by) for one in listed(is_settled=True)] == [("repaired", "Clara")]
    assert AuditEntry.objects.get(action="divergence.repaired").about == str(row.id)
    compare()
    assert listed() == []
    deliver_repair()
    assert Command.objects.filter(kind=Command.Kind.REPAIR).count() == 1, "delivered again, it is done already"


def test_after_a_repair_only_what_was_confirmed_is_watched(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    reconciliation.repair(principal=LEAD, divergence_id=listed()[0].id)
    deliver_repair()
    account.change(street="Ganz alte Straße")
    compare()
    (row,) = listed()
    assert [(one.label, one.found) for one in row.values] == [("Street", "Ganz alte Straße")]
    assert Divergence.objects.get(id=row.id).command.kind == Command.Kind.REPAIR
    account.change(street="Neue Straße", city="Bonn")
    compare()
    (row,) = listed()
    assert [(one.label, one.found) for one in row.values] == [("Town", "Bonn")]
    assert Divergence.objects.get(id=row.id).command.kind == Command.Kind.CHANGE, "the repair confirmed no town"


def test_what_changed_once_more_before_the_repair_is_not_overwritten(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    reconciliation.repair(principal=LEAD, divergence_id=listed()[0].id)
    account.change(street="Noch eine andere")
    deliver_repair()
    assert account.read("street") == "Noch eine andere"
    (row,) = listed()
    assert row.state == "open"
    assert "Noch eine andere" in row.last_error


def test_a_repair_waits_for_a_system_that_is_off(joost: UUID, account: Any, lindwerk: Systems) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    reconciliation.repair(principal=LEAD, divergence_id=listed()[0].id)
    lindwerk.switch("billing", on=False)
    with pytest.raises(TryAgain):
        deliver_repair()
    assert [one.state for one in listed()] == ["repairing"]
    lindwerk.switch("billing", on=True)
    loaded.forget()
    deliver_repair()
    assert account.read("street") == "Neue Straße"


@pytest.mark.parametrize("point", ["sources.command.after_write", "sources.repair.confirmed"])
def test_a_repair_that_dies_is_not_written_twice(point: str, joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    reconciliation.repair(principal=LEAD, divergence_id=listed()[0].id)
    before = account.read("row_version")
    with crashpoints.crash_at(point), pytest.raises(crashpoints.Crash):
        deliver_repair()
    deliver_repair()
    assert account.read("row_version") == before + 1
    assert [one.state for one in listed(is_settled=True)] == ["repaired"]


def test_what_is_left_for_a_reason_is_listed_again_only_when_it_changes(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    (row,) = listed()
    with pytest.raises(reconciliation.NoReason):
        reconciliation.accept(principal=LEAD, divergence_id=row.id, reason=" ")
    reconciliation.accept(principal=LEAD, divergence_id=row.id, reason="He moved back.")
    compare()
    assert listed() == []
    assert [(one.state, one.reason) for one in listed(is_settled=True)] == [("accepted", "He moved back.")]
    account.change(street="Dritte Straße")
    compare()
    assert [one.values[0].found for one in listed()] == ["Dritte Straße"]


def test_what_was_confirmed_later_takes_the_place_of_what_was_before(joost: UUID, account: Any) -> None:
    write(joost)
    write(joost, street="Neueste Straße")
    compare()
    assert listed() == []
    account.change(street="Neue Straße")
    compare()
    assert [one.values[0].expected for one in listed()] == ["Neueste Straße"], "also when it is what once was right"


def test_what_stood_there_already_is_watched_too(joost: UUID, account: Any) -> None:
    write(joost)
    Command.objects.all().delete()
    write(joost)
    account.change(street="Alte Straße")
    compare()
    assert len(listed()) == 1


def test_what_was_taken_back_is_expected_as_it_was_before(joost: UUID, account: Any) -> None:
    street, instance_id = account.read("street"), ids.new_id()
    variables = {"customer_id": str(joost), "parameters": NEW_ADDRESS, "reading_id": None}
    handlers.run_command(GivenJob(headers={"command": ADDRESS}, variables=variables, instance_id=instance_id))
    handlers.run_compensation(GivenJob(headers={"command": ADDRESS}, variables=variables, instance_id=instance_id))
    compare()
    assert listed() == []
    account.change(street="Neue Straße")
    compare()
    assert [one.values[0].expected for one in listed()] == [street]
    reconciliation.repair(principal=LEAD, divergence_id=listed()[0].id)
    deliver_repair()
    assert account.read("street") == street


@pytest.mark.parametrize("seconds", [0, -5])
def test_what_was_taken_back_at_the_same_moment_or_by_a_slow_clock_is_taken_back(
    seconds: int, joost: UUID, account: Any
) -> None:
    variables = {"customer_id": str(joost), "parameters": NEW_ADDRESS}
    job = GivenJob(headers={"command": ADDRESS}, variables=variables)
    handlers.run_command(job)
    handlers.run_compensation(GivenJob(headers=job.headers, variables=variables, instance_id=job.instance_id))
    at = clock.now() - timedelta(hours=1)
    Command.objects.filter(kind=Command.Kind.CHANGE).update(confirmed_at=at)
    Command.objects.filter(kind=Command.Kind.COMPENSATION).update(confirmed_at=at + timedelta(seconds=seconds))
    compare()
    assert listed() == []


def test_a_record_that_has_gone_is_listed_and_cannot_be_repaired(joost: UUID, lindwerk: Systems) -> None:
    write(joost, "orders.change_address")
    lindwerk.sqlite("orders", "DELETE FROM KUNDE WHERE KD_NR = ?", lindwerk.world.story["joost"].order_ids[0])
    compare()
    (row,) = listed()
    assert row.is_missing
    with pytest.raises(reconciliation.CannotRepair):
        reconciliation.repair(principal=LEAD, divergence_id=row.id)


def test_a_system_that_is_off_is_named_with_what_could_not_be_compared(joost: UUID, lindwerk: Systems) -> None:
    write(joost)
    write(joost, "master.change_address")
    lindwerk.switch("billing", on=False)
    run = compare()
    assert (run.checked, run.unreachable) == (2, {"billing": 1})
    assert listed() == []


def test_one_source_alone_is_compared_when_asked_so(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    assert compare(source="master").total == 0
    assert listed() == []
    assert compare(source="billing").total == 1
    assert len(listed()) == 1


def test_what_is_being_written_is_compared_the_next_time(joost: UUID, account: Any, lindwerk: Systems) -> None:
    write(joost)
    account.change(street="Alte Straße")
    lindwerk.switch("billing", on=False)
    with pytest.raises(TryAgain):
        write(joost, street="Neueste Straße")
    lindwerk.switch("billing", on=True)
    loaded.forget()
    compare()
    assert listed() == []


def test_two_comparisons_of_the_same_do_not_run_at_once(joost: UUID) -> None:
    reconciliation.start(principal=LEAD)
    with pytest.raises(reconciliation.AlreadyUnderWay):
        reconciliation.start(principal=LEAD)


def test_a_comparison_that_dies_goes_on_where_it_was(joost: UUID, account: Any) -> None:
    for number in range(3):
        write(joost, house_number=str(number))
    account.change(street="Alte Straße")
    run_id = reconciliation.start(principal=LEAD)
    with crashpoints.crash_at("sources.reconciliation.checked"), pytest.raises(crashpoints.Crash):
        reconciliation.check_some(run_id, limit=2)
    while not reconciliation.check_some(run_id, limit=2):
        pass
    run = Reconciliation.objects.get(id=run_id)
    assert (run.total, run.checked) == (3, 3)
    assert Divergence.objects.count() == 1


def test_who_comes_late_does_not_undo_what_another_has_compared(joost: UUID) -> None:
    for number in range(3):
        write(joost, house_number=str(number))
    run_id = reconciliation.start(principal=LEAD)
    seen = []

    def let_another_be_faster(name: str) -> None:
        if name == "sources.reconciliation.checked" and not seen:
            seen.append(name)
            while not reconciliation.check_some(run_id, limit=2):
                pass

    with crashpoints.watching(let_another_be_faster):
        assert not reconciliation.check_some(run_id, limit=2)
    run = Reconciliation.objects.get(id=run_id)
    assert run.finished_at is not None
    assert (run.total, run.checked) == (3, 3)
    assert reconciliation.check_some(run_id, limit=2)


def test_what_two_find_at_the_same_moment_is_listed_once(
    joost: UUID, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(joost)
    account.change(street="Alte Straße")
    open_ = reconciliation._open
    monkeypatch.setattr(reconciliation, "_open", lambda *found: [open_(*found) for _worker in range(2)])
    assert compare().finished_at is not None
    assert [row.found["street"] for row in Divergence.objects.all()] == ["Alte Straße"]


def test_strangers_neither_see_nor_settle(joost: UUID, account: Any) -> None:
    write(joost)
    account.change(street="Alte Straße")
    compare()
    (row,) = listed()
    agent = Principal(kind="staff", id=ids.new_id(), name="A", roles=frozenset({"agent"}), brands=LEAD.brands)
    other = Principal(kind="staff", id=ids.new_id(), name="O", roles=LEAD.roles, brands=STRANGER.brands)
    for who in (agent, other):
        assert listed(who=who) == []
        with pytest.raises(AccessDenied):
            reconciliation.repair(principal=who, divergence_id=row.id)
        with pytest.raises(AccessDenied):
            reconciliation.accept(principal=who, divergence_id=row.id, reason="mine")


def test_it_begins_by_itself_once_a_night(joost: UUID, settings: Any) -> None:
    settings.FIRSTLINE_RECONCILE_AT = time(3)
    now = clock.now()
    assert reconciliation.start_when_due(now=now)
    assert not reconciliation.start_when_due(now=now)
    Reconciliation.objects.update(finished_at=now)
    assert not reconciliation.start_when_due(now=now)
    assert reconciliation.start_when_due(now=now + timedelta(days=1))
    settings.FIRSTLINE_RECONCILE_AT = None
    assert not reconciliation.start_when_due(now=now + timedelta(days=9))


@pytest.mark.parametrize(("hour", "day"), [(2, 20), (3, 21), (23, 21)])
def test_the_last_time_that_it_was_due(hour: int, day: int) -> None:
    assert last_due(time(3), now=NOW.replace(hour=hour)) == NOW.replace(day=day, hour=3)
