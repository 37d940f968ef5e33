"""The embedded PostgreSQL takes its share of the machine, and no more."""

import os
from pathlib import Path

import psycopg
import pytest

from firstline.runtime import memory, postgres


@pytest.mark.parametrize(
    ("machine", "own", "cached", "log"),
    [
        (0, 128, 128, 1024),
        (400, 128, 200, 1024),
        (1024, 256, 512, 1024),
        (4096, 1024, 2048, 2048),
        (8192, 2048, 4096, 4096),
        (65_536, 2048, 32_768, 4096),
    ],
)
def test_a_quarter_of_the_machine_up_to_two_gigabytes(machine: int, own: int, cached: int, log: int) -> None:
    assert memory.server_options(machine) == (
        f"-c shared_buffers={own}MB -c effective_cache_size={cached}MB -c max_wal_size={log}MB"
    )


def test_a_container_has_what_it_may_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bound, unbounded = tmp_path / "memory.max", tmp_path / "limit_in_bytes"
    bound.write_text(f"{300 * 2**20}\n")
    unbounded.write_text("max\n")
    monkeypatch.delenv("FIRSTLINE_MEMORY_MB")
    monkeypatch.setattr(memory, "_BOUNDS", (unbounded, bound, tmp_path / "none"))
    assert memory.memory_mb() == 300
    monkeypatch.setattr(memory, "_BOUNDS", (unbounded,))
    assert memory.memory_mb() > 300


def test_what_the_operator_says_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_MEMORY_MB", "2000")
    assert memory.memory_mb() == 2000
    monkeypatch.setenv("FIRSTLINE_MEMORY_MB", "plenty")
    assert memory.memory_mb() > 0


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="DATABASE_URL names a server of one's own")
def test_data_that_is_there_gets_it_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "postgres"
    for machine, expected in (("512", "128MB"), ("1024", "256MB")):
        monkeypatch.setenv("FIRSTLINE_MEMORY_MB", machine)
        try:
            with psycopg.connect(postgres.ensure(data)) as connection:
                assert connection.execute("SHOW shared_buffers").fetchone() == (expected,)
        finally:
            postgres.stop(data)
