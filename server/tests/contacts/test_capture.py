"""Messages becoming contacts: once each, of whom, in which thread."""

import threading

import pytest
from django.db import connection

from firstline import clock
from firstline.accounts.models import Brand
from firstline.cases.models import Case
from firstline.contacts import actions
from firstline.contacts.models import Attachment, Contact, ContactReason, Conversation, Message
from firstline.contacts.ports import ArrivedAttachment, Sender
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.files import actions as file_actions
from firstline.ids import is_short_number


def test_the_same_message_arriving_again_is_registered_once(house):
    first = house.mail("Hello", key="same")
    again = house.mail("Hello, other words", key="same")
    assert again.id == first.id
    assert Message.objects.get().text == "Hello"
    assert is_short_number(first.number)


def test_the_sender_is_recognised_by_address_and_by_a_customer_number_in_the_text(house):
    assert house.mail("Hello", key="a").customer == house.customer
    assert house.mail("My number is 104711.", key="b", email="else@example.test").customer == house.customer
    unknown = house.mail("Hello", key="c", email="else@example.test")
    assert (unknown.customer, unknown.speaker, unknown.candidates) == (None, None, [])
    assert unknown.language == "de"  # the brand's first


def test_of_several_candidates_none_is_chosen_silently(house):
    customer_actions.create_customer(
        brand=house.brand,
        given_name="Otto",
        family_name="Krüger",
        identifiers=[NewIdentifier(kind="email", value="sabine@example.test")],
    )
    contact = house.mail("Hello")
    assert contact.customer is None
    assert {one["name"] for one in contact.candidates} == {"Sabine Krüger", "Otto Krüger"}
    assert all(one["evidence"][0]["kind"] == "email" for one in contact.candidates)


def test_a_reply_goes_on_with_the_conversation_of_the_nearest_message_that_is_known(house):
    first = house.mail("Hello", key="1", message_id="one@example.test")
    second = house.mail("Else", key="2", message_id="two@example.test", email="x@example.test")
    reply = house.mail("And?", key="3", in_reply_to=["unknown@x", "one@example.test", "two@example.test"])
    assert reply.conversation_id == first.conversation_id
    assert reply.conversation_id != second.conversation_id
    assert house.mail("Re: Hello", key="4", subject="Hello").conversation_id != first.conversation_id


def test_a_reply_never_joins_a_conversation_of_another_brand(house):
    theirs = house.mail("Hello", key="1", message_id="one@example.test", brand=house.other)
    ours = house.mail("Hello", key="2", in_reply_to=["one@example.test"])
    assert ours.conversation_id != theirs.conversation_id


def test_a_message_to_the_address_of_a_case_continues_it(house):
    case = house.case("complaint")
    contact = house.mail("More about it", email="unknown@example.test", case_id=case.id)
    assert ContactReason.objects.get(contact=contact).relation == "continues"
    assert contact.customer == house.customer
    later = house.mail("And more", key="m-2", case_id=case.id)
    assert later.conversation_id == contact.conversation_id
    assert Case.objects.count() == 1


def test_attachments_and_oversized_words_are_kept_within_bounds(house, settings, tmp_path):
    settings.FIRSTLINE_FILES = tmp_path
    file = file_actions.store(data=b"%PDF-1.7", name="bill.pdf", claimed_type="application/pdf")
    contact = house.mail(
        "x" * 300_000, subject="y" * 1000, attachments=[ArrivedAttachment(file_id=file.id, name="n" * 400)]
    )
    assert (len(contact.subject), len(contact.search_text)) == (300, 100_000)
    assert len(Message.objects.get().text) == 300_000
    assert len(Attachment.objects.get().name) == 255


def test_five_times_are_kept_apart(house, moment):
    from datetime import timedelta

    sent, received = moment - timedelta(minutes=9), moment - timedelta(minutes=5)
    contact = house.mail("Hello", sent_at=sent, received_at=received)
    assert (contact.sent_at, contact.received_at, contact.captured_at) == (sent, received, clock.now())
    assert (contact.first_seen_at, contact.answered_at) == (None, None)
    assert Conversation.objects.count() == Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_message_arriving_by_five_ways_at_once_is_one_contact(db):
    brand = Brand.objects.create(key="b", names={"en": "B"}, languages=["en"])
    found = []

    def arrive():
        try:
            sender = Sender(email="ada@example.test")
            found.append(
                actions.capture_contact(
                    brand=brand, channel="email", external_key="k", received_at=clock.now(), sender=sender, text="Hello"
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Contact.objects.get().id] * 5


def test_a_sender_with_an_endless_name_is_registered(house):
    contact = house.mail("Hello", key="long")
    endless = actions.capture_contact(
        brand=house.brand,
        channel="email",
        external_key="endless",
        received_at=clock.now(),
        sender=Sender(name="N" * 1000, email="n@example.test"),
    )
    assert Message.objects.get(contact_id=endless).author == "N" * 200
    assert contact.id != endless
