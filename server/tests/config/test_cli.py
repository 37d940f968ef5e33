"""The command line, as a person types it, against a home folder of its own."""

import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="these tests start and stop an embedded database"
)


def firstline(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FIRSTLINE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "firstline.config.settings"}
    return subprocess.run(
        [sys.executable, "-m", "firstline", *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


KEEP_A_FILE = """
import django
django.setup()
from firstline.files import actions
print(actions.store(data=b"a scanned letter", name="letter.txt", claimed_type="text/plain").id)
"""
READ_IT = """
import sys
import django
django.setup()
from firstline.accounts.models import User
from firstline.files import queries
print(queries.read(sys.argv[1]).decode(), User.objects.get().email)
"""


def python(home: Path, code: str, *arguments: str) -> str:
    environment = {**os.environ, "FIRSTLINE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "firstline.config.settings"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()


def test_migrate_add_a_user_back_up_restore_stop(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other home"
    archive = tmp_path / "all.tar"
    try:
        assert firstline(home, "migrate").returncode == 0
        lindwerk = ("brand", "set", "lindwerk", "--name", "de=Lindwerk", "--sender-address")
        assert firstline(home, *lindwerk, "nowhere").returncode == 1
        assert firstline(home, *lindwerk, "service@lindwerk.example").stdout == "The brand 'lindwerk' is set.\n"
        assert firstline(home, "team", "set", "billing", "--name", "en=Billing").returncode == 0
        weak = firstline(home, "user", "add", "ada@example.com", "--role", "admin", stdin="short\n")
        assert weak.returncode == 1
        assert "too short" in weak.stderr
        lost = firstline(
            home, "user", "add", "ada@example.com", "--role", "agent", "--team", "moon", stdin="long enough to be one\n"
        )
        assert (lost.returncode, lost.stderr) == (1, "There is no team 'moon'.\n")
        added = firstline(home, "user", "add", "ada@example.com", "--role", "admin", stdin="long enough to be one\n")
        assert added.stdout == "ada@example.com can log in now.\n"
        letter = python(home, KEEP_A_FILE)
        saved = firstline(home, "backup", str(archive))
        assert saved.returncode == 0, saved.stderr
        with tarfile.open(archive) as opened:
            assert {"database.dump", "keys", "keys/django"} <= set(opened.getnames())
        assert archive.stat().st_mode & 0o077 == 0

        used = firstline(home, "restore", str(archive))
        assert used.returncode == 1
        assert "is in use" in used.stderr
        restored = firstline(other, "restore", str(archive))
        assert restored.returncode == 0, restored.stderr
        assert python(other, READ_IT, letter) == "a scanned letter ada@example.com"
        assert (other / "keys" / "django").read_text() == (home / "keys" / "django").read_text()
    finally:
        stopped = [firstline(one, "stop") for one in (home, other)]
    assert [one.returncode for one in stopped] == [0, 0]
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_what_is_no_backup_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "some.tar").write_bytes(b"not a tar file")
    answer = firstline(tmp_path / "home", "restore", str(tmp_path / "some.tar"))
    assert answer.returncode == 1
    assert "is no backup" in answer.stderr
    assert not (tmp_path / "home" / "postgres").exists()


def test_a_database_that_is_away_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    answer = firstline(tmp_path / "home", "migrate")
    assert answer.returncode == 1
    assert answer.stderr.startswith("The database doesn't answer")
    assert "Traceback" not in answer.stderr


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    answer = firstline(tmp_path / "home", "backup")
    assert answer.returncode == 2
    assert "target" in answer.stderr


def test_stop_also_ends_what_a_killed_demo_left_running(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "systems").mkdir(parents=True)
    lock = home / "systems" / "left.lock"
    held = "import fcntl, os, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); f.write(str(os.getpid())); f.flush(); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", held, str(lock)], stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()
        assert firstline(home, "stop").returncode == 0
        assert left.wait(timeout=10) == -signal.SIGTERM
