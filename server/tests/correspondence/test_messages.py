"""What goes out: bundled, to whom it concerns, in the right thread, once."""

import email
import threading
from contextlib import suppress
from email import policy

import pytest
from django.db import connection, transaction

from firstline import clock
from firstline.cases.links import case_of_reply_address
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact, ContactReason, Message
from firstline.correspondence import actions, queries, rules
from firstline.correspondence.models import MessageIntent, OutgoingMessage
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.files import queries as file_queries
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import TryAgain
from firstline.processes import queries as process_queries
from tests.conftest import COMPLAINT

PATIENCE_SECONDS = 60


def want(case, *, key, template="acknowledgement"):
    actions.want_message(case_id=case.id, template=template, variables=VARIABLES, key=key, now=clock.now())


VARIABLES = {"customer": {"salutation": "Sehr geehrte Frau Krüger,"}, "case": {"number": "1"}}


def of_contact(house, contact, case):
    contact_actions.continue_case(principal=house.principal(house.agent), contact_id=contact.id, case=case)


def finish(house, contact):
    contact_actions.finish_contact(
        principal=house.principal(house.agent), contact_id=contact.id, summary="", now=clock.now()
    )


def wire(message):
    return email.message_from_bytes(file_queries.read(message.raw_file_id), policy=policy.default)


def test_what_arises_in_a_contact_waits_for_its_end_and_goes_out_as_one_message(house):
    call, first, second = house.call(), house.case("complaint"), house.case("complaint")
    for number, case in enumerate((first, second)):
        of_contact(house, call, case)
        want(case, key=str(number))
    house.run_worker()
    assert not OutgoingMessage.objects.exists()
    finish(house, call)
    house.run_worker()
    message = OutgoingMessage.objects.get()
    assert (message.address, message.language) == ("sabine@example.test", "de")
    assert message.text.count("Sehr geehrte Frau Krüger") == 1
    assert first.number in message.text
    assert second.number in message.text


def test_of_two_customers_spoken_of_in_one_call_each_reads_of_their_own(house):
    neighbour = customer_actions.create_customer(
        brand=house.brand,
        family_name="Nachbar",
        language="de",
        identifiers=[NewIdentifier(kind="email", value="nachbar@example.test")],
    )
    call, own, theirs = house.call(), house.case("complaint"), house.case("complaint", customer=neighbour)
    for number, case in enumerate((own, theirs)):
        of_contact(house, call, case)
        want(case, key=str(number))
    finish(house, call)
    house.run_worker()
    sent = {one.address: one.text for one in OutgoingMessage.objects.all()}
    assert sent.keys() == {"sabine@example.test", "nachbar@example.test"}
    assert theirs.number not in sent["sabine@example.test"]
    assert own.number not in sent["nachbar@example.test"]


def test_a_bounce_to_the_address_of_a_case_is_never_written_to(house):
    case = house.case("complaint")
    house.mail("Undeliverable", email="mailer-daemon@relay.test", case_id=case.id, automatic=True)
    want(case, key="1")
    house.run_worker()
    assert OutgoingMessage.objects.get().address == "sabine@example.test"


def test_without_an_address_the_case_says_so(house):
    nobody = customer_actions.create_customer(brand=house.brand, family_name="Silent", language="en")
    case = house.case("complaint", customer=nobody)
    want(case, key="1")
    house.run_worker()
    assert [one.state for one in queries.messages_about(case.id)] == ["no_address"]
    assert b"no address is known" in house.client(house.agent).get(f"/cases/{case.id}/").content


@pytest.mark.django_db(transaction=True)
def test_a_message_wanted_while_the_contact_is_being_finished_does_not_wait_for_ever(house):
    call, case = house.call(), house.case("complaint")
    of_contact(house, call, case)

    put_off = threading.Event()

    def wanting():
        try:
            while not MessageIntent.objects.exists():
                with suppress(TryAgain):
                    want(case, key="late")
                put_off.set()
        finally:
            connection.close()

    thread = threading.Thread(target=wanting)
    with transaction.atomic():
        finish(house, call)
        thread.start()
        assert put_off.wait(PATIENCE_SECONDS)
        assert not MessageIntent.objects.exists()
    thread.join()
    assert OutboxEntry.objects.get(kind="message.bundle").due_at == clock.now()


@pytest.mark.django_db(transaction=True)
def test_a_step_does_not_wait_for_whoever_has_the_contact_in_hand(house):
    """They may be waiting for its instance."""
    call, case = house.call(), house.case("complaint")
    of_contact(house, call, case)

    def complete():
        try:
            house.complete(case, COMPLAINT, by=house.agent)
        finally:
            connection.close()

    thread = threading.Thread(target=complete, daemon=True)
    with transaction.atomic():
        Contact.objects.select_for_update().get(id=call.id)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
        assert [job.type for job in process_queries.open_jobs(case.instance_id)] == ["send-message"]
    house.run_worker()
    assert MessageIntent.objects.get().template == "acknowledgement"
    assert house.step(case).element_id == "investigate"


def test_an_answer_pressed_twice_goes_out_once_in_its_thread_with_the_address_of_its_case(house):
    contact, case = house.mail("Hello", subject="My bill"), house.case("complaint")
    of_contact(house, contact, case)
    client = house.client(house.agent)
    for _ in range(2):
        assert client.post(f"/desk/{contact.id}/answer/", {"text": "We look into it."}).status_code == 302
    message = wire(OutgoingMessage.objects.get())
    assert (message["Subject"], message["In-Reply-To"]) == ("Re: My bill", "<m-1@example.test>")
    assert message["Auto-Submitted"] is None
    (reply_to,) = message["Reply-To"].addresses
    assert case_of_reply_address(reply_to.addr_spec) == case.id
    assert client.post(f"/desk/{contact.id}/answer/", {"text": "And another thing."}).status_code == 302
    assert OutgoingMessage.objects.count() == 2


def test_an_answer_that_the_mail_server_refuses_is_seen_at_the_case(house):
    contact, case = house.mail("Hello"), house.case("complaint")
    of_contact(house, contact, case)
    message = actions.answer(
        principal=house.principal(house.agent), contact=contact, text="We look into it.", now=clock.now()
    )
    actions.note_not_sent(message_id=message.id, error="550 no such user", is_final=True)
    (row,) = queries.messages_about(case.id)
    assert (row.state, row.error) == ("failed", "550 no such user")


def test_what_was_sent_is_registered_once_however_often_it_is_told(house):
    contact = house.mail("Hello")
    message = actions.answer(principal=house.principal(house.agent), contact=contact, text="Yes.", now=clock.now())
    for _ in range(2):
        actions.note_sent(message_id=message.id, now=clock.now())
    assert Message.objects.filter(contact=contact, direction="out").count() == 1
    assert not ContactReason.objects.filter(contact=contact).exists()


@pytest.mark.parametrize(
    ("written", "deliverable"),
    [
        ("ada@example.test", "ada@example.test"),
        ("ada@exämple.test", "ada@xn--exmple-cua.test"),
        ("jörg@example.test", ""),
        ("a@x.test, b@y.test", ""),
        ("a@x.test\nBcc: b@y.test", ""),
        ("\ud800@x.test", ""),
        ("a@", ""),
        ("a@..", ""),
        ("a@" + "x" * 300, ""),
    ],
)
def test_only_to_what_is_one_address_mail_is_sent(written, deliverable):
    assert rules.deliverable(written) == deliverable


def test_a_sender_whom_no_mail_reaches_stops_nothing_and_is_said(house):
    case, contact = house.case("complaint"), house.mail("Hello", email="jörg@example.test")
    of_contact(house, contact, case)
    want(case, key="1")
    finish(house, contact)
    house.run_worker()
    (row,) = queries.messages_about(case.id)
    assert (row.state, row.address) == ("failed", "jörg@example.test")


def test_a_message_id_that_would_break_a_header_is_left_out_of_the_answer(house):
    contact = house.mail("Hello", message_id="bad id\r\nBcc: eve@example.test")
    message = actions.answer(principal=house.principal(house.agent), contact=contact, text="Yes.", now=clock.now())
    assert wire(message)["In-Reply-To"] is None
    assert wire(message)["Bcc"] is None
