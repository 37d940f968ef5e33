"""The embedded PostgreSQL starts, stops, survives a kill, and touches nothing around it."""

import os
import signal
import stat
import subprocess
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


def test_a_path_may_hold_spaces_and_quotes_and_an_interrupted_beginning_is_begun_anew(tmp_path: Path) -> None:
    data = tmp_path / "Ada's own %41 folder" / "postgres"
    half = Path(f"{data}.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    url = postgres.ensure(data)
    try:
        assert not half.exists()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        postgres.stop(data)
    assert not postgres.is_running(data)


def test_the_number_of_a_killed_server_that_another_program_has_by_now_is_left_alone(data: Path) -> None:
    postgres.ensure(data)
    note = data / "postmaster.pid"
    server, *rest = note.read_text().split("\n")
    os.kill(int(server), signal.SIGKILL)
    with subprocess.Popen(["sleep", "60"]) as bystander:
        try:
            note.write_text("\n".join([str(bystander.pid), *rest]))
            postgres.stop(data)
            assert bystander.poll() is None
            note.write_text("\n".join([str(bystander.pid), *rest]))
            postgres.ensure(data)
            assert postgres.is_running(data)
        finally:
            postgres.stop(data)
            bystander.kill()


def test_a_folder_of_another_version_is_refused_with_what_to_do(data: Path) -> None:
    data.mkdir()
    (data / "PG_VERSION").write_text("13\n")
    with pytest.raises(postgres.DatabaseUnavailable, match=r"made by PostgreSQL 13.*docs/operations\.md"):
        postgres.ensure(data)
    assert (data / "PG_VERSION").read_text() == "13\n"


def test_a_password_never_stands_on_a_command_line() -> None:
    address, secrets = postgres._address_and_secrets("postgresql://ada:geheim@db.example/firstline?sslmode=require")
    assert "geheim" not in address
    assert "sslmode=require" in address
    assert secrets == {"PGPASSWORD": "geheim"}
