"""Orders: an SQLite file with orders, meter readings and appointments, in the words of a system that has grown for long."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from firstline.demo.generate import Customer, World, typo
from firstline.demo.systems import in_a_file

LAND = {"DE": "D", "NL": "NL", "GB": "GB"}

# One file, no write-ahead log: it can be put away as a whole.
SCHEMA = """
PRAGMA journal_mode = DELETE;
CREATE TABLE KUNDE (
    KD_NR       INTEGER PRIMARY KEY,
    NAME1       TEXT NOT NULL,
    NAME2       TEXT NOT NULL,
    STRASSE     TEXT NOT NULL,
    HAUSNR      TEXT NOT NULL,
    PLZ         TEXT NOT NULL,
    ORT         TEXT NOT NULL,
    LAND        TEXT NOT NULL CHECK (LAND IN ('D', 'NL', 'GB')),
    AB_DATUM    TEXT NOT NULL,
    MAIL        TEXT,
    TEL         TEXT NOT NULL,
    LW_NR       TEXT,
    STAND       INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX KUNDE_MAIL ON KUNDE (lower(MAIL));
CREATE INDEX KUNDE_LW ON KUNDE (LW_NR);
CREATE TABLE AUFTRAG (
    AUFTR_NR TEXT PRIMARY KEY, KD_NR INTEGER NOT NULL REFERENCES KUNDE, ART TEXT NOT NULL, VOM TEXT NOT NULL, STATUS TEXT NOT NULL
);
CREATE INDEX AUFTRAG_KD ON AUFTRAG (KD_NR);
CREATE TABLE ABLESUNG (
    KD_NR INTEGER NOT NULL REFERENCES KUNDE, ZAEHLER TEXT NOT NULL, AM TEXT NOT NULL, WERT INTEGER NOT NULL, DURCH TEXT NOT NULL
);
CREATE INDEX ABLESUNG_KD ON ABLESUNG (KD_NR);
CREATE TABLE TERMIN (
    KD_NR INTEGER NOT NULL REFERENCES KUNDE, WAS TEXT NOT NULL, AM TEXT NOT NULL, FENSTER TEXT NOT NULL, TRUPP TEXT NOT NULL,
    STATUS TEXT NOT NULL
);
CREATE INDEX TERMIN_KD ON TERMIN (KD_NR);
CREATE TABLE FREMD_SCHLUESSEL (SCHLUESSEL TEXT PRIMARY KEY);
"""


def set_up(folder: Path, connections: Path, world: World) -> None:
    with closing(in_a_file.make(folder, connections, "orders", SCHEMA)) as database, database:
        customers = [customer for customer in world.customers if customer.order_ids]
        _insert(database, "KUNDE", 13, (_customer(customer) for customer in customers))
        _insert(
            database,
            "AUFTRAG",
            5,
            ((o.number, _id(c), o.what, o.placed_on.isoformat(), o.status) for c in customers for o in c.orders),
        )
        _insert(
            database,
            "ABLESUNG",
            5,
            ((_id(c), r.meter, r.read_on.isoformat(), r.value, r.by) for c in customers for r in c.readings),
        )
        _insert(
            database,
            "TERMIN",
            6,
            (
                (_id(c), a.what, a.on.isoformat(), a.window, a.technician, a.status)
                for c in customers
                for a in c.appointments
            ),
        )


def _insert(database: sqlite3.Connection, table: str, width: int, rows: Iterator[tuple[object, ...]]) -> None:
    database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)  # noqa: S608 -- our own names


def _id(customer: Customer) -> int:
    return int(customer.order_ids[0])


def _customer(customer: Customer) -> tuple[object, ...]:
    dice = random.Random(f"orders:{customer.sequence}")  # noqa: S311 - made-up mistakes
    address = customer.old_address if "orders:old_address" in customer.quirks else customer.address
    street = typo(address.street, dice) if "orders:typo_in_street" in customer.quirks else address.street
    return (
        _id(customer),
        customer.organisation or customer.family_name,
        customer.given_name,
        street,
        address.house_number,
        address.postcode,
        address.town,
        LAND[address.country],
        customer.since.isoformat(),
        None
        if "orders:no_email" in customer.quirks
        else customer.email.upper()
        if dice.random() < 0.1
        else customer.email,
        _national(customer.phone, dice),
        None if "orders:no_customer_number" in customer.quirks else f"L{customer.number}",
        1,
    )


def _national(phone: str, dice: random.Random) -> str:
    """Write +493023125001 as 030 / 23125001 or 030-231250-01, as whoever was at the telephone happened to."""
    digits = "0" + phone[3:]
    return dice.choice((f"{digits[:3]} / {digits[3:]}", f"{digits[:3]}-{digits[3:]}", digits))
