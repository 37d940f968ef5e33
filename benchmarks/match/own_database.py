"""A database of its own for a measurement, in the server that FIRSTLINE_HOME runs; it is taken away again."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "server"), str(Path(__file__).parent)]


@contextmanager
def own_database() -> Iterator[None]:
    """Set Django up on a new database with all tables, and nothing in them."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "firstline.config.test_settings"
    import django

    from firstline.config import test_settings
    from firstline.runtime import database

    database.ensure()
    # One connection suffices, and a pool would hold the database when it is taken away.
    test_settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    old = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)
