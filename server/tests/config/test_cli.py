"""The command line, as a person types it, against a home folder of its own."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="these tests start and stop an embedded database")


def firstline(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FIRSTLINE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "firstline.config.settings"}
    return subprocess.run(
        [sys.executable, "-m", "firstline", *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )


def test_migrate_add_a_user_back_up_stop(tmp_path: Path) -> None:
    home = tmp_path / "home"
    try:
        assert firstline(home, "migrate").returncode == 0
        weak = firstline(home, "user", "add", "ada@example.com", "--role", "admin", stdin="short\n")
        assert weak.returncode == 1
        assert "too short" in weak.stderr
        added = firstline(home, "user", "add", "ada@example.com", "--role", "admin", stdin="long enough to be one\n")
        assert added.stdout == "ada@example.com can log in now.\n"
        saved = firstline(home, "backup", str(tmp_path / "all.tar"))
        assert saved.returncode == 0, saved.stderr
        with tarfile.open(tmp_path / "all.tar") as archive:
            assert {"database.dump", "keys", "keys/django"} <= set(archive.getnames())
        assert (tmp_path / "all.tar").stat().st_mode & 0o077 == 0
    finally:
        stopped = firstline(home, "stop")
    assert stopped.returncode == 0
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    answer = firstline(tmp_path / "home", "backup")
    assert answer.returncode == 2
    assert "target" in answer.stderr
