"""Mail that couldn't be understood: who sees it, downloads it, tries again."""

import pytest
from django.urls import reverse

from firstline import clock
from firstline.channels.email import actions
from firstline.channels.email.models import RawMessage


@pytest.fixture
def message(house, settings, tmp_path):
    settings.FIRSTLINE_FILES = tmp_path
    raw = b"From: sabine@example.test\r\nTo: service@stadtwerke.example\r\nSubject: Move\r\n\r\nI am moving.\r\n"
    message_id, _new = actions.receive(
        raw=raw, source="lmtp", key="k-1", received_at=clock.now(), envelope_from="sabine@example.test"
    )
    RawMessage.objects.filter(id=message_id).update(state="quarantined", problem="It has 10,000 parts.")
    return RawMessage.objects.get(id=message_id)


def test_quarantined_mail_is_for_leads_and_administrators_of_its_brand(house, message):
    addresses = (reverse("email:quarantine"), reverse("email:raw", args=[message.id]))
    for user, expected in ((house.lead, 200), (house.admin, 200), (house.agent, 403), (house.owner, 403)):
        client = house.client(user)
        assert [client.get(address).status_code for address in addresses] == [expected] * 2, user.name
        link = addresses[0] in client.get(reverse("contacts:list")).content.decode()
        assert link == (expected == 200)
    RawMessage.objects.update(brand_key="other")
    assert house.client(house.lead).get(addresses[1]).status_code == 404
    assert "10,000 parts" not in house.client(house.lead).get(addresses[0]).content.decode()


def test_the_list_gives_the_reason_and_the_original_is_a_download(house, message):
    lead = house.client(house.lead)
    text = lead.get(reverse("email:quarantine")).content.decode()
    assert "It has 10,000 parts." in text
    assert "sabine@example.test" in text
    answer = lead.get(reverse("email:raw", args=[message.id]))
    assert b"I am moving." in answer.content
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_what_can_be_understood_now_becomes_a_contact_once(house, message):
    lead, address = house.client(house.lead), reverse("email:retry", args=[message.id])
    assert house.client(house.agent).post(address).status_code == 403
    answer = lead.post(address)
    contact = RawMessage.objects.get().contact
    assert answer["Location"] == reverse("contacts:contact", args=[contact.id])
    assert contact.customer == house.customer
    assert lead.post(address).status_code == 404
    assert "Every message could be read" in lead.get(reverse("email:quarantine")).content.decode()


def test_what_still_cant_be_understood_stays_with_the_reason(house, message, monkeypatch):
    lead, address = house.client(house.lead), reverse("email:retry", args=[message.id])

    def broken(*_arguments, **_more):
        raise ValueError("no such character")

    monkeypatch.setattr(actions, "parse", broken)
    answer = lead.post(address)
    assert answer["Location"] == reverse("email:quarantine")
    kept = RawMessage.objects.get()
    assert (kept.state, kept.contact_id) == ("quarantined", None)
    assert "no such character" in kept.problem
    assert "no such character" in lead.get(reverse("email:quarantine")).content.decode()
