"""The connector to SQL databases, over SQLAlchemy Core: PostgreSQL and SQLite.

What comes from outside travels as bound parameters only. Reading runs in read-only transactions. Where the target has a table
for our keys (`key_table`), a write and its key are one transaction there: it happens exactly once, however often it is tried.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

import psycopg
from django.utils.translation import gettext_noop
from sqlalchemy import Connection, Engine, NullPool, TextClause, create_engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from firstline.crashpoints import crash_point
from firstline.sources.adapters.secrets import Reference, parse_reference
from firstline.sources.ports import Guarantee, Row, SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.parts import Part
from firstline.sources.rules.values import Hostile, bounded, clean_text

_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(UPDATE|INSERT|DELETE|WITH|CALL|SELECT)\b", re.IGNORECASE)
CONNECT_SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlConnection:
    url: Reference
    key_table: str
    key_column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    sql: str


class SqlParser:
    """What a definition says to this connector."""

    def connection(self, part: Part) -> SqlConnection:
        found = SqlConnection(
            url=parse_reference(part, "url"),
            key_table=part.text("key_table", ""),
            key_column=part.text("key_column", "key"),
        )
        if found.key_table and not _TABLE.fullmatch(found.key_table):
            part.problem("key_table", "bad-name", f"'{found.key_table}' is no name of a table.")
        if not _COLUMN.fullmatch(found.key_column):
            part.problem("key_column", "bad-name", f"'{found.key_column}' is no name of a column.")
        return found

    def read(self, part: Part, names: frozenset[str]) -> Statement:
        return _statement(part, names, _READS, "A view only reads: begin with SELECT or WITH.")

    def write(self, part: Part, names: frozenset[str]) -> Statement:
        return _statement(part, names, _WRITES, "Begin with UPDATE, INSERT, DELETE, WITH, CALL or SELECT.")


def _statement(part: Part, names: frozenset[str], begins: re.Pattern[str], otherwise: str) -> Statement:
    statement = part.text("sql")
    if statement and not begins.match(statement):
        part.problem("sql", "bad-statement", otherwise)
    for name in sorted(text(statement).compile().params.keys() - names):
        known = ", ".join(f":{one}" for one in sorted(names))
        part.problem("sql", "unknown-parameter", f"':{name}' is unknown here; known are {known}.")
    return Statement(sql=statement)


class SqlConnector:
    """One database."""

    def __init__(self, connection: SqlConnection, *, concurrency: int) -> None:
        self._settings = connection
        self._concurrency = concurrency
        self._lock = Lock()
        self._dialect: _PostgreSql | _Sqlite | None = None
        self.guarantee: Guarantee = "exactly-once" if connection.key_table else "verified"

    def read(self, read: Statement, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        with _own_errors(), self._dialect_of().reading(seconds) as connection:
            # From a cursor on the server: a view of a million rows must not come over whole for the sake of ten.
            only = {"stream_results": True, "max_row_buffer": max(limit, 1)}
            result = connection.execute(*self._bound(read, parameters), execution_options=only)
            rows = [dict(row) for row in result.mappings().fetchmany(limit)]
            result.close()
            return bounded(rows)  # type: ignore[no-any-return]

    def write(self, write: Statement, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        with _own_errors(), self._dialect_of().writing(seconds) as connection:
            if self._settings.key_table and not self._take_key(connection, key):
                return
            crash_point("sources.sql.key_taken")
            for record in records:
                changed = connection.execute(*self._bound(write, {**record, "key": key})).rowcount
                if changed != 1:
                    raise SourceChanged(f"{changed} records have this version instead of 1")
            crash_point("sources.sql.before_commit")
        crash_point("sources.sql.after_commit")

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        if not self._settings.key_table:
            return None
        table, column = self._settings.key_table, self._settings.key_column
        with _own_errors(), self._dialect_of().reading(seconds) as connection:
            found = connection.execute(text(f"SELECT 1 FROM {table} WHERE {column} = :key"), {"key": key})  # noqa: S608 -- checked names
            return found.first() is not None

    def close(self) -> None:
        with self._lock:
            if self._dialect is not None:
                self._dialect.dispose()
            self._dialect = None

    def _take_key(self, connection: Connection, key: str) -> bool:
        """Note our key in the target, in the transaction of the write; False when it was noted before."""
        table, column = self._settings.key_table, self._settings.key_column
        statement = f"INSERT INTO {table} ({column}) VALUES (:key) ON CONFLICT DO NOTHING"  # noqa: S608 -- checked names
        return connection.execute(text(statement), {"key": key}).rowcount == 1

    def _bound(self, statement: Statement, parameters: Mapping[str, Any]) -> tuple[TextClause, dict[str, Any]]:
        clause = text(statement.sql)
        plain = self._dialect_of().plain
        return clause, {name: plain(parameters.get(name)) for name in clause.compile().params}

    def _dialect_of(self) -> "_PostgreSql | _Sqlite":
        # The address is read at first use: a source whose secret is missing fails alone, and not the whole server.
        with self._lock:
            if self._dialect is None:
                self._dialect = _open(self._settings.url.read(), self._concurrency)
            return self._dialect


def _open(address: str, concurrency: int) -> "_PostgreSql | _Sqlite":
    try:
        url = make_url(address)
    except SQLAlchemyError:
        raise SourceDown("the address of its database can't be read") from None  # the address may hold a password
    if url.get_backend_name() == "sqlite":
        return _Sqlite(url.database or "")
    return _PostgreSql(address, concurrency)


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


# Beyond what the server itself is told to take, so that its own words come first.
_GRACE_SECONDS = 1.0


class _PostgreSql:
    def __init__(self, address: str, concurrency: int) -> None:
        self._engine = create_engine(
            address,
            pool_size=concurrency,
            max_overflow=2,
            pool_timeout=1,
            pool_pre_ping=True,
            hide_parameters=True,
            creator=lambda: _connect(address),
        )

    @contextmanager
    def reading(self, seconds: float) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield self._timed(connection, seconds)

    @contextmanager
    def writing(self, seconds: float) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield self._timed(connection, seconds)

    @staticmethod
    def _timed(connection: Connection, seconds: float) -> Connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, _Bounded)
        driver.patience_seconds = seconds + _GRACE_SECONDS
        milliseconds = str(max(1, int(seconds * 1000)))
        connection.execute(text("SELECT set_config('statement_timeout', :time, true)"), {"time": milliseconds})
        connection.execute(text("SELECT set_config('lock_timeout', :time, true)"), {"time": milliseconds})
        return connection

    @staticmethod
    def plain(value: Any) -> Any:
        return getattr(value, "amount", value)

    def dispose(self) -> None:
        self._engine.dispose()


def _connect(address: str) -> _Bounded:
    # As SQLAlchemy would; it has no types there.
    _arguments, options = PGDialect_psycopg().create_connect_args(make_url(address))  # type: ignore[no-untyped-call]
    return _Bounded.connect(connect_timeout=CONNECT_SECONDS, **options)


class _Sqlite:
    """A file that is opened for each question: it may be put away, replaced or locked by its owner at any time."""

    def __init__(self, path: str) -> None:
        self._path = path

    @contextmanager
    def reading(self, seconds: float) -> Iterator[Connection]:
        with self._open("ro", seconds) as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def writing(self, seconds: float) -> Iterator[Connection]:
        with self._open("rw", seconds) as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def _open(self, mode: str, seconds: float) -> Iterator[Connection]:
        engine: Engine = create_engine(
            "sqlite://", creator=lambda: self._connect(mode, seconds), poolclass=NullPool, hide_parameters=True
        )
        with engine.connect() as connection:
            yield connection

    def _connect(self, mode: str, seconds: float) -> sqlite3.Connection:
        # check_same_thread: the connection lives and dies in one thread, but SQLAlchemy may close it in another.
        connection = sqlite3.connect(
            f"file:{self._path}?mode={mode}", uri=True, timeout=seconds, isolation_level=None, check_same_thread=False
        )
        until = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        return connection

    @staticmethod
    def plain(value: Any) -> Any:
        value = getattr(value, "amount", value)
        if isinstance(value, date | datetime):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    def dispose(self) -> None:
        """Nothing is held."""


@contextmanager
def _own_errors() -> Iterator[None]:
    """Turn a database's errors into ours; only what the database itself said goes on, never an address or a parameter."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(error) from None
    except PoolTimeout:
        raise SourceDown(gettext_noop("all its connections are in use")) from None
    except SQLAlchemyError as error:
        raise SourceRefused(f"the statement can't be run ({type(error).__name__})") from None
    except Hostile as error:
        raise SourceRefused(f"its answer can't be used: {error}") from None


# Classes of SQLSTATE that mean: this request, again, ends the same way.
_FOR_GOOD = ("0A", "21", "22", "23", "25", "2F", "42", "44", "P0")
_TIMED_OUT = ("57014", "55P03")


def _translated(error: DBAPIError) -> SourceDown | SourceRefused:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _translated_sqlite(cause)
    state = str(getattr(cause, "sqlstate", None) or "")
    said = clean_text(str(getattr(getattr(cause, "diag", None), "message_primary", None) or "the connection failed"))
    if state in _TIMED_OUT:
        return SourceLate(gettext_noop("it didn't answer in time"))
    if state[:2] in _FOR_GOOD:
        return SourceRefused(_named_rule(cause) or said)
    return SourceDown(said if state else gettext_noop("it can't be reached"))


def _named_rule(cause: object) -> str:
    """A rule with a name in words says more than the sentence around it."""
    name = str(getattr(getattr(cause, "diag", None), "constraint_name", None) or "")
    return f"{clean_text(name)}." if " " in name else ""


def _translated_sqlite(cause: sqlite3.Error) -> SourceDown | SourceRefused:
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT):
        return SourceLate(gettext_noop("it is locked by its owner and didn't answer in time"))
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOTADB):
        return SourceDown(gettext_noop("its file can't be opened"))
    return SourceRefused(clean_text(str(cause)))
