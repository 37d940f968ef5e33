"""What a refund writes, and takes back: a credit note and a booking in billing, a transfer in the payments."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from firstline import ids
from firstline.sources import actions, handlers, reconciliation
from firstline.sources.models import Divergence, Reconciliation
from firstline.sources.ports import CannotCompensate, CommandRefused

from .conftest import AGENT, GivenJob, Systems

COMMANDS = ("billing.credit_invoice", "billing.book_refund", "payments.pay_out")


@pytest.fixture
def refund(lindwerk: Systems, customer_of: Callable[..., UUID]) -> tuple[UUID, dict[str, Any]]:
    emily = lindwerk.world.story["emily"]
    parameters = {
        "reference": "V-1",
        "invoice_number": emily.contracts[0].invoices[0].number,
        "amount": Decimal("12.50"),
        "reason": "reading",
        "purpose": "Refund V-1",
    }
    return customer_of(emily), parameters


def jobs(refund: tuple[UUID, dict[str, Any]], instance_id: UUID) -> list[GivenJob]:
    customer_id, parameters = refund
    variables = {"customer_id": str(customer_id), "parameters": parameters}
    return [GivenJob(headers={"command": one}, variables=variables, instance_id=instance_id) for one in COMMANDS]


def stands(lindwerk: Systems) -> list[tuple[Any, ...]]:
    return [
        *lindwerk.billing("SELECT 'credit', credit_no, amount, cancelled_on IS NULL FROM billing.credit_note"),
        *lindwerk.billing("SELECT 'booking', reference, amount, reversed_on IS NULL FROM billing.booking"),
        *lindwerk.sqlite("payments", "SELECT 'transfer', reference, amount, state FROM transfer"),
    ]


def test_what_is_refunded_stands_in_both_systems_once_and_is_taken_back_without_a_gap_in_the_books(
    lindwerk: Systems, refund: tuple[UUID, dict[str, Any]]
) -> None:
    customer_id, parameters = refund
    found = actions.previews(
        customer_id=customer_id, commands=COMMANDS, parameters=parameters, principal=AGENT, language="en"
    )
    assert [one.state for one in found] == ["ready"] * 3
    assert {row.new_text for one in found for row in one.rows if row.where == "Amount"} == {"€12.50"}
    in_dutch = actions.previews(
        customer_id=customer_id, commands=COMMANDS, parameters=parameters, principal=AGENT, language="nl"
    )
    words = {row.where: row.new_text for one in in_dutch for row in one.rows}
    assert words["Reden"] == "Verkeerde meterstand"
    instance_id = ids.new_id()
    for job in 2 * jobs(refund, instance_id):
        handlers.run_command(job)
    written = [("credit", "V-1", Decimal("12.50"), True), ("booking", "V-1", Decimal("12.50"), True)]
    assert stands(lindwerk) == [*written, ("transfer", "V-1", "12.50", "ordered")]
    for job in jobs(refund, instance_id)[::-1]:
        handlers.run_compensation(job)
    gone = [(*one[:3], False) for one in written]
    assert stands(lindwerk) == [*gone, ("transfer", "V-1", "12.50", "withdrawn")]
    for job in jobs(refund, instance_id):
        handlers.run_command(job)
    assert stands(lindwerk) == [*written, ("transfer", "V-1", "12.50", "ordered")]


def test_what_was_sent_to_the_bank_is_not_taken_back(lindwerk: Systems, refund: tuple[UUID, dict[str, Any]]) -> None:
    instance_id = ids.new_id()
    handlers.run_command(jobs(refund, instance_id)[2])
    lindwerk.sqlite("payments", "UPDATE transfer SET state = 'sent'")
    # It goes its way: that is no difference which somebody has to settle.
    run_id = reconciliation.start(principal=None)
    assert reconciliation.check_some(run_id, limit=10)
    assert Reconciliation.objects.get(id=run_id).checked == 1
    assert not Divergence.objects.exists()
    with pytest.raises(CannotCompensate, match="sent"):
        handlers.run_compensation(jobs(refund, instance_id)[2])


def test_billing_credits_no_more_than_was_billed(lindwerk: Systems, refund: tuple[UUID, dict[str, Any]]) -> None:
    customer_id, parameters = refund
    with pytest.raises(CommandRefused, match="is too much"):
        handlers.run_command(jobs((customer_id, {**parameters, "amount": Decimal(100_000)}), ids.new_id())[0])
    with pytest.raises(CommandRefused, match="has no invoice"):
        handlers.run_command(jobs((customer_id, {**parameters, "invoice_number": "R-0"}), ids.new_id())[0])
