"""Payments: an SQLite file with the mandates for direct debits, and the transfers that are to go out to customers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from firstline.demo.generate import Customer, World
from firstline.demo.systems import in_a_file

# One file, no write-ahead log: it can be put away as a whole.
SCHEMA = """
PRAGMA journal_mode = DELETE;
CREATE TABLE mandate (
    mandate_no TEXT PRIMARY KEY, customer_no TEXT NOT NULL, payer TEXT NOT NULL, street TEXT NOT NULL, house_number TEXT NOT NULL,
    postcode TEXT NOT NULL, town TEXT NOT NULL, country TEXT NOT NULL CHECK (length(country) = 2), address_from TEXT NOT NULL,
    iban TEXT NOT NULL, signed_on TEXT NOT NULL, revision INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX mandate_customer ON mandate (customer_no);
-- An amount is a text of digits: SQLite knows no decimals.
CREATE TABLE transfer (
    reference TEXT PRIMARY KEY, mandate_no TEXT NOT NULL REFERENCES mandate, amount TEXT NOT NULL, purpose TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ordered', 'sent', 'withdrawn')), ordered_on TEXT NOT NULL DEFAULT CURRENT_DATE
);
CREATE INDEX transfer_mandate ON transfer (mandate_no);
CREATE TRIGGER nothing_but_money BEFORE INSERT ON transfer WHEN CAST(NEW.amount AS REAL) <= 0
BEGIN SELECT RAISE(ABORT, 'A transfer needs an amount above zero.'); END;
CREATE TRIGGER what_is_sent_is_sent BEFORE UPDATE ON transfer WHEN OLD.state = 'sent'
BEGIN SELECT RAISE(ABORT, 'The transfer was sent to the bank already.'); END;
CREATE TABLE written_key (key TEXT PRIMARY KEY);
"""


def set_up(folder: Path, connections: Path, world: World) -> None:
    with closing(in_a_file.make(folder, connections, "payments", SCHEMA)) as database, database:
        rows = (row for customer in world.customers for row in _mandate(customer))
        database.executemany("INSERT INTO mandate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", rows)


def _mandate(customer: Customer) -> Iterator[tuple[str, ...]]:
    address = customer.address
    yield (
        f"M{70_000 + customer.sequence * 9}",
        customer.number,
        customer.name,
        address.street,
        address.house_number,
        address.postcode,
        address.town,
        address.country,
        customer.since.isoformat(),
        customer.iban,
        customer.since.isoformat(),
    )
