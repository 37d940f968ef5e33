"""Databases that SQLAlchemy knows and we have no module for, such as SQL Server and Oracle: whatever their driver offers.

A view's transaction is always rolled back, so that what it might change doesn't stay; where the system has read-only transactions,
it is one. That isn't as strong as a role that can only read: give Firstline one.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.utils.translation import gettext_noop
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import DBAPIError

from firstline.sources.connectors.sql.keys import try_to_insert
from firstline.sources.ports import SourceDown, SourceRefused
from firstline.sources.rules.values import clean_text

# What begins a transaction that can't change anything, by SQLAlchemy's name of the system.
_READ_ONLY = {"oracle": "SET TRANSACTION READ ONLY"}
# What drivers call errors that come of the request itself (PEP 249).
_FOR_GOOD = ("DataError", "IntegrityError", "ProgrammingError", "NotSupportedError")


class ByDriver:
    streams = True

    def __init__(self, url: URL, concurrency: int) -> None:
        self._engine = create_engine(
            url, pool_size=concurrency, max_overflow=2, pool_timeout=1, pool_pre_ping=True, hide_parameters=True
        )

    @contextmanager
    def reading(self, seconds: float, limit: int) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            _time(connection, seconds)
            if read_only := _READ_ONLY.get(connection.dialect.name):
                connection.exec_driver_sql(read_only)
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self, seconds: float) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            _time(connection, seconds)
            yield connection

    def take_key(self, connection: Connection, table: str, column: str, key: str) -> bool:
        return try_to_insert(connection, table, column, key)

    def plain(self, value: Any) -> Any:
        return getattr(value, "amount", value)

    def translated(self, cause: object) -> SourceDown | SourceRefused:
        if type(cause).__name__ in _FOR_GOOD:
            return SourceRefused(clean_text(str(cause)))
        return SourceDown(gettext_noop("it can't be reached"))

    def dispose(self) -> None:
        self._engine.dispose()


def _time(connection: Connection, seconds: float) -> None:
    """Tell the driver how long a question may take, where it has a word for it (oracledb, pyodbc)."""
    driver: Any = connection.connection.driver_connection
    with suppress(AttributeError, TypeError, DBAPIError):
        if hasattr(driver, "call_timeout"):
            driver.call_timeout = max(1, int(seconds * 1000))
        elif hasattr(driver, "timeout"):
            driver.timeout = max(1, round(seconds))
