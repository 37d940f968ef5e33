"""What docs/sources.md shows works as it stands there."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstline.sources import queries
from firstline.sources.adapters import loaded
from firstline.sources.adapters.reaching import read_records
from firstline.sources.connectors.table import CONNECTORS, PARSERS
from firstline.sources.rules import commands
from firstline.sources.rules.definitions import parse_sources

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("FIRSTLINE_DATA") or ROOT.parent / "shared" / "data") / "backoffice"


def connect(name: str, page: str, folder: Path, settings: Any) -> None:
    """The example of a page, word for word, on a copy of a real database that nobody here wrote."""
    file = DATA / f"{name}.sqlite"
    if not file.exists():
        pytest.skip(f"{file} isn't there; set FIRSTLINE_DATA to the folder with the real data")
    settings.FIRSTLINE_SOURCES, settings.FIRSTLINE_SECRETS = folder / "sources", folder
    (example,) = re.findall(rf"```yaml\n(key: {name}.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)
    (folder / "sources").mkdir()
    (folder / "sources" / f"{name}.yaml").write_text(example)
    shutil.copyfile(file, folder / file.name)
    (folder / f"{name}.url").write_text(f"sqlite:///{folder / file.name}")
    loaded.forget()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    loaded.forget()


@pytest.fixture
def northwind(tmp_path: Path, settings: Any) -> None:
    connect("northwind", "sources.md", tmp_path, settings)


@pytest.mark.data
def test_a_billing_system_is_connected_by_its_definition_alone(tmp_path: Path, settings: Any) -> None:
    connect("chinook", "connectors/sql.md", tmp_path, settings)
    found = {"email": ["luisg@embraer.com.br"]}
    assert queries.try_view(view="chinook.spent", identifiers=found) == ["Spent: US$39.62"]
    rows = queries.try_view(view="chinook.invoices", identifiers=found)
    assert (len(rows), rows[0]) == (5, "Invoice: 382; Issued: 7 Aug 2025; Total: US$8.91")


@pytest.mark.data
def test_the_first_source_of_the_docs_reads_a_real_database(northwind: None) -> None:
    assert queries.describe_sources() == ["northwind: 1 views, 1 commands, writes verified"]
    rows = queries.try_view(view="northwind.orders", identifiers={"phone": ["+49300074321"]})
    assert len(rows) == 6
    assert rows[0].startswith("Order: ")
    assert queries.try_view(view="northwind.orders", identifiers={"phone": ["+49309999999"]}) == [
        "Nothing is known there of this customer."
    ]
    assert "There is no view" in queries.try_view(view="northwind.cakes", identifiers={})[0]


@pytest.mark.data
def test_the_first_command_of_the_docs_reads_and_writes_it(northwind: None) -> None:
    source, command = loaded.find_command("northwind.change_address") or pytest.fail("no command")
    connector = loaded.window(source).connector
    parameters, problems = commands.check_parameters(command, {"street": "Ring", "house_number": "5", "town": "Bonn"})
    assert problems == []
    found = {"phone": ["+49300074321"]}
    (record,) = commands.records_of(command, read_records(connector, source, command, [found], parameters))
    assert record.values == {"address": "Obere Str. 57", "city": "Berlin"}
    wanted = commands.wanted_values(command, record, parameters)
    connector.write(command.write, [{**parameters, "record": record.record, **wanted}], key="k1", seconds=5)
    (after,) = commands.records_of(command, read_records(connector, source, command, [found], parameters))
    assert after.values == {"address": "Ring 5", "city": "Bonn"}


EXAMPLES = [
    pytest.param(example, id=path.stem)
    for path in (ROOT / "docs" / "sources.md", *sorted((ROOT / "docs" / "connectors").glob("*.md")))
    for example in re.findall(r"```yaml\n(key: .*?)```", path.read_text(), re.DOTALL)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_has_no_mistakes(example: str) -> None:
    # As on a screen, where fewer secrets may be named than in a file.
    (source,) = parse_sources({"docs": example}, PARSERS, is_from_screen=True).values()
    assert source.views or source.commands


def test_every_connector_has_a_page() -> None:
    assert {path.stem for path in (ROOT / "docs" / "connectors").glob("*.md")} == set(CONNECTORS)
