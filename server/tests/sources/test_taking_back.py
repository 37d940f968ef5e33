"""What a process takes back isn't written afterwards, whoever had it in hand meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from firstline import ids
from firstline.outbox.ports import TryAgain
from firstline.sources import actions, handlers
from firstline.sources.adapters import loaded
from firstline.sources.models import Command
from firstline.sources.ports import CannotCompensate, CommandRefused
from tests.chaos.targets.stores import server_address

from .conftest import NEW_ADDRESS, GivenJob, Systems
from .connectors.servers import wait_for

ADDRESS = "billing.change_address"


@pytest.fixture
def change(lindwerk: Systems, customer_of: Callable[..., UUID]) -> GivenJob:
    joost = customer_of(lindwerk.world.story["joost"])
    variables = {"customer_id": str(joost), "parameters": NEW_ADDRESS}
    return GivenJob(headers={"command": ADDRESS}, variables=variables)


def take_back(change: GivenJob) -> dict[str, Any]:
    return handlers.run_compensation(
        GivenJob(headers=change.headers, variables=change.variables, instance_id=change.instance_id)
    )


def written(lindwerk: Systems) -> int:
    number = lindwerk.world.story["joost"].billing_ids[0]
    return int(lindwerk.billing("SELECT row_version - 1 FROM billing.account WHERE account_no = %s", number)[0][0])


def test_a_change_that_waited_is_not_written_after_it_was_taken_back(lindwerk: Systems, change: GivenJob) -> None:
    lindwerk.switch("billing", on=False)
    with pytest.raises(TryAgain):
        handlers.run_command(change)
    take_back(change)
    lindwerk.switch("billing", on=True)
    loaded.forget()
    with pytest.raises(CommandRefused, match="taken it back"):
        handlers.run_command(change)
    assert written(lindwerk) == 0


def test_a_change_that_a_worker_begins_only_after_it_was_taken_back_is_not_written(
    lindwerk: Systems, change: GivenJob
) -> None:
    take_back(change)
    with pytest.raises(CommandRefused, match="taken it back"):
        handlers.run_command(change)
    assert written(lindwerk) == 0


def test_what_is_wanted_anew_after_it_was_taken_back_is_written(lindwerk: Systems, change: GivenJob) -> None:
    take_back(change)
    anew = GivenJob(headers=change.headers, variables=change.variables, instance_id=change.instance_id)
    handlers.run_command(anew)
    assert written(lindwerk) == 1


def test_taking_back_waits_for_who_is_writing(lindwerk: Systems, change: GivenJob) -> None:
    lindwerk.switch("billing", on=False)
    with pytest.raises(TryAgain):
        handlers.run_command(change)
    with psycopg.connect(server_address(), autocommit=True) as writer:
        writer.execute("SELECT pg_advisory_lock(%s)", [actions.lock_number(Command.objects.get())])
        with pytest.raises(TryAgain, match="being written"):
            take_back(change)
    assert not Command.objects.get(kind=Command.Kind.CHANGE).is_withdrawn


def test_each_customer_and_each_round_of_a_process_is_taken_back_for_itself(
    lindwerk: Systems, change: GivenJob, customer_of: Callable[..., UUID]
) -> None:
    petra = customer_of(lindwerk.world.story["petra"])
    joosts_number, petras_number = (lindwerk.world.story[name].billing_ids[0] for name in ("joost", "petra"))

    def streets() -> dict[str, str]:
        statement = "SELECT account_no, street FROM billing.account WHERE account_no = ANY(%s)"
        return dict(lindwerk.billing(statement, [joosts_number, petras_number]))

    before = streets()
    handlers.run_command(change)
    for customer_id, street in ((change.variables["customer_id"], "Second"), (str(petra), "Third")):
        variables = {"customer_id": customer_id, "parameters": {**NEW_ADDRESS, "street": street}}
        handlers.run_command(GivenJob(headers=change.headers, variables=variables, instance_id=change.instance_id))
    take_back(change)
    assert streets() == {joosts_number: "Neue Straße", petras_number: "Third"}
    take_back(change)
    assert streets() == {joosts_number: before[joosts_number], petras_number: "Third"}


def streets_of(lindwerk: Systems, *numbers: str) -> dict[str, str]:
    statement = "SELECT account_no, street FROM billing.account WHERE account_no = ANY(%s)"
    return dict(lindwerk.billing(statement, list(numbers)))


def written_again(change: GivenJob, street: str) -> str:
    """Write another street in the same process; returns by which id it is known."""
    variables = {**change.variables, "parameters": {**NEW_ADDRESS, "street": street}}
    job = GivenJob(headers=change.headers, variables=variables, instance_id=change.instance_id)
    return str(handlers.run_command(job)["billing_change_address"]["id"])


def compensation(change: GivenJob, **variables: Any) -> GivenJob:
    given = {"customer_id": change.variables["customer_id"], **variables}
    return GivenJob(headers=change.headers, variables=given, instance_id=change.instance_id)


@pytest.mark.django_db(transaction=True)
def test_of_two_compensations_at_once_each_takes_its_own_change_back(lindwerk: Systems, change: GivenJob) -> None:
    """One has chosen, and not yet committed, when the other begins to choose."""
    number = lindwerk.world.story["joost"].billing_ids[0]
    before = streets_of(lindwerk, number)
    handlers.run_command(change)
    written_again(change, "Second")
    one, other = compensation(change), compensation(change)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first = actions._to_take_back(one, ADDRESS)
            assert first is not None
            noted = threads.submit(_note, other)
            wait_for(_somebody_waits_for_a_lock, "the second one's waiting")
            _noted_inside(one, first)
        second = noted.result(timeout=120)
    assert first.parameters["street"] == "Second"
    assert second.compensates_id == Command.objects.filter(kind=Command.Kind.CHANGE).earliest("created_at").id
    with pytest.raises(TryAgain, match="written later"):
        handlers.run_compensation(other)
    handlers.run_compensation(one)
    handlers.run_compensation(other)
    assert streets_of(lindwerk, number) == before
    with pytest.raises(IntegrityError):
        Command.objects.filter(id=second.id).update(compensates=first)


def _note(job: GivenJob) -> Command:
    try:
        return actions.note_command(job=job, command=ADDRESS, kind=Command.Kind.COMPENSATION)
    finally:
        connection.close()


def _noted_inside(job: GivenJob, original: Command) -> None:
    Command.objects.create(
        key=job.key,
        kind=Command.Kind.COMPENSATION,
        compensates=original,
        instance_id=job.instance_id,
        element_id="undo",
        customer_id=original.customer_id,
        source="billing",
        command=ADDRESS,
    )


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_a_compensation_takes_back_the_change_that_it_names(
    lindwerk: Systems, change: GivenJob, customer_of: Callable[..., UUID]
) -> None:
    number = lindwerk.world.story["joost"].billing_ids[0]
    handlers.run_command(change)
    second = written_again(change, "Second")
    waits = GivenJob(headers=change.headers, variables=change.variables, instance_id=change.instance_id)
    undone = compensation(change, command_id=second)
    handlers.run_compensation(undone)
    assert streets_of(lindwerk, number) == {number: NEW_ADDRESS["street"]}
    again = compensation(change, command_id=second)
    assert handlers.run_compensation(again)["billing_change_address"]["written"] is False
    assert handlers.run_command(waits)["billing_change_address"]["state"] == "confirmed", "another one was named"
    for named in (str(ids.new_id()), "nothing", 7):
        with pytest.raises(CannotCompensate, match="names no change"):
            handlers.run_compensation(compensation(change, command_id=named))
