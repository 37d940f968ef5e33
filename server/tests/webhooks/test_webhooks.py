"""Programs outside are told what happens: signed, in order per case, tried for days, and again when somebody asks for it."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from firstline import clock, crashpoints
from firstline.accounts.principals import Principal
from firstline.audit.models import AuditEntry
from firstline.outbox import executor
from firstline.outbox.models import OutboxEntry
from firstline.webhooks import actions, rules, sending
from firstline.webhooks.models import Endpoint, Notice
from firstline.webhooks.web.views import TYPES

from .receiver import Receiver, receiving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.FIRSTLINE_WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    actions.forget()
    with receiving() as found:
        yield found
    actions.forget()


@pytest.fixture
def admin(house: Any) -> Principal:
    found: Principal = house.principal(house.admin)
    return found


def tell(admin: Principal, url: str, *types: str, brand: str = "") -> tuple[UUID, str]:
    made = actions.make_endpoint(
        principal=admin, name="ERP", url=url, types=types or ("case.opened", "step.created"), brand_key=brand
    )
    actions.forget()
    return made


def deliver(at: datetime | None = None) -> None:
    """Let the outbox deliver what is due, until nothing is."""
    with clock.fixed(at or clock.now()):
        for _ in range(50):
            if not executor.deliver_due():
                return
    raise AssertionError("it never ends")


def notices(**wanted: Any) -> list[Notice]:
    return list(Notice.objects.filter(**wanted).order_by("number"))


def test_a_case_is_told_as_a_cloud_event(house: Any, admin: Principal, receiver: Receiver) -> None:
    tell(admin, receiver.url)
    case = house.case("complaint")
    deliver()
    first, second = receiver.events()
    assert (first["specversion"], first["type"], first["subject"]) == (
        "1.0",
        "firstline.case.opened",
        f"case/{case.id}",
    )
    assert first["data"] == {
        "case_id": str(case.id),
        "number": case.number,
        "reason": "complaint",
        "state": "open",
        "outcome": "",
        "customer_id": str(case.customer_id),
        "brand": case.brand.key,
        "contact_id": first["data"]["contact_id"],
    }
    assert second["type"] == "firstline.step.created"
    assert second["sequence"] > first["sequence"]
    assert receiver.came[0][0]["content-type"] == "application/cloudevents+json"
    assert [one.state for one in notices()] == ["delivered", "delivered"]


def test_the_signature_is_that_of_standard_webhooks(house: Any, admin: Principal, receiver: Receiver) -> None:
    _id, secret = tell(admin, receiver.url, "case.opened")
    house.case("complaint")
    deliver()
    headers, body = receiver.came[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.new(base64.b64decode(secret.split("_")[1]), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert headers["webhook-id"] == receiver.events()[0]["id"]


def test_the_example_of_the_standard_is_signed_alike() -> None:
    # From the published test vectors of Standard Webhooks.
    headers = rules.signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, tz=clock.now().tzinfo),
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_what_is_wanted_of_the_wanted_brand_is_told(house: Any, admin: Principal, receiver: Receiver) -> None:
    tell(admin, receiver.url, "case.closed")
    tell(admin, receiver.url, "case.opened", brand=house.other.key)
    house.case("complaint")
    assert notices() == []


def test_nobody_is_told_of_what_did_not_happen(house: Any, admin: Principal, receiver: Receiver) -> None:
    tell(admin, receiver.url)

    @transaction.atomic
    def open_and_fail() -> None:
        house.case("complaint")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_and_fail()
    deliver()
    assert receiver.came == []
    assert notices() == []


def test_a_receiver_that_is_down_is_tried_again_and_what_comes_later_waits_behind(
    house: Any, admin: Principal, receiver: Receiver
) -> None:
    tell(admin, receiver.url)
    receiver.answers = [503]
    house.case("complaint")
    deliver()
    assert receiver.types() == ["firstline.case.opened"]
    head, behind = notices()
    assert (head.state, head.attempts, head.last_answer, behind.attempts) == ("waiting", 1, "HTTP 503", 0)
    deliver(clock.now() + timedelta(minutes=1))
    assert receiver.types() == ["firstline.case.opened", "firstline.case.opened", "firstline.step.created"]
    ids = [event["id"] for event in receiver.events()]
    assert ids[0] == ids[1] != ids[2]


def test_what_is_about_another_case_does_not_wait(house: Any, admin: Principal, receiver: Receiver) -> None:
    tell(admin, receiver.url, "case.opened")
    receiver.answers = [503]
    first, second = house.case("complaint"), house.case("complaint")
    deliver()
    states = {one.subject: one.state for one in notices()}
    assert states == {f"case/{first.id}": "waiting", f"case/{second.id}": "delivered"}


def test_while_one_worker_tells_of_a_case_no_other_does(house: Any, admin: Principal, receiver: Receiver) -> None:
    endpoint_id, _secret = tell(admin, receiver.url, "case.opened")
    case = house.case("complaint")
    assert connection.connection is not None
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        lane = f"webhook:{endpoint_id}:case/{case.id}"
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [lane])
        deliver()
        assert receiver.came == []
    deliver(clock.now() + timedelta(seconds=5))
    assert receiver.types() == ["firstline.case.opened"]


def test_after_days_it_is_given_up_and_sent_again_when_asked(house: Any, admin: Principal, receiver: Receiver) -> None:
    endpoint_id, _secret = tell(admin, receiver.url)
    receiver.answers = [500] * 1000
    house.case("complaint")
    begun = at = clock.now()
    while notices(state="waiting"):
        deliver(at)
        at += timedelta(hours=1)
        assert at - begun < timedelta(days=15), "it is tried for ever"
    assert at - begun > rules.PATIENCE
    assert [one.state for one in notices()] == ["dead", "dead"]
    receiver.answers, receiver.came = [], []
    with clock.fixed(at):
        assert actions.send_again(principal=admin, endpoint_id=endpoint_id) == 2
    deliver(at)
    assert receiver.types() == ["firstline.case.opened", "firstline.step.created"]
    assert [one.state for one in notices()] == ["delivered", "delivered"]


@pytest.mark.parametrize("status", [404, 410, 422])
def test_what_is_refused_for_good_is_not_tried_again(
    house: Any, admin: Principal, receiver: Receiver, status: int
) -> None:
    tell(admin, receiver.url, "case.opened")
    receiver.answers = [status]
    house.case("complaint")
    deliver()
    (one,) = notices()
    assert (one.state, one.last_answer) == ("dead", f"HTTP {status}")


def test_redirects_are_not_followed(house: Any, admin: Principal, receiver: Receiver) -> None:
    tell(admin, receiver.url, "case.opened")
    receiver.answers = [302]
    house.case("complaint")
    deliver()
    assert len(receiver.came) == 1
    assert notices()[0].state == "waiting"


def test_a_worker_that_dies_after_sending_sends_the_same_event_again(
    house: Any, admin: Principal, receiver: Receiver
) -> None:
    tell(admin, receiver.url, "case.opened")
    house.case("complaint")
    with crashpoints.crash_at("webhooks.sent"), pytest.raises(crashpoints.Crash):
        deliver()
    deliver(clock.now() + timedelta(minutes=10))
    assert len({headers["webhook-id"] for headers, _body in receiver.came}) == 1
    assert len(receiver.came) == 2
    assert notices()[0].state == "delivered"


def test_an_ended_endpoint_is_told_nothing_any_more(house: Any, admin: Principal, receiver: Receiver) -> None:
    endpoint_id, _secret = tell(admin, receiver.url, "case.opened")
    house.case("complaint")
    actions.end_endpoint(principal=admin, endpoint_id=endpoint_id)
    actions.forget()
    house.case("complaint")
    deliver()
    assert receiver.came == []
    assert [one.state for one in notices()] == ["dead"]


def test_a_renewed_secret_is_another_one(house: Any, admin: Principal, receiver: Receiver) -> None:
    endpoint_id, secret = tell(admin, receiver.url, "case.opened")
    renewed = actions.renew_secret(principal=admin, endpoint_id=endpoint_id)
    assert renewed != secret
    assert AuditEntry.objects.filter(action="webhook.renewed", about=str(endpoint_id)).exists()
    assert secret not in repr(list(AuditEntry.objects.values())) + repr(list(Endpoint.objects.values()))


@pytest.mark.parametrize(
    "url", ["https://10.0.0.7/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/"]
)
def test_nothing_is_sent_into_our_own_network(url: str) -> None:
    with pytest.raises(sending.NotSent, match="our own network"):
        sending.send(url, headers={}, body=b"{}")


@pytest.mark.parametrize(
    "url",
    [
        "erp.example.test",
        "ftp://erp.example.test/",
        "http://erp.example.test/",
        "https://a:b@erp.example.test/",
        "https://x" + "x" * 1000,
    ],
)
def test_an_address_that_cannot_be_is_refused(admin: Principal, url: str) -> None:
    with pytest.raises(actions.BadEndpoint):
        actions.make_endpoint(principal=admin, name="ERP", url=url, types=["case.opened"])
    assert not Endpoint.objects.exists()


# --- pages ---


def test_administrators_make_and_end_endpoints_on_pages(house: Any, receiver: Receiver) -> None:
    client = house.client(house.admin)
    made = client.post(
        reverse("webhooks:list"), {"name": "ERP", "url": receiver.url, "types": ["case.opened"], "brand": ""}
    ).content.decode()
    endpoint = Endpoint.objects.get()
    assert actions.secret_of(endpoint) in made
    assert actions.secret_of(endpoint) not in client.get(reverse("webhooks:list")).content.decode(), "shown once"
    actions.forget()
    receiver.answers = [404]
    house.case("complaint")
    deliver()
    page = reverse("webhooks:endpoint", args=[endpoint.id])
    assert "HTTP 404" in client.get(page).content.decode()
    assert "HTTP 404" not in client.get(page, {"state": "delivered"}).content.decode()
    again = client.post(reverse("webhooks:again", args=[endpoint.id]), {"notice": str(notices()[0].id)}, follow=True)
    assert "1 event is sent again" in again.content.decode()
    client.post(reverse("webhooks:end", args=[endpoint.id]))
    assert "ended already" in client.post(reverse("webhooks:renew", args=[endpoint.id]), follow=True).content.decode()


def test_a_mistake_is_said_and_what_was_entered_stays(house: Any) -> None:
    answer = house.client(house.admin).post(
        reverse("webhooks:list"), {"name": "ERP", "url": "http://erp.example.test/", "types": ["case.opened"]}
    )
    assert answer.status_code == 422
    assert "must begin with https://" in answer.content.decode()
    assert "http://erp.example.test/" in answer.content.decode()


def test_nobody_else_gets_there(house: Any, admin: Principal, receiver: Receiver) -> None:
    endpoint_id, _secret = tell(admin, receiver.url)
    pages = [reverse("webhooks:list"), reverse("webhooks:endpoint", args=[endpoint_id])]
    acts = [reverse(f"webhooks:{act}", args=[endpoint_id]) for act in ("renew", "end", "again")]
    for person in (house.lead, house.agent, house.owner):
        client = house.client(person)
        assert [client.get(page).status_code for page in pages] == [403, 403]
        assert [client.post(act).status_code for act in acts] == [403, 403, 403]
    assert [Client().get(page).status_code for page in pages] == [302, 302]
    assert Endpoint.objects.get().ended_at is None
    assert OutboxEntry.objects.filter(kind="webhook").count() == 0


def test_every_kind_of_event_has_words() -> None:
    assert tuple(TYPES) == rules.TYPES
