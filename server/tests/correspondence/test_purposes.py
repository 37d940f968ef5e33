"""What customers may say no to goes out only to whoever allows it, and never along with what they asked for."""

from pathlib import Path
from typing import Any

import pytest

from firstline import clock
from firstline.cases.models import Case
from firstline.correspondence import actions, handlers
from firstline.correspondence.models import OutgoingMessage
from firstline.customers import actions as customer_actions
from firstline.customers.models import Customer
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import Delivery
from tests.conftest import House

pytestmark = pytest.mark.django_db
VARIABLES = {"customer": {"salutation": "Sehr geehrte Frau Krüger,"}, "case": {"number": "1"}}


@pytest.fixture(autouse=True)
def purposes(settings: Any, tmp_path: Path) -> None:
    settings.FIRSTLINE_CUSTOMERS = tmp_path
    (tmp_path / "stadtwerke").mkdir()
    text = "purposes:\n  newsletter: {label: {en: Newsletter}, channels: [email]}\n"
    (tmp_path / "stadtwerke" / "purposes.yaml").write_text(text)


def say(house: House, *, is_given: bool) -> None:
    customer_actions.note_consent(
        customer_id=house.customer.id, purpose="newsletter", channels=["email"], is_given=is_given, said_at=clock.now(), way="form",
        evidence="form 17", principal=house.principal(house.agent), now=clock.now(),
    )  # fmt: skip


def send(case: Case, *, key: str, purpose: str = "newsletter") -> OutgoingMessage:
    actions.want_message(
        case_id=case.id, template="acknowledgement", variables=VARIABLES, key=key, purpose=purpose, now=clock.now()
    )
    entry = OutboxEntry.objects.filter(kind="message.bundle").latest("id")
    actions.bundle(intent_id=entry.payload["intent_id"], now=clock.now())
    return OutgoingMessage.objects.get(intents__key=key)


def test_only_who_agreed_gets_it(house: House) -> None:
    case = house.case()
    first = send(case, key="a")
    assert (first.state, first.error) == ("unwanted", "The customer hasn't agreed to this.")
    say(house, is_given=True)
    assert send(case, key="b").state == "queued"
    unknown = send(case, key="c", purpose="lottery")
    assert unknown.state == "unwanted"
    assert "contacts nobody for “lottery”" in unknown.error


def test_a_no_holds_for_what_waits_already(house: House) -> None:
    say(house, is_given=True)
    message = send(house.case(), key="a")
    say(house, is_given=False)
    payload = {"message_id": str(message.id)}
    handlers.deliver_message(Delivery(id=message.id, key="k", payload=payload, about=None, attempt=1, now=clock.now()))
    message.refresh_from_db()
    assert message.state == "unwanted"
    assert "said no on" in message.error


def test_it_never_rides_along_with_what_they_asked_for(house: House) -> None:
    case = house.case()
    actions.want_message(
        case_id=case.id, template="acknowledgement", variables=VARIABLES, key="service", now=clock.now()
    )
    unwanted = send(case, key="news")
    assert [one.key for one in unwanted.intents.all()] == ["news"]
    entry = OutboxEntry.objects.filter(kind="message.bundle").earliest("id")
    actions.bundle(intent_id=entry.payload["intent_id"], now=clock.now())
    assert OutgoingMessage.objects.get(intents__key="service").state == "queued"


def test_who_wants_no_mail_gets_none_by_itself_but_an_answer(house: House) -> None:
    Customer.objects.filter(id=house.customer.id).update(need_keys=["never-email"])
    assert send(house.case(), key="a", purpose="").state == "unwanted"
    mail = house.mail("Hello")
    answer = actions.answer(principal=house.principal(house.agent), contact=mail, text="Good day", now=clock.now())
    assert answer.state == "queued"
