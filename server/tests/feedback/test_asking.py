"""Customers are asked how it was, by their channel, as they allow it, and answer once; colleagues note what they hear."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from firstline import clock
from firstline.audit.models import AuditEntry
from firstline.cases import actions as case_actions
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.correspondence.models import OutgoingMessage
from firstline.customers import actions as customer_actions
from firstline.customers.models import Customer
from firstline.feedback import actions, queries
from firstline.feedback.links import RATE
from firstline.feedback.models import Satisfaction
from firstline.files import queries as files
from firstline.procedures.models import Reason
from firstline.relationship.queries.own import own_facts
from tests.conftest import House

pytestmark = pytest.mark.django_db
PURPOSES = "purposes: {surveys: {label: {en: Surveys}, channels: [email, phone], basis: no-objection}}\n"
ASK = {"scale": "csat", "after_hours": 24, "every_days": 90, "purpose": "surveys"}


@pytest.fixture(autouse=True)
def asked(settings: Any, tmp_path: Path, house: House) -> None:
    """A gap that colleagues close by hand, whose customers are asked."""
    settings.FIRSTLINE_FILES, settings.FIRSTLINE_CUSTOMERS = tmp_path / "files", tmp_path / "customers"
    path = tmp_path / "customers" / "default" / "purposes.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(PURPOSES)
    Reason.objects.filter(key="meter-reading").update(ask=ASK)


def closed(house: House, **more: Any) -> Case:
    case = house.case("meter-reading", **more)
    case_actions.close_gap(principal=house.principal(house.agent), case_id=case.id, outcome="answered", now=clock.now())
    return case


def state(case: Case) -> tuple[str, str]:
    found = Satisfaction.objects.get(case=case)
    return found.state, found.why


def run_later(house: House, **by: int) -> None:
    with clock.fixed(clock.now() + timedelta(**by)):
        house.run_worker()


def test_who_was_served_is_asked_a_day_later_by_a_link_that_counts_once(house: House) -> None:
    case = closed(house)
    run_later(house, hours=23)
    assert state(case) == ("planned", "")
    run_later(house, hours=25)
    asking = Satisfaction.objects.get(case=case)
    message = OutgoingMessage.objects.get()
    assert (asking.state, asking.channel, message.purpose) == ("asked", "email", "surveys")
    assert message.address == "sabine@example.test"
    assert message.raw_file_id is not None
    raw = files.read(message.raw_file_id).decode()
    address = re.search(r"/rate/[^\s]+/", message.text)
    assert address is not None
    assert "/rate/" in raw
    page = Client().get(address[0])
    assert page.status_code == 200
    assert page["Content-Language"] == "de" == message.language
    # To look is no answer, as scanners of mail look at every link.
    assert Satisfaction.objects.get(case=case).state == "asked"
    assert Client().post(address[0], {"score": "6"}).status_code == 422
    assert Client().post(address[0], {}).status_code == 422
    assert Client().post(address[0], {"score": "4", "words": "Good\x00!"}).status_code == 302
    assert Client().post(address[0], {"score": "1"}).status_code == 200
    asking.refresh_from_db()
    assert (asking.state, asking.score, asking.words, asking.noted_by) == ("answered", 4, "Good!", "")
    facts = own_facts(house.customer.id, complaints=[], now=clock.now())
    assert (facts["last_satisfaction"], facts["satisfaction_12_months"]) == (75, 75)


def test_a_link_that_was_changed_or_is_too_old_takes_nothing(house: House) -> None:
    case = closed(house)
    token = RATE.token(Satisfaction.objects.get(case=case).id)
    # Not asked yet, so nobody can have the link.
    assert Client().get(f"/rate/{token}/").status_code == 404
    run_later(house, hours=25)
    assert Client().get(f"/rate/{token}/").status_code == 200
    assert Client().get(f"/rate/{token[:-1]}x/").status_code == 404
    with clock.fixed(clock.now() + timedelta(days=32)):
        assert Client().post(f"/rate/{token}/", {"score": "5"}).status_code == 200
    assert state(case)[0] == "asked"


def test_who_doesnt_want_to_be_asked_isnt(house: House) -> None:
    customer_actions.note_consent(
        customer_id=house.customer.id, purpose="surveys", channels=["email"], is_given=False, said_at=clock.now(), way="phone",
        evidence="", principal=house.principal(house.agent), now=clock.now(),
    )  # fmt: skip
    case = closed(house)
    run_later(house, hours=25)
    assert state(case)[0] == "not_asked"
    assert "said no" in state(case)[1]
    assert not OutgoingMessage.objects.exists()


def test_who_was_only_claimed_on_a_form_isnt_asked(house: House) -> None:
    case, form = closed(house), house.mail()
    Contact.objects.filter(id=form.id).update(channel="webform")
    Case.objects.filter(id=case.id).update(contact_id=form.id)
    run_later(house, hours=25)
    assert state(case) == ("not_asked", "Nobody knows for sure that it was this customer who asked.")


def test_nobody_is_asked_twice_within_the_days_or_about_what_goes_on(house: House) -> None:
    first, second = closed(house), closed(house)
    third = closed(house)
    Case.objects.filter(id=third.id).update(state=Case.State.OPEN)
    run_later(house, hours=25)
    states = sorted([state(first), state(second)])
    assert [one[0] for one in states] == ["asked", "not_asked"]
    assert "not long ago" in states[1][1]
    assert state(third) == ("not_asked", "The case was opened again.")
    with clock.fixed(clock.now() + timedelta(days=92)):
        again = closed(house)
        run_later(house, hours=25)
    assert state(again)[0] == "asked"


def test_who_prefers_the_phone_is_asked_by_the_next_colleague(house: House) -> None:
    Customer.objects.filter(id=house.customer.id).update(preferred_channel="phone")
    case = closed(house)
    run_later(house, hours=25)
    assert state(case)[0] == "in_person"
    assert [one.case_id for one in queries.to_be_asked(house.customer.id)] == [case.id]
    call = house.call()
    Contact.objects.filter(id=call.id).update(customer=house.customer)
    agent = house.client(house.agent)
    address = f"/satisfaction/customers/{house.customer.id}/"
    assert "to be asked in person" in agent.get(address).content.decode()
    assert agent.post(address, {"about": str(case.id), "words": "Fine"}).status_code == 422
    assert agent.post(address, {"about": str(case.id), "score": "5", "words": "Fine"}).status_code == 302
    assert agent.post(address, {"about": str(case.id), "score": "1"}).status_code == 409
    found = Satisfaction.objects.get(case=case)
    assert (found.score, found.words, found.noted_by, found.contact_id) == (5, "Fine", "Agent", call.id)
    assert AuditEntry.objects.filter(action="satisfaction.noted", about=found.id).count() == 1
    assert agent.post(address, {"about": "general", "score": "2"}).status_code == 302
    assert queries.rows_of(house.customer.id)[0].score == 2
    assert house.client(house.stranger).get(address).status_code in (403, 404)


def test_what_was_said_lives_on_with_who_was_merged_and_stands_in_the_timeline(house: House) -> None:
    case = closed(house)
    run_later(house, hours=25)
    actions.answer(satisfaction_id=Satisfaction.objects.get(case=case).id, score="2", words="", now=clock.now())
    survivor = customer_actions.create_customer(brand=house.brand, family_name="Krueger")
    customer_actions.merge_customers(
        survivor_id=survivor.id, merged_id=house.customer.id, reason="the same", principal=house.principal(house.lead),
        now=clock.now(),
    )  # fmt: skip
    assert own_facts(survivor.id, complaints=[], now=clock.now())["last_satisfaction"] == 25
    assert "2 of 5" in house.client(house.agent).get(f"/customers/{survivor.id}/").content.decode()
    found = house.client(house.agent).get(f"/customers/{survivor.id}/timeline/").content.decode()
    assert "Said how it was: 2 of 5" in found


def test_figures_by_reason_are_for_those_who_answer_for_them(house: House) -> None:
    for score in ("5", "4", "1"):
        case = closed(house)
        found = Satisfaction.objects.get(case=case)
        actions.note_asked(found, now=clock.now())
        actions.answer(satisfaction_id=found.id, score=score, words="", now=clock.now())
    other = closed(house)
    actions.note_asked(Satisfaction.objects.get(case=other), now=clock.now())
    (one,) = queries.figures([house.brand.key], now=clock.now())
    assert (one.reason_key, one.asked, one.answers, one.figure) == ("meter-reading", 4, 3, 67)
    assert [(bar.score, bar.count) for bar in one.bars] == [(5, 1), (4, 1), (3, 0), (2, 0), (1, 1)]
    assert [(month.answers, month.figure) for month in one.months] == [(3, 67)]
    assert queries.figures(["other"], now=clock.now()) == []
    page = house.client(house.lead).get("/satisfaction/")
    assert page.status_code == 200
    assert "67" in page.content.decode()
    assert house.client(house.agent).get("/satisfaction/").status_code == 403
