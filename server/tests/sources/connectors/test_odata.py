"""OData services of both versions: the contract, and how questions are made."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from firstline.sources.connectors.odata.connector import MAX_PAGES
from firstline.sources.connectors.odata.definition import ODataParser
from firstline.sources.ports import SourceRefused
from tests.sources.connectors.api import Api, HttpContract, HttpTarget
from tests.sources.connectors.contract import SECONDS, part


class Service(Api):
    """A service with one set, in both versions; one entity per page when the store says so."""

    def ask(self, store: dict[str, Any], body: bytes) -> None:
        is_v4 = "OData-Version" in self.headers
        address = urlsplit(self.path)
        one = re.fullmatch(r"/data/Members\((-?\d+)\)", unquote(address.path))
        if one:
            self._update(store, int(one[1]), json.loads(body))
        elif address.path == "/data/Members":
            self._list(store, {name: value for name, (value,) in parse_qs(address.query).items()}, is_v4=is_v4)
        else:
            self.answer(404, {"error": {"message": "no such resource"}})

    def _list(self, store: dict[str, Any], query: dict[str, str], *, is_v4: bool) -> None:
        found = list(store["members"].values())
        wanted = query.get("$filter")
        if wanted:
            number = re.fullmatch(r"Id eq (-?\d+)", wanted)
            if number is None:
                self.answer(400, {"error": {"code": "", "message": "no such filter"}})
                return
            found = [one for one in found if one["id"] == int(number[1])]
        skip = int(query.get("$skiptoken", 0))
        following = f"Members?$skiptoken={skip + 1}&$format=json" if len(found) > skip + 1 else None
        page = [self._entity(one, is_v4=is_v4) for one in found[skip : skip + 1]]
        if is_v4:
            self.answer(200, {"value": page, **({"@odata.nextLink": following} if following else {})})
        else:
            self.answer(200, {"d": {"results": page, **({"__next": following} if following else {})}})

    def _entity(self, one: dict[str, Any], *, is_v4: bool) -> dict[str, Any]:
        etag = f'W/"{one["version"]}"'
        entity = {"Id": one["id"], "name": one["name"], "due": one["due"]}
        if is_v4:
            return {**entity, "@odata.etag": etag}
        return {**entity, "Since": "/Date(1767225600000)/", "__metadata": {"etag": etag, "type": "Member"}}

    def _update(self, store: dict[str, Any], number: int, wanted: dict[str, Any]) -> None:
        one = store["members"][number]
        if self.headers["If-Match"] != f'W/"{one["version"]}"':
            self.answer(412, {"error": {"message": "changed meanwhile"}})
        elif wanted["name"] == "nobody":
            self.answer(400, {"error": {"message": {"lang": "en", "value": "nobody is no name"}}})
        else:
            one |= {"name": wanted["name"], "version": one["version"] + 1}
            self.answer(204)


class ODataTarget(HttpTarget):
    kind = "odata"
    api = Service
    base = "/data"
    knows_keys = False

    def __init__(self, folder: Path, version: str) -> None:
        super().__init__(folder, version=version)
        of = [{"field": "Id", "type": "number", "value": "{customer}"}]
        self.read_one = self.reading({"set": "Members", "where": of}, "customer")
        self.read_all = self.reading({"set": "Members", "order": ["Id desc"], "select": ["Id", "name"]})
        self.write_name = self.writing({"set": "Members", "key_type": "number", "body": {"name": "{name}"}})


class TestVersion4(HttpContract):
    version = "v4"

    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = ODataTarget(tmp_path, self.version)
        yield made
        made.close()

    def test_passes_on_the_words_of_a_refusal(self, target: Any) -> None:
        with pytest.raises(SourceRefused, match="nobody is no name"):
            self.write(target, self.record(target, 1, "nobody"))

    def test_follows_pages_but_only_so_many(self, target: Any) -> None:
        assert len(target.connector.read(target.read_all, {}, limit=10, seconds=SECONDS)) == 2
        page = {"value": [{"Id": 1}], "@odata.nextLink": "Members?$skiptoken=1"}
        if self.version == "v2":
            page = {"d": {"results": [{"Id": 1}], "__next": "Members?$skiptoken=1"}}  # type: ignore[dict-item]
        target.server.special = lambda api: api.answer(200, page)
        assert len(target.connector.read(target.read_all, {}, limit=500, seconds=SECONDS)) == MAX_PAGES

    @pytest.mark.parametrize(
        "link", ["http://evil.example/data", "http://127.0.0.1:1/data", "https://127.0.0.1/", "//x/"]
    )
    def test_a_next_page_elsewhere_is_not_asked_for(self, target: Any, link: str) -> None:
        page = (
            {"value": [], "@odata.nextLink": link} if self.version == "v4" else {"d": {"results": [], "__next": link}}
        )
        target.server.special = lambda api: api.answer(200, page)
        with pytest.raises(SourceRefused, match=r"allowed hosts|another port"):
            target.connector.read(target.read_all, {}, limit=500, seconds=SECONDS)


class TestVersion2(TestVersion4):
    version = "v2"

    def test_reads_moments_as_that_version_writes_them(self, target: Any) -> None:
        assert self.read(target, 1)[0]["Since"].isoformat() == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("condition", "version", "customer", "asked"),
    [
        ({"field": "Name"}, "v4", "O'Neil) or (1 eq 1", "Name eq 'O''Neil) or (1 eq 1'"),
        ({"field": "Address/City", "is": "startswith"}, "v4", "Köln", "startswith(Address/City,'Köln')"),
        ({"field": "City", "is": "contains"}, "v4", "a&$top=9", "contains(City,'a&$top=9')"),
        ({"field": "City", "is": "contains"}, "v2", "x", "substringof('x',City)"),
        ({"field": "Born", "type": "date", "is": "ge"}, "v4", "2000-02-29", "Born ge 2000-02-29"),
        ({"field": "Born", "type": "date"}, "v2", "2000-02-29", "Born eq datetime'2000-02-29T00:00:00'"),
        ({"field": "At", "type": "moment"}, "v4", "2026-03-01T10:00:00+01:00", "At eq 2026-03-01T09:00:00Z"),
        ({"field": "Is", "type": "boolean"}, "v4", "True", "Is eq true"),
        (
            {"field": "Id", "type": "guid"},
            "v2",
            "01234567-89ab-cdef-0123-456789abcdef",
            "Id eq guid'01234567-89ab-cdef-0123-456789abcdef'",
        ),
    ],
)
def test_a_value_stays_one_value_of_the_filter(
    tmp_path: Path, condition: dict[str, str], version: str, customer: str, asked: str
) -> None:
    target = ODataTarget(tmp_path, version)
    question = target.reading({"set": "Members", "where": [{**condition, "value": "{customer}"}]}, "customer")
    with pytest.raises(SourceRefused, match="no such filter"):
        target.connector.read(question, {"customer": customer}, limit=1, seconds=SECONDS)
    target.close()
    query = parse_qs(urlsplit(target.server.asked[0].partition(" ")[2]).query)
    assert query["$filter"] == [asked]
    assert query["$top"] == ["1"]


@pytest.mark.parametrize("kind", ["number", "guid", "date", "boolean", "moment"])
def test_what_has_not_the_type_is_not_asked_for(tmp_path: Path, kind: str) -> None:
    target = ODataTarget(tmp_path, "v4")
    of = {"field": "Id", "type": kind, "value": "{customer}"}
    question = target.reading({"set": "Members", "where": [of]}, "customer")
    with pytest.raises(SourceRefused, match=f"it is no {kind}"):
        target.connector.read(question, {"customer": "1 or 1 eq 1"}, limit=1, seconds=SECONDS)
    target.close()
    assert target.server.asked == []


@pytest.mark.parametrize(
    "content",
    [
        {"set": "Members?x=1"},
        {"set": "Members", "where": [{"field": "a eq 1 or b", "value": "x"}]},
        {"set": "Members", "where": [{"field": "a", "is": "like", "value": "x"}]},
        {"set": "Members", "order": ["a; b"]},
        {"set": "Members", "where": [{"field": "a", "value": "{who}"}]},
    ],
)
def test_names_are_checked(content: dict[str, Any]) -> None:
    inner = part(content)
    ODataParser().read(inner, frozenset({"customer"}))
    assert len(inner.notes.problems) == 1
