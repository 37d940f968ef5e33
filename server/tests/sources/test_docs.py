"""What docs/sources.md shows works as it stands there."""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from firstline.sources import queries
from firstline.sources.adapters import loaded
from firstline.sources.adapters.reaching import read_records
from firstline.sources.rules import commands

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("FIRSTLINE_DATA") or ROOT.parent / "shared" / "data") / "backoffice" / "northwind.sqlite"


@pytest.fixture
def northwind(tmp_path: Path, settings: Any) -> Path:
    """The example of the docs, word for word, on a copy of a real database that nobody here wrote."""
    if not DATA.exists():
        pytest.skip(f"{DATA} isn't there; set FIRSTLINE_DATA to the folder with the real data")
    settings.FIRSTLINE_SOURCES, settings.FIRSTLINE_SECRETS = tmp_path / "sources", tmp_path
    (example,) = re.findall(r"```yaml\n(key: northwind.*?)```", (ROOT / "docs" / "sources.md").read_text(), re.DOTALL)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "northwind.yaml").write_text(example)
    shutil.copyfile(DATA, tmp_path / "northwind.sqlite")
    (tmp_path / "northwind.url").write_text(f"sqlite:///{tmp_path / 'northwind.sqlite'}")
    loaded.forget()
    return tmp_path


@pytest.mark.data
def test_the_first_source_of_the_docs_reads_a_real_database(northwind: Path) -> None:
    assert queries.describe_sources() == ["northwind: 1 views, 1 commands, writes verified"]
    rows = queries.try_view(view="northwind.orders", identifiers={"phone": ["+49300074321"]})
    assert len(rows) == 6
    assert rows[0].startswith("Order: ")
    assert queries.try_view(view="northwind.orders", identifiers={"phone": ["+49309999999"]}) == [
        "Nothing is known there of this customer."
    ]
    assert "There is no view" in queries.try_view(view="northwind.cakes", identifiers={})[0]


@pytest.mark.data
def test_the_first_command_of_the_docs_reads_and_writes_it(northwind: Path) -> None:
    source, command = loaded.find_command("northwind.change_address") or pytest.fail("no command")
    connector = loaded.window(source).connector
    parameters, problems = commands.check_parameters(command, {"street": "Ring", "house_number": "5", "town": "Bonn"})
    assert problems == []
    found = {"phone": ["+49300074321"]}
    (record,) = commands.records_of(command, read_records(connector, source, command, found, parameters))
    assert record.values == {"address": "Obere Str. 57", "city": "Berlin"}
    wanted = commands.wanted_values(command, record, parameters)
    connector.write(command.write, [{**parameters, "record": record.record, **wanted}], key="k1", seconds=5)
    (after,) = commands.records_of(command, read_records(connector, source, command, found, parameters))
    assert after.values == {"address": "Ring 5", "city": "Bonn"}


def test_the_example_of_a_rest_connection_has_no_mistakes() -> None:
    import yaml

    from firstline.sources.adapters.rest import RestParser
    from firstline.sources.rules.parts import Notebook, Part

    (example,) = re.findall(r"```yaml\n(connection:.*?)```", (ROOT / "docs" / "sources.md").read_text(), re.DOTALL)
    notes = Notebook(file="docs")
    part = Part(yaml.safe_load(example)["connection"], (), notes)
    connection = RestParser().connection(part)
    part.end()
    assert (notes.problems, connection.allow) == ([], ("api.example.com",))
