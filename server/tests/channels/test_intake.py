"""Mail is kept first, understood once, and a bad one is put aside alone."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.db import transaction

from firstline import crashpoints
from firstline.cases import links
from firstline.cases.models import Case
from firstline.channels.email import actions, importer, queries
from firstline.channels.email.models import RawMessage
from firstline.channels.email.server import MAX_CONNECTIONS, MailListener
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Attachment, Contact, Message
from firstline.files import queries as file_queries
from firstline.outbox import executor
from firstline.outbox.models import OutboxEntry
from tests.conftest import free_port

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOMB = b"From: x@y.test\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000


def mail(subject: str = "Rechnung", *, text: str = "Die Rechnung ist falsch.", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = headers.pop("sender", "Ada Müller <ada@example.test>")
    message["To"] = headers.pop("to", "service@cpm.test")
    message["Subject"] = subject
    message["Message-ID"] = headers.pop("message_id", f"<{subject.replace(' ', '.')}@example.test>")
    message["Date"] = "Mon, 02 Mar 2026 10:15:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def receive(raw: bytes, **fields) -> tuple[object, bool]:
    return actions.receive(raw=raw, source="import", key=actions.key_of(raw), received_at=NOON, **fields)


def deliver() -> None:
    while executor.deliver_due(limit=20):
        pass


@pytest.fixture(autouse=True)
def _languages(brand):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_mail_becomes_a_contact_with_its_original():
    raw = mail(
        text="Guten Tag, die Rechnung vom Februar ist leider falsch.\n\nAm 01.03.2026 um 9:00 schrieb S <s@cpm.test>:\n> Hallo"
    )
    receive(raw)
    assert queries.count_by_state() == {"received": 1}
    deliver()
    assert queries.count_by_state() == {"handled": 1}
    contact = Contact.objects.get()
    assert (contact.channel, contact.direction, contact.speaker_address) == ("email", "in", "ada@example.test")
    assert (contact.received_at, contact.language, contact.is_automatic) == (NOON, "de", False)
    assert contact.sent_at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    message = Message.objects.get()
    assert message.text == "Guten Tag, die Rechnung vom Februar ist leider falsch."
    assert message.quoted.startswith("Am 01.03.2026")
    assert message.raw_file_id is not None
    assert file_queries.read(message.raw_file_id) == raw


@pytest.mark.django_db(transaction=True)
def test_the_same_mail_is_handled_once():
    raw = mail()
    first, is_new = receive(raw)
    again, is_new_again = receive(raw)
    assert (first, is_new, is_new_again) == (again, True, False)
    deliver()
    # The same mail by another way: a second mailbox, with trace headers of its own.
    actions.receive(raw=b"Received: elsewhere\n" + raw, source="imap", key="imap:x:1:1", received_at=NOON)
    deliver()
    assert Contact.objects.count() == 1
    assert RawMessage.objects.filter(contact=Contact.objects.get()).count() == 2


@pytest.mark.django_db(transaction=True)
def test_another_mail_with_a_known_message_id_isnt_swallowed():
    receive(mail(message_id="<same@x.test>", text="one"))
    receive(mail(message_id="<same@x.test>", text="two"))
    deliver()
    assert sorted(Message.objects.values_list("text", flat=True)) == ["one", "two"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["email.receive.stored", "email.handle.before_commit"])
def test_a_crash_loses_nothing_and_doubles_nothing(point):
    raw = mail()
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at(point):
        _receive_and_deliver(raw)
    if point == "email.receive.stored":
        assert not RawMessage.objects.exists()  # nobody was told 250: it comes again
    receive(raw)
    OutboxEntry.objects.update(leased_until=None)
    deliver()
    assert (Contact.objects.count(), RawMessage.objects.get().state) == (1, "handled")


def _receive_and_deliver(raw: bytes) -> None:
    receive(raw)
    deliver()


@pytest.mark.django_db(transaction=True)
def test_a_bad_mail_waits_for_a_person_and_stops_nobody():
    receive(mail("before"))
    bad, _ = receive(BOMB)
    receive(mail("after"))
    deliver()
    assert Contact.objects.count() == 2
    (waiting,) = queries.quarantined()
    assert waiting.id == bad
    assert "1,000 parts" in waiting.problem
    assert file_queries.read(waiting.raw_file_id) == BOMB
    actions.try_again(raw_message_id=waiting.id)
    deliver()
    assert len(queries.quarantined()) == 1


@pytest.mark.django_db(transaction=True)
def test_what_cant_be_registered_is_put_aside(monkeypatch):
    def refuse(**_fields):
        raise ValueError("no room")

    receive(mail())
    monkeypatch.setattr(contact_actions, "capture_contact", refuse)
    deliver()
    assert "no room" in queries.quarantined()[0].problem


@pytest.mark.django_db(transaction=True)
def test_an_answer_joins_the_conversation_but_a_subject_never_does():
    receive(mail("Rechnung", message_id="<1@example.test>"))
    receive(mail("Ganz anderes", message_id="<2@example.test>", References="<0@x.test> <1@example.test>"))
    receive(mail("Rechnung", message_id="<3@example.test>", text="von jemand anderem"))
    deliver()
    threads = dict(Message.objects.values_list("message_id", "contact__conversation"))
    assert threads["2@example.test"] == threads["1@example.test"] != threads["3@example.test"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"sender": "MAILER-DAEMON@mx.test", "Return_Path": "<>"},
    ],
)
def test_automatic_mail_is_flagged(headers):
    receive(mail(**headers))
    deliver()
    assert Contact.objects.get().is_automatic


@pytest.mark.django_db(transaction=True)
def test_mail_from_nobody_is_automatic():
    receive(mail(), envelope_from="")
    deliver()
    assert Contact.objects.get().is_automatic


@pytest.mark.django_db(transaction=True)
def test_attachments_are_kept_and_an_empty_one_is_mentioned():
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.test", "Fotos"
    message.set_content("anbei")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="../Zähler.pdf")
    message.add_attachment(b"", maintype="image", subtype="png", filename="leer.png")
    receive(message.as_bytes())
    deliver()
    kept = Attachment.objects.get()
    assert (kept.name, kept.file.media_type) == ("Zähler.pdf", "application/pdf")
    assert Message.objects.get().problems == ["The attachment 'leer.png' is empty."]


@pytest.mark.django_db(transaction=True)
def test_the_recipient_tells_the_brand(brand):
    other = type(brand).objects.create(key="gas", languages=["en"], sender_address="hello@gas.test")
    receive(mail("to gas", to="Gas <hello+x@gas.test>"))
    receive(mail("to somebody", to="who@ever.test"))
    receive(mail("from a mailbox of gas", to="who@ever.test"), brand_key="gas")
    deliver()
    brands = dict(Contact.objects.values_list("subject", "brand"))
    assert brands == {"to gas": other.id, "to somebody": brand.id, "from a mailbox of gas": other.id}


def test_a_reply_address_names_its_case_and_cant_be_made_up(brand):
    case_id = brand.id
    address = links.reply_address("service@cpm.test", case_id)
    assert address.startswith("service+")
    assert len(address.partition("@")[0]) <= 64
    assert links.case_of_reply_address(address.upper()) == case_id
    changed = address.replace("@", "a@")
    assert links.case_of_reply_address(changed) is None
    forged = address[:8] + ("b" if address[8] == "a" else "a") + address[9:]
    assert links.case_of_reply_address(forged) is None
    assert links.case_of_reply_address("service@cpm.test") is None


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_files_are_imported_one_by_one(tmp_path: Path, settings):
    settings.FIRSTLINE_MAIL_MAX_BYTES = 5_000
    one, box, large = tmp_path / "one.eml", tmp_path / "all.mbox", tmp_path / "large.eml"
    one.write_bytes(mail("one"))
    box.write_bytes(
        b"".join(b"From a@b.test Mon Mar  2 10:00:00 2026\n" + mail(name) + b"\n\n" for name in ("two", "three"))
    )
    large.write_bytes(mail("large") + b"x" * 6_000)
    results = list(importer.import_files([one, box, large, tmp_path / "missing.eml"]))
    assert [result.outcome for result in results] == ["new", "new", "new", "refused", "refused"]
    assert "limit" in results[3].sentence
    assert "can't be read" in str(results[4])
    assert [result.outcome for result in importer.import_files([one, box])] == ["known"] * 3
    deliver()
    assert sorted(Contact.objects.values_list("subject", flat=True)) == ["one", "three", "two"]
    assert len(queries.quarantined()) == 1  # the large one: recorded, with where it is


# --- over the wire ----------------------------------------------------------------------------------------------------


@pytest.fixture
def listener(request, settings, transactional_db):
    settings.FIRSTLINE_MAIL_MAX_BYTES = 200_000
    listening = MailListener(source=request.param, host="127.0.0.1", port=free_port())
    listening.start()
    yield listening
    listening.stop()


def connect(listener: MailListener) -> smtplib.SMTP:
    made = smtplib.LMTP if listener.source == "lmtp" else smtplib.SMTP
    return made(listener.host, listener.port)


@pytest.mark.parametrize("listener", ["smtp", "lmtp"], indirect=True)
def test_what_is_accepted_is_stored(listener):
    with connect(listener) as connection:
        connection.ehlo()
        connection.mail("ada@example.test")
        connection.rcpt("service@cpm.test")
        connection.rcpt("b@cpm.test")
        answers = [connection.data(mail())]
        if listener.source == "lmtp":
            answers.append(connection.getreply())  # one for each recipient
    assert {code for code, _ in answers} == {250}
    kept = RawMessage.objects.get()
    assert (kept.source, kept.envelope_from, kept.envelope_to) == (
        listener.source,
        "ada@example.test",
        ["service@cpm.test", "b@cpm.test"],
    )
    deliver()
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("listener", ["smtp"], indirect=True)
def test_a_large_mail_is_refused_at_the_door(listener):
    with connect(listener) as connection:
        connection.ehlo()
        assert connection.esmtp_features["size"] == "200000"
        with pytest.raises(smtplib.SMTPSenderRefused) as announced:
            connection.sendmail("a@b.test", ["service@cpm.test"], mail() + b"x" * 300_000)
    assert announced.value.smtp_code == 552
    with connect(listener) as connection:  # one that doesn't announce its size
        connection.helo()
        connection.mail("a@b.test")
        connection.rcpt("service@cpm.test")
        code, words = connection.data(mail() + b"\n" + (b"x" * 70 + b"\n") * 5000)
    assert (code, b"Too much" in words) == (552, True)
    assert not RawMessage.objects.exists()


@pytest.mark.parametrize("listener", ["smtp"], indirect=True)
def test_lines_longer_than_the_standard_allows_are_taken(listener):
    with connect(listener) as connection:
        assert connection.sendmail("a@b.test", ["service@cpm.test"], mail() + b"x" * 50_000) == {}
    assert RawMessage.objects.get().size > 50_000


@pytest.mark.parametrize("listener", ["smtp"], indirect=True)
def test_what_cant_be_stored_is_to_come_again(listener, monkeypatch):
    def broken(**_fields):
        raise RuntimeError("disk full")

    monkeypatch.setattr(actions, "receive", broken)
    with connect(listener) as connection, pytest.raises(smtplib.SMTPDataError) as refused:
        connection.sendmail("a@b.test", ["service@cpm.test"], mail())
    assert refused.value.smtp_code == 451


@pytest.mark.parametrize("listener", ["smtp"], indirect=True)
def test_foreign_domains_are_refused_where_ours_are_named(listener, settings):
    settings.FIRSTLINE_MAIL_DOMAINS = "cpm.test, gas.test"
    with connect(listener) as connection:
        refused = connection.sendmail("a@b.test", ["service@cpm.test", "x@elsewhere.test"], mail())
    assert refused["x@elsewhere.test"][0] == 550


@pytest.mark.parametrize("listener", ["smtp"], indirect=True)
def test_too_many_connections_are_asked_to_come_later(listener):
    held = [connect(listener) for _ in range(MAX_CONNECTIONS)]
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        connect(listener)
    assert refused.value.smtp_code == 421
    for connection in held:
        connection.quit()
    with connect(listener) as connection:
        assert connection.noop()[0] == 250


def test_receiving_is_one_transaction(transactional_db):
    with transaction.atomic():
        receive(mail())
        transaction.set_rollback(True)
    assert not RawMessage.objects.exists()
    assert not OutboxEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_answer_to_a_signed_address_continues_the_case(brand):
    receive(mail("first", message_id="<1@example.test>"))
    deliver()
    contact = Contact.objects.get()
    case = Case.objects.create(
        brand=brand, number="C-1", reason_key="invoice", subject="x", language="en", opened_at=NOON
    )
    receive(mail("second", to=links.reply_address("service@cpm.test", case.id)))
    deliver()
    second = Contact.objects.exclude(id=contact.id).get()
    assert [(link.case_id, link.relation) for link in second.reasons.all()] == [(case.id, "continues")]
