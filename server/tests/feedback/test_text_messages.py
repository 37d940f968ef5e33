"""Who prefers text messages is asked by one, through a gateway that takes mail: a real server, which may be busy or refuse."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from django.test import Client

from firstline import clock
from firstline.accounts.models import Brand
from firstline.cases import actions as case_actions
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.correspondence.adapters.asking import text_message_of
from firstline.correspondence.models import OutgoingMessage
from firstline.correspondence.rules import segments
from firstline.customers import queries as customer_queries
from firstline.customers.models import Customer, Identifier
from firstline.feedback.models import Satisfaction
from firstline.identity.adapters import loaded
from firstline.procedures.models import Reason
from tests.conftest import CALLER, House, free_port

pytestmark = pytest.mark.django_db
PURPOSES = "purposes: {surveys: {label: {en: Surveys}, channels: [email, sms], basis: no-objection}}\n"
POLICY = (
    'needs: {sensitive: none}\nways: [{way: judgement, level: strong}]\ncode: {text_message: "{number}@sms.example"}\n'
)
ASK = {"scale": "csat", "after_hours": 24, "every_days": 90, "purpose": "surveys"}


class Gateway:
    """A mail server that gives the answers it is told to, the last for ever, and keeps what it took."""

    def __init__(self) -> None:
        self.answers = ["250 taken"]
        self.taken: list[tuple[str, Any]] = []
        self.tried: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        message: Any = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]  # bytes, as it decodes nothing
        self.tried.append(message["Message-ID"])
        if answer.startswith("250"):
            self.taken.append((envelope.rcpt_tos[0], message))
        return answer


@pytest.fixture
def gateway(settings: Any, tmp_path: Path, house: House) -> Iterator[Gateway]:
    settings.FIRSTLINE_FILES, settings.FIRSTLINE_CUSTOMERS = tmp_path / "files", tmp_path / "customers"
    settings.FIRSTLINE_IDENTITY = tmp_path / "identity"
    for path, text in (("customers/default/purposes.yaml", PURPOSES), ("identity/all.yaml", POLICY)):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    loaded.forget()
    Reason.objects.filter(key="meter-reading").update(ask=ASK)
    Customer.objects.filter(id=house.customer.id).update(preferred_channel="sms")
    gateway = Gateway()
    server = Controller(gateway, hostname="127.0.0.1", port=free_port(), ready_timeout=120)
    server.start()
    settings.FIRSTLINE_SMTP_OUT = f"smtp://127.0.0.1:{server.port}"
    yield gateway
    server.stop()
    loaded.forget()


def asked(house: House, **later: int) -> Satisfaction:
    case = house.case("meter-reading")
    case_actions.close_gap(principal=house.principal(house.agent), case_id=case.id, outcome="answered", now=clock.now())
    run_later(house, **(later or {"hours": 25}))
    return Satisfaction.objects.get(case=case)


def run_later(house: House, **by: int) -> None:
    with clock.fixed(clock.now() + timedelta(**by)):
        house.run_worker()


def test_one_part_with_a_short_link_reaches_the_number_and_is_answered_once(house: House, gateway: Gateway) -> None:
    asking = asked(house)
    assert (asking.state, asking.channel) == ("asked", "sms")
    ((to, message),) = gateway.taken
    assert to == f"{CALLER.lstrip('+')}@sms.example"
    assert message["Subject"] == ""
    text = message.get_content().strip()
    assert text.startswith("City Energy: Ihr Anliegen")
    assert segments(text) == 1
    link = text.split()[-1]
    assert link == f"{django_settings.FIRSTLINE_PUBLIC_URL}/r/{asking.code}/"
    place = f"/r/{asking.code}/"
    assert Client().get(place).status_code == Client().get(place.upper().replace("/R/", "/r/")).status_code == 200
    assert Client().post(place, {}).status_code == 422
    assert Client().post(place, {"score": "4"}).status_code == 302
    assert Client().post(place, {"score": "1"}).status_code == 200
    asking.refresh_from_db()
    assert (asking.state, asking.score) == ("answered", 4)
    contact = Contact.objects.get(direction="out")
    assert (contact.channel, contact.speaker_address) == ("sms", CALLER)


def test_a_busy_gateway_is_tried_again_with_the_same_message_and_takes_it_once(house: House, gateway: Gateway) -> None:
    gateway.answers = ["451 busy", "250 taken"]
    asked(house)
    assert OutgoingMessage.objects.get().state == "queued"
    assert "451" in OutgoingMessage.objects.get().error
    assert not gateway.taken
    run_later(house, hours=27)
    run_later(house, hours=48)
    assert OutgoingMessage.objects.get().state == "sent"
    assert len(gateway.taken) == 1
    assert len(gateway.tried) == 2
    assert len(set(gateway.tried)) == 1


def test_what_the_gateway_refuses_for_good_is_given_up_and_says_why(house: House, gateway: Gateway) -> None:
    gateway.answers = ["550 no such number"]
    asked(house)
    run_later(house, hours=48)
    message = OutgoingMessage.objects.get()
    assert message.state == "failed"
    assert "no such number" in message.error
    assert len(gateway.tried) == 1


@pytest.mark.parametrize("lacking", ["gateway", "number", "consent"])
def test_who_cant_or_mustnt_be_reached_isnt_asked_and_it_says_why(
    house: House, gateway: Gateway, settings: Any, lacking: str
) -> None:
    if lacking == "gateway":
        (settings.FIRSTLINE_IDENTITY / "all.yaml").unlink()
        loaded.forget()
    elif lacking == "number":
        Identifier.objects.filter(customer=house.customer, kind="phone").delete()
    else:
        first = asked(house)
        assert first.code
        stopped = Client().post(f"/r/{first.code}/", {"act": "stop"})
        assert "nicht wieder" in stopped.content.decode()
        Satisfaction.objects.all().update(asked_at=None)
    asking = asked(house)
    why = {"gateway": "no gateway", "number": "No phone number", "consent": "said no"}[lacking]
    assert (asking.state, why in asking.why) == ("not_asked", True), asking.why
    assert len(gateway.taken) == (lacking == "consent")


def test_who_wants_to_be_asked_no_more_says_so_by_the_link_for_all_channels(house: House, gateway: Gateway) -> None:
    asking = asked(house)
    Client().post(f"/r/{asking.code}/", {"act": "stop"})
    for channel in ("email", "sms"):
        said = customer_queries.why_not(house.customer.id, brand=house.brand.key, purpose="surveys", channel=channel)
        assert "said no" in said
    # Their answer to this question still counts.
    assert Client().post(f"/r/{asking.code}/", {"score": "2"}).status_code == 302


@pytest.mark.parametrize("code", ["a", "aaaaaaaaaaaa", "23456789abc!", "a" * 3000, "ſ23456789abc"])
def test_a_code_that_nobody_got_opens_nothing(house: House, gateway: Gateway, code: str) -> None:
    asked(house)
    assert Client().get(f"/r/{code}/").status_code == 404
    assert Client().post(f"/r/{code}/", {"score": "5"}).status_code == 404


def test_it_stays_one_part_however_long_the_brand_calls_itself() -> None:
    brand = Brand(
        key="b", names={"en": "Municipal Works " * 9, "de": "Überlandwerk Göttingen " * 9, "nl": "Nuts " * 30}
    )
    asking = Satisfaction(brand=brand, case=Case(number="123456-7"), code="23456789abcd")
    for language in ("en", "de", "nl"):
        _, text = text_message_of(asking, language=language)
        assert segments(text) == 1
        assert text.endswith("/r/23456789abcd/\n")
