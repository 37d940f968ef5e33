"""SQLite: a file that is opened for each question; it may be put away, replaced or locked by its owner at any time."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_noop
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine

from firstline.sources.connectors.sql.keys import insert_unless_there
from firstline.sources.ports import SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.values import clean_text


class Sqlite:
    streams = True

    def __init__(self, url: URL, concurrency: int) -> None:
        self._path = url.database or ""

    @contextmanager
    def reading(self, seconds: float, limit: int) -> Iterator[Connection]:
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

    def take_key(self, connection: Connection, table: str, column: str, key: str) -> bool:
        return insert_unless_there(connection, table, column, key)

    def plain(self, value: Any) -> Any:
        value = getattr(value, "amount", value)
        if isinstance(value, date | datetime):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    def translated(self, cause: object) -> SourceDown | SourceRefused:
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT):
            return SourceLate(gettext_noop("it is locked by its owner and didn't answer in time"))
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOTADB):
            return SourceDown(gettext_noop("its file can't be opened"))
        return SourceRefused(clean_text(str(cause)))

    def dispose(self) -> None:
        """Nothing is held."""

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
            f"file:{quote(self._path)}?mode={mode}",
            uri=True,
            timeout=seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        until = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        return connection
