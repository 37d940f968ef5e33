"""What mail servers do that ours here don't: wrong sizes, and messages that they won't hand out."""

from types import SimpleNamespace

import pytest

from firstline.channels.email import imap, queries
from firstline.channels.email.models import Mailbox, RawMessage

pytestmark = pytest.mark.django_db

(ADDRESS,) = imap.mailbox_addresses("imap://box@mail.test")


class Odd:
    """A mailbox of three messages at the edge of the network: `refuses` isn't handed out, sizes are always said to be 10."""

    def __init__(self, *, refuses: int = 0, largest: int = 0) -> None:
        self.client = self
        self.folder = SimpleNamespace(status=lambda folder, what: {"UIDVALIDITY": 7})
        self._refuses, self._largest = refuses, largest

    def uid(self, command: str, *arguments: str) -> tuple[str, list[object]]:
        if command == "SEARCH":
            return "OK", [b"1 2 3"]
        if command == "STORE":
            return "OK", []
        uid, what = int(arguments[0]), arguments[1]
        if "SIZE" in what:
            return "OK", [f'{uid} (UID {uid} RFC822.SIZE 10 INTERNALDATE "02-Mar-2026 09:00:00 +0000")'.encode()]
        if uid == self._refuses:
            return "NO", [b"The requested message could not be converted"]
        text = "x" * (200_000 if uid == self._largest else 10)
        return "OK", [(b"intro", f"From: a@b.test\r\nSubject: {uid}\r\n\r\n{text}".encode())]


def test_a_message_that_is_larger_than_its_server_says_stops_nobody(settings):
    settings.FIRSTLINE_MAIL_MAX_BYTES = 100_000
    assert imap.take_new(Odd(largest=2), ADDRESS, {}) == 3
    assert RawMessage.objects.exclude(raw_file=None).count() == 2
    (left,) = queries.quarantined()
    assert "still in the mailbox box@mail.test:143/INBOX" in left.problem
    assert Mailbox.objects.get().last_uid == 3


def test_a_message_that_isnt_handed_out_is_asked_for_again_and_then_stops_nobody():
    refusals: dict[int, int] = {}
    for _ in range(imap.ENOUGH_REFUSALS - 1):
        with pytest.raises(imap.MailboxError):
            imap.take_new(Odd(refuses=2), ADDRESS, refusals)
    assert not queries.quarantined()
    assert imap.take_new(Odd(refuses=2), ADDRESS, refusals) == 3
    (left,) = queries.quarantined()
    assert "doesn't hand out this message" in left.problem
    assert "could not be converted" in left.problem
    assert RawMessage.objects.exclude(raw_file=None).count() == 2
    assert imap.take_new(Odd(refuses=2), ADDRESS, refusals) == 0
