"""The connector to SQL databases, over SQLAlchemy Core.

What comes from outside travels as bound parameters only. Reading runs in read-only transactions. Where the target has a table
for our keys (`key_table`), a write and its key are one transaction there: it happens exactly once, however often it is tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from django.utils.translation import gettext_noop
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from firstline.crashpoints import crash_point
from firstline.sources.connectors.sql.definition import SqlConnection, Statement
from firstline.sources.connectors.sql.systems import System, open_system
from firstline.sources.ports import CANT_USE, Guarantee, Row, SourceChanged, SourceDown, SourceRefused
from firstline.sources.rules.values import Hostile, bounded, document_bytes

_CANT_RUN = gettext_noop("the statement can't be run (%(reason)s)")


class SqlConnector:
    """One database."""

    def __init__(self, connection: SqlConnection, *, concurrency: int) -> None:
        self._settings = connection
        self._concurrency = concurrency
        self._lock = Lock()
        self._opened: System | None = None
        self._address = ""
        self.guarantee: Guarantee = "exactly-once" if connection.key_table else "verified"

    def read(self, read: Statement, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        system = self._system()
        with _own_errors(system), system.reading(seconds, limit) as connection:
            # From a cursor on the server: a view of a million rows must not come over whole for the sake of ten.
            only = {"stream_results": system.streams, "max_row_buffer": max(limit, 1)}
            result = connection.execute(*_bound(system, read, parameters), execution_options=only)
            rows = [dict(row) for row in result.mappings().fetchmany(limit)]
            result.close()
            return bounded(rows)

    def fetch(self, document: Statement, parameters: Mapping[str, Any], *, seconds: float) -> bytes | None:
        system = self._system()
        with _own_errors(system), system.reading(seconds, 1) as connection:
            found = connection.execute(*_bound(system, document, parameters)).first()
            return document_bytes(found[0]) if found is not None else None

    def write(self, write: Statement, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        system = self._system()
        with _own_errors(system), system.writing(seconds) as connection:
            if self._settings.key_table and not self._take_key(system, connection, key):
                return
            crash_point("sources.sql.key_taken")
            for record in records:
                changed = connection.execute(*_bound(system, write, {**record, "key": key})).rowcount
                if changed != 1:
                    raise SourceChanged(f"{changed} records have this version instead of 1")
            crash_point("sources.sql.before_commit")
        crash_point("sources.sql.after_commit")

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        if not self._settings.key_table:
            return None
        table, column = self._settings.key_table, self._settings.key_column
        system = self._system()
        with _own_errors(system), system.reading(seconds, 1) as connection:
            found = connection.execute(text(f"SELECT 1 FROM {table} WHERE {column} = :key"), {"key": key})  # noqa: S608 -- checked names
            return found.first() is not None

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.dispose()
            self._opened = None

    def _take_key(self, system: System, connection: Connection, key: str) -> bool:
        """Note our key in the target, in the transaction of the write; False when it was noted before."""
        return system.take_key(connection, self._settings.key_table, self._settings.key_column, key)

    def _system(self) -> System:
        # The address is read at each use: a source whose secret is missing fails alone, and a new password counts at once.
        address = self._settings.url.read()
        with self._lock:
            if self._opened is not None and address != self._address:
                self._opened.dispose()
                self._opened = None
            if self._opened is None:
                self._opened, self._address = open_system(address, self._settings.allow, self._concurrency), address
            return self._opened


def _bound(system: System, statement: Statement, parameters: Mapping[str, Any]) -> tuple[TextClause, dict[str, Any]]:
    clause = text(statement.sql)
    return clause, {name: system.plain(parameters.get(name)) for name in clause.compile().params}


@contextmanager
def _own_errors(system: System) -> Iterator[None]:
    """Turn a database's errors into ours; only what the database itself said goes on, never an address or a parameter."""
    try:
        yield
    except DBAPIError as error:
        raise system.translated(error.orig) from None
    except PoolTimeout:
        raise SourceDown(gettext_noop("all its connections are in use")) from None
    except SQLAlchemyError as error:
        raise SourceRefused(_CANT_RUN, reason=type(error).__name__) from None
    except Hostile as error:
        raise SourceRefused(CANT_USE, reason=str(error)) from None
