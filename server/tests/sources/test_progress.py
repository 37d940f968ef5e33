"""How far the changes for a case have come is told system by system."""

from datetime import UTC, datetime
from typing import Any

import pytest

from firstline import ids
from firstline.sources import queries
from firstline.sources.models import Command
from firstline.sources.rules.progress import Change, SystemProgress, by_system, next_attempt

from .conftest import Systems

AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
DONE, STOPPED, WAITS = {"is_done": True}, {"is_stopped": True}, {"next_attempt_at": AT}


def change(system: str, what: str = "x", **how: Any) -> Change:
    return Change(
        system=system, what=(what,), **{"is_done": False, "is_stopped": False, "next_attempt_at": None, **how}
    )


def system(name: str, **how: Any) -> SystemProgress:
    return SystemProgress(system=name, **{"is_done": False, "is_stopped": False, "next_attempt_at": None, **how})


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([change("a", **DONE), change("b", **WAITS)], [system("a", **DONE), system("b", **WAITS)]),
        ([change("a", "credit", **DONE), change("a", "booking")], [system("a")]),
        ([change("a", "credit", **DONE), change("a", "booking", **DONE)], [system("a", **DONE)]),
        ([change("a", **STOPPED), change("a", **DONE)], [system("a", **DONE)]),
        ([change("a", **STOPPED), change("a", "other", **DONE)], [system("a", **STOPPED)]),
        ([change("a", **STOPPED), change("a", **STOPPED)], [system("a", **STOPPED)]),
        ([], []),
    ],
)
def test_a_system_is_done_when_all_of_its_changes_are(changes: list[Change], found: list[SystemProgress]) -> None:
    assert by_system(changes) == found
    assert next_attempt(found) == (AT if any(one.next_attempt_at for one in found) else None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("confirmed", "What had been entered was taken back."),
        ("waiting", "What had been entered is being taken back."),
    ],
)
def test_what_is_taken_back_is_not_called_updated(state: str, sentence: str) -> None:
    case_id = ids.new_id()
    for kind, its_state in (("change", "confirmed"), ("change", "refused"), ("compensation", state)):
        Command.objects.create(
            key=str(ids.new_id()),
            kind=kind,
            state=its_state,
            case_id=case_id,
            customer_id=ids.new_id(),
            source="billing",
            command="billing.credit_invoice",
        )
    assert queries.progress_of_case(case_id).sentence == sentence


@pytest.mark.django_db
def test_where_a_case_writes_twice_to_a_system_it_is_said_what(lindwerk: Systems) -> None:
    case_id = ids.new_id()
    for command in ("billing.credit_invoice", "billing.book_refund", "payments.pay_out"):
        Command.objects.create(
            key=str(ids.new_id()), case_id=case_id, customer_id=ids.new_id(), source=command.partition(".")[0],
            command=command, element_id=command, state="confirmed", is_written=True,
        )  # fmt: skip
    found = [one.sentence for one in queries.commands_of_case(case_id)]
    assert found == ["Billing, Credit note: done.", "Billing, Booking: done.", "Payments: done."]
    assert queries.progress_of_case(case_id).sentence == "2 of 2 systems updated."
