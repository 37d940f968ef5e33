"""The demo's organisation with its four systems and a mailbox, made once for many address changes."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from django.db import connections
from django.test.utils import override_settings
from psycopg.conninfo import make_conninfo

from firstline import clock
from firstline.accounts.models import Brand
from firstline.demo import generate, mailbox, seed, systems
from firstline.procedures import importer
from firstline.runtime import database
from firstline.sources.adapters import loaded
from tests.conftest import free_port
from tests.snapshot import take_away

PROCEDURES = Path(__file__).parents[3] / "procedures"
DEFINITIONS = Path(systems.__file__).parent.parent / "sources"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
# Commands give up on a system after this long, so that a test of a late answer takes no longer.
COMMAND_SECONDS = 1.5

Address = tuple[str, ...]


@dataclass(frozen=True)
class Stand:
    """What a record of a system holds: how often it was written, and the address."""

    version: int
    address: Address


Stands = dict[str, dict[str, Stand]]


@dataclass(frozen=True)
class Town:
    """Everything around Firstline, looked at as its owners would: not through Firstline."""

    folder: Path
    world: generate.World
    brand: Brand
    # Not the role that Firstline uses: it gets in when billing is switched off, too.
    owner_of_billing: "psycopg.Connection[Any]"

    def switch(self, system: str, **how: Any) -> None:
        systems.switch(system, folder=self.folder, **how)

    def billing(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = self.owner_of_billing.execute(statement, values)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []

    def sqlite(self, name: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        path = self.folder / f"{name}.sqlite"
        path = path if path.exists() else path.with_suffix(".sqlite.off")
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def stands(self, customer: generate.Customer) -> Stands:
        """Read the records of a customer that an address change is to change, system by system."""
        billing = self.billing(
            "SELECT account_no, row_version, street, house_no, zip, city FROM billing.account"
            " WHERE account_no = ANY(%s) AND closed_on IS NULL",
            list(customer.billing_ids),
        )
        places = ",".join("?" * len(customer.master_ids))
        master = self.sqlite(
            "master",
            "SELECT id, version, json_extract(document, '$.address.streetLine'), json_extract(document, '$.address.postalCode'),"
            f" json_extract(document, '$.address.place') FROM person WHERE id IN ({places})",
            *customer.master_ids,
        )
        places = ",".join("?" * len(customer.order_ids))
        orders = self.sqlite(
            "orders",
            f"SELECT KD_NR, STAND, STRASSE, HAUSNR, PLZ, ORT FROM KUNDE WHERE KD_NR IN ({places})",
            *customer.order_ids,
        )
        payments = self.sqlite(
            "payments",
            "SELECT mandate_no, revision, street, house_number, postcode, town FROM mandate WHERE customer_no = ?",
            customer.number,
        )
        found = {"billing": billing, "master": master, "orders": orders, "payments": payments}
        return {system: {str(row[0]): Stand(row[1], tuple(row[2:])) for row in rows} for system, rows in found.items()}

    def move_behind_our_back(self, system: str, record: str) -> None:
        """Let somebody in the system itself enter yet another address."""
        if system == "billing":
            self.billing(
                "UPDATE billing.account SET street = 'Anderer Weg', row_version = row_version + 1 WHERE account_no = %s",
                record,
            )
        elif system == "master":
            self.sqlite(
                "master",
                "UPDATE person SET document = json_set(document, '$.address.place', 'Anderswo'), version = version + 1 WHERE id = ?",
                record,
            )
        elif system == "payments":
            self.sqlite(
                "payments", "UPDATE mandate SET town = 'Anderswo', revision = revision + 1 WHERE mandate_no = ?", record
            )
        else:
            self.sqlite("orders", "UPDATE KUNDE SET ORT = 'Anderswo', STAND = STAND + 1 WHERE KD_NR = ?", record)

    def keys_of(self, command_ids: Iterable[object]) -> dict[str, int]:
        """Count the writes that each system has noted under the keys of our commands."""
        likes = [f"firstline:{one}:%" for one in command_ids]
        count = "SELECT count(*) FROM {} WHERE " + " OR ".join(["{} LIKE ?"] * len(likes))

        def counted(system: str, table: str, column: str) -> int:
            return int(self.sqlite(system, count.format(table, *[column] * len(likes)), *likes)[0][0])

        return {
            "billing": self.billing("SELECT count(*) FROM billing.written_key WHERE key LIKE ANY(%s)", likes)[0][0],
            "master": counted("master", "answered", "key"),
            "orders": counted("orders", "FREMD_SCHLUESSEL", "SCHLUESSEL"),
            "payments": counted("payments", "written_key", "key"),
        }

    def letters(self, to: str) -> dict[str, int]:
        """Count how often each message came to a customer, by Message-ID."""
        counted: dict[str, int] = {}
        for path in (self.folder / "mailbox").glob("*.eml"):
            message = message_from_bytes(path.read_bytes())
            if to in str(message["To"]):
                name = str(message["Message-ID"]).strip("<> \r\n")
                counted[name] = counted.get(name, 0) + 1
        return counted


def new_stands(stands: Mapping[str, Stand], system: str, answers: Mapping[str, Any]) -> dict[str, Stand]:
    """Say how the records of a system must stand after exactly one write of the address in `answers`."""
    street, house_number, rest = (
        answers["street"],
        answers["house_number"],
        (answers["postcode"], answers["town"]),
    )
    lines = (f"{street} {house_number}",) if system == "master" else (street, house_number)
    return {record: Stand(stand.version + 1, (*lines, *rest)) for record, stand in stands.items()}


@contextmanager
def whole_database() -> Iterator[None]:
    """Use the test's database as it is, with real commits, and empty it at the end."""
    yield
    take_away()
    connections.close_all()


@contextmanager
def town(folder: Path, *, customers: int, now: datetime) -> Iterator[Town]:
    """Set everything up in the test's database (which must be empty), and leave nothing behind."""
    world = generate.make_world(count=customers, today=now.date())
    name = f"test_firstline_town_{os.getpid()}"
    systems.set_up(folder=folder, server_url=database.database_url(), world=world, billing_name=name)
    (folder / "mailbox").mkdir()
    letterbox = Controller(mailbox._Keep(folder / "mailbox"), hostname="127.0.0.1", port=free_port())
    try:
        systems.start(folder=folder)
        letterbox.start()
        with override_settings(
            FIRSTLINE_SOURCES=_definitions(folder),
            FIRSTLINE_SECRETS=systems.connections(folder),
            FIRSTLINE_SMTP_OUT=f"smtp://127.0.0.1:{letterbox.port}",
            FIRSTLINE_HOLD_SECONDS=0,
        ):
            loaded.forget()
            with psycopg.connect(make_conninfo(database.database_url(), dbname=name), autocommit=True) as owner:
                yield Town(folder, world, _organisation(world, now), owner)
    finally:
        loaded.forget()
        letterbox.stop()
        systems.tear_down(folder=folder)


def _definitions(folder: Path) -> Path:
    made = folder / "definitions"
    made.mkdir()
    for file in DEFINITIONS.glob("*.yaml"):
        text = file.read_text()
        assert "command_timeout: 5 s" in text
        (made / file.name).write_text(text.replace("command_timeout: 5 s", f"command_timeout: {COMMAND_SECONDS} s"))
    return made


def _organisation(world: generate.World, now: datetime) -> Brand:
    with clock.fixed(now):
        brand = seed._organisation()
        seed._customers(brand, world)
        importer.deploy_tree(PROCEDURES)
    return brand
