"""Two customers who turn out to be one, and not to be after all: what is read of them, compared, and written to whom."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from firstline import ids
from firstline.accounts.principals import Principal
from firstline.customers.actions import merging
from firstline.sources import differences, handlers, queries, reconciliation
from firstline.sources.models import Reading

from .conftest import AGENT, NEW_ADDRESS, NOW, GivenJob, Systems

CustomerOf = Callable[..., UUID]
ADDRESS = "billing.change_address"
LEAD = Principal(kind="staff", id=ids.new_id(), name="Clara", roles=frozenset({"lead"}), brands=frozenset({"lindwerk"}))


@pytest.fixture
def joost(lindwerk: Systems, customer_of: CustomerOf) -> UUID:
    return customer_of(lindwerk.world.story["joost"], ids_too=True)


@pytest.fixture
def petra(lindwerk: Systems, customer_of: CustomerOf) -> UUID:
    # The system's own id of her isn't known: she is found there by another way than he is.
    return customer_of(lindwerk.world.story["petra"])


def merge(survivor: UUID, merged: UUID) -> UUID:
    return merging.merge_customers(survivor_id=survivor, merged_id=merged, reason="one", principal=LEAD, now=NOW)


def part(merge_id: UUID) -> None:
    merging.undo_merge(merge_id=merge_id, reason="two", principal=LEAD, now=NOW)


def accounts(customer_id: UUID) -> set[str]:
    tile = queries.tile(customer_id=customer_id, view="billing.account", principal=AGENT, language="en")
    return {cell.text for cells in tile.rows for cell in cells if cell.name == "account_no"}


def write(customer_id: UUID, *, kind: str = "source-command", **fields: Any) -> GivenJob:
    variables = {"customer_id": str(customer_id), "parameters": NEW_ADDRESS}
    job = GivenJob(headers={"command": ADDRESS}, variables=variables, **fields)
    (handlers.run_command if kind == "source-command" else handlers.run_compensation)(job)
    return job


def streets(lindwerk: Systems, *names: str) -> list[str]:
    numbers = [lindwerk.world.story[name].billing_ids[0] for name in names]
    found = dict(lindwerk.billing("SELECT account_no, street FROM billing.account WHERE account_no = ANY(%s)", numbers))
    return [found[number] for number in numbers]


def compare() -> list[differences.DifferenceRow]:
    run_id = reconciliation.start(principal=LEAD)
    while not reconciliation.check_some(run_id, limit=5):
        pass
    return differences.differences(principal=LEAD, is_settled=False, limit=10, language="en")


def test_a_tile_shows_what_is_known_of_both_and_after_the_parting_of_each_alone(joost: UUID, petra: UUID) -> None:
    assert accounts(petra) == {"B700000"}
    merge_id = merge(petra, joost)
    assert accounts(petra) == accounts(joost) == {"B700000", "B700014"}
    part(merge_id)
    assert accounts(petra) == {"B700000"}
    assert accounts(joost) == {"B700014"}


def test_a_value_known_last_is_never_somebody_elses(lindwerk: Systems, joost: UUID, petra: UUID) -> None:
    merge_id = merge(petra, joost)
    accounts(petra)
    part(merge_id)
    assert set(Reading.objects.get().read_of) == {petra, joost}
    lindwerk.switch("billing", on=False)
    assert accounts(petra) == accounts(joost) == set()


def test_what_was_known_before_a_merge_still_is_while_the_system_is_down(
    lindwerk: Systems, joost: UUID, petra: UUID
) -> None:
    accounts(joost)
    lindwerk.switch("billing", on=False)
    merge(petra, joost)
    assert accounts(petra) == {"B700014"}


def test_a_change_reaches_the_records_of_both_and_is_taken_back_in_both_after_the_parting(
    lindwerk: Systems, joost: UUID, petra: UUID
) -> None:
    before = streets(lindwerk, "petra", "joost")
    merge_id = merge(petra, joost)
    job = write(petra)
    assert streets(lindwerk, "petra", "joost") == ["Neue Straße", "Neue Straße"]
    part(merge_id)
    write(petra, kind="source-compensate", instance_id=job.instance_id)
    assert streets(lindwerk, "petra", "joost") == before


def test_what_was_confirmed_of_both_is_compared_of_both_after_the_parting(
    lindwerk: Systems, joost: UUID, petra: UUID
) -> None:
    merge_id = merge(petra, joost)
    write(petra)
    part(merge_id)
    assert compare() == []
    number = lindwerk.world.story["joost"].billing_ids[0]
    lindwerk.billing(
        "UPDATE billing.account SET street = 'Weg', row_version = row_version + 1 WHERE account_no = %s", number
    )
    assert [(one.record, one.values[0].found) for one in compare()] == [(number, "Weg")]


def test_what_was_written_for_one_after_the_parting_takes_the_place_of_what_was_written_for_both(
    lindwerk: Systems, joost: UUID, petra: UUID
) -> None:
    merge_id = merge(petra, joost)
    write(petra)
    part(merge_id)
    handlers.run_command(
        GivenJob(
            headers={"command": ADDRESS},
            variables={"customer_id": str(joost), "parameters": {**NEW_ADDRESS, "street": "Ganz neu"}},
        )
    )
    assert streets(lindwerk, "petra", "joost") == ["Neue Straße", "Ganz neu"]
    assert compare() == []
