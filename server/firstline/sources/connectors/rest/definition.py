"""What a definition says to the connector to REST APIs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.definitions import Part
from firstline.sources.connectors.http import HttpConnection, parse_http
from firstline.sources.rules.templates import check_places

METHODS = ("PUT", "POST", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestConnection:
    http: HttpConnection
    key_header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request; places such as {customer} are filled, in the path percent-encoded."""

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    rows: str
    missing_is_empty: bool


class RestParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> RestConnection:
        return RestConnection(http=parse_http(part), key_header=part.text("key_header", ""))

    def read(self, part: Part, names: frozenset[str]) -> Call:
        return _call(part, names, method="GET", body=None, rows=part.text("rows", ""))

    def document(self, part: Part, names: frozenset[str]) -> Call:
        return _call(part, names, method="GET", body=None, rows="")

    def write(self, part: Part, names: frozenset[str]) -> Call:
        return _call(part, names, method=part.choice("method", METHODS), body=part.raw("body"), rows="")


def _call(part: Part, names: frozenset[str], *, method: str, body: object, rows: str) -> Call:
    call = Call(
        method=method,
        path=part.text("path"),
        query=part.mapping("query"),
        headers=part.mapping("headers"),
        body=body,
        rows=rows,
        missing_is_empty=part.boolean("missing_is_empty", default=True),
    )
    if not call.path.startswith("/") or call.path.startswith("//"):
        part.problem("path", "bad-path", "The path begins with '/' and names no host.")
    for key, content in (("path", call.path), ("query", call.query), ("headers", call.headers), ("body", call.body)):
        check_places(part, key, content, names)
    return call
