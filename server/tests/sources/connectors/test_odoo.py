"""Odoo: the contract on answers in the form that its documentation shows; no Odoo can be installed here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstline.sources.connectors.odoo.definition import OdooParser
from firstline.sources.ports import SourceDown, SourceRefused
from tests.sources.connectors.api import Api, HttpContract, HttpTarget
from tests.sources.connectors.contract import SECONDS, SECRET, part

FIELDS = ["name", "due", "write_date", "active", "email"]


class Odoo(Api):
    """Partners over a dictionary."""

    def ask(self, store: dict[str, Any], body: bytes) -> None:
        params = json.loads(body)["params"]
        store["last"] = params
        if params["service"] == "common":
            self.result(7 if params["args"][2] == SECRET else False)
            return
        database, user, password, model, method, arguments, options = params["args"]
        if (database, user, password, model) != ("shop", 7, SECRET, "res.partner"):
            self.error("odoo.exceptions.AccessDenied", "Access Denied")
            return
        getattr(self, method)(store, *arguments, **options)

    def search_read(self, store: dict[str, Any], domain: list[Any], **options: Any) -> None:
        rows = [self._partner(one) for one in store["members"].values()]
        for field, operator, value in domain:
            assert operator == "="
            rows = [row for row in rows if row[field] == value]
        self.result([{name: row[name] for name in options["fields"]} for row in rows[: options["limit"]]])

    def read(self, store: dict[str, Any], ids: list[int], fields: list[str]) -> None:
        self.result([{name: self._partner(store["members"][one])[name] for name in ("id", *fields)} for one in ids])

    def write(self, store: dict[str, Any], ids: list[int], values: dict[str, Any]) -> None:
        if values["name"] == "nobody":
            self.error("odoo.exceptions.ValidationError", "nobody is no name")
            return
        for one in ids:
            member = store["members"][one]
            member |= {"name": values["name"], "version": member["version"] + 1}
        self.result(True)

    @staticmethod
    def _partner(one: dict[str, Any]) -> dict[str, Any]:
        written = f"2026-01-01 10:00:{one['version']:02}"
        return {
            "id": one["id"],
            "name": one["name"],
            "due": one["due"],
            "write_date": written,
            "active": False,
            "email": False,
        }

    def result(self, result: Any) -> None:
        self.answer(200, {"jsonrpc": "2.0", "id": 1, "result": result})

    def error(self, name: str, message: str) -> None:
        data = {"name": name, "message": message, "debug": f"Traceback: password={SECRET}", "arguments": [message]}
        self.answer(
            200, {"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "Odoo Server Error", "data": data}}
        )


class OdooTarget(HttpTarget):
    kind = "odoo"
    api = Odoo
    knows_keys = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        of = [{"field": "id", "type": "number", "value": "{customer}"}]
        self.read_one = self.reading({"model": "res.partner", "where": of, "fields": FIELDS}, "customer")
        self.read_all = self.reading({"model": "res.partner", "fields": ["name"], "order": ["name desc"]})
        self.write_name = self.writing({"model": "res.partner", "values": {"name": "{name}"}})

    def connection(self, **more: Any) -> dict[str, Any]:
        return {
            "base_url": self.secret_file("url", self.server.url),
            "database": "shop",
            "user": self.secret_file("user", "firstline"),
            "password": self.secret_file("password", SECRET),
            **more,
        }


class TestOdoo(HttpContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = OdooTarget(tmp_path)
        yield made
        made.close()

    def read(self, target: Any, number: str | int) -> list[dict[str, Any]]:
        return [{**row, "version": row["write_date"]} for row in super().read(target, number)]

    def test_its_access_data_go_with_every_question(self, target: Any) -> None:
        self.read(target, 1)
        assert target.server.store["last"]["args"][:3] == ["shop", 7, SECRET]

    def test_false_is_nothing_unless_a_field_is_true_or_false(self, target: Any) -> None:
        assert (self.read(target, 1)[0]["active"], self.read(target, 1)[0]["email"]) == (None, None)
        question = target.reading({"model": "res.partner", "fields": FIELDS, "booleans": ["active"]})
        row = target.connector.read(question, {}, limit=1, seconds=SECONDS)[0]
        assert (row["active"], row["email"]) == (False, None)

    def test_passes_on_the_words_and_never_the_traceback(self, target: Any) -> None:
        with pytest.raises(SourceRefused) as caught:
            self.write(target, self.record(target, 1, "nobody"))
        assert str(caught.value) == "nobody is no name"

    def test_a_wrong_password_is_for_somebody_to_mend(self, target: Any) -> None:
        target.secret_file("password", "wrong")
        with pytest.raises(SourceDown, match="access data"):
            self.read(target, 1)

    @pytest.mark.parametrize("record", ["", "0", "-1", "1; 2", "x", "١"])
    def test_a_record_is_a_number(self, target: Any, record: str) -> None:
        with pytest.raises(SourceRefused, match="no number of a record"):
            self.write(target, {"record": record, "version": None, "name": "x"})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"model": "res.partner", "fields": []}, "missing"),
        ({"model": "Res Partner", "fields": ["name"]}, "bad-name"),
        ({"model": "res.partner", "fields": ["name; x"]}, "bad-name"),
        ({"model": "res.partner", "fields": ["name"], "order": ["name up"]}, "bad-name"),
        (
            {"model": "res.partner", "fields": ["name"], "where": [{"field": "a", "is": "like", "value": 1}]},
            "no-choice",
        ),
        ({"model": "res.partner", "fields": ["name"], "where": [{"field": "a", "value": "{who}"}]}, "unknown-name"),
    ],
)
def test_a_question_is_checked(content: dict[str, Any], code: str) -> None:
    inner = part(content)
    OdooParser().read(inner, frozenset({"customer"}))
    assert [one.code for one in inner.notes.problems] == [code]


@pytest.mark.parametrize("method", ["unlink", "create", "_write", "write; x"])
def test_a_write_changes_one_record(method: str) -> None:
    inner = part({"model": "res.partner", "method": method})
    OdooParser().write(inner, frozenset())
    assert [one.code for one in inner.notes.problems] == ["bad-name"]
