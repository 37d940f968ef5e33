"""Documents of the systems: only what a tile named, for whom it may be, harmless, and noted where it is sensitive."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from firstline.audit.models import AuditEntry
from firstline.customers.models import Identifier
from firstline.definitions import Notebook, Part
from firstline.desktop.queries import tiles as desk
from firstline.sources import queries
from firstline.sources.adapters import loaded
from firstline.sources.connectors.files.connector import FilesConnector
from firstline.sources.connectors.files.definition import FilesParser
from firstline.sources.connectors.rest.connector import RestConnector
from firstline.sources.connectors.rest.definition import RestParser
from firstline.sources.connectors.table import PARSERS
from firstline.sources.models import Reading
from firstline.sources.ports import SourceDown, SourceRefused
from firstline.sources.rules import values
from firstline.sources.rules.definitions import DefinitionProblems, parse_sources
from firstline.sources.rules.tiles import Tile
from tests.conftest import House

PDF = b"%PDF-1.4 invoice"
SOURCE = """\
key: shop
label: {en: Shop}
connector: sql
connection: {url: {file: shop.url}}
customer: [{kind: "source:shop"}]
views:
  invoices:
    label: {en: Invoices}
    tile: document
    deadline: 20 s
    read: {sql: "SELECT nr, title, nr AS secret, nr AS private FROM invoice WHERE customer = :customer ORDER BY nr"}
    fields:
      - {name: title, label: {en: Title}}
      - {name: nr, label: {en: Invoice}, type: document, document: {sql: "SELECT pdf FROM invoice WHERE nr = :document"}}
      - {name: secret, label: {en: S}, type: document, sensitive: true, document: {sql: "SELECT pdf FROM invoice WHERE nr = :document"}}
      - {name: private, label: {en: P}, type: document, roles: [lead], document: {sql: "SELECT pdf FROM invoice WHERE nr = :document"}}
"""


@pytest.fixture
def shop(settings: Any, tmp_path: Path, house: House) -> Iterator[sqlite3.Connection]:
    settings.FIRSTLINE_SOURCES, settings.FIRSTLINE_SECRETS = tmp_path / "sources", tmp_path / "secrets"
    settings.FIRSTLINE_SOURCES_LOOK_SECONDS = None
    for name, text in (("sources/shop.yaml", SOURCE), ("secrets/shop.url", f"sqlite:///{tmp_path / 'shop.sqlite'}")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    connection = sqlite3.connect(tmp_path / "shop.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE invoice (nr, title, customer, pdf)")
    rows = [
        ("R-1", "May", "S1", PDF),
        ("R-2", "Page", "S1", b"<html><script>alert(1)</script>"),
        ("R-9", "Other", "S9", PDF),
    ]
    connection.executemany("INSERT INTO invoice VALUES (?, ?, ?, ?)", rows)
    Identifier.objects.create(customer=house.customer, kind="source:shop", value="S1", shown="S1", is_verified=True)
    loaded.forget()
    yield connection
    loaded.forget()
    connection.close()


def tile(house: House, who: Any, *, is_verified: bool = False) -> Tile:
    return queries.tile(
        customer_id=house.customer.id, view="shop.invoices", principal=house.principal(who), language="en", is_verified=is_verified
    )  # fmt: skip


@pytest.mark.django_db
def test_what_a_tile_names_is_handed_out_as_a_harmless_download(house: House, shop: sqlite3.Connection) -> None:
    found = tile(house, house.agent)
    facts = desk._facts(found)
    assert [(one.value, one.is_document) for one in facts] == [("May", True), ("Page", True)]
    agent = house.client(house.agent)
    answer = agent.get(facts[0].href)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PDF, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="R-1.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = agent.get(facts[1].href)
    assert page["Content-Type"] == "application/octet-stream"
    assert page["Content-Disposition"].startswith("attachment")
    assert not AuditEntry.objects.filter(action="document.opened").exists()
    shop.execute("DELETE FROM invoice WHERE nr = 'R-1'")
    assert agent.get(facts[0].href).status_code == 404


@pytest.mark.django_db
def test_it_is_for_those_who_may_see_the_field_of_the_customer(house: House, shop: sqlite3.Connection) -> None:
    cells = {cell.name: cell for cell in tile(house, house.lead).rows[0]}
    assert (cells["secret"].is_masked, cells["secret"].href) == (True, "")
    withheld = {cell.name: cell for cell in tile(house, house.agent).rows[0]}["private"]
    assert (withheld.is_withheld, withheld.href) == (True, "")
    assert house.client(house.agent).get(cells["private"].href).status_code == 403
    assert house.client(house.lead).get(cells["private"].href).status_code == 200
    assert house.client(house.stranger).get(cells["nr"].href).status_code == 404
    where = cells["nr"].href
    for wrong in (where.replace("/0/", "/7/"), where.replace("/nr/", "/title/"), where.replace("/nr/", "/none/")):
        assert house.client(house.lead).get(wrong).status_code == 404


@pytest.mark.django_db
def test_whoever_opens_a_sensitive_one_is_noted(house: House, shop: sqlite3.Connection) -> None:
    cells = {cell.name: cell for cell in tile(house, house.agent, is_verified=True).rows[0]}
    assert house.client(house.agent).get(cells["secret"].href).status_code == 200
    noted = AuditEntry.objects.get(action="document.opened")
    assert (noted.about, noted.actor) == (str(house.customer.id), "Agent")
    assert noted.data == {"view": "shop.invoices", "field": "secret", "document": "R-1"}


@pytest.mark.django_db
def test_what_is_too_large_or_away_says_so(
    house: House, shop: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (where, *_) = [cell.href for cell in tile(house, house.agent).rows[0] if cell.name == "nr"]
    monkeypatch.setattr(values, "MAX_DOCUMENT_BYTES", 5)
    answer = house.client(house.agent).get(where)
    assert answer.status_code == 503
    assert "larger than 5 bytes" in answer.content.decode()
    # What was read while somebody was taken for another is nobody's any more.
    Reading.objects.update(read_of=[house.customer.id, house.brand.id])
    assert house.client(house.agent).get(where).status_code == 404


def part(content: dict[str, Any]) -> Part:
    return Part(content, (), Notebook(file="x.yaml"))


def rest(answer: httpx2.Response, tmp_path: Path, asked: list[str]) -> RestConnector:
    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.raw_path.decode())
        return answer

    (tmp_path / "url").write_text("http://erp.example.test/")
    connection = RestParser().connection(part({"base_url": {"file": "url"}}))
    return RestConnector(connection, concurrency=1, transport=httpx2.MockTransport(handle))


def test_rest_gives_the_bytes_of_its_answer(settings: Any, tmp_path: Path) -> None:
    settings.FIRSTLINE_SECRETS = tmp_path
    document = RestParser().document(part({"path": "/invoices/{document}/pdf"}), frozenset({"document"}))
    asked: list[str] = []
    for answer, given in (
        (httpx2.Response(200, content=iter([PDF])), PDF),
        (httpx2.Response(404, content=iter([b""])), None),
    ):
        connector = rest(answer, tmp_path, asked)
        assert connector.fetch(document, {"document": "../R 1"}, seconds=30) == given
        connector.close()
    assert asked[0] == "/invoices/..%2FR%201/pdf"
    connector = rest(httpx2.Response(200, content=iter([b"x" * 10_000_001])), tmp_path, asked)
    with pytest.raises(SourceRefused, match="larger"):
        connector.fetch(document, {"document": "1"}, seconds=30)
    connector.close()


def test_files_give_a_file_of_their_folder_and_no_other(settings: Any, tmp_path: Path) -> None:
    settings.FIRSTLINE_SECRETS = tmp_path
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "folder").write_text(str(folder))
    (folder / "R-1.pdf").write_bytes(PDF)
    (tmp_path / "out.pdf").write_bytes(b"secret")
    (folder / "link.pdf").symlink_to(tmp_path / "out.pdf")
    parser = FilesParser()
    given = {"folder": {"file": "folder"}, "pattern": "*.csv", "format": "csv"}
    connector = FilesConnector(parser.connection(part(given)), concurrency=1)
    document = parser.document(part({"file": "{document}.pdf"}), frozenset({"document"}))
    assert connector.fetch(document, {"document": "R-1"}, seconds=30) == PDF
    assert connector.fetch(document, {"document": "R-2"}, seconds=30) is None
    for name in ("../out", "link", ".hidden", "a/b", "x\x00"):
        with pytest.raises(SourceRefused):
            connector.fetch(document, {"document": name}, seconds=30)
    (folder / "dir.pdf").mkdir()
    with pytest.raises(SourceDown):
        connector.fetch(document, {"document": "dir"}, seconds=30)


def test_mistakes_about_documents_are_said() -> None:
    text = SOURCE.replace("SELECT pdf FROM invoice WHERE nr = :document", "DELETE FROM invoice WHERE nr = :number")
    with pytest.raises(DefinitionProblems) as found:
        parse_sources({"shop": text}, PARSERS)
    assert {one.code for one in found.value.problems} == {"bad-statement", "unknown-parameter"}
    with pytest.raises(DefinitionProblems) as found:
        parse_sources({"shop": SOURCE.replace("tile: document", "tile: link").replace(", type: document", "")}, PARSERS)
    assert "no-link" in {one.code for one in found.value.problems}
    with pytest.raises(DefinitionProblems) as found:
        parse_sources({"shop": SOURCE.replace("connector: sql", "connector: ldap")}, PARSERS)
    assert "no-documents" in {one.code for one in found.value.problems}
