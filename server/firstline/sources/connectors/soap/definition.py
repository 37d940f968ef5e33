"""What a definition says to the connector to SOAP services."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.definitions import Part
from firstline.sources.connectors.http import HttpConnection, parse_http
from firstline.sources.connectors.secrets import Reference, parse_reference
from firstline.sources.rules.templates import check_places


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapConnection:
    http: HttpConnection
    # Where the service describes itself: a query or path of its address, or a file beside the secrets.
    wsdl: str | Reference
    service: str | None
    port: str | None
    # Whether user and password go into the envelope (WS-Security) instead of the header of the request.
    is_secured_inside: bool
    remembers_keys: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation and what it is given; `changed` are the fault codes that mean: somebody else was quicker."""

    name: str
    body: Mapping[str, Any]
    rows: str
    changed: tuple[str, ...]


class SoapParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> SoapConnection:
        http = parse_http(part)
        is_file = isinstance(part.raw("wsdl"), dict)
        found = SoapConnection(
            http=http,
            wsdl=parse_reference(part, "wsdl") if is_file else part.text("wsdl", "?wsdl"),
            service=part.text("service", "") or None,
            port=part.text("port", "") or None,
            is_secured_inside=part.boolean("wsse", default=False),
            remembers_keys=part.boolean("remembers_keys", default=False),
        )
        if found.is_secured_inside and http.user is None:
            part.problem("wsse", "missing", "'wsse' needs 'user' and 'password'.")
        return found

    def read(self, part: Part, names: frozenset[str]) -> Operation:
        return _operation(part, names, rows=part.text("rows", ""), changed=())

    def write(self, part: Part, names: frozenset[str]) -> Operation:
        return _operation(part, names, rows="", changed=part.strings("changed"))


def _operation(part: Part, names: frozenset[str], *, rows: str, changed: tuple[str, ...]) -> Operation:
    found = Operation(name=part.text("operation"), body=part.mapping("body"), rows=rows, changed=changed)
    check_places(part, "body", found.body, names)
    return found
