"""Calls come in by signed events, in any order, and count once."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from firstline import clock, ids
from firstline.channels.phone import sign
from firstline.channels.phone.models import PhoneEvent
from firstline.channels.phone.rules import CallEvent, e164, read_event
from firstline.contacts.models import Contact, Engagement
from firstline.outbox import executor

URL = "/channels/phone/events"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = "a secret of the switchboard"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _at_work(brand, agent, settings):
    settings.FIRSTLINE_PHONE_SECRET = SECRET
    with clock.fixed(START):
        yield


def event(kind: str, seconds: int = 0, **fields) -> dict:
    given = {
        "id": str(ids.new_id()),
        "type": kind,
        "call_id": "call-1",
        "at": (START + timedelta(seconds=seconds)).isoformat(),
        "from": "+491701112233",
        "extension": "21",
    }
    return given | fields


def send(client, given: object, *, secret: str = SECRET, at: datetime = START, body: bytes | None = None):
    body = json.dumps(given).encode() if body is None else body
    headers = sign.headers(secret=secret, body=body, at=at)
    return client.post(URL, body, content_type="application/json", headers=headers)


def test_a_ringing_call_opens_its_contact_for_the_agent(client, agent):
    answer = send(client, event("ringing", **{"from": "0170 1112233"}))
    contact = Contact.objects.get()
    assert (answer.status_code, answer.json()) == (200, {"outcome": "applied", "contact": str(contact.id)})
    assert (contact.state, contact.speaker_address, contact.agent_id) == ("ringing", "+491701112233", agent.id)
    assert contact.received_at == START


def test_a_call_keeps_its_times(client, agent):
    for kind, seconds in (
        ("ringing", 0),
        ("answered", 5),
        ("held", 20),
        ("resumed", 50),
        ("held", 60),
        ("resumed", 70),
        ("ended", 100),
    ):
        assert send(client, event(kind, seconds)).status_code == 200
    contact = Contact.objects.get()
    assert (contact.answered_at, contact.ended_at) == (START + timedelta(seconds=5), START + timedelta(seconds=100))
    assert (contact.state, contact.held_seconds) == ("ended", 40)
    handled = Engagement.objects.get(kind="handling")
    assert (handled.user_id, handled.started_at, handled.ended_at) == (agent.id, contact.answered_at, contact.ended_at)


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
def test_the_order_of_arrival_doesnt_matter(client, order):
    events = [event("ringing", 0), event("answered", 5), event("held", 20), event("resumed", 50), event("ended", 100)]
    for number in order:
        assert send(client, events[number]).status_code == 200
    contact = Contact.objects.get()
    assert contact.received_at == START
    assert (contact.answered_at, contact.ended_at) == (START + timedelta(seconds=5), START + timedelta(seconds=100))
    assert contact.state == "ended"
    assert not PhoneEvent.objects.filter(applied_at=None).exists()


def test_a_late_hold_is_ended_by_the_resumption_that_is_there(client):
    for given in (event("ringing", 0), event("answered", 5), event("resumed", 50), event("held", 20)):
        send(client, given)
    contact = Contact.objects.get()
    assert (contact.held_seconds, contact.held_at) == (30, None)


def test_an_event_counts_once(client):
    ringing = event("ringing")
    send(client, ringing)
    assert send(client, ringing).json()["outcome"] == "known"
    assert Contact.objects.count() == PhoneEvent.objects.count() == 1


def test_a_call_whose_ringing_got_lost_isnt_lost(client, agent):
    answer = send(client, event("answered", 5))
    assert answer.json() == {"outcome": "waiting", "contact": None}
    assert not Contact.objects.exists()
    with clock.fixed(START + timedelta(seconds=11)):
        executor.deliver_due()
    contact = Contact.objects.get()
    assert (contact.state, contact.agent_id, contact.speaker_address) == ("open", agent.id, "+491701112233")
    send(client, event("ringing", 0))
    assert Contact.objects.count() == 1


def test_a_call_that_nobody_took_was_missed(client):
    send(client, event("ringing", 0))
    send(client, event("ended", 30))
    assert Contact.objects.get().state == "missed"


def test_an_unknown_extension_and_a_withheld_number_are_no_mistake(client):
    send(client, event("ringing", extension="99", **{"from": "anonymous"}))
    contact = Contact.objects.get()
    assert (contact.agent_id, contact.speaker_address) == (None, "")


@pytest.mark.parametrize(
    ("secret", "at", "code"),
    [
        ("guessed", START, "forged"),
        (SECRET, START - timedelta(minutes=6), "stale"),
        (SECRET, START + timedelta(minutes=6), "stale"),
    ],
)
def test_a_forged_or_stale_event_is_refused(client, secret, at, code):
    answer = send(client, event("ringing"), secret=secret, at=at)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not PhoneEvent.objects.exists()


def test_a_changed_body_and_a_missing_signature_are_refused(client):
    body = json.dumps(event("ringing")).encode()
    headers = sign.headers(secret=SECRET, body=body, at=START)
    changed = client.post(URL, body.replace(b"+49", b"+31"), content_type="application/json", headers=headers)
    assert (changed.status_code, changed.json()["code"]) == (401, "forged")
    unsigned = client.post(URL, body, content_type="application/json")
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "not-signed")
    assert "Firstline-Signature" in unsigned.json()["message"]
    assert client.get(URL).status_code == 405
    assert not PhoneEvent.objects.exists()


def test_every_mistake_is_named_at_once(client):
    answer = send(client, {"type": "rang", "at": "2026-03-02T09:00:00", "from": 49, "extension": "2" * 30})
    assert answer.status_code == 400
    wrong = {mistake["field"] for mistake in answer.json()["mistakes"]}
    assert wrong == {"type", "id", "call_id", "at", "from", "extension"}


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b"\xff\xfe", b'"x"', b"[" * 50_000])
def test_what_isnt_an_event_is_refused(client, body):
    assert send(client, None, body=body).status_code == 400


def test_a_huge_body_is_refused_unread(client):
    assert send(client, None, body=b"x" * 100_000).status_code == 413


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("+49 170 1112233", "NL", "+491701112233"),
        ("0170/1112233", "DE", "+491701112233"),
        ("06 12345678", "NL", "+31612345678"),
        ("0049 170 1112233", "DE", "+491701112233"),
        ("sip:+491701112233@pbx.test;user=phone", "DE", "+491701112233"),
        ("tel:+49-170-1112233", "DE", "+491701112233"),
        ("anonymous", "DE", ""),
        ("21", "DE", ""),
        ("", "DE", ""),
    ],
)
def test_numbers_are_written_the_international_way(written, region, expected):
    assert e164(written, region=region) == expected


def test_the_signature_is_the_documented_one():
    assert sign.headers(secret="s", body=b"{}", at=datetime.fromtimestamp(1, UTC)) == {
        "Firstline-Timestamp": "1",
        "Firstline-Signature": "v1=b253639bcd705ed1cda3073f66104f16988bd40272584dea7d0d345ae93e61cc",
    }


def test_the_documented_shell_lines_sign_as_we_check():
    documented = Path(__file__).parents[3].joinpath("docs/phone.md").read_text().split("```sh\n")[1].split("```")[0]
    lines = documented.partition("curl ")[0]
    script = f'FIRSTLINE_PHONE_SECRET=\'{SECRET}\'\n{lines}\nprintf \'%s\\n%s\\n%s\' "$timestamp" "$signature" "$body"'
    if not shutil.which("openssl"):
        pytest.skip("openssl isn't installed, so the documented shell lines can't be run.")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    timestamp, signature, body = done.stdout.split("\n")
    assert sign.signature(secret=SECRET, timestamp=timestamp, body=body.encode()) == f"v1={signature}"
    assert isinstance(read_event(body.encode(), now=datetime.fromtimestamp(int(timestamp), UTC)), CallEvent)
