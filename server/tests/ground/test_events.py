"""Events are announced inside a transaction, to whoever the wiring names."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from firstline import events
from firstline.config import subscriptions


@dataclass(frozen=True)
class Happened:
    what: str


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_nothing_is_announced() -> None:
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        events.announce(Happened("x"))


@pytest.mark.django_db
def test_subscribers_hear_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setitem(
        subscriptions.SUBSCRIPTIONS,
        Happened,
        (lambda one: heard.append(f"first {one.what}"), lambda one: heard.append("second")),
    )
    with transaction.atomic():
        events.announce(Happened("rain"))
    assert heard == ["first rain", "second"]
