"""A call pops the screen, on whatever page; work in progress is never taken away."""

import pytest
from django.urls import reverse

from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact


def ask(client, page="/work/"):
    return client.get(
        reverse("desktop:incoming"), HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=f"http://testserver{page}"
    )


@pytest.fixture
def ringing(office):
    return office.call(answered=False)


def test_a_ringing_call_takes_the_agent_to_its_desk(office, ringing):
    answer = ask(office.client(office.agent))
    assert answer["HX-Redirect"] == reverse("desktop:desk", args=[ringing.id])


def test_nobody_else_is_taken_anywhere(office, ringing):
    for user in (office.colleague, office.looker, office.stranger):
        assert "HX-Redirect" not in ask(office.client(user))


def test_while_another_contact_is_worked_on_the_call_is_only_announced(office, ringing):
    other = office.mail("Hello")
    answer = ask(office.client(office.agent), reverse("desktop:desk", args=[other.id]))
    assert "HX-Redirect" not in answer
    assert "Sabine Krüger" in answer.content.decode()
    assert reverse("desktop:desk", args=[ringing.id]) in answer.content.decode()


def test_a_call_that_was_looked_at_pops_no_more(office, ringing):
    client = office.client(office.agent)
    client.get(reverse("desktop:desk", args=[ringing.id]))
    assert Contact.objects.get(id=ringing.id).first_seen_at is not None
    answer = ask(client)
    assert "HX-Redirect" not in answer
    assert answer.content.strip() == b""


def test_a_call_that_rang_out_pops_nothing(office, ringing, moment):
    contact_actions.end_call(call_id="call-1", at=moment)
    assert "HX-Redirect" not in ask(office.client(office.agent))


def test_the_home_of_the_desk_lists_what_was_begun_and_what_waits(office):
    begun, waiting = office.mail("One", subject="Begun", key="a"), office.mail("Two", subject="Untouched", key="b")
    client = office.client(office.agent)
    client.get(reverse("desktop:desk", args=[begun.id]))
    shown = client.get(reverse("desktop:home")).content.decode()
    begun_at, waiting_at = shown.index(f"queue-{begun.id}"), shown.index(f"queue-{waiting.id}")
    assert shown.index("Begun and not finished") < begun_at < shown.index("waiting-title") < waiting_at
    assert "Next contact" in shown
    assert "Untouched" not in office.client(office.stranger).get(reverse("desktop:home")).content.decode()


def test_the_search_that_is_always_there_finds_customers_cases_and_contacts(office):
    contact = office.mail("Hello", subject="Zebra crossing")
    client = office.client(office.agent)
    assert "Sabine <mark>Krüger</mark>" in client.get(reverse("desktop:find"), {"q": "krüger"}).content.decode()
    assert str(contact.id) in client.get(reverse("desktop:find"), {"q": "zebra"}).content.decode()
    assert (
        str(contact.id)
        not in office.client(office.stranger).get(reverse("desktop:find"), {"q": "zebra"}).content.decode()
    )
    assert client.get(reverse("desktop:find"), {"q": "z"}).content.strip() == b""
