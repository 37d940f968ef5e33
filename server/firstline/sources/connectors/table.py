"""The connectors that there are: one line each, and for those that need more than the server does, how they are opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext_noop

from firstline.sources.connectors.files.connector import FilesConnector
from firstline.sources.connectors.files.definition import FilesParser
from firstline.sources.connectors.ldap.definition import LdapParser
from firstline.sources.connectors.odata.connector import ODataConnector
from firstline.sources.connectors.odata.definition import ODataParser
from firstline.sources.connectors.odoo.connector import OdooConnector
from firstline.sources.connectors.odoo.definition import OdooParser
from firstline.sources.connectors.rest.connector import RestConnector
from firstline.sources.connectors.rest.definition import RestParser
from firstline.sources.connectors.soap.definition import SoapParser
from firstline.sources.connectors.sql.connector import SqlConnector
from firstline.sources.connectors.sql.definition import SqlParser
from firstline.sources.connectors.tryton.connector import TrytonConnector
from firstline.sources.connectors.tryton.definition import TrytonParser
from firstline.sources.ports import Connector, Guarantee, Row, SourceDown
from firstline.sources.rules.definitions import Parser


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source; `extra` is what of the server must be installed for it."""

    parser: Parser
    open: Callable[..., Any]
    extra: str = ""


def _ldap(connection: Any, *, concurrency: int) -> Connector:
    from firstline.sources.connectors.ldap.connector import LdapConnector  # noqa: PLC0415 -- an extra

    return LdapConnector(connection, concurrency=concurrency)


def _soap(connection: Any, *, concurrency: int) -> Connector:
    from firstline.sources.connectors.soap.connector import SoapConnector  # noqa: PLC0415 -- an extra

    return SoapConnector(connection, concurrency=concurrency)


CONNECTORS: dict[str, Kind] = {
    "sql": Kind(parser=SqlParser(), open=SqlConnector),
    "rest": Kind(parser=RestParser(), open=RestConnector),
    "odata": Kind(parser=ODataParser(), open=ODataConnector),
    "soap": Kind(parser=SoapParser(), open=_soap, extra="soap"),
    "files": Kind(parser=FilesParser(), open=FilesConnector),
    "ldap": Kind(parser=LdapParser(), open=_ldap, extra="ldap"),
    "tryton": Kind(parser=TrytonParser(), open=TrytonConnector),
    "odoo": Kind(parser=OdooParser(), open=OdooConnector),
}
PARSERS: dict[str, Parser] = {name: kind.parser for name, kind in CONNECTORS.items()}


def open_connector(kind: str, connection: object, *, concurrency: int) -> Connector:
    """Open the way into a source; it is really gone at first use."""
    known = CONNECTORS[kind]
    try:
        connector: Connector = known.open(connection, concurrency=concurrency)
    except ImportError:
        return NotInstalled(known.extra)
    return connector


_NOT_INSTALLED = gettext_noop("what it needs isn't installed here: pip install 'firstline[%(extra)s]'")


class NotInstalled:
    """Stands in for a connector whose libraries aren't there: its sources are down, and say what to do."""

    guarantee: Guarantee = "verified"

    def __init__(self, extra: str) -> None:
        self._extra = extra

    def read(self, read: Any, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        self._say()

    def write(self, write: Any, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        self._say()

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        self._say()

    def close(self) -> None:
        """Nothing is held."""

    def _say(self) -> NoReturn:
        raise SourceDown(_NOT_INSTALLED, extra=self._extra)
