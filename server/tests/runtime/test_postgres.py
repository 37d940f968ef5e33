"""The embedded PostgreSQL starts, stops, survives a kill, and touches nothing around it."""

import os
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from firstline.runtime import postgres

pytestmark = pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="DATABASE_URL names a server of one's own")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path / "postgres"


def test_it_starts_keeps_data_over_a_kill_and_stops(data: Path) -> None:
    url = postgres.ensure(data)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        assert postgres.ensure(data) == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    finally:
        postgres.stop(data)
    assert not postgres.is_running(data)


def test_no_mode_around_it_is_widened(data: Path) -> None:
    postgres.ensure(data)
    postgres.stop(data)
    assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_long_path_gets_a_private_socket_folder(tmp_path: Path) -> None:
    data = tmp_path / ("deep" * 25) / "postgres"
    url = postgres.ensure(data)
    try:
        folder = Path(url.partition("host=")[2])
        assert folder != data
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert postgres.url(data) == url
    finally:
        postgres.stop(data)
