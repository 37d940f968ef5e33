"""A PostgreSQL of its own for a measurement, as the product sets it up; it is gone afterwards, unless it has a folder to stay in."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "server"), str(Path(__file__).parent), str(ROOT / "benchmarks/harness")]
COPY = "measured"


@contextmanager
def own_database(folder: Path | None = None) -> Iterator[None]:
    """Set Django up on a database with all tables: a new one with nothing in them, or what lies in the folder."""
    with tempfile.TemporaryDirectory() if folder is None else nullcontext(str(folder.resolve())) as home:
        os.environ["DJANGO_SETTINGS_MODULE"] = "firstline.config.test_settings"
        os.environ["FIRSTLINE_TEST_HOME"] = home
        os.environ.pop("DATABASE_URL", None)
        import django

        from firstline.config import test_settings
        from firstline.runtime import database

        database.ensure()
        # One connection suffices, and is closed before the server is stopped.
        test_settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            connection.close()
            database.stop()


@contextmanager
def on_a_copy() -> Iterator[None]:
    """Work on a copy of the database, so that what is written doesn't stay."""
    from django.db import connection

    original = connection.settings_dict["NAME"]
    connection.close()
    _administer(f"DROP DATABASE IF EXISTS {COPY}", f"CREATE DATABASE {COPY} TEMPLATE {original} STRATEGY file_copy")
    connection.settings_dict["NAME"] = COPY
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        _administer(f"DROP DATABASE {COPY}")


def processor_seconds() -> float:
    """Say how long this process and PostgreSQL's side of its connection have used a processor, whoever else does."""
    from django.db import connection

    connection.ensure_connection()
    of_server = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, of_server[11:13])) / os.sysconf("SC_CLK_TCK")


def _administer(*statements: str) -> None:
    import psycopg

    from firstline.runtime import database, postgres

    with psycopg.connect(postgres.url(database.data_folder(), "postgres"), autocommit=True) as session:
        for one in statements:
            session.execute(one.encode())
