"""Contacts and outcomes are noted in a system: a record is made there once, a system that is down delays it, a refusal is seen."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from firstline import clock, crashpoints, ids
from firstline.accounts.principals import Principal
from firstline.audit.models import AuditEntry
from firstline.errors import AccessDenied
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import Delivery, TryAgain
from firstline.sources import actions, handlers, queries, reconciliation, stuck
from firstline.sources.adapters import loaded
from firstline.sources.models import Command, Divergence
from firstline.sources.ports import CommandRefused

from .conftest import NEW_ADDRESS, STRANGER, GivenJob, Systems

NOTE = "billing.note"
LEAD = Principal(kind="staff", id=ids.new_id(), name="Clara", roles=frozenset({"lead"}), brands=frozenset({"lindwerk"}))


@pytest.fixture
def joost(lindwerk: Systems, customer_of: Callable[..., UUID]) -> UUID:
    lindwerk.billing("TRUNCATE billing.journal")
    return customer_of(lindwerk.world.story["joost"])


def want(customer_id: UUID, key: str = "note:1", command: str = NOTE, **changed: Any) -> Command:
    parameters = {"reference": "K1-V1", "text": "Asked about the invoice.", "channel": "phone", **changed}
    actions.want_note(
        key=key,
        command=command,
        customer_id=customer_id,
        case_id=ids.new_id(),
        about="contact-finished",
        parameters=parameters,
    )
    return Command.objects.get(key=key)


def deliver() -> None:
    entry = OutboxEntry.objects.filter(kind=actions.ORDERED).latest("created_at", "id")
    handlers.run_ordered(
        Delivery(id=entry.id, key=entry.key, payload=entry.payload, about=None, attempt=1, now=clock.now())
    )


def journal(lindwerk: Systems) -> list[tuple[Any, ...]]:
    return lindwerk.billing("SELECT reference, account_no, note, channel FROM billing.journal ORDER BY reference")


def listed(principal: Principal = LEAD) -> list[stuck.StuckRow]:
    return stuck.stuck(principal=principal, before=None, limit=10, language="en")


def test_what_is_wanted_twice_is_noted_once(lindwerk: Systems, joost: UUID) -> None:
    entry = want(joost)
    want(joost)
    deliver()
    deliver()
    account = lindwerk.world.story["joost"].billing_ids[0]
    assert journal(lindwerk) == [("K1-V1", account, "Asked about the invoice.", "phone")]
    assert OutboxEntry.objects.filter(kind=actions.ORDERED).count() == 1
    assert entry.case_id is not None
    assert [row.sentence for row in queries.commands_of_case(entry.case_id)] == ["Billing: noted."]
    assert queries.progress_of_case(entry.case_id).total == 0, "the customer isn't told of it"


@pytest.mark.parametrize("point", ["sources.command.before_write", "sources.command.after_write"])
def test_a_record_that_is_made_is_made_once_whenever_the_worker_dies(
    point: str, lindwerk: Systems, joost: UUID
) -> None:
    want(joost)
    with crashpoints.crash_at(point), pytest.raises(crashpoints.Crash):
        deliver()
    deliver()
    assert len(journal(lindwerk)) == 1
    assert Command.objects.get().is_written


def test_a_note_waits_for_a_system_and_is_tried_when_an_operator_says_so(lindwerk: Systems, joost: UUID) -> None:
    lindwerk.switch("billing", on=False)
    entry = want(joost)
    with pytest.raises(TryAgain):
        deliver()
    (row,) = listed()
    assert (row.id, row.change.state, row.change.attempts) == (entry.id, "waiting", 1)
    lindwerk.switch("billing", on=True)
    OutboxEntry.objects.update(due_at=clock.now() + clock.now().resolution * 10**12)
    stuck.try_now(principal=LEAD, command_id=entry.id)
    assert OutboxEntry.objects.get(kind=actions.ORDERED).due_at <= clock.now()
    loaded.forget()
    deliver()
    assert listed() == []
    assert AuditEntry.objects.get().action == "command.tried-now"
    with pytest.raises(stuck.NotStuck):
        stuck.try_now(principal=LEAD, command_id=entry.id)


def test_a_note_that_is_refused_is_listed_until_somebody_mends_it_or_gives_it_up(
    lindwerk: Systems, joost: UUID
) -> None:
    entry = want(joost, text="")
    deliver()
    (row,) = listed()
    assert row.change.sentence == "Billing: not done. Missing: Text."
    Command.objects.update(parameters={"reference": "K1-V1", "text": "Mended."})
    stuck.try_now(principal=LEAD, command_id=entry.id)
    deliver()
    assert journal(lindwerk)[0][2] == "Mended."
    other = want(joost, key="note:2", command="billing.nothing")
    deliver()
    with pytest.raises(stuck.NoReason):
        stuck.give_up(principal=LEAD, command_id=other.id, reason=" ")
    stuck.give_up(principal=LEAD, command_id=other.id, reason="nobody reads it")
    assert listed() == []


def test_somebody_elses_brand_is_nobodys_business(lindwerk: Systems, joost: UUID) -> None:
    entry = want(joost, text="")
    deliver()
    for who in (STRANGER, Principal(kind="staff", roles=frozenset({"lead"}), brands=frozenset({"other"}))):
        assert listed(who) == []
        with pytest.raises(AccessDenied):
            stuck.give_up(principal=who, command_id=entry.id, reason="mine")


def test_a_note_that_was_deleted_there_is_found_and_made_again(lindwerk: Systems, joost: UUID) -> None:
    want(joost)
    deliver()
    lindwerk.billing("DELETE FROM billing.journal")
    run_id = reconciliation.start(principal=LEAD)
    assert reconciliation.check_some(run_id, limit=5)
    row = Divergence.objects.get()
    reconciliation.repair(principal=LEAD, divergence_id=row.id)
    entry = OutboxEntry.objects.get(kind=reconciliation.REPAIR)
    handlers.run_repair(
        Delivery(id=entry.id, key=entry.key, payload=entry.payload, about=None, attempt=1, now=clock.now())
    )
    assert [one[0] for one in journal(lindwerk)] == ["K1-V1"]


def test_a_change_that_is_given_up_goes_the_way_of_a_refusal(lindwerk: Systems, joost: UUID) -> None:
    lindwerk.switch("billing", on=False)
    variables = {"customer_id": str(joost), "parameters": NEW_ADDRESS}
    job = GivenJob(headers={"command": "billing.change_address"}, variables=variables)
    with pytest.raises(TryAgain):
        handlers.run_command(job)
    (row,) = listed()
    stuck.give_up(principal=LEAD, command_id=row.id, reason="billing moves house")
    lindwerk.switch("billing", on=True)
    for _ in range(2):
        with pytest.raises(CommandRefused, match="Clara gave it up: billing moves house"):
            handlers.run_command(job)
    assert listed() == []
    assert AuditEntry.objects.get().reason == "billing moves house"
    assert lindwerk.billing("SELECT count(*) FROM billing.written_key") == [(0,)]
