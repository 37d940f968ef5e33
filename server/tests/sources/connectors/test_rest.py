"""REST APIs: the contract, and what only they can do wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstline.sources.connectors.rest.definition import RestParser
from firstline.sources.ports import SourceDown, SourceRefused
from tests.sources.connectors.api import Api, HttpContract, HttpTarget
from tests.sources.connectors.contract import SECONDS, part


class MemberApi(Api):
    """A REST API over a dictionary."""

    def ask(self, store: dict[str, Any], body: bytes) -> None:
        if self.path == "/members":
            items = [{"id": key, "name": one["name"]} for key, one in store["members"].items()]
            self.answer(200, {"items": items})
            return
        number = self.path.rpartition("/")[2]
        one = store["members"].get(int(number)) if number.isdigit() else None
        if one is None:
            self.answer(404, "{}")
        elif self.command == "GET":
            self.answer(200, one, ETag=f'"{one["version"]}"')
        else:
            self._put(store, one, json.loads(body))

    def _put(self, store: dict[str, Any], one: dict[str, Any], wanted: dict[str, Any]) -> None:
        key = self.headers.get("Idempotency-Key", "")
        if key and key in store["keys"]:
            self.answer(200, one)
        elif self.headers["If-Match"] != f'"{one["version"]}"':
            self.answer(412, {"detail": "changed meanwhile"})
        elif wanted["name"] == "nobody":
            self.answer(422, {"detail": "nobody is no name"})
        else:
            one |= {"name": wanted["name"], "version": one["version"] + 1}
            store["keys"].add(key)
            self.answer(200, one)


class RestTarget(HttpTarget):
    kind = "rest"
    api = MemberApi

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, key_header="Idempotency-Key", **more)
        self.read_one = self.reading({"path": "/members/{customer}"}, "customer")
        self.read_all = self.reading({"path": "/members", "rows": "items"})
        self.write_name = self.writing(
            {
                "method": "PUT",
                "path": "/members/{record}",
                "headers": {"If-Match": "{version}"},
                "body": {"name": "{name}"},
            }
        )


class TestRest(HttpContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = RestTarget(tmp_path)
        yield made
        made.close()

    def test_strange_characters_of_an_answer_are_storable(self, target: Any) -> None:
        rows = self.bad(target, lambda api: api.answer(200, '{"t": "a\\u0000b\\ud800c", "n": NaN}'))
        assert rows == [{"t": "a\ufffdb?c", "n": None}]

    @pytest.mark.parametrize("body", ['{"a": 1e999999999}', "[" + "{}," * 30_000 + "{}]"], ids=["number", "many"])
    def test_an_answer_out_of_all_bounds_is_refused(self, target: Any, body: str) -> None:
        with pytest.raises(SourceRefused, match="can't be used"):
            self.bad(target, lambda api: api.answer(200, body))

    def test_access_data_that_are_not_accepted_are_for_somebody_to_mend(self, target: Any) -> None:
        with pytest.raises(SourceDown, match="access data"):
            self.bad(target, lambda api: api.answer(401))

    def test_a_key_in_the_path_stays_one_step_of_the_path(self, target: Any) -> None:
        target.connector.read(target.read_one, {"customer": "../../admin?x"}, limit=1, seconds=SECONDS)
        assert target.server.asked == ["GET /members/..%2F..%2Fadmin%3Fx"]

    def test_a_name_and_a_password_sign_in_too(self, tmp_path: Path, target: Any) -> None:
        connection = target.connection(
            user=target.secret_file("user", "ada"), password=target.secret_file("password", "geheim")
        )
        del connection["token"]
        seen: list[str] = []
        target.server.special = lambda api: (seen.append(api.headers["Authorization"]), api.answer(200, "[]"))
        connector = target.opened(connection)
        connector.read(target.read_all, {}, limit=1, seconds=SECONDS)
        connector.close()
        assert seen == ["Basic YWRhOmdlaGVpbQ=="]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ({"base_url": {"env": "A"}}, []),
        ({"base_url": "https://me:pw@host"}, ["open-secret"]),
        ({"base_url": {"env": "A"}, "user": {"env": "B"}}, ["half"]),
        ({"base_url": {"env": "A"}, "token": {"env": "T"}, "user": {"env": "B"}, "password": {"env": "C"}}, ["twice"]),
    ],
)
def test_a_connection_is_checked(content: dict[str, Any], codes: list[str]) -> None:
    inner = part(content)
    RestParser().connection(inner)
    assert [one.code for one in inner.notes.problems] == codes


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "members", "/{who}"])
def test_a_path_names_no_host_and_nobody_unknown(path: str) -> None:
    inner = part({"path": path})
    RestParser().read(inner, frozenset({"customer"}))
    assert len(inner.notes.problems) == 1
