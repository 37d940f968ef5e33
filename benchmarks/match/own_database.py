"""A PostgreSQL of its own for a measurement, as the product sets it up; it is gone afterwards."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "server"), str(Path(__file__).parent)]


@contextmanager
def own_database() -> Iterator[None]:
    """Set Django up on a new database with all tables, and nothing in them."""
    with tempfile.TemporaryDirectory() as home:
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
