"""The PostgreSQL that all engines share: the embedded one in a home of its own, with a database per engine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from firstline.runtime import postgres

# As much room as on a large machine, whatever this one is, for every engine: 2 GB of pages, 4 GB of log.
MEMORY_MB = "8192"
SETTINGS = "\nmax_connections = 200\n"


@contextmanager
def running(home: Path) -> Iterator["Server"]:
    """Start the server; it is stopped at the end."""
    os.environ["FIRSTLINE_MEMORY_MB"] = MEMORY_MB
    data = home / "postgres"
    is_new = not (data / "PG_VERSION").exists()
    address = postgres.ensure(data)
    if is_new:
        postgres.stop(data)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        postgres.ensure(data)
    try:
        yield Server(address)
    finally:
        postgres.stop(data)


class Server:
    """Makes databases, and says what was written."""

    def __init__(self, address: str) -> None:
        self._address = address

    def fresh(self, name: str) -> str:
        """Make an empty database; gives its address."""
        with self._connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
            connection.execute("CHECKPOINT")
        return make_conninfo(self._address, dbname=name)

    def written(self) -> int:
        """Say how many bytes of log were written since the server was made."""
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
        return int(found[0]) if found else 0

    def size(self, name: str) -> int:
        """Say how many bytes the tables of a database take."""
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT pg_database_size(%s)", [name]).fetchone()
        return int(found[0]) if found else 0

    def version(self) -> str:
        with self._connect("postgres") as connection:
            return str(connection.info.parameter_status("server_version"))

    def _connect(self, name: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(make_conninfo(self._address, dbname=name), autocommit=True)
