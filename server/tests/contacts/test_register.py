"""The contact register through HTTP: search, filters, pages, export, one contact and what came with it."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from firstline import clock
from firstline.accounts.models import Brand
from firstline.contacts import actions
from firstline.contacts.models import Attachment, Contact, Message
from firstline.contacts.ports import ArrivedAttachment
from firstline.files import actions as file_actions

RAW = b"From: sabine@example.test\r\nSubject: Move\r\n\r\nI am moving.\r\n"


@pytest.fixture(autouse=True)
def files_folder(settings, tmp_path):
    settings.FIRSTLINE_FILES = tmp_path


@pytest.fixture
def agent(house):
    return house.client(house.agent)


def numbers(answer):
    text = answer.content.decode()
    return [
        number
        for number in Contact.objects.order_by("-received_at", "-id").values_list("number", flat=True)
        if number in text
    ]


def found(client, **query):
    return numbers(client.get(reverse("contacts:list"), query))


# --- the list --------------------------------------------------------------------------------------------------------


def test_contacts_are_found_by_everything_that_is_in_them(house, agent):
    mail = house.mail("I am moving to Köln-Ehrenfeld.", subject="Umzug", key="m-1")
    call = house.call()
    actions.finish_contact(
        principal=house.principal(house.agent), contact_id=call.id, summary="Wants a paper invoice.", now=clock.now()
    )
    for text, expected in (
        ("ehrenfeld", mail),
        ("UMZUG koln", mail),
        ("paper invoice", call),
        (mail.number, mail),
        ("170111", call),
    ):
        assert found(agent, q=text) == [expected.number], text
    assert set(found(agent, q="Krüger 104711")) == {mail.number, call.number}
    assert found(agent, q="nobody") == []
    assert "All words must be found" in agent.get(reverse("contacts:list"), {"q": "nobody"}).content.decode()


def test_contacts_are_narrowed_down_by_channel_state_reason_and_day(house, agent, moment):
    old = house.mail("Hello", key="old", received_at=moment - timedelta(days=3))
    new = house.mail("Hello", key="new")
    call = house.call()
    actions.add_reason(
        principal=house.principal(house.agent), contact_id=new.id, reason_key="complaint", now=clock.now()
    )
    assert found(agent, channel="phone") == [call.number]
    assert found(agent, state="open", channel="email") == [new.number, old.number]
    assert found(agent, state="finished") == []
    assert found(agent, reason="complaint") == [new.number]
    # Days are days in Berlin, both included.
    assert found(agent, to="2026-11-15") == [old.number]
    assert set(found(agent, **{"from": "2026-11-16"})) == {new.number, call.number}
    assert found(agent, **{"from": "2026-11-15", "to": "2026-11-15"}) == [old.number]
    # What can't be understood narrows nothing down.
    for nonsense in (
        {"from": "yesterday"},
        {"to": "0001-01-01"},
        {"state": "drop"},
        {"customer": "x"},
        {"before": "\x00"},
    ):
        assert len(found(agent, **nonsense)) == 3


def test_pages_turn_by_key_and_ask_the_database_equally_often(house, agent, monkeypatch):
    monkeypatch.setattr("firstline.contacts.web.views.PAGE_SIZE", 3)
    for number in range(7):
        # Some arrive in the same second.
        contact = house.mail("Hello", key=f"m{number}", received_at=clock.now() - timedelta(hours=number // 2))
        actions.add_reason(
            principal=house.principal(house.agent), contact_id=contact.id, reason_key="compliment", now=clock.now()
        )

    def asked(**query):
        with CaptureQueriesContext(connection) as queries:
            found(agent, **query)
        return len(queries)

    # What was typed is taken apart by the database, once.
    assert asked() + 1 == asked(q="hello", state="open", reason="compliment")
    few = asked()
    monkeypatch.setattr("firstline.contacts.web.views.PAGE_SIZE", 7)
    assert asked() == few
    monkeypatch.setattr("firstline.contacts.web.views.PAGE_SIZE", 3)
    seen, address = [], reverse("contacts:list")
    while address:
        answer = agent.get(address)
        seen += numbers(answer)
        link = answer.content.decode().partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        address = reverse("contacts:list") + link if link else ""
    assert seen == list(Contact.objects.order_by("-received_at", "-id").values_list("number", flat=True))


def test_everybody_sees_and_exports_only_contacts_of_their_brands(house, agent):
    ours = house.mail("Hello", key="ours")
    theirs = house.mail("Hello", key="theirs", brand=Brand.objects.get(key="other"), email="x@example.test")

    def exported(client):
        answer = client.get(reverse("contacts:export"))
        rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        return [row["number"] for row in rows]

    for user, expected in ((house.agent, ours), (house.owner, ours), (house.stranger, theirs)):
        client = house.client(user)
        assert found(client) == [expected.number]
        assert exported(client) == [expected.number]


def test_the_export_is_narrowed_down_like_the_page_and_runs_nothing(house, agent, monkeypatch):
    monkeypatch.setattr("firstline.contacts.web.views.EXPORT_CHUNK", 2)
    house.mail("a", key="m-evil", subject="=cmd|' /C calc'!A0")
    for number in range(4):
        house.mail("b", key=f"m{number}", subject="Hello", received_at=clock.now() - timedelta(hours=number + 1))
    house.call()
    answer = agent.get(reverse("contacts:export"), {"channel": "email"})
    assert answer["Content-Disposition"] == 'attachment; filename="contacts-2026-11-18.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["subject"] for row in rows] == ["'=cmd|' /C calc'!A0", *["Hello"] * 4]
    assert rows[0]["customer"] == "Sabine Krüger"


# --- one contact -----------------------------------------------------------------------------------------------------


@pytest.fixture
def mail(house):
    """A mail with a picture and a script in it, as it arrived."""
    raw = file_actions.store(data=RAW, name="m.eml", claimed_type="message/rfc822")
    picture = file_actions.store(data=b"\x89PNG\r\n\x1a\n...", name="meter.png", claimed_type="image/png")
    page = file_actions.store(data=b"<html><script>alert(1)</script>", name="bill.pdf", claimed_type="application/pdf")
    attachments = [
        ArrivedAttachment(file_id=picture.id, name="meter.png"),
        ArrivedAttachment(file_id=page.id, name="bill.pdf"),
    ]
    return house.mail(
        "I am moving.", subject="Move", raw_file_id=raw.id, attachments=attachments, problems=["The date is missing."]
    )


def test_the_page_shows_times_people_content_reasons_and_work(house, moment):
    call = house.call()
    principal = house.principal(house.agent)
    case_id = actions.add_reason(
        principal=principal, contact_id=call.id, reason_key="complaint", now=clock.now(), words=["unacceptable"]
    )
    actions.verify_caller(principal=principal, contact_id=call.id, now=clock.now())
    with clock.fixed(moment + timedelta(minutes=4)):
        actions.end_call(call_id="call-1", at=clock.now())
    with clock.fixed(moment + timedelta(minutes=5)):
        actions.finish_contact(principal=principal, contact_id=call.id, summary="Promised a call.", now=clock.now())
    text = house.client(house.agent).get(reverse("contacts:contact", args=[call.id])).content.decode()
    for words in (
        "Sabine Krüger",
        "+491701112233",
        "for themselves",
        "Promised a call.",
        "unacceptable",
        reverse("cases:case", args=[case_id]),
        "5 min in all",
        "after-work",
        "Hung up",
    ):
        assert words in text, words


def test_several_who_it_may_have_been_are_shown_with_the_evidence(house):
    from firstline.customers import actions as customer_actions
    from firstline.customers.actions import NewIdentifier

    customer_actions.create_customer(
        brand=house.brand,
        given_name="Otto",
        family_name="Krüger",
        identifiers=[NewIdentifier(kind="phone", value="+491701112233")],
    )
    call = house.call()
    assert call.customer is None
    text = house.client(house.agent).get(reverse("contacts:contact", args=[call.id])).content.decode()
    for words in ("It may have been", "Otto Krüger", "Sabine Krüger", "phone +491701112233"):
        assert words in text, words


def test_an_attachment_is_handed_to_whoever_may_see_the_contact_and_never_runs(house, agent, mail):
    other = house.mail("Hello", key="m-2")
    for one, disposition in zip(Attachment.objects.order_by("name"), ("attachment", "inline"), strict=True):
        address = reverse("contacts:attachment", args=[mail.id, one.id])
        answer = agent.get(address)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith(disposition)
        assert "text/html" not in answer["Content-Type"]
        assert "sandbox" in answer["Content-Security-Policy"]
        assert house.client(house.stranger).get(address).status_code == 404
        assert agent.get(reverse("contacts:attachment", args=[other.id, one.id])).status_code == 404


def test_the_message_as_it_arrived_is_for_leads_and_administrators(house, agent, mail):
    address = reverse("contacts:raw", args=[mail.id, Message.objects.get(contact=mail).id])
    for user, expected in ((house.lead, 200), (house.admin, 200), (house.agent, 403), (house.stranger, 404)):
        client = house.client(user)
        assert client.get(address).status_code == expected
        shown = client.get(reverse("contacts:contact", args=[mail.id]))
        assert (address in shown.content.decode()) == (expected == 200)
    assert house.client(house.lead).get(address).content == RAW
    other = house.mail("Hello", key="m-2")
    assert (
        house.client(house.lead)
        .get(reverse("contacts:raw", args=[other.id, Message.objects.get(contact=other).id]))
        .status_code
        == 404
    )


def test_a_contact_of_another_brand_doesnt_exist(house, mail):
    address = reverse("contacts:contact", args=[mail.id])
    for user, expected in ((house.agent, 200), (house.owner, 200), (house.stranger, 404)):
        assert house.client(user).get(address).status_code == expected
