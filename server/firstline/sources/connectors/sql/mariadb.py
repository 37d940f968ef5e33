"""MariaDB and MySQL: read-only transactions, times told to the server, and a connection that waits only so long."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_noop
from sqlalchemy import URL, Connection, create_engine

from firstline.sources.connectors.sql.keys import try_to_insert
from firstline.sources.ports import NOT_LET_IN, UNREACHABLE, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.values import clean_text

CONNECT_SECONDS = 3
# Beyond what the server itself is told to take, so that its own words come first.
_GRACE_SECONDS = 1.0
_TIMED_OUT = (1205, 1969, 3024)
# Too many connections, shutting down, deadlock, refused, gone away, lost; that we aren't let in is for somebody to mend.
_FOR_NOW = (1040, 1042, 1043, 1053, 1129, 1203, 1213, 1226, *range(2000, 2100))
_NOT_LET_IN = (1044, 1045, 1049, 1130, 1698, 1820, 1862, 3118, 4151)


class MariaDb:
    # The driver would read a streamed result to its end anyway; the server is told the limit instead.
    streams = False

    def __init__(self, url: URL, concurrency: int) -> None:
        self._engine = create_engine(
            url.set(drivername="mysql+pymysql"),
            pool_size=concurrency,
            max_overflow=2,
            pool_timeout=1,
            pool_pre_ping=True,
            hide_parameters=True,
            # Files of ours are nothing that a server may ask for; times are set anew for each question.
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": CONNECT_SECONDS,
                "write_timeout": CONNECT_SECONDS,
                "local_infile": False,
                "charset": "utf8mb4",
            },
        )

    @contextmanager
    def reading(self, seconds: float, limit: int) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            self._time(connection, seconds)
            connection.exec_driver_sql(f"SET SESSION sql_select_limit = {int(limit)}")
            connection.exec_driver_sql("START TRANSACTION READ ONLY")
            yield connection

    @contextmanager
    def writing(self, seconds: float) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            self._time(connection, seconds)
            connection.exec_driver_sql("SET SESSION sql_select_limit = DEFAULT")
            yield connection
            connection.commit()

    def take_key(self, connection: Connection, table: str, column: str, key: str) -> bool:
        return try_to_insert(connection, table, column, key)

    def plain(self, value: Any) -> Any:
        return getattr(value, "amount", value)

    def translated(self, cause: object) -> SourceDown | SourceRefused:
        arguments: tuple[Any, ...] = tuple(getattr(cause, "args", ()))
        code = arguments[0] if arguments and isinstance(arguments[0], int) else 2000
        if code in _TIMED_OUT:
            return SourceLate(gettext_noop("it didn't answer in time"))
        # Its own words name the user and the host here.
        if code in _NOT_LET_IN:
            return SourceDown(NOT_LET_IN)
        if code in _FOR_NOW:
            return SourceDown(UNREACHABLE)
        return SourceRefused(clean_text(str(arguments[1])) if len(arguments) > 1 else f"error {code}")

    def dispose(self) -> None:
        self._engine.dispose()

    def _time(self, connection: Connection, seconds: float) -> None:
        driver: Any = connection.connection.driver_connection
        # The driver has no other way to say it anew for each question.
        driver._read_timeout = driver._write_timeout = seconds + _GRACE_SECONDS  # noqa: SLF001
        if getattr(connection.dialect, "is_mariadb", False):
            connection.exec_driver_sql(f"SET SESSION max_statement_time = {max(seconds, 0.01):.3f}")
        else:
            connection.exec_driver_sql(f"SET SESSION max_execution_time = {max(1, int(seconds * 1000))}")
        connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {max(1, math.ceil(seconds))}")
