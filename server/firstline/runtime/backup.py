"""One archive that holds everything: the database, the files, the keys, and how the back-office systems are connected."""

import os
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg

from firstline.runtime import database, postgres
from firstline.runtime.home import home

DUMP = "database.dump"
FOLDERS = ("files", "keys", "sources", "secrets")


class CannotRestore(Exception):
    """The backup can't be restored here; the message says why, and what to do."""


def write(target: Path) -> None:
    """Write the archive: whole, or not at all. The database comes first: every file that it names was there before."""
    database.ensure()
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        dumped = Path(folder) / DUMP
        postgres.dump(database.database_url(), dumped)
        partial = target.with_name(target.name + ".partial")
        # The archive holds keys and personal data: it is for its owner alone.
        with (
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
            tarfile.open(fileobj=file, mode="w") as archive,
        ):
            archive.add(dumped, DUMP)
            for name in FOLDERS:
                if (home() / name).exists():
                    archive.add(home() / name, name)
        partial.replace(target)


def restore(source: Path) -> None:
    """Restore an archive into a home folder and a database that are empty still.

    Raises: CannotRestore.
    """
    _refuse_used_home()
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        _unpack(source, Path(folder))
        database.ensure()
        _refuse_used_database()
        postgres.restore(database.database_url(), Path(folder) / DUMP)
        for name in FOLDERS:
            if (Path(folder) / name).exists():
                (Path(folder) / name).replace(home() / name)


def _refuse_used_home() -> None:
    used = [name for name in FOLDERS if (home() / name).exists() and any((home() / name).iterdir())]
    if used:
        raise CannotRestore(
            f"{home()} is in use: it holds {', '.join(used)}. Restore into a new folder: set FIRSTLINE_HOME to one."
        )


def _unpack(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source) as archive:
            members = archive.getmembers()
            strange = next((one.name for one in members if not _is_ours(one)), None)
            if strange is not None:
                raise CannotRestore(f"{source} holds {strange!r}, which no backup of Firstline does.")
            # Python's own net knows more, where there is one: since 3.11.4.
            net: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(folder, members, **net)  # noqa: S202 -- looked through above
    except tarfile.TarError as error:
        raise CannotRestore(f"{source} is no backup, or a part of it is missing: {error}.") from error
    if not (folder / DUMP).exists():
        raise CannotRestore(f"{source} is no backup of Firstline: it holds no {DUMP}.")


def _is_ours(member: tarfile.TarInfo) -> bool:
    """Tell a file or folder within the archive's own from what would lead elsewhere."""
    path = PurePosixPath(member.name)
    return (member.isfile() or member.isdir()) and not path.is_absolute() and ".." not in path.parts


def _refuse_used_database() -> None:
    with psycopg.connect(database.database_url()) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if found and found[0]:
        raise CannotRestore(
            "The database isn't empty. Restore into a new one: make it with createdb, and name it in DATABASE_URL."
        )
