"""Keys to the API from the command line."""

import json

import pytest

from firstline.accounts import queries
from firstline.accounts.access import WrongKey, access_client, access_program
from firstline.audit import queries as audit
from firstline.config import cli
from firstline.errors import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django is set up, and the database is the test's."""
    monkeypatch.setattr(cli, "set_up_django", lambda: None)


def test_a_key_is_made_and_revoked(capsys, rf) -> None:
    assert cli.main(["key", "add", "billing worker", "--jobs", "charge-card", "--jobs", "refund"]) == 0
    key = capsys.readouterr().out.strip()
    request = rf.get("/", headers={"Authorization": f"Bearer {key}"})
    assert access_client(request).scopes == {"jobs:charge-card", "jobs:refund"}
    (row,) = queries.api_keys()
    assert cli.main(["key", "revoke", row.prefix, "--reason", "sold"]) == 0
    with pytest.raises(WrongKey):
        access_client(request)
    told = audit.entries_about(row.id)
    assert [(one.actor, one.reason) for one in told] == [("command line", "sold"), ("command line", "")]


def test_a_key_for_a_program_that_works_like_staff(capsys, rf) -> None:
    brand = queries.default_brand().key
    chosen = ["--scope", "cases:read", "--role", "agent", "--brand", brand]
    assert cli.main(["key", "add", "ERP", *chosen]) == 0
    request = rf.get("/", headers={"Authorization": f"Bearer {capsys.readouterr().out.strip()}"})
    principal, _key = access_program(request, "cases:read")
    assert (principal.roles, principal.brands) == ({"agent"}, {brand})
    with pytest.raises(Forbidden):
        access_program(request, "cases:write")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "x", "--jobs", "a b"], "There can be no key for 'a b'"),
        (["add", "x"], "Say what the key opens"),
        (["add", "x", "--scope", "cases:erase"], "There can be no key for 'cases:erase'"),
        (["add", "x", "--scope", "cases:read"], "Say as what the program works"),
        (["add", "x", "--scope", "cases:read", "--role", "agent", "--brand", "none"], "Say for which brands"),
        (["add", " ", "--jobs", "a"], "Give the key a name"),
        (["revoke", "flk_nothin", "--reason", "x"], "No key in force begins with"),
        (["revoke", "", "--reason", "x"], "No key in force begins with"),
    ],
)
def test_what_cannot_be_done_is_said(capsys, words: list[str], said: str) -> None:
    assert cli.main(["key", *words]) == 1
    assert said in capsys.readouterr().err


def test_the_description_is_written(capsys) -> None:
    assert cli.main(["openapi"]) == 0
    assert json.loads(capsys.readouterr().out)["openapi"] == "3.1.0"
