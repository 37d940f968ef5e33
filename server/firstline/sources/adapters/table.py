"""The connectors that there are: one line each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firstline.sources.adapters.rest import RestConnector, RestParser
from firstline.sources.adapters.sql import SqlConnector, SqlParser
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


def open_connector(kind: str, connection: object, *, concurrency: int) -> Connector:
    """Open the way into a source; it is really gone at first use."""
    connector: Connector = CONNECTORS[kind].open(connection, concurrency=concurrency)
    return connector
