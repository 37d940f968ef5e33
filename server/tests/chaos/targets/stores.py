"""The systems as their owners see them: what stands there, who wrote it, and what the owners do themselves."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from firstline.runtime import database
from tests.chaos.targets import SYSTEMS

FOLDER = "FIRSTLINE_CHAOS_TARGETS"
SOURCES = Path(__file__).parent / "sources"
SCHEMA = "chaos_billing"
OLD = "Old Street"
OWNER = "owner"
_SECONDS = 30.0
# Of a process in which nothing is killed: see `keep_open`.
_kept: dict[str, Any] = {}

_POSTGRESQL = f"""
CREATE SCHEMA {SCHEMA};
SET search_path TO {SCHEMA};
CREATE TABLE account (
  record text PRIMARY KEY, street text NOT NULL, version integer NOT NULL DEFAULT 1, written_by text NOT NULL DEFAULT '',
  is_closed boolean NOT NULL DEFAULT false
);
CREATE TABLE ledger (number bigint GENERATED ALWAYS AS IDENTITY, record text, was text, became text, written_by text);
CREATE TABLE written_key (key text PRIMARY KEY);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.is_closed THEN RAISE EXCEPTION 'The account is closed.'; END IF;
  INSERT INTO {SCHEMA}.ledger (record, was, became, written_by) VALUES (NEW.record, OLD.street, NEW.street, NEW.written_by);
  RETURN NEW;
END $$;
CREATE TRIGGER note AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION note();
"""
_SQLITE = """
PRAGMA journal_mode = WAL;
CREATE TABLE account (
  record text PRIMARY KEY, street text NOT NULL, version integer NOT NULL DEFAULT 1, written_by text NOT NULL DEFAULT '',
  is_closed boolean NOT NULL DEFAULT false
);
CREATE TABLE ledger (number integer PRIMARY KEY, record text, was text, became text, written_by text);
CREATE TABLE written_key (key text PRIMARY KEY);
CREATE TRIGGER note AFTER UPDATE ON account
BEGIN
  SELECT RAISE(ABORT, 'The account is closed.') WHERE OLD.is_closed;
  INSERT INTO ledger (record, was, became, written_by) VALUES (NEW.record, OLD.street, NEW.street, NEW.written_by);
END;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One write that a system took."""

    system: str
    record: str
    was: str
    became: str
    by: str


def set_up(folder: Path, server: str, api: str) -> None:
    """Make the systems anew in `folder`, and in the PostgreSQL database at the address `server`; `api` is where the API listens."""
    os.environ[FOLDER] = str(folder)
    folder.mkdir(exist_ok=True)
    (folder / "postgresql").write_text(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(_POSTGRESQL)
    for system in ("payments", "crm", "erp"):
        with closing(sqlite3.connect(file_of(system))) as connection:
            connection.executescript(_SQLITE)
    addresses = {
        "billing": server.replace("postgresql://", "postgresql+psycopg://", 1),
        "payments": f"sqlite:///{file_of('payments')}",
    }
    for system, address in {**addresses, "crm": api, "erp": api}.items():
        (folder / f"{system}.url").write_text(address)
        (folder / f"{system}.token").write_text("a token")


def server_address() -> str:
    """Say where the database is that this process works with, be it one for tests."""
    from django.db import connection

    known = conninfo_to_dict(database.database_url())
    rest = {name: str(value) for name, value in known.items() if name != "dbname" and value is not None}
    return f"postgresql:///{connection.settings_dict['NAME']}?{urlencode(rest)}"


def keep_open() -> None:
    """Stay connected for as long as this process lives: opening takes longer than what is asked then.

    An SQLite file that somebody has open isn't tidied up each time that another closes it.
    """
    _kept["billing"] = psycopg.connect(_server(), options=f"-c search_path={SCHEMA}", autocommit=True)
    for system in ("payments", "crm", "erp"):
        _kept[system] = opened_file(system)


def opened_file(system: str) -> sqlite3.Connection:
    """Open the file of a system. A process that is killed loses nothing by not waiting for the disk."""
    # The API's threads and the workers' are others than the one that keeps it open.
    file = sqlite3.connect(file_of(system), timeout=_SECONDS, isolation_level=None, check_same_thread=False)
    file.execute("PRAGMA synchronous = OFF")
    return file


def tear_down() -> None:
    """Take the part away that lies in somebody else's database."""
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def open_accounts(record: str, *, closed: Sequence[str] = ()) -> None:
    """Have an account of this name in every system, in those of `closed` one that takes no writes."""
    for system in SYSTEMS:
        statement = "INSERT INTO account (record, street, is_closed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        _run(system, statement, record, OLD, system in closed)


def change(system: str, record: str, street: str) -> None:
    """Let the owner change an account."""
    _run(
        system,
        "UPDATE account SET street = ?, version = version + 1, written_by = ? WHERE record = ? AND street <> ?",
        street,
        OWNER,
        record,
        street,
    )


def street(system: str, record: str) -> str:
    return str(_run(system, "SELECT street FROM account WHERE record = ?", record)[0][0])


def streets(prefix: str) -> Iterator[tuple[str, str, str]]:
    """Give what stands in each system: system, account, street."""
    for system in SYSTEMS:
        for record, stands in _run(system, "SELECT record, street FROM account WHERE record LIKE ?", f"{prefix}%"):
            # To LIKE an underscore is any character.
            if record.startswith(prefix):
                yield system, record, stands


def ledger(prefix: str = "") -> Iterator[Written]:
    """Give everything that was written, in its order."""
    for system in SYSTEMS:
        statement = "SELECT record, was, became, written_by FROM ledger WHERE record LIKE ? ORDER BY number"
        for record, was, became, by in _run(system, statement, f"{prefix}%"):
            if record.startswith(prefix):
                yield Written(system=system, record=record, was=was, became=became, by=by)


def forget() -> None:
    """Empty all systems."""
    for system in SYSTEMS:
        with _opened(system) as run:
            for table in ("account", "ledger", "written_key"):
                run(f"DELETE FROM {table}", ())


def _run(system: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with _opened(system) as run:
        return run(statement, values)


@contextmanager
def _opened(system: str) -> Iterator[Any]:
    if system == "billing":
        with _billing() as server:

            def run(statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
                cursor = server.execute(statement.replace("?", "%s").replace("%%", "%"), values)
                return cursor.fetchall() if cursor.description else []

            yield run
        return
    with nullcontext(_kept[system]) if system in _kept else closing(opened_file(system)) as file:
        yield lambda statement, values: file.execute(statement, values).fetchall()


@contextmanager
def _billing() -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    if "billing" in _kept:
        yield _kept["billing"]
        return
    with psycopg.connect(_server(), options=f"-c search_path={SCHEMA}") as server:
        yield server


def _server() -> str:
    return (_folder() / "postgresql").read_text()


def file_of(system: str) -> Path:
    return _folder() / f"{system}.sqlite"


def _folder() -> Path:
    return Path(os.environ[FOLDER])
