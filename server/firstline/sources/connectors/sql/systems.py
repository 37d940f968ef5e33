"""What the connector wants of each database system, and which module knows which: one line each."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from django.utils.translation import gettext_noop
from sqlalchemy import URL, Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from firstline.sources.connectors.sql import by_driver, mariadb, postgresql, sqlite
from firstline.sources.ports import SourceDown, SourceRefused


class System(Protocol):
    """One database of one system."""

    # Whether rows come one by one from a cursor on the server; otherwise the system limits them itself.
    streams: bool

    def reading(self, seconds: float, limit: int) -> AbstractContextManager[Connection]:
        """Open a transaction that can change nothing and ends by itself after `seconds`."""

    def writing(self, seconds: float) -> AbstractContextManager[Connection]:
        """Open a transaction that is committed at the end, and ends by itself after `seconds`."""

    def take_key(self, connection: Connection, table: str, column: str, key: str) -> bool:
        """Note `key`; False when it was noted before. `table` and `column` are checked names."""

    def plain(self, value: Any) -> Any:
        """Make a value that the driver can bind."""

    def translated(self, cause: object) -> SourceDown | SourceRefused:
        """Say in our terms what the driver's error means."""

    def dispose(self) -> None:
        """Let go of connections."""


SYSTEMS: dict[str, Callable[[URL, int], System]] = {
    "postgresql": postgresql.PostgreSql,
    "mysql": mariadb.MariaDb,
    "mariadb": mariadb.MariaDb,
    "sqlite": sqlite.Sqlite,
}


def open_system(address: str, allow: tuple[str, ...], concurrency: int) -> System:
    """Open a database by its address.

    Raises: SourceDown where the address can't be read or its driver is missing, SourceRefused where its host isn't allowed.
    """
    try:
        url = make_url(address)
    except SQLAlchemyError:
        raise SourceDown(gettext_noop("the address of its database can't be read")) from None  # it may hold a password
    _check_hosts(url, allow)
    try:
        return SYSTEMS.get(url.get_backend_name(), by_driver.ByDriver)(url, concurrency)
    except (ImportError, SQLAlchemyError):
        raise SourceDown(_NO_DRIVER, system=url.get_backend_name()) from None


_NO_DRIVER = gettext_noop(
    "the driver for %(system)s isn't installed; pip install 'firstline[mysql]' brings the one for MariaDB and MySQL"
)


def _check_hosts(url: URL, allow: tuple[str, ...]) -> None:
    if not allow:
        return
    query = url.query
    named = [url.host or ""] + [str(query.get(one, "")) for one in ("host", "hostaddr", "service", "unix_socket")]
    hosts = [host for text in named for host in text.split(",") if host]
    if not hosts or any(host not in allow for host in hosts):
        raise SourceRefused(gettext_noop("its address isn't on its list of allowed hosts"))
