"""The customers' pages: who may come in, who is it, one or two, merge and undo from the screen."""

import re

import pytest

from firstline.accounts.models import User
from firstline.audit.models import AuditEntry
from firstline.customers import actions
from firstline.customers.actions import NewAddress, NewIdentifier
from firstline.customers.models import Customer, Duplicate, Identifier, Merge
from tests.conftest import House

pytestmark = pytest.mark.django_db


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def twice(house: House) -> Duplicate:
    house.customer.street, house.customer.postcode, house.customer.town = "Gartenstraße", "10115", "Berlin"
    house.customer.save()
    actions.create_customer(
        brand=house.brand,
        given_name="Sabine",
        family_name="Krueger",
        needs="never before 10",
        address=NewAddress(street="Gartenstr.", house_number="3", postcode="10115", town="Berlin"),
        identifiers=[
            NewIdentifier(kind="email", value="sabine@example.test"),
            NewIdentifier(kind="phone", value="+491701112233"),
        ],
    )
    return Duplicate.objects.get()


def test_who_may_come_in(house: House, twice: Duplicate) -> None:
    for person, sees, merges in (("agent", 200, 403), ("lead", 200, 200), ("owner", 403, 403)):
        client = house.client(house.people[person])
        assert client.get("/customers/").status_code == sees
        assert client.get("/customers/duplicates/").status_code == merges
        assert client.get("/customers/merges/").status_code == merges
        assert client.get(f"/customers/duplicates/{twice.id}/").status_code == merges
    User.objects.filter(id=house.stranger.id).update(roles=["lead"])
    stranger = house.client(User.objects.get(id=house.stranger.id))
    assert stranger.get(f"/customers/duplicates/{twice.id}/").status_code == 404
    assert stranger.post(f"/customers/duplicates/{twice.id}/merge/", {"reason": "x"}).status_code == 404
    assert "Krueger" not in words(stranger.get("/customers/duplicates/"))
    assert "Krueger" not in words(stranger.get("/customers/?family_name=Krueger&given_name=Sabine"))
    assert not Merge.objects.exists()


def test_who_is_it_is_answered_with_reasons(house: House, twice: Duplicate) -> None:
    page = words(house.client(house.agent).get("/customers/?given_name=Sabine&family_name=Kruger&phone=0170+1112233"))
    assert "Krueger" in page
    assert "% probable" in page
    assert "Phone number the same speaks strongly for it" in page
    assert "Nobody was found" in words(house.client(house.agent).get("/customers/?family_name=Nobody&town=Nowhere"))
    assert "104711" in words(house.client(house.agent).get("/customers/?q=104711"))


def test_from_the_list_to_the_merge_and_back(house: House, twice: Duplicate) -> None:
    client = house.client(house.lead)
    assert "Krueger" in words(client.get("/customers/duplicates/"))
    page = words(client.get(f"/customers/duplicates/{twice.id}/"))
    assert "One customer or two?" in page
    assert "never before 10" in page
    assert "lives on" in page
    turned = words(client.get(f"/customers/duplicates/{twice.id}/?survivor=right"))
    assert turned != page
    answer = client.post(f"/customers/duplicates/{twice.id}/merge/", {"reason": "", "survivor": "left"})
    assert answer.status_code == 422
    answer = client.post(
        f"/customers/duplicates/{twice.id}/merge/", {"reason": "same phone", "survivor": "left"}, follow=True
    )
    assert "They are one customer now" in words(answer)
    merge = Merge.objects.get()
    assert merge.survivor_id == twice.left_id
    assert "Krueger" not in words(client.get("/customers/duplicates/"))
    assert "Lives on as" in words(client.get(f"/customers/{merge.merged_id}/"))
    assert "Decided by" in words(client.get(f"/customers/duplicates/{twice.id}/"))
    answer = client.post(f"/customers/merges/{merge.id}/undo/", {"reason": "mother and daughter"}, follow=True)
    assert "mother and daughter" in words(answer)
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_the_other_one_may_live_on(house: House, twice: Duplicate) -> None:
    client = house.client(house.lead)
    client.post(f"/customers/duplicates/{twice.id}/merge/", {"reason": "same", "survivor": "right"})
    assert Merge.objects.get().survivor_id == twice.right_id


def test_two_stay_two(house: House, twice: Duplicate) -> None:
    client = house.client(house.lead)
    assert "stay two customers" in words(client.post(f"/customers/duplicates/{twice.id}/keep-apart/", follow=True))
    assert "Krueger" not in words(client.get("/customers/duplicates/"))
    assert client.post(f"/customers/duplicates/{twice.id}/keep-apart/").status_code == 409


def test_an_address_is_proven_with_evidence_and_doubted_with_a_reason(house: House, twice: Duplicate) -> None:
    client = house.client(house.agent)
    unproven = Identifier.objects.get(customer_id=twice.right_id, kind="email")
    assert client.post(f"/customers/identifiers/{unproven.id}/verify/", {"evidence": " "}).status_code == 422
    page = words(client.post(f"/customers/identifiers/{unproven.id}/verify/", {"evidence": "called back"}, follow=True))
    assert "called back" in page
    unproven.refresh_from_db()
    assert (unproven.is_verified, unproven.verified_by) == (True, house.agent.name)
    assert client.post(f"/customers/identifiers/{unproven.id}/doubt/", {"reason": ""}).status_code == 422
    client.post(f"/customers/identifiers/{unproven.id}/doubt/", {"reason": "bounced"})
    unproven.refresh_from_db()
    assert (unproven.is_verified, unproven.evidence, unproven.verified_by) == (False, "bounced", "")
    assert list(
        AuditEntry.objects.filter(action__startswith="identifier.").order_by("number").values_list("action", flat=True)
    ) == [
        "identifier.verified",
        "identifier.doubted",
    ]


def test_the_list_asks_few_questions_however_long(
    house: House, twice: Duplicate, django_assert_max_num_queries
) -> None:
    for number in range(8):
        actions.create_customer(
            brand=house.brand,
            given_name="Sabine",
            family_name="Krueger",
            identifiers=[
                NewIdentifier(kind="email", value="sabine@example.test"),
                NewIdentifier(kind="phone", value=f"+4917011122{number:02}"),
            ],
        )
    client = house.client(house.lead)
    client.get("/customers/duplicates/")
    with django_assert_max_num_queries(15):
        client.get("/customers/duplicates/")
