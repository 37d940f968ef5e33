"""What a customer adds to their case becomes a contact that continues it, once."""

from datetime import timedelta

import pytest
from django.test import Client

from firstline import clock, ids
from firstline.contacts.models import Contact, ContactReason, Message

from .conftest import NOW, Followed


def test_what_is_added_is_a_contact_of_the_same_case_and_waits_at_the_desk(followed: Followed) -> None:
    case = followed.open_case()
    answer = Client().post(
        f"{followed.address(case)}?language=en", {"text": " The flat number is 3. ", "form_key": ids.new_id()}
    )
    assert answer.status_code == 302
    shown = Client().get(answer["Location"])
    assert "We have what you wrote" in shown.content.decode()
    contact = Contact.objects.get()
    assert (contact.channel, contact.direction, contact.state) == ("webform", "in", "open")
    assert contact.customer == followed.sabine
    assert Message.objects.get().text == "The flat number is 3."
    link = ContactReason.objects.get()
    assert (link.case_id, link.relation) == (case.id, "continues")


def test_a_double_click_adds_once_and_a_new_form_again(followed: Followed) -> None:
    case = followed.open_case()
    key = ids.new_id()
    for _ in range(2):
        assert Client().post(followed.address(case), {"text": "Once", "form_key": key}).status_code == 302
    assert Contact.objects.count() == 1
    Client().post(followed.address(case), {"text": "Once", "form_key": ids.new_id()})
    assert Contact.objects.count() == 2


def test_the_number_of_somebody_else_in_the_text_moves_nothing_to_them(followed: Followed) -> None:
    case = followed.open_case()
    Client().post(followed.address(case), {"text": "My neighbour has number 104722", "form_key": ids.new_id()})
    assert Contact.objects.get().customer == followed.sabine


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write what you want to add"),
        (" \x00\r\n ", "Write what you want to add"),
        ("ä" * 8001, "That is too long"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field(followed: Followed, text: str, says: str) -> None:
    case = followed.open_case()
    answer = Client().post(f"{followed.address(case)}?language=en", {"text": text, "form_key": ids.new_id()})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert says in body
    assert 'aria-describedby="text-help text-error"' in body
    assert text.strip("\x00 \r\n")[:100] in body
    assert Contact.objects.count() == 0


def test_what_the_customer_wrote_is_shown_as_text(followed: Followed) -> None:
    case = followed.open_case()
    answer = Client().post(
        followed.address(case), {"text": "<script>alert(1)</script>" + "x" * 8000, "form_key": "not a key"}
    )
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()


def test_the_eleventh_addition_within_an_hour_has_to_wait(followed: Followed) -> None:
    case = followed.open_case()
    address = f"{followed.address(case)}?language=en"
    for _ in range(10):
        assert Client().post(address, {"text": "x", "form_key": ids.new_id()}).status_code == 302
    refused = Client().post(address, {"text": "the eleventh", "form_key": ids.new_id()})
    assert refused.status_code == 429
    assert "Wait an hour" in refused.content.decode()
    assert "the eleventh" in refused.content.decode(), "what was typed is kept"
    with clock.fixed(NOW + timedelta(minutes=61)):
        assert Client().post(address, {"text": "later", "form_key": ids.new_id()}).status_code == 302


def test_a_form_without_the_sign_of_our_page_is_refused_in_words(followed: Followed) -> None:
    case = followed.open_case()
    answer = Client(enforce_csrf_checks=True).post(followed.address(case), {"text": "x", "form_key": ids.new_id()})
    assert answer.status_code == 400
    assert "reload the page" in answer.content.decode()
    assert Contact.objects.count() == 0
