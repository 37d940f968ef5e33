"""One timeline of a customer: every kind, newest first, page by page, through merges, by who may see it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from firstline import clock
from firstline.correspondence.models import OutgoingMessage
from firstline.customers import actions
from firstline.customers.models import Customer
from firstline.customers.ports import TimelineKind
from firstline.customers.timeline import timeline_of
from firstline.sources.models import Command
from tests.conftest import COMPLAINT, WEDNESDAY, House

pytestmark = pytest.mark.django_db


def entries(house: House, customer: Customer | None = None, **how):
    about = customer or house.customer
    return timeline_of(about.id, principal=house.principal(house.agent), language="en", **how).page.rows


@pytest.fixture
def busy(house: House) -> House:
    """Somebody with everything: a call, a case with a step done and a promise missed, a message and a change in a system."""
    with clock.fixed(WEDNESDAY - timedelta(days=3)):
        call = house.call()
    with clock.fixed(WEDNESDAY - timedelta(days=2)):
        case = house.case()
        house.complete(case, COMPLAINT, by=house.agent)
        house.promise(case, "We call back", due_in=timedelta(hours=1), made_ago=timedelta())
    OutgoingMessage.objects.create(
        brand=house.brand, customer=house.customer, contact=call, language="de", subject="Ihre Beschwerde", text="…", address="s@example.test",
        message_id="1@example.test", state=OutgoingMessage.State.FAILED, created_at=WEDNESDAY - timedelta(days=1),
    )  # fmt: skip
    Command.objects.create(
        case_id=case.id, element_id="x", customer_id=house.customer.id, source="billing", command="billing.rename", key="k",
        state=Command.State.REFUSED, last_error="closed", created_at=WEDNESDAY - timedelta(hours=1),
    )  # fmt: skip
    return house


def test_everything_that_happened_stands_in_one_list_newest_first(busy: House) -> None:
    found = entries(busy)
    assert [one.icon for one in found if one.icon != "check"] == ["do", "mail", "calendar", "cases", "phone"]
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    said = {one.icon: one for one in found}
    assert said["do"].state == "billing: not done. closed."
    assert (said["mail"].text, said["mail"].state) == ("To the customer: Ihre Beschwerde", "not delivered")
    assert (said["calendar"].text, said["calendar"].state) == ("Promised: We call back", "missed")
    assert said["check"].text.startswith("Done: ")
    assert said["check"].detail == "Agent"
    assert all(one.url for one in found)


def test_a_page_begins_where_the_last_one_ended_and_kinds_are_chosen(busy: House) -> None:
    whole = entries(busy)
    pages, before = [], None
    while page := entries(busy, limit=2, before=before):
        pages += page
        before = page[-1].place
    assert [one.place for one in pages] == [one.place for one in whole]
    assert {one.icon for one in entries(busy, only=["promise", "message"])} == {"calendar", "mail"}


def test_a_merge_shows_both_and_its_undoing_parts_them_exactly(busy: House) -> None:
    other = actions.create_customer(brand=busy.brand, family_name="Krueger")
    case = busy.case("change-of-address", customer=other)
    mine, theirs = entries(busy), entries(busy, other)
    merge = actions.merge_customers(
        survivor_id=busy.customer.id, merged_id=other.id, reason="the same", principal=busy.principal(busy.lead), now=clock.now()
    )  # fmt: skip
    for one in (busy.customer, other):
        assert {entry.id for entry in entries(busy, one)} == {entry.id for entry in (*mine, *theirs)}
    assert case.id in {entry.id for entry in entries(busy)}
    actions.undo_merge(merge_id=merge, reason="two", principal=busy.principal(busy.lead), now=clock.now())
    assert (entries(busy), entries(busy, other)) == (mine, theirs)


def test_a_kind_that_fails_is_one_sentence_and_the_others_are_there(busy: House, monkeypatch, caplog) -> None:
    def broken(_wanted):
        Command.objects.get(id="00000000-0000-0000-0000-000000000000")

    kinds = (
        TimelineKind(key="x", label="Parcels", icon="do", read=broken),
        *timeline_of(busy.customer.id, principal=busy.principal(busy.agent), language="en").kinds,
    )
    monkeypatch.setattr("firstline.customers.timeline.kinds_for", lambda **_how: kinds)
    shown = timeline_of(busy.customer.id, principal=busy.principal(busy.agent), language="en")
    assert shown.sentences == ("Parcels can't be shown because of a mistake of ours; it is in the log.",)
    assert len(shown.page.rows) > 5
    assert "Parcels" not in caplog.text
    assert "The timeline's x couldn't be read" in caplog.text


def test_who_may_see_it(busy: House) -> None:
    for name in ("customers:timeline", "customers:latest"):
        address = reverse(name, args=[busy.customer.id])
        for user, status in ((busy.agent, 200), (busy.owner, 200), (busy.stranger, 404)):
            assert busy.client(user).get(address).status_code == status
    shown = busy.client(busy.agent).get(reverse("customers:timeline", args=[busy.customer.id])).content.decode()
    assert "Promised: We call back" in shown
    assert "Messages to the customer" in shown
    part = busy.client(busy.agent).get(
        f"{reverse('customers:timeline', args=[busy.customer.id])}?kind=promise&before=x", HTTP_HX_REQUEST="true"
    )
    assert "<html" not in part.content.decode()
    assert "Ihre Beschwerde" not in part.content.decode()
