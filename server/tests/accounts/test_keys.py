"""Keys to the API: an administrator makes and revokes them; nobody reads one again."""

from typing import Any

import pytest

from firstline.accounts import queries
from firstline.accounts.models import ApiKey, User
from firstline.audit import queries as audit
from firstline.work.queries import people_to_assign


def made(client: Any, **wanted: Any) -> Any:
    return client.post("/keys/", {"name": "billing worker", "types": "charge-card, refund", **wanted})


def test_a_key_is_shown_once_kept_as_a_hash_and_told_in_the_trail(house: Any) -> None:
    answer = made(house.client(house.admin))
    key = answer.context["made"]
    assert key in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    (row,) = queries.api_keys()
    assert (row.name, row.scopes, row.made_by) == ("billing worker", ("jobs:charge-card", "jobs:refund"), "Admin")
    assert key.startswith(row.prefix)
    kept = ApiKey.objects.get()
    assert key not in str(vars(kept))
    assert key not in house.client(house.admin).get("/keys/").content.decode()
    (told,) = audit.entries_about(row.id)
    assert (told.action, told.actor) == ("api-key.made", "Admin")
    assert key not in str(told)


def test_a_key_is_revoked_once_with_a_reason(house: Any) -> None:
    client = house.client(house.admin)
    made(client)
    (row,) = queries.api_keys()
    assert client.post(f"/keys/{row.id}/revoke/", {"reason": " "}).status_code == 422
    assert queries.api_keys()[0].revoked_at is None
    assert client.post(f"/keys/{row.id}/revoke/", {"reason": "it leaked"}).status_code == 302
    assert queries.api_keys()[0].revoked_by == "Admin"
    assert client.post(f"/keys/{row.id}/revoke/", {"reason": "again"}).status_code == 409
    assert [one.reason for one in audit.entries_about(row.id)] == ["it leaked", ""]
    assert "revoked" in client.get("/keys/").content.decode()


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"types": ""},
        {"types": "a" * 201},
        {"types": "bill*"},
        {"types": " ".join(f"t{n}" for n in range(51))},
        {"scopes": "cases:read", "roles": "admin", "brands": "stadtwerke"},
    ],
)
def test_a_key_for_nothing_or_of_nobody_is_not_made(house: Any, wanted: dict[str, str]) -> None:
    answer = made(house.client(house.admin), **wanted)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_program_works_like_staff_with_what_was_ticked(house: Any) -> None:
    client = house.client(house.admin)
    ticked = {
        "scopes": ["cases:read", "tasks:write"],
        "roles": "backoffice",
        "teams": "billing",
        "brands": "stadtwerke",
    }
    answer = made(client, types="", **ticked)
    assert answer.status_code == 200
    (row,) = queries.api_keys()
    assert (row.scopes, row.roles) == (("cases:read", "tasks:write"), ("backoffice",))
    assert (row.teams, row.brands) == (("billing",), ("stadtwerke",))
    account = User.objects.get(is_program=True)
    assert not account.has_usable_password()
    assert account.id not in {who for who, _name in people_to_assign(principal=house.principal(house.lead))}
    (told,) = audit.entries_about(row.id)
    assert (told.data["roles"], told.data["brands"]) == (["backoffice"], ["stadtwerke"])


def test_a_key_is_renewed_for_the_same_program(house: Any) -> None:
    client = house.client(house.admin)
    first = made(client, types="", scopes="cases:read", roles="agent", brands="stadtwerke").context["made"]
    (row,) = queries.api_keys()
    second = client.post(f"/keys/{row.id}/renew/").context["made"]
    assert first != second
    old, new = ApiKey.objects.get(id=row.id), ApiKey.objects.exclude(id=row.id).get()
    assert (new.account_id, new.scopes, new.revoked_at) == (old.account_id, old.scopes, None)
    client.post(f"/keys/{row.id}/revoke/", {"reason": "renewed"})
    assert User.objects.get(is_program=True).is_active
    assert client.post(f"/keys/{row.id}/renew/").status_code == 409


@pytest.mark.parametrize("person", ["agent", "clerk", "lead", "owner", "stranger"])
def test_keys_are_for_administrators_alone(house: Any, person: str) -> None:
    made(house.client(house.admin))
    (row,) = queries.api_keys()
    client = house.client(getattr(house, person))
    assert client.get("/keys/").status_code == 403
    assert made(client).status_code == 403
    assert client.post(f"/keys/{row.id}/revoke/", {"reason": "x"}).status_code == 403
    assert client.post(f"/keys/{row.id}/renew/").status_code == 403
    assert [one.revoked_at for one in queries.api_keys()] == [None]
