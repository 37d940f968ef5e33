"""Published nasty mails: none is lost or crashes, and what is recognised may only grow.

Run as a program, it prints the figures that docs/mail.md quotes:

    .venv/bin/python server/tests/channels/test_mail_data.py
"""

import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstline.channels.email.parse import ParsedMail, parse
from firstline.channels.email.plaintext import to_plain_text
from firstline.channels.email.reply import split_reply

pytestmark = pytest.mark.data

Score = Counter[str]
NO_CONTENT = "no visible content"  # what that collection writes for an empty body


def mail_folder() -> Path:
    beside = Path(__file__).parents[4] / "shared" / "data"
    return Path(os.environ.get("FIRSTLINE_DATA", beside)) / "mail"


def raw_messages() -> Iterator[tuple[str, bytes]]:
    for path in sorted([*mail_folder().glob("helpdesk/*.box"), *mail_folder().glob("mime/**/*.eml")]):
        yield path.name, path.read_bytes()


def words(text: str | None) -> list[str]:
    return re.findall(r"\w+", text or "")


def helpdesk_score() -> tuple[Score, Score]:
    """What agrees, and of how many, over the mails of a help desk."""
    right, of = Score(), Score()

    def count(what: str, agrees: bool) -> None:
        right[what] += agrees
        of[what] += 1

    for line in (mail_folder() / "helpdesk_expected.jsonl").read_text().splitlines():
        expected = json.loads(line)
        mail = parse((mail_folder() / "helpdesk" / expected["file"]).read_bytes())
        assert isinstance(mail, ParsedMail), expected["file"]
        count("sender address", mail.sender.email == expected["from_email"])
        count("sender name", mail.sender.name == expected["from_display_name"])
        wanted = re.findall(r"[\w.+'-]+@[\w.-]+", re.sub(r'"[^"]*"', "", expected["to"] or ""))
        count("recipients", [address.email for address in mail.to if address.email] == wanted)
        count("subject", mail.subject == (expected["subject"] or "").strip())
        # Not attached by anybody: that collection's own copy of the HTML body.
        wanted_files = {
            (one["filename"], one["size"], one["md5"])
            for one in expected["attachments"]
            if not one["preferences"].get("original-format")
        }
        found = {(one.name, len(one.data), hashlib.md5(one.data).hexdigest()) for one in mail.attachments}
        for one in wanted_files:
            count("attachment (name, size, md5)", one in found)
            count("attachment (size, md5)", one[1:] in {(size, digest) for _, size, digest in found})
        count("mail with exactly its attachments", wanted_files == found)
        body = "" if expected["body"] == NO_CONTENT else expected["body"]
        if expected["content_type"] == "text/html":
            body = to_plain_text(body)
        html = mail.html if expected["content_type"] == "text/html" else None
        count("body (its words)", words(body) == words(to_plain_text(html) if html else mail.text))
    return right, of


def mime_score() -> tuple[Score, Score]:
    """The same over MIME oddities, each with the parse of another library."""
    right, of = Score(), Score()

    def count(what: str, agrees: bool) -> None:
        right[what] += agrees
        of[what] += 1

    for path in sorted(mail_folder().glob("mime/**/*.eml")):
        expected = json.loads(path.with_suffix(".json").read_text())
        mail = parse(path.read_bytes())
        assert isinstance(mail, ParsedMail), path
        headers = {str(one["name"]): one["value"] for one in reversed(expected["parts"][0]["headers"])}
        if listed := _addresses(headers.get("from")):
            count("sender address", mail.sender.email == listed[0][1])
            count("sender name", mail.sender.name == listed[0][0])
        if listed := _addresses(headers.get("to")):
            count("recipients", [(one.name, one.email) for one in mail.to] == listed)
        if isinstance(headers.get("subject"), dict):
            count("subject", mail.subject == headers["subject"]["Text"].strip())
        if isinstance(headers.get("message_id"), dict):
            count("message id", mail.message_id == headers["message_id"].get("Text"))
        count("number of attachments", len(expected["attachments"]) == len(mail.attachments))
        texts = [expected["parts"][index]["body"].get("Text") for index in expected["text_body"]]
        if any(texts):
            count("text (its words)", words(" ".join(filter(None, texts))) == words(mail.text))
    return right, of


def _addresses(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, dict) or "Address" not in value:
        return []
    given = value["Address"]
    listed = given.get("List", []) + [one for group in given.get("Group", []) for one in group["addresses"]]
    return [(one.get("name") or "", one.get("address") or "") for one in listed]


def reply_score() -> tuple[int, int]:
    lines = (mail_folder() / "replies.jsonl").read_text().splitlines()
    right = 0
    for line in lines:
        expected = json.loads(line)
        right += split_reply(expected["email"]).visible.split() == (expected["trimmed"] or "").split()
    return right, len(lines)


@pytest.fixture(autouse=True)
def _there():
    if not mail_folder().exists():
        pytest.skip(f"The published mails aren't there: {mail_folder()} (set FIRSTLINE_DATA).")


def test_every_mail_can_be_read():
    for name, raw in raw_messages():
        assert isinstance(parse(raw), ParsedMail), name


def test_recognition_may_only_rise():
    right, _ = helpdesk_score()
    least = {
        "sender address": 64,
        "sender name": 62,
        "recipients": 66,
        "subject": 64,
        "body (its words)": 58,
        "attachment (size, md5)": 43,
        "mail with exactly its attachments": 60,
    }
    assert {what: right[what] for what in least if right[what] < least[what]} == {}
    mime, _ = mime_score()
    least = {
        "sender address": 56,
        "recipients": 52,
        "subject": 55,
        "message id": 46,
        "number of attachments": 65,
        "text (its words)": 45,
    }
    assert {what: mime[what] for what in least if mime[what] < least[what]} == {}
    assert reply_score()[0] >= 35


@pytest.mark.django_db(transaction=True)
def test_every_mail_becomes_one_contact_and_never_two(brand):
    from firstline.channels.email import actions
    from firstline.channels.email.models import RawMessage
    from firstline.clock import now
    from firstline.contacts.models import Contact, Message
    from firstline.outbox import executor

    messages = list(raw_messages())
    for _ in range(2):
        for _, raw in messages:
            actions.receive(raw=raw, source="import", key=actions.key_of(raw), received_at=now())
    while executor.deliver_due(limit=50):
        pass
    kept = RawMessage.objects.count()
    assert kept == len({raw for _, raw in messages})
    assert list(RawMessage.objects.exclude(state="handled").values_list("problem", flat=True)) == []
    assert Contact.objects.count() == Message.objects.count() == RawMessage.objects.values("contact").distinct().count()


def main() -> None:
    lines: list[str] = []
    for title, (right, of) in (("help desk", helpdesk_score()), ("MIME", mime_score())):
        lines.append(title)
        for what in of:
            lines.append(f"  {what:36} {right[what]:3} of {of[what]}")
    right_replies, replies = reply_score()
    lines.append(f"replies\n  {'visible reply':36} {right_replies:3} of {replies}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
