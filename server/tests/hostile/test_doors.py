"""The doors that stand open to the world: uploads, links, the telephone's webhook, and bodies larger than they may be."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from firstline import clock
from firstline.cases.models import Case
from firstline.channels.phone import sign
from firstline.contacts.models import Attachment, Contact
from firstline.files.models import StoredFile

from .test_addresses import address

FORM = "/forms/complaint/?language=en"
ANSWERS = {
    "complaint_about": "billing",
    "complaint_text": "I was billed twice.",
    "wish": "refund",
    "sender_name": "Ada",
    "sender_email": "ada@example.test",
}
MEGABYTE = 1024 * 1024


def key_of(client: Client) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', client.get(FORM).content.decode())
    assert found
    return found[1]


class TestUploads:
    @pytest.mark.parametrize(
        "name",
        [
            "../../../etc/passwd",
            "..\\..\\boot.ini",
            "a\x00.pdf",
            "bill\u202efdp.exe",
            'x"; filename="y.html',
            "line\r\nSet-Cookie: a=b.txt",
            "x" * 800 + ".pdf",
            "CON",
            "🙂" * 200,
        ],
    )
    def test_a_name_with_tricks_is_made_harmless(self, house: Any, name: str) -> None:
        client = Client()
        sent = client.post(FORM, {**ANSWERS, "form_key": key_of(client), "files": upload(name, b"%PDF-1.4 x")})
        assert sent.status_code == 302, sent.content.decode()[:3000]
        attachment = Attachment.objects.get()
        assert len(attachment.name) <= 120
        assert not re.search(r"[/\\\x00-\x1f\u202e]", attachment.name)
        answer = house.client(house.agent).get(
            reverse("contacts:attachment", args=[attachment.message.contact_id, attachment.id])
        )
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer
        assert "\n" not in answer["Content-Disposition"]

    @pytest.mark.parametrize(
        ("content", "claimed"),
        [
            (b"<html><script>alert(1)</script></html>", "image/png"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
            (b"MZ\x90\x00", "application/pdf"),
            (b"GIF89a/*<script>alert(1)</script>*/", "text/html"),
        ],
    )
    def test_what_it_is_decides_and_no_browser_runs_it(self, house: Any, content: bytes, claimed: str) -> None:
        client = Client()
        sent = client.post(FORM, {**ANSWERS, "form_key": key_of(client), "files": upload("a.png", content, claimed)})
        assert sent.status_code == 302
        attachment = Attachment.objects.get()
        answer = house.client(house.agent).get(
            reverse("contacts:attachment", args=[attachment.message.contact_id, attachment.id])
        )
        assert answer["Content-Type"].split(";")[0] not in {"text/html", "image/svg+xml", "application/xml"}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_a_hundred_files_at_once_are_refused_and_nothing_is_kept(self, house: Any) -> None:
        client = Client()
        files = [upload(f"{number}.txt", b"x") for number in range(100)]
        sent = client.post(FORM, {**ANSWERS, "form_key": key_of(client), "files": files})
        assert sent.status_code in {400, 422}
        assert not Contact.objects.exists()
        assert not StoredFile.objects.exists()


def upload(name: str, content: bytes, claimed: str = "application/pdf") -> SimpleUploadedFile:
    made = SimpleUploadedFile("x", content, content_type=claimed)
    made._name = name  # past Django's own cleaning: as somebody writes it who speaks HTTP by hand
    return made


class TestTooLarge:
    def test_a_form_larger_than_it_may_be_is_refused_in_words(self, house: Any, sample: dict[str, Any]) -> None:
        client = house.client(house.agent)
        for name in ("desktop:answer", "desktop:finish", "cases:note", "desktop:next"):
            answer = client.post(
                address(name, sample),
                b"text=" + b"x" * (13 * MEGABYTE),
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code in {400, 413}, name
            assert "understood" in answer.content.decode() or "large" in answer.content.decode(), name
        assert Contact.objects.get(id=sample["contact"]).state == Contact.State.OPEN

    def test_so_is_one_with_too_many_fields(self, house: Any, sample: dict[str, Any]) -> None:
        fields = {f"f{number}": "x" for number in range(2_000)}
        answer = house.client(house.agent).post(address("desktop:next", sample), fields)
        assert answer.status_code == 400

    def test_nobody_gets_further_with_it_at_the_login(self, house: Any) -> None:
        answer = Client().post("/login/", {"username": "x" * (13 * MEGABYTE), "password": "x"})
        assert answer.status_code in {400, 413}


class TestLinks:
    @pytest.mark.parametrize("name", ["portal:follow", "webform:thanks"])
    def test_a_changed_signature_opens_nothing(self, sample: dict[str, Any], name: str) -> None:
        token = str(sample["token"])
        assert Client().get(reverse(name, args=[token])).status_code == 200
        for place in range(len(token)):
            changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            # The last character of base64 may hold bits that mean nothing; all others count.
            if place == len(token) - 1:
                continue
            answer = Client().get(reverse(name, args=[changed]))
            assert answer.status_code == 404, (place, changed)
            assert "Sabine" not in answer.content.decode()


class TestWebhook:
    @pytest.fixture
    def recorded(self, house: Any) -> tuple[bytes, dict[str, str]]:
        event = {
            "id": "e-1", "type": "ringing", "call_id": "c-1", "at": clock.now().isoformat(),
            "from": "+491701112233", "extension": "",
        }  # fmt: skip
        body = json.dumps(event).encode()
        headers = sign.headers(secret=settings.FIRSTLINE_PHONE_SECRET, body=body, at=clock.now())
        assert post(body, headers) == (200, "applied")
        return body, headers

    def test_the_same_bytes_again_change_nothing_and_later_they_are_stale(
        self, recorded: tuple[bytes, dict[str, str]], moment: Any
    ) -> None:
        before = list(Contact.objects.values())
        for _ in range(3):
            assert post(*recorded) == (200, "known")
        with clock.fixed(moment + timedelta(minutes=6)):
            assert post(*recorded) == (401, "stale")
        assert list(Contact.objects.values()) == before

    def test_a_recorded_signature_signs_nothing_else(self, recorded: tuple[bytes, dict[str, str]]) -> None:
        body, headers = recorded
        for forged in (body.replace(b"ringing", b"ended  "), body + b" ", body.replace(b"c-1", b"c-2")):
            assert post(forged, headers)[0] == 401
        later = str(int(headers[sign.TIMESTAMP_HEADER]) + 1)
        assert post(body, {**headers, sign.TIMESTAMP_HEADER: later}) == (401, "forged")
        assert Contact.objects.count() == 1
        assert not Case.objects.exists()


def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    answer = Client().post("/channels/phone/events", body, content_type="application/json", headers=headers)
    said = answer.json()
    return answer.status_code, said.get("outcome") or said["code"]
