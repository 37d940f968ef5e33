"""A PostgreSQL of its own for a run, which may be killed."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from firstline.runtime import postgres

# Autovacuum may be there, too.
_END_SESSIONS = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s"


@dataclass(frozen=True, slots=True)
class Scratch:
    """Lives in a folder; `set_up` makes the tables and loads Django, which works with its main database."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def url(self) -> str:
        return postgres.url(self.data)

    def set_up(self) -> None:
        postgres.ensure(self.data)
        os.environ["DATABASE_URL"] = self.url
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", interactive=False, verbosity=0)
        connection.close()
        # It would keep connections, and a database that somebody is connected to can't be copied.
        connection.close_pool()

    def copy(self, name: str) -> str:
        """Copy the main database, to which nobody is connected; returns how to reach the copy."""
        with psycopg.connect(postgres.url(self.data, "postgres"), autocommit=True) as connection:
            connection.execute(_END_SESSIONS, [postgres.DATABASE])
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres.DATABASE}")
        return postgres.url(self.data, name)

    def kill(self) -> None:
        """Kill the server with all of its children, without a warning."""
        try:
            first = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        for pid in (first, *_children(first)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self) -> None:
        postgres.ensure(self.data)

    def stop(self) -> None:
        postgres.stop(self.data)


def _children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []
