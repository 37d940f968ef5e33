"""The connectors that there are: one line each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firstline.sources.connectors.rest.connector import RestConnector
from firstline.sources.connectors.rest.definition import RestParser
from firstline.sources.connectors.sql.connector import SqlConnector
from firstline.sources.connectors.sql.definition import SqlParser
from firstline.sources.ports import Connector
from firstline.sources.rules.definitions import Parser


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    parser: Parser
    open: Callable[..., Any]


CONNECTORS: dict[str, Kind] = {
    "sql": Kind(parser=SqlParser(), open=SqlConnector),
    "rest": Kind(parser=RestParser(), open=RestConnector),
}
PARSERS: dict[str, Parser] = {name: kind.parser for name, kind in CONNECTORS.items()}


def open_connector(kind: str, connection: object, *, concurrency: int) -> Connector:
    """Open the way into a source; it is really gone at first use."""
    connector: Connector = CONNECTORS[kind].open(connection, concurrency=concurrency)
    return connector
