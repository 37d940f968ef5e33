"""Preferences, consents, relations and households, on the pages and after merges."""

import html
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from firstline import clock
from firstline.accounts.models import User
from firstline.audit.models import AuditEntry
from firstline.customers import actions, queries
from firstline.customers.actions import CannotRelate, Ends, NoSuchWish
from firstline.customers.models import Consent, Customer, HouseholdMember, Relation
from tests.conftest import House

pytestmark = pytest.mark.django_db
PURPOSES = """\
purposes:
  newsletter: {label: {en: Newsletter, de: Rundbrief}, channels: [email, letter]}
  survey: {label: {en: Surveys}, channels: [email, phone], basis: no-objection}
"""


def words(answer: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


@pytest.fixture(autouse=True)
def purposes(settings: Any, tmp_path: Path) -> Path:
    settings.FIRSTLINE_CUSTOMERS = tmp_path
    (tmp_path / "default").mkdir()
    path = tmp_path / "default" / "purposes.yaml"
    path.write_text(PURPOSES)
    return path


@pytest.fixture
def paul(house: House) -> Customer:
    return actions.create_customer(brand=house.brand, given_name="Paul", family_name="Krüger", number="104712")


@pytest.fixture
def firm(house: House) -> Customer:
    return actions.create_customer(brand=house.brand, kind="organisation", organisation_name="Krüger KG", number="7")


def why_not(customer: Customer, purpose: str, channel: str) -> str:
    return queries.why_not(customer.id, brand=customer.brand.key, purpose=purpose, channel=channel)


def test_a_yes_is_noted_with_what_shows_it_and_a_no_holds_at_once(house: House) -> None:
    client, page = house.client(house.agent), f"/customers/{house.customer.id}/wishes/"
    assert why_not(house.customer, "newsletter", "email") == "The customer hasn't agreed to this."
    said = {"purpose": "newsletter", "channel": ["email"], "answer": "yes", "way": "phone"}
    refused = client.post(f"{page}consent/", said)
    assert refused.status_code == 422
    assert "a consent must be proven" in words(refused)
    assert not Consent.objects.exists()
    answer = client.post(f"{page}consent/", {**said, "evidence": "call of today"}, follow=True)
    assert "They agreed on" in words(answer)
    assert why_not(house.customer, "newsletter", "email") == ""
    assert why_not(house.customer, "newsletter", "letter") != ""
    client.post(f"{page}consent/", {**said, "answer": "no"})
    assert "said no on" in why_not(house.customer, "newsletter", "email")
    assert "no Newsletter: E-mail" in words(client.get(f"/customers/{house.customer.id}/"))
    assert "Rundbrief" in queries.in_words(house.customer.id, brand=house.brand.key, language="de")[0]
    assert [one.is_given for one in Consent.objects.order_by("noted_at", "id")] == [True, False]
    acts = AuditEntry.objects.filter(action__startswith="consent.").order_by("number")
    assert [one.action for one in acts] == ["consent.given", "consent.withdrawn"]


def test_what_was_said_must_make_sense(house: House) -> None:
    client = house.client(house.agent)
    said = {"purpose": "newsletter", "channel": ["email"], "answer": "yes", "way": "phone", "evidence": "x"}
    for changed, told in (
        ({"purpose": "spam"}, "Choose what it is about"),
        ({"channel": ["phone"]}, "Choose what it is about"),
        ({"channel": []}, "Choose what it is about"),
        ({"answer": "perhaps"}, "Say whether they said yes or no"),
        ({"said_on": "2027-01-01"}, "in the future"),
        ({"said_on": "soon"}, "is no date"),
        ({"way": "dream"}, "Say how they said it"),
    ):
        answer = client.post(f"/customers/{house.customer.id}/wishes/consent/", {**said, **changed})
        assert answer.status_code == 422
        assert told in words(answer)
    assert not Consent.objects.exists()


def test_no_advertising_at_all(house: House) -> None:
    house.client(house.agent).post(f"/customers/{house.customer.id}/wishes/no/", {"way": "phone"})
    assert queries.in_words(house.customer.id, brand=house.brand.key, language="en") == ["no advertising"]
    assert why_not(house.customer, "survey", "phone") != ""


def test_a_need_rules_a_channel_out_whatever_they_agreed_to(house: House) -> None:
    assert why_not(house.customer, "survey", "phone") == ""
    Customer.objects.filter(id=house.customer.id).update(need_keys=["never-phone"])
    assert why_not(house.customer, "survey", "phone").startswith(
        "The customer must never be contacted on this channel."
    )


def test_a_list_with_mistakes_lets_nothing_out(house: House, purposes: Path) -> None:
    purposes.write_text(PURPOSES.replace("survey:", "Survey!:"))
    assert "contacts nobody" in why_not(house.customer, "survey", "phone")
    path = f"/customers/{house.customer.id}/wishes/"
    assert "'Survey!' is no name" in words(house.client(house.lead).get(path))
    assert "Tell your team lead" in words(house.client(house.agent).get(path))
    purposes.unlink()
    assert "no list of purposes" in words(house.client(house.agent).get(path))


def test_preferences_are_noted_and_corrected(house: House) -> None:
    client, path = house.client(house.agent), f"/customers/{house.customer.id}/wishes/save/"
    wanted = {
        "salutation": "ms", "title": "Dr.", "language": "nl", "preferred_channel": "email", "need": ["large-print", "never-phone"],
        "needs": "has a dog", "day": ["1", "2", "3"], "reach_from": "10:00", "reach_until": "",
    }  # fmt: skip
    page = words(client.post(path, wanted, follow=True))
    assert "It is noted how they want to be dealt with." in page
    found = queries.in_words(house.customer.id, brand=house.brand.key, language="en")
    assert found == ["never by phone", "large print", "call Mon–Wed from 10:00", "prefers: E-mail"]
    entry = AuditEntry.objects.get(action="customer.preferences-changed")
    assert entry.data["title"] == {"before": "", "after": "Dr."}
    client.post(path, wanted)
    assert AuditEntry.objects.filter(action="customer.preferences-changed").count() == 1
    for wrong, told in (
        ({"reach_from": "ten"}, "is no time"),
        ({"reach_until": "09:00"}, "is before the time"),
        ({"preferred_channel": "phone"}, "must never be contacted"),
        ({"need": ["to be king"]}, "from the lists"),
        ({"language": "tlh"}, "from the lists"),
    ):
        answer = client.post(path, {**wanted, "needs": "has a cat", **wrong})
        assert (answer.status_code, told in words(answer)) == (422, True)
        assert "has a cat" in answer.content.decode()


def test_a_relation_is_seen_from_both_ends(house: House, paul: Customer) -> None:
    client = house.client(house.agent)
    sent = {"kind": "parent", "other": "104712", "from_on": "2001-05-03", "note": "youngest"}
    assert "parent of" in words(client.post(f"/customers/{house.customer.id}/relations/add/", sent, follow=True))
    assert "child of Sabine Krüger" in words(client.get(f"/customers/{paul.id}/"))
    again = client.post(f"/customers/{paul.id}/relations/add/", {"kind": "parent-of", "other": "Sabine Krüger"})
    assert (again.status_code, "noted already" in words(again)) == (422, True)
    relation = Relation.objects.get()
    early = client.post(f"/customers/{paul.id}/relations/{relation.id}/end/", {"until_on": "1999-01-01"})
    assert (early.status_code, "ends before it begins" in words(early)) == (422, True)
    yesterday = clock.now().date() - timedelta(days=1)
    client.post(f"/customers/{paul.id}/relations/{relation.id}/end/", {"until_on": yesterday.isoformat()})
    assert "child of" not in words(client.get(f"/customers/{paul.id}/"))
    assert "over" in words(client.get(f"/customers/{paul.id}/relations/"))
    client.post(f"/customers/{paul.id}/relations/{relation.id}/take-back/")
    assert not Relation.objects.exists()
    acts = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert acts == ["customer.related", "customer.relation-ended", "customer.relation-taken-back"]


def test_a_relation_must_make_sense(house: House, paul: Customer, firm: Customer) -> None:
    client = house.client(house.agent)
    for sent, told in (
        ({"kind": "enemy", "other": "104712"}, "how they stand"),
        ({"kind": "partner", "other": "nobody"}, "Nobody is found"),
        ({"kind": "partner", "other": "Krüger"}, "It isn't clear who is meant"),
        ({"kind": "partner", "other": "104711"}, "two different customers"),
        ({"kind": "partner", "other": "7"}, "an organisation is meant"),
        ({"kind": "partner", "other": "104712", "from_on": "2026-02-02", "until_on": "2026-01-01"}, "before it begins"),
    ):
        answer = client.post(f"/customers/{house.customer.id}/relations/add/", sent)
        assert answer.status_code == 422
        assert told in words(answer)
    assert not Relation.objects.exists()


def test_a_household_is_made_left_and_entered(house: House, paul: Customer, firm: Customer) -> None:
    client, here = house.client(house.agent), f"/customers/{house.customer.id}"
    page = words(client.post(f"{here}/household/", {"with": "104712"}, follow=True))
    assert "They are in one household" in page
    assert "household “Krüger”" in words(client.get(f"/customers/{paul.id}/"))
    assert "live in this household already" in words(client.post(f"{here}/household/", {"with": "104712"}))
    third = actions.create_customer(brand=house.brand, family_name="Lind", number="9")
    client.post(f"{here}/household/", {"with": "9"})
    found = queries.household_of(third.id)
    assert found is not None
    assert {one.name for one in found.members} == {"Sabine Krüger", "Paul Krüger", "Lind"}
    member = HouseholdMember.objects.get(customer=paul)
    client.post(f"{here}/household/{member.id}/leave/", {})
    assert queries.household_of(paul.id) is None
    assert client.post(f"{here}/household/{member.id}/leave/", {}).status_code == 422
    with pytest.raises(CannotRelate):
        actions.live_together(
            customer_id=firm.id, with_id=paul.id, from_on=date(2026, 1, 1), principal=house.principal(house.agent), now=clock.now()
        )  # fmt: skip


def test_what_is_noted_follows_a_merge_and_its_undoing(house: House, paul: Customer) -> None:
    principal, now = house.principal(house.lead), clock.now()
    twin = actions.create_customer(brand=house.brand, given_name="Paul", family_name="Kruger", number="8")
    for one in (paul, twin):
        actions.relate(
            ends=Ends(one_id=house.customer.id, other_id=one.id), kind="parent", principal=principal, now=now
        )
    actions.relate(ends=Ends(one_id=paul.id, other_id=twin.id), kind="sibling", principal=principal, now=now)
    actions.live_together(
        customer_id=twin.id, with_id=house.customer.id, from_on=now.date(), principal=principal, now=now
    )
    for one, is_given in ((paul, True), (twin, False)):
        actions.note_consent(
            customer_id=one.id, purpose="newsletter", channels=["email"], is_given=is_given, said_at=now - timedelta(days=is_given),
            way="phone", evidence="x", principal=principal, now=now,
        )  # fmt: skip
    merge = actions.merge_customers(
        survivor_id=paul.id, merged_id=twin.id, reason="twice", principal=principal, now=now
    )
    today = now.date()
    assert [(row.said, row.other_id) for row in queries.relations_of(paul.id, today=today)] == [
        ("child of", house.customer.id)
    ]
    assert [row.other_id for row in queries.relations_of(house.customer.id, today=today)] == [paul.id]
    assert why_not(paul, "newsletter", "email") != ""
    household = queries.household_of(paul.id)
    assert household is not None
    assert paul.id in {one.customer_id for one in household.members}
    with pytest.raises(CannotRelate):
        actions.relate(ends=Ends(one_id=paul.id, other_id=twin.id), kind="partner", principal=principal, now=now)
    actions.undo_merge(merge_id=merge, reason="two", principal=principal, now=now)
    assert {row.other_id for row in queries.relations_of(paul.id, today=today)} == {house.customer.id, twin.id}
    assert why_not(paul, "newsletter", "email") == ""
    assert queries.household_of(paul.id) is None


def test_who_may_come_in(house: House, paul: Customer) -> None:
    for path in ("relations/", "wishes/"):
        assert house.client(house.agent).get(f"/customers/{paul.id}/{path}").status_code == 200
        assert house.client(house.owner).get(f"/customers/{paul.id}/{path}").status_code == 403
        assert house.client(house.stranger).get(f"/customers/{paul.id}/{path}").status_code in (403, 404)
    User.objects.filter(id=house.stranger.id).update(roles=["lead"])
    stranger = house.client(User.objects.get(id=house.stranger.id))
    assert stranger.post(f"/customers/{paul.id}/wishes/no/", {"way": "phone"}).status_code == 404
    with pytest.raises(NoSuchWish):
        actions.note_consent(
            customer_id=paul.id, purpose="newsletter", channels=["sms"], is_given=True, said_at=clock.now(), way="phone",
            evidence="x", principal=house.principal(house.agent), now=clock.now(),
        )  # fmt: skip
