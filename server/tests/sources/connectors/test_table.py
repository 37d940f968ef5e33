"""What a connector needs that isn't installed."""

import sys

import pytest

from firstline.sources.connectors.table import CONNECTORS, open_connector
from firstline.sources.ports import SourceDown

EXTRAS = {name: kind.extra for name, kind in CONNECTORS.items() if kind.extra}


@pytest.mark.parametrize("kind", EXTRAS)
def test_what_needs_to_be_installed_is_told(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"firstline.sources.connectors.{kind}.connector", None)
    connector = open_connector(kind, None, concurrency=1)
    for ask in (
        lambda: connector.read(None, {}, limit=1, seconds=1),
        lambda: connector.write(None, [], key="k", seconds=1),
        lambda: connector.was_written("k", seconds=1),
    ):
        with pytest.raises(SourceDown, match=rf"pip install 'firstline\[{EXTRAS[kind]}\]'"):
            ask()
    connector.close()
