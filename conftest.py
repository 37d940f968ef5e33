"""Tests run on a real PostgreSQL: the embedded one in var/test, or the server that DATABASE_URL names."""

import fcntl
import os
from typing import IO

import pytest

_using: IO[str] | None = None


def pytest_configure(config: pytest.Config) -> None:
    global _using
    from firstline.runtime import database
    from firstline.runtime.home import home

    # Several test runs may share the server; the last one out stops it.
    _using = (home() / "in-use").open("w")
    fcntl.flock(_using, fcntl.LOCK_SH)
    database.ensure()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _using is None or hasattr(config, "workerinput"):
        return
    from firstline.runtime import database

    try:
        fcntl.flock(_using, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    database.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Give each run a database of its own, so that two runs never meet."""
    from django.conf import settings

    test = settings.DATABASES["default"].setdefault("TEST", {})
    test["NAME"] = f"{test.get('NAME') or 'test_firstline'}_{os.getpid()}"
