"""Commands for programs: previewed, carried out once, and followed to the end."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from firstline.accounts import actions as account_actions
from firstline.accounts.models import Brand
from firstline.accounts.principals import command_line_principal
from firstline.audit.models import AuditEntry
from firstline.outbox import executor as outbox_executor
from firstline.sources.models import Command

from .conftest import NEW_ADDRESS, Systems

CustomerOf = Callable[..., UUID]
PARAMETERS = {name: str(value) for name, value in NEW_ADDRESS.items()}
Send = Callable[..., Any]
_NUMBERS = count()


def sender(*brands: str) -> Send:
    for key in brands:
        Brand.objects.get_or_create(key=key, defaults={"names": {"en": key}})
    _id, key = account_actions.make_api_key(
        principal=command_line_principal(), name="ERP", scopes=["commands:write"], roles=["agent"], brands=brands
    )

    def send(path: str, body: Any = None, *, once: str = "") -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        if body is None:
            return Client().get(f"/api/v1/{path}", headers=headers)
        headers["Idempotency-Key"] = once or f"test-{next(_NUMBERS)}"
        return Client().post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

    return send


@pytest.fixture
def joost(lindwerk: Systems, customer_of: CustomerOf) -> UUID:
    return customer_of(lindwerk.world.story["joost"])


@pytest.fixture
def wired(settings: Any) -> None:
    """The outbox finds its handlers in the product's wiring."""
    settings.FIRSTLINE_SUBSCRIPTIONS = "firstline.config.subscriptions"


@pytest.mark.django_db(transaction=True)
def test_a_command_is_previewed_carried_out_once_and_confirmed(lindwerk: Systems, joost: UUID, wired: None) -> None:
    send = sender("lindwerk")
    commands = {one["key"]: one for one in send("commands").json()["items"]}
    assert {"street", "valid_from"} <= {one["name"] for one in commands["billing.change_address"]["parameters"]}
    wanted = {"customer": str(joost), "parameters": PARAMETERS}
    seen = send("commands/billing.change_address/preview", wanted).json()
    assert (seen["state"], seen["problem"]) == ("ready", "")
    assert ("Neue Straße", True) in {(one["new"], one["is_changed"]) for one in seen["rows"]}
    # What was only asked isn't in the trail; what is done is.
    assert not AuditEntry.objects.filter(action="api-key.used").exists()
    ordered = wanted | {"reading": seen["reading"]}
    for _twice in range(2):
        answer = send("commands/billing.change_address/carry-out", ordered, once="move-1")
    assert answer.status_code == 201
    assert AuditEntry.objects.filter(action="api-key.used").count() == 1
    path = answer["Location"].removeprefix("/api/v1/")
    assert send(path).json()["state"] == "pending"
    assert outbox_executor.deliver_due() == 1
    told = send(path)
    assert (told.json()["state"], told.json()["attempts"]) == ("confirmed", 0)
    assert told["ETag"] != answer["ETag"]
    assert Command.objects.count() == 1
    (row,) = lindwerk.billing(
        "SELECT street, row_version FROM billing.account WHERE account_no = %s",
        lindwerk.world.story["joost"].billing_ids[0],
    )
    assert row == ("Neue Straße", 2)
    assert [one["id"] for one in send(f"writes?customer={joost}").json()["items"]] == [told.json()["id"]]


@pytest.mark.django_db(transaction=True)
def test_what_stands_otherwise_by_now_is_not_written_over(lindwerk: Systems, joost: UUID, wired: None) -> None:
    send = sender("lindwerk")
    wanted = {"customer": str(joost), "parameters": PARAMETERS}
    seen = send("commands/billing.change_address/preview", wanted).json()
    account = lindwerk.world.story["joost"].billing_ids[0]
    lindwerk.billing("UPDATE billing.account SET street = 'Elsewhere' WHERE account_no = %s", account)
    order = wanted | {"reading": seen["reading"]}
    path = send("commands/billing.change_address/carry-out", order)["Location"].removeprefix("/api/v1/")
    outbox_executor.deliver_due()
    told = send(path).json()
    assert (told["state"], "Elsewhere" in told["sentence"]) == ("conflict", True)
    assert lindwerk.billing("SELECT street FROM billing.account WHERE account_no = %s", account) == [("Elsewhere",)]


def test_what_cannot_be_carried_out_is_refused(joost: UUID) -> None:
    send, stranger = sender("lindwerk"), sender("other")
    wanted = {"customer": str(joost), "parameters": PARAMETERS}
    path = "commands/billing.change_address/carry-out"

    def code(answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    missing = send(path, {"customer": str(joost), "parameters": {"street": "x"}})
    assert (code(missing), missing.json()["parameters"]["valid_from"]) == ((422, "bad-parameters"), "missing")
    assert code(send(path, wanted | {"reading": str(joost)})) == (422, "unknown-reading")
    assert code(send("commands/billing.nothing/carry-out", wanted)) == (404, "unknown-command")
    assert code(send("commands/billing.nothing/preview", wanted)) == (404, "unknown-command")
    assert code(stranger(path, wanted)) == (404, "access-denied")
    assert code(stranger("commands/billing.change_address/preview", wanted)) == (404, "access-denied")
    assert not Command.objects.exists()
    made = Command.objects.create(
        element_id="", customer_id=joost, source="billing", command="billing.change_address", key="k"
    )
    assert send(f"writes/{made.id}").status_code == 200
    assert code(stranger(f"writes/{made.id}")) == (404, "access-denied")
    assert stranger("writes").json()["items"] == []
