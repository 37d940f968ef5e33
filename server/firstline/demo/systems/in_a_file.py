"""Systems that are an SQLite file. Off: the file is put away. Slow: another process holds its lock for so long, and again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from firstline.demo.systems import control, processes
from firstline.demo.systems.control import Pace


def path(folder: Path, system: str) -> Path:
    return folder / f"{system}.sqlite"


def lock_of(system: str) -> str:
    """Name the process that makes it slow."""
    return f"{system}_lock"


def make(folder: Path, connections: Path, system: str, schema: str) -> sqlite3.Connection:
    """Make the file anew, note where it is to be found, and give it to be filled."""
    path(folder, system).unlink(missing_ok=True)
    _put_away(folder, system).unlink(missing_ok=True)
    database = sqlite3.connect(path(folder, system))
    database.executescript(schema)
    control.write_private(connections / f"{system}.url", f"sqlite:///{path(folder, system).resolve()}")
    return database


def settle(folder: Path, system: str, pace: Pace) -> None:
    """Bring it into the state that its switch shows."""
    processes.stop(folder, lock_of(system))
    _give_back_or_put_away(folder, system, is_on=pace.is_on)
    if pace.is_on and pace.slow_seconds > 0:
        arguments = ("--folder", str(folder), "--system", system)
        processes.start(folder, lock_of(system), *arguments, module="file_lock")


def is_reachable(folder: Path, system: str) -> bool:
    return path(folder, system).exists()


def _put_away(folder: Path, system: str) -> Path:
    return folder / f"{system}.sqlite.off"


def _give_back_or_put_away(folder: Path, system: str, *, is_on: bool) -> None:
    present, hidden = path(folder, system), _put_away(folder, system)
    if is_on and hidden.exists():
        hidden.rename(present)
    elif not is_on and present.exists():
        # Not in the middle of somebody's write: the journal lies beside the file.
        with closing(sqlite3.connect(present, timeout=10, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            present.rename(hidden)
