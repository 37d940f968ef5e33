"""Mail bombs and huge mails, through every door that mail comes in by: refused or put aside in words, and the next mail arrives."""

import resource
import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from firstline.accounts.models import Brand
from firstline.channels.email import importer, queries
from firstline.channels.email.models import RawMessage
from firstline.channels.email.server import MailListener
from firstline.config.cli import main
from firstline.contacts.models import Contact
from firstline.outbox import executor
from tests.conftest import free_port

MEGABYTE = 1024 * 1024
HEAD = b"From: Ada <ada@example.test>\r\nTo: service@stadtwerke.example\r\nMessage-ID: <%s@example.test>\r\n"
BOMB = (
    HEAD % b"bomb"
    + b"Subject: bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 10_000
)
HUGE = HEAD % b"huge" + b"Subject: huge\r\n\r\n" + (b"x" * 76 + b"\r\n") * (60 * MEGABYTE // 78)

pytestmark = pytest.mark.django_db(transaction=True)


def good(name: str) -> bytes:
    return HEAD % name.encode() + f"Subject: {name}\r\n\r\nGuten Tag\r\n".encode()


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture
def brand(transactional_db: None) -> Brand:
    return Brand.objects.create(key="stadtwerke", names={"en": "City Energy"}, languages=["de"])


@pytest.fixture(params=["smtp", "lmtp"])
def listener(request: pytest.FixtureRequest, brand: Brand) -> Iterator[MailListener]:
    listening = MailListener(source=request.param, host="127.0.0.1", port=free_port())
    listening.start()
    yield listening
    listening.stop()


def send(listener: MailListener, raw: bytes) -> None:
    made = smtplib.LMTP if listener.source == "lmtp" else smtplib.SMTP
    with made(listener.host, listener.port, timeout=60) as connection:
        connection.sendmail("ada@example.test", ["service@stadtwerke.example"], raw)


def work() -> None:
    while executor.deliver_due():
        pass


def test_a_bomb_is_put_aside_in_words_and_the_next_mail_arrives(listener: MailListener) -> None:
    send(listener, BOMB)
    send(listener, good("next"))
    work()
    assert [contact.subject for contact in Contact.objects.all()] == ["next"]
    (aside,) = queries.quarantined()
    assert "1,000 parts" in aside.problem
    assert aside.size == len(BOMB)


def test_a_huge_mail_is_refused_at_the_door_and_the_next_mail_arrives(listener: MailListener) -> None:
    before = peak_megabytes()
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) as refused:
        send(listener, HUGE)
    assert refused.value.smtp_code == 552
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected)) as unannounced:
        send_unannounced(listener, HUGE)
    if isinstance(unannounced.value, smtplib.SMTPResponseException):
        assert unannounced.value.smtp_code == 552
    assert peak_megabytes() - before < 6 * 60
    send(listener, good("next"))
    work()
    assert [contact.subject for contact in Contact.objects.all()] == ["next"]
    assert RawMessage.objects.count() == 1


def send_unannounced(listener: MailListener, raw: bytes) -> None:
    """Send without saying first how large it is."""
    made = smtplib.LMTP if listener.source == "lmtp" else smtplib.SMTP
    with made(listener.host, listener.port, timeout=60) as connection:
        connection.ehlo_or_helo_if_needed()
        connection.mail("ada@example.test")
        connection.rcpt("service@stadtwerke.example")
        code, words = connection.data(raw)
        if code >= 400:
            raise smtplib.SMTPResponseException(code, words)


def test_both_by_import_are_refused_in_words_and_the_others_taken_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], brand: Brand
) -> None:
    files = {
        "bomb.eml": BOMB,
        "huge.eml": HUGE,
        "next.eml": good("next"),
        "nothing.eml": b"",
        "noise.eml": bytes(range(256)) * 64,
    }
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    main(["mail", "import", *[str(tmp_path / name) for name in files], str(tmp_path / "missing.eml")])
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 6
    assert any("huge.eml" in line and "60 MB large; the limit is 40 MB" in line for line in said)
    assert any("missing.eml" in line and "refused" in line for line in said)
    work()
    assert [contact.subject for contact in Contact.objects.all()] == ["next"]
    assert len(queries.quarantined()) == 4
    # Once more: everything is known, nothing comes twice.
    outcomes = {
        result.outcome for result in importer.import_files(tmp_path / name for name in files if name != "huge.eml")
    }
    assert outcomes == {"known"}
    work()
    assert Contact.objects.count() == 1


def test_a_mail_that_looks_like_code_is_shown_as_text(house: Any) -> None:
    contact = house.mail(
        '<script>alert(1)</script>\n{{ 7*7 }} {customer.name}\n=HYPERLINK("http://evil.example")',
        subject="=cmd|' /C calc'!A0",
        key="evil",
    )
    client: Client = house.client(house.lead)
    for where in (reverse("contacts:contact", args=[contact.id]), reverse("desktop:desk", args=[contact.id])):
        page = client.get(where).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
    # A spreadsheet would run it.
    exported = client.get(reverse("contacts:export")).content.decode()
    assert ",=cmd" not in exported
    assert "cmd|" in exported
