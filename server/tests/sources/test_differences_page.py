"""The page of differences: for those who answer for the systems; strangers neither see nor settle anything."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from firstline import clock, ids
from firstline.outbox.models import OutboxEntry
from firstline.sources.adapters import loaded
from firstline.sources.models import Command, Divergence, Reconciliation

pytestmark = pytest.mark.django_db

LISTING = reverse("sources:differences")


@pytest.fixture(autouse=True)
def demo_sources(settings: Any) -> Any:
    from pathlib import Path

    from firstline.demo import systems

    settings.FIRSTLINE_SOURCES = Path(systems.__file__).parent.parent / "sources"
    loaded.forget()
    yield
    loaded.forget()


@pytest.fixture
def divergence(house: Any) -> Divergence:
    command = Command.objects.create(
        element_id="x",
        customer_id=house.customer.id,
        source="billing",
        command="billing.change_address",
        key=str(ids.new_id()),
        state=Command.State.CONFIRMED,
        confirmed_at=clock.now(),
    )
    found = {"street": "<b>Alte Straße</b>", "house_no": "1"}
    return Divergence.objects.create(
        command=command,
        customer_id=house.customer.id,
        source="billing",
        record="B1",
        expected={"street": "Neue Straße"},
        found=found,
        found_by="B1",
    )


def test_leads_see_what_was_confirmed_and_what_stands_there(house: Any, divergence: Divergence) -> None:
    page = house.client(house.lead).get(LISTING).content.decode()
    assert "Neue Straße" in page
    assert "&lt;b&gt;Alte Straße" in page
    assert "<b>Alte" not in page


def test_others_get_nowhere(house: Any, divergence: Divergence) -> None:
    pages = [LISTING, reverse("sources:runs")]
    acts = [reverse("sources:compare")]
    acts += [reverse(f"sources:{act}", args=[divergence.id]) for act in ("repair", "accept")]
    agent = house.client(house.agent)
    assert [agent.get(page).status_code for page in pages] == [403, 403]
    assert [agent.post(act).status_code for act in acts] == [403, 403, 403]
    assert [Client().get(page).status_code for page in pages] == [302, 302]
    assert Divergence.objects.get(id=divergence.id).state == "open"
    assert not Reconciliation.objects.exists()


def test_a_difference_is_repaired_or_left(house: Any, divergence: Divergence) -> None:
    lead = house.client(house.lead)
    refused = lead.post(reverse("sources:accept", args=[divergence.id]), {"reason": ""}, follow=True)
    assert "Write why it stays as it is" in refused.content.decode()
    lead.post(reverse("sources:repair", args=[divergence.id]))
    assert Divergence.objects.get(id=divergence.id).state == "repairing"
    assert OutboxEntry.objects.filter(kind="sources.repair").count() == 1
    again = lead.post(reverse("sources:accept", args=[divergence.id]), {"reason": "Both right"}, follow=True)
    assert "Look at the list again" in again.content.decode()


def test_a_comparison_is_asked_for_once(house: Any) -> None:
    lead = house.client(house.lead)
    lead.post(reverse("sources:compare"))
    said = lead.post(reverse("sources:compare"), follow=True).content.decode()
    assert "under way already" in said
    assert Reconciliation.objects.get().started_by_name == house.lead.name
    assert "0 of 0 changes compared" in lead.get(reverse("sources:runs")).content.decode()


def test_pages_go_on_where_the_last_ended(house: Any, divergence: Divergence) -> None:
    for number in range(35):
        Divergence.objects.create(
            command=divergence.command,
            customer_id=house.customer.id,
            source="billing",
            record=f"R-{number}-",
            expected={"street": "x"},
            found=None,
        )
    lead = house.client(house.lead)
    first = lead.get(LISTING)
    shown = [n for n in range(35) if f"R-{n}-" in first.content.decode()]
    assert len(shown) == 30
    following = first.context["next"]
    second = lead.get(LISTING, {"after": following}).content.decode()
    assert [n for n in range(35) if f"R-{n}-" in second] == [n for n in range(35) if n not in shown]
    assert "R-" in lead.get(LISTING, {"source": "billing"}).content.decode()
    assert "R-" not in lead.get(LISTING, {"source": "orders"}).content.decode()
    assert "R-" not in lead.get(LISTING, {"state": "settled"}).content.decode()
