"""Tests run on a real PostgreSQL: the embedded one in var/test, or the server that DATABASE_URL names."""

import fcntl
import os
from collections.abc import Iterator
from typing import IO

import pytest
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

_using: IO[str] | None = None
# Several servers run at a time, and none of them holds much.
os.environ.setdefault("FIRSTLINE_MEMORY_MB", "512")

# How long an example takes depends on the machine, so nothing asks.
settings.register_profile("patient", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests of one xdist_group in one process: pytest-xdist 3.8 writes the group where pytest 9.2 doesn't look any more."""
    from _pytest.nodeid import coerce_node_id

    for item in items:
        if with_group := vars(item).get("_nodeid"):
            item._id = coerce_node_id(with_group)  # noqa: SLF001 -- the plugin does the same


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Give each run a database of its own, so that two runs never meet."""
    from django.conf import settings

    test = settings.DATABASES["default"].setdefault("TEST", {})
    test["NAME"] = f"{test.get('NAME') or 'test_firstline'}_{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Drop the database in the end also when a thread that some test started still holds a connection."""
    yield
    from django.db import connection

    everybody_else = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    )
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:  # noqa: SLF001 -- as Django drops it
        cursor.execute(everybody_else, [name])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Let what a test logged reach the terminal, also a lone surrogate, which can't travel between two test processes."""
    outcome = yield
    report = outcome.get_result()
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
