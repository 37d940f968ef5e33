"""Tryton: the contract on its protocol as recorded, and (`make erp`) on a real Tryton with invoices."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from firstline.sources.connectors.tryton.definition import TrytonParser
from firstline.sources.connectors.tryton.rpc import typed_in, typed_out
from firstline.sources.ports import Connector, SourceChanged, SourceDown, SourceRefused
from tests.sources.connectors.api import Api, HttpContract, HttpTarget, as_json
from tests.sources.connectors.contract import MEMBERS, SECONDS, SECRET, ConnectorContract, Target, part
from tests.sources.connectors.erp import Erp, erp_server


class Tryton(Api):
    """Parties over a dictionary, in answers as Tryton 8.2 gave them."""

    def ask(self, store: dict[str, Any], body: bytes) -> None:
        question = json.loads(body)
        method, params = question["method"], question["params"]
        if method == "common.db.login":
            _user, given = params
            if given["password"] != SECRET:
                self.answer(401)
                return
            store["session"] = f"s{len(store['keys'])}"
            self.result([5, store["session"], None])
        elif self.headers["Authorization"] != self._session(store):
            self.answer(401)
        else:
            *arguments, context = params
            store["context"] = context
            getattr(self, method.rpartition(".")[2])(store, context, *arguments)

    @staticmethod
    def _session(store: dict[str, Any]) -> str:
        return "Session " + base64.b64encode(f"firstline:5:{store.get('session')}".encode()).decode()

    def search_read(
        self, store: dict[str, Any], context: Any, domain: Any, skip: int, limit: int, order: Any, names: Any
    ) -> None:
        rows = [self._party(one) for one in store["members"].values()]
        for field, operator, value in domain:
            assert operator == "="
            rows = [row for row in rows if row[field] == value]
        self.result([{name: row[name] for name in names} for row in rows[:limit]])

    def write(self, store: dict[str, Any], context: Any, ids: list[int], values: dict[str, Any]) -> None:
        one = store["members"][ids[0]]
        wanted = context.get("_timestamp", {}).get(f"party.party,{ids[0]}")
        if wanted is not None and wanted != self._party(one)["_timestamp"]:
            self.error("ConcurrencyException", "Records were modified in the meanwhile")
        elif values["name"] == "nobody":
            self.error("UserError", ["nobody is no name", "", None])
        else:
            one |= {"name": values["name"], "version": one["version"] + 1}
            self.result(None)

    @staticmethod
    def _party(one: dict[str, Any]) -> dict[str, Any]:
        due = {"__class__": "Decimal", "decimal": str(one["due"])}
        return {"id": one["id"], "name": one["name"], "due": due, "_timestamp": f"1763.{one['version']}"}

    def result(self, result: Any) -> None:
        content = as_json({"id": 1, "result": result}).encode()
        if len(content) > 1400:
            self.answer(200, gzip.compress(content), Content_Encoding="gzip")
        else:
            self.answer(200, content)

    def error(self, *said: Any) -> None:
        self.answer(200, {"id": 1, "error": said})


class TrytonTarget(HttpTarget):
    kind = "tryton"
    api = Tryton
    knows_keys = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        of = [{"field": "id", "type": "number", "value": "{customer}"}]
        self.read_one = self.reading(
            {"model": "party.party", "where": of, "fields": ["name", "due", "_timestamp"]}, "customer"
        )
        self.read_all = self.reading({"model": "party.party", "fields": ["name"], "order": ["name"]})
        self.write_name = self.writing({"model": "party.party", "values": {"name": "{name}"}})

    def connection(self, **more: Any) -> dict[str, Any]:
        return {
            "base_url": self.secret_file("url", self.server.url),
            "database": "erp",
            "user": self.secret_file("user", "firstline"),
            "password": self.secret_file("password", SECRET),
            "context": {"company": 1},
            **more,
        }


class TestTryton(HttpContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = TrytonTarget(tmp_path)
        yield made
        made.close()

    def read(self, target: Any, number: str | int) -> list[dict[str, Any]]:
        return [{**row, "version": row["_timestamp"]} for row in super().read(target, number)]

    def is_signed_in(self, header: str) -> bool:
        return header.startswith("Session ")

    def test_signs_in_again_when_the_session_has_ended(self, target: Any) -> None:
        self.read(target, 1)
        target.server.store["session"] = "another"
        assert self.read(target, 1)[0]["name"] == "Ada"

    def test_a_wrong_password_is_for_somebody_to_mend(self, target: Any) -> None:
        target.secret_file("password", "wrong")
        with pytest.raises(SourceDown, match="access data"):
            self.read(target, 1)

    def test_asks_in_the_context_of_the_definition(self, target: Any) -> None:
        self.read(target, 1)
        assert target.server.store["context"] == {"company": 1}

    def test_what_unfolds_without_bound_is_refused(self, target: Any) -> None:
        bomb = gzip.compress(b" " * 50_000_000)
        with pytest.raises(SourceRefused, match="larger than"):
            self.bad(target, lambda api: api.answer(200, bomb, Content_Encoding="gzip"))

    @pytest.mark.parametrize(
        ("error", "says"),
        [
            (["UserError", ["It is posted.", "Cancel it.", None]], "It is posted. Cancel it."),
            (["UserWarning", ["name_1", "Really?", ""]], "Really?"),
            (
                ["'NoneType' object", "Traceback: secret"],
                "it failed, perhaps because it has no such model or field: 'NoneType' object",
            ),
            ("strange", "it failed"),
        ],
    )
    def test_passes_on_the_words_and_never_the_traceback(self, target: Any, error: Any, says: str) -> None:
        with pytest.raises(SourceRefused) as caught:
            self.bad(target, lambda api: api.answer(200, {"id": 1, "error": error}))
        assert str(caught.value) == says


@pytest.mark.parametrize(
    "value", [Decimal("1.50"), date(2026, 1, 5), datetime(2026, 1, 5, 10), "a", 1, None, [1], {"a": 1}]
)
def test_values_survive_the_way_there_and_back(value: Any) -> None:
    assert typed_out(json.loads(json.dumps(typed_in(value)))) == value


@pytest.mark.parametrize("value", [{"__class__": "Decimal"}, {"__class__": "date", "year": 9}, {"__class__": "bytes"}])
def test_broken_values_are_nothing(value: Any) -> None:
    assert typed_out(value) is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"model": "party.party", "method": "delete"}, "bad-name"),
        ({"model": "party.party", "wizard": "account.invoice.credit"}, "missing"),
        ({"model": "party.party", "values": {"name": "{who}"}}, "unknown-name"),
    ],
)
def test_a_write_is_checked(content: dict[str, Any], code: str) -> None:
    inner = part(content)
    TrytonParser().write(inner, frozenset({"name"}))
    assert [one.code for one in inner.notes.problems] == [code]


# --- a real Tryton ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    yield from erp_server(tmp_path_factory.mktemp("erp"))


class RealTarget(Target):
    """Members are parties; their number is the party's code. Tryton keeps what they owe elsewhere."""

    kind = "tryton"
    knows_keys = False

    def __init__(self, folder: Path, erp: Erp) -> None:
        super().__init__(folder)
        self.erp = erp
        self.secret = erp.password
        erp.turn_on()
        self.connector = self.opened(self.connection())
        self.ids = {number: self._party(number, name) for number, name, _, _ in MEMBERS}
        of = [{"field": "code", "value": "{customer}"}]
        self.read_one = self.reading(
            {"model": "party.party", "where": of, "fields": ["name", "code", "_timestamp", "write_date"]}, "customer"
        )
        self.read_all = self.reading(
            {"model": "party.party", "where": [{"field": "code", "is": "in", "value": ["1", "2"]}], "fields": ["name"]}
        )
        self.write_name = self.writing({"model": "party.party", "values": {"name": "{name}"}})

    def connection(self, **more: Any) -> dict[str, Any]:
        return {
            "base_url": self.secret_file("url", self.erp.url),
            "database": self.erp.database,
            "user": self.secret_file("user", "admin"),
            "password": self.secret_file("password", self.erp.password),
            "context": {"company": self.erp.known["company"]},
            **more,
        }

    def _party(self, number: int, name: str) -> int:
        found = self.erp.ask("model.party.party.search", [["code", "=", str(number)]], 0, None, None)
        if found:
            self.erp.ask("model.party.party.write", found, {"name": name})
            return int(found[0])
        return int(self.erp.ask("model.party.party.create", [{"code": str(number), "name": name}])[0])

    def names(self) -> dict[int, str]:
        rows = self.erp.ask("model.party.party.read", list(self.ids.values()), ["code", "name"])
        return {int(row["code"]): row["name"] for row in rows}

    def rename(self, number: int, name: str) -> None:
        self.erp.ask("model.party.party.write", [self.ids[number]], {"name": name})

    def turn_off(self) -> None:
        self.connector.close()
        self.erp.turn_off()

    def stalled(self) -> Any:
        return self.erp.asleep()

    def elsewhere(self) -> Connector:
        return self.opened(self.connection(allow=["erp.example.com"]))

    def close(self) -> None:
        self.connector.close()


@pytest.mark.xdist_group("erp")
class TestRealTryton(ConnectorContract):
    @pytest.fixture
    def target(self, tmp_path: Path, erp: Erp) -> Iterator[Any]:
        made = RealTarget(tmp_path, erp)
        yield made
        made.close()

    def read(self, target: Any, number: str | int) -> list[dict[str, Any]]:
        return [
            {**row, "version": row["_timestamp"], "record": row["id"], "due": "12.50"}
            for row in super().read(target, number)
        ]

    def as_sent(self, text: str) -> str:
        return text.replace("\r\n", " ")  # a party's name is one line

    def test_passes_on_what_the_system_refuses(self, target: Any) -> None:
        # A party keeps its code.
        write = target.writing({"model": "party.party", "values": {"code": "{name}"}})
        record = self.record(target, 1, "2")
        with pytest.raises(SourceRefused, match="not allowed"):
            target.connector.write(write, [record], key="k", seconds=SECONDS)


@pytest.mark.xdist_group("erp")
class TestInvoices:
    """What a customer's wish comes to in a real back office: sales, an address, an invoice taken back."""

    @pytest.fixture
    def target(self, tmp_path: Path, erp: Erp) -> Iterator[RealTarget]:
        made = RealTarget(tmp_path, erp)
        yield made
        made.close()

    def invoices(self, target: RealTarget) -> list[dict[str, Any]]:
        of = [
            {"field": "party", "type": "number", "value": "{customer}"},
            {"field": "state", "is": "!=", "value": "draft"},
        ]
        fields = ["number", "state", "total_amount", "amount_to_pay", "invoice_date", "_timestamp"]
        question = target.reading(
            {"model": "account.invoice", "where": of, "fields": fields, "order": ["id"]}, "customer"
        )
        customer = {"customer": str(target.erp.known["customer"])}
        return target.connector.read(question, customer, limit=20, seconds=SECONDS)

    def test_a_posted_invoice_is_read_and_taken_back(self, target: RealTarget) -> None:
        (invoice,) = self.invoices(target)
        assert (invoice["state"], invoice["total_amount"]) == ("posted", Decimal("213.60"))
        assert isinstance(invoice["invoice_date"], date)
        take_back = target.writing(
            {
                "model": "account.invoice",
                "wizard": "account.invoice.credit",
                "state": "credit",
                "form": {"with_refund": True},
            }
        )
        stale = {"record": str(invoice["id"]), "version": "1.0"}
        with pytest.raises(SourceChanged):
            target.connector.write(take_back, [stale], key="k1", seconds=60)
        assert [one["state"] for one in self.invoices(target)] == ["posted"]
        fresh = {"record": str(invoice["id"]), "version": invoice["_timestamp"]}
        target.connector.write(take_back, [fresh], key="k1", seconds=60)
        after = self.invoices(target)
        assert [one["state"] for one in after] == ["cancelled", "paid"]
        assert sum(one["total_amount"] for one in after) == 0

    def test_an_address_is_changed_in_the_version_that_was_read(self, target: RealTarget) -> None:
        of = [{"field": "party", "type": "number", "value": "{customer}"}]
        fields = ["street", "postal_code", "city", "_timestamp"]
        question = target.reading({"model": "party.address", "where": of, "fields": fields}, "customer")
        customer = {"customer": str(target.erp.known["customer"])}
        (before,) = target.connector.read(question, customer, limit=5, seconds=SECONDS)
        assert (before["street"], before["city"]) == ("5 Rue de la Gare", "Lyon")
        move = target.writing({"model": "party.address", "values": {"street": "{name}", "city": "Bonn"}})
        record = {"record": str(before["id"]), "version": before["_timestamp"], "name": "Ring 5"}
        target.connector.write(move, [record], key="k1", seconds=SECONDS)
        with pytest.raises(SourceChanged):
            target.connector.write(move, [record], key="k2", seconds=SECONDS)
        (after,) = target.connector.read(question, customer, limit=5, seconds=SECONDS)
        assert (after["street"], after["city"]) == ("Ring 5", "Bonn")
