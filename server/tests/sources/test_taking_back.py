"""What a process takes back isn't written afterwards, whoever had it in hand meanwhile."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from firstline.outbox.ports import TryAgain
from firstline.sources import actions, handlers
from firstline.sources.adapters import loaded
from firstline.sources.models import Command
from firstline.sources.ports import CommandRefused
from tests.chaos.targets.stores import server_address

from .conftest import NEW_ADDRESS, GivenJob, Systems

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
