"""PostgreSQL: read-only transactions, and a connection that waits only so long."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.utils.translation import gettext_noop
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from firstline.sources.connectors.sql.keys import insert_unless_there
from firstline.sources.ports import NOT_LET_IN, UNREACHABLE, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.values import clean_text

CONNECT_SECONDS = 3
# Beyond what the server itself is told to take, so that its own words come first.
_GRACE_SECONDS = 1.0
# Classes of SQLSTATE that mean: this request, again, ends the same way.
_FOR_GOOD = ("0A", "21", "22", "23", "25", "2F", "42", "44", "P0")
_TIMED_OUT = ("57014", "55P03")
# Who isn't let in hears no SQLSTATE through the driver, only words, and they name user and host.
_NOT_LET_IN = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")


class PostgreSql:
    streams = True

    def __init__(self, url: URL, concurrency: int) -> None:
        self._engine = create_engine(
            url,
            pool_size=concurrency,
            max_overflow=2,
            pool_timeout=1,
            pool_pre_ping=True,
            hide_parameters=True,
            creator=lambda: _connect(url),
        )

    @contextmanager
    def reading(self, seconds: float, limit: int) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield _timed(connection, seconds)

    @contextmanager
    def writing(self, seconds: float) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield _timed(connection, seconds)

    def take_key(self, connection: Connection, table: str, column: str, key: str) -> bool:
        return insert_unless_there(connection, table, column, key)

    def plain(self, value: Any) -> Any:
        return getattr(value, "amount", value)

    def translated(self, cause: object) -> SourceDown | SourceRefused:
        state = str(getattr(cause, "sqlstate", None) or "")
        said = clean_text(
            str(getattr(getattr(cause, "diag", None), "message_primary", None) or "the connection failed")
        )
        if state in _TIMED_OUT:
            return SourceLate(gettext_noop("it didn't answer in time"))
        if state[:2] in _FOR_GOOD:
            return SourceRefused(_named_rule(cause) or said)
        if not state and any(words in str(cause) for words in _NOT_LET_IN):
            return SourceDown(NOT_LET_IN)
        return SourceDown(said if state else UNREACHABLE)

    def dispose(self) -> None:
        self._engine.dispose()


class _Bounded(psycopg.Connection[Any]):
    """A connection that waits only so long for an answer, also from a server or a network that has fallen silent."""

    patience_seconds = float(CONNECT_SECONDS)

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience_seconds if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                # The server said nothing: what it is at is unknown, so nobody may use this connection again.
                self.close()
            raise


def _connect(url: URL) -> _Bounded:
    # As SQLAlchemy would; it has no types there.
    _arguments, options = PGDialect_psycopg().create_connect_args(url)  # type: ignore[no-untyped-call]
    return _Bounded.connect(connect_timeout=CONNECT_SECONDS, **options)


def _timed(connection: Connection, seconds: float) -> Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, _Bounded)
    driver.patience_seconds = seconds + _GRACE_SECONDS
    milliseconds = str(max(1, int(seconds * 1000)))
    connection.execute(text("SELECT set_config('statement_timeout', :time, true)"), {"time": milliseconds})
    connection.execute(text("SELECT set_config('lock_timeout', :time, true)"), {"time": milliseconds})
    return connection


def _named_rule(cause: object) -> str:
    """A rule with a name in words says more than the sentence around it."""
    name = str(getattr(getattr(cause, "diag", None), "constraint_name", None) or "")
    return f"{clean_text(name)}." if " " in name else ""
