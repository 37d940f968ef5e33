"""Billing: a PostgreSQL database with its own words, its own customer id and rules that refuse what it can't bill.

Off: its role may not log in, and sessions that are open are ended. Slow: every statement that touches its tables waits first,
through a row security policy, so that no reader and no writer gets around it.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from firstline.demo.generate import OFFERS, TARIFFS, Contract, Customer, World
from firstline.demo.systems import control
from firstline.demo.systems.control import Pace

# The name of the database and of the role that Firstline uses there.
NAME = "firstline_demo_billing"
TABLES = ("account", "contract", "invoice", "payment", "dunning")

SCHEMA = """
CREATE SCHEMA billing;

CREATE TABLE billing.account (
    account_no      text PRIMARY KEY,
    customer_ref    text NOT NULL,
    kind            char(1) NOT NULL CHECK (kind IN ('P', 'B')),
    holder          text NOT NULL,
    street          text NOT NULL,
    house_no        text NOT NULL,
    zip             text NOT NULL,
    city            text NOT NULL,
    country_code    char(2) NOT NULL,
    address_from    date NOT NULL,
    e_mail          text,
    phone_no        text,
    iban            text NOT NULL,
    opened_on       date NOT NULL,
    closed_on       date,
    row_version     integer NOT NULL DEFAULT 1,
    CONSTRAINT "The postcode doesn't fit the country" CHECK (
        CASE country_code
            WHEN 'DE' THEN zip ~ '^[0-9]{5}$'
            WHEN 'NL' THEN zip ~ '^[0-9]{4} ?[A-Z]{2}$'
            WHEN 'GB' THEN zip ~ '^[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}$'
            ELSE false
        END
    )
);
CREATE INDEX ON billing.account (customer_ref);
CREATE INDEX ON billing.account (lower(e_mail));

CREATE TABLE billing.tariff (
    code text PRIMARY KEY, name text NOT NULL, commodity text NOT NULL, base_price numeric(8, 2) NOT NULL, unit_price numeric(8, 4) NOT NULL
);

CREATE TABLE billing.offer (
    offer_code text PRIMARY KEY, name text NOT NULL, tariff_code text REFERENCES billing.tariff, discount_percent numeric(5, 2) NOT NULL,
    months integer NOT NULL
);

CREATE TABLE billing.contract (
    contract_no     text PRIMARY KEY,
    account_no      text NOT NULL REFERENCES billing.account,
    tariff_code     text NOT NULL REFERENCES billing.tariff,
    meter_no        text NOT NULL,
    starts_on       date NOT NULL,
    ends_on         date,
    status          text NOT NULL CHECK (status IN ('active', 'cancelled', 'ended')),
    offer_code      text REFERENCES billing.offer,
    row_version     integer NOT NULL DEFAULT 1
);
CREATE INDEX ON billing.contract (account_no);

CREATE TABLE billing.invoice (
    invoice_no      text PRIMARY KEY,
    account_no      text NOT NULL REFERENCES billing.account,
    contract_no     text NOT NULL REFERENCES billing.contract,
    period_from     date NOT NULL,
    period_to       date NOT NULL,
    issued_on       date NOT NULL,
    due_on          date NOT NULL,
    amount_gross    numeric(10, 2) NOT NULL,
    amount_open     numeric(10, 2) NOT NULL
);
CREATE INDEX ON billing.invoice (account_no, issued_on);

CREATE TABLE billing.payment (
    payment_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_no text NOT NULL REFERENCES billing.invoice, paid_on date NOT NULL,
    amount numeric(10, 2) NOT NULL
);
CREATE TABLE billing.dunning (
    dunning_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_no text NOT NULL REFERENCES billing.invoice, level integer NOT NULL,
    sent_on date NOT NULL
);
-- What billing's own people and others noted of a customer.
CREATE TABLE billing.journal (
    reference text PRIMARY KEY, account_no text NOT NULL REFERENCES billing.account, written_on date NOT NULL DEFAULT current_date,
    note text NOT NULL, channel text
);
CREATE INDEX ON billing.journal (account_no);

CREATE TABLE billing.credit_note (
    credit_no       text PRIMARY KEY,
    account_no      text NOT NULL REFERENCES billing.account,
    invoice_no      text NOT NULL REFERENCES billing.invoice,
    amount          numeric(10, 2) NOT NULL CONSTRAINT "A credit note needs an amount above zero" CHECK (amount > 0),
    reason          text NOT NULL,
    issued_on       date NOT NULL DEFAULT current_date,
    cancelled_on    date
);
CREATE INDEX ON billing.credit_note (account_no);
CREATE INDEX ON billing.credit_note (invoice_no);
CREATE TABLE billing.booking (
    reference       text PRIMARY KEY,
    account_no      text NOT NULL REFERENCES billing.account,
    amount          numeric(10, 2) NOT NULL,
    words           text NOT NULL,
    booked_on       date NOT NULL DEFAULT current_date,
    reversed_on     date
);
CREATE INDEX ON billing.booking (account_no);
CREATE INDEX ON billing.payment (invoice_no);
CREATE INDEX ON billing.dunning (invoice_no);

-- What others wrote here, by their key: the second attempt of the same write does nothing.
CREATE TABLE billing.written_key (key text PRIMARY KEY, written_at timestamptz NOT NULL DEFAULT now());

CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_on IS NOT NULL THEN
        RAISE EXCEPTION 'Account % is closed since %; it takes no changes.', OLD.account_no, OLD.closed_on;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_accounts_stay BEFORE UPDATE ON billing.account FOR EACH ROW EXECUTE FUNCTION billing.refuse_change();

CREATE FUNCTION billing.refuse_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'ended' THEN
        RAISE EXCEPTION 'Contract % has ended; it can''t be changed.', OLD.contract_no;
    END IF;
    IF NEW.ends_on IS NOT NULL AND NEW.ends_on < NEW.starts_on THEN
        RAISE EXCEPTION 'Contract % starts on %; it can''t end before.', NEW.contract_no, NEW.starts_on;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ended_contracts_stay BEFORE UPDATE ON billing.contract FOR EACH ROW EXECUTE FUNCTION billing.refuse_contract();

CREATE FUNCTION billing.refuse_credit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    billed numeric;
    credited numeric;
BEGIN
    SELECT amount_gross INTO billed FROM billing.invoice WHERE invoice_no = NEW.invoice_no AND account_no = NEW.account_no;
    IF billed IS NULL THEN
        RAISE EXCEPTION 'Account % has no invoice %.', NEW.account_no, NEW.invoice_no;
    END IF;
    SELECT coalesce(sum(amount), 0) INTO credited FROM billing.credit_note
    WHERE invoice_no = NEW.invoice_no AND cancelled_on IS NULL AND credit_no <> NEW.credit_no;
    IF NEW.cancelled_on IS NULL AND credited + NEW.amount > billed THEN
        RAISE EXCEPTION 'Invoice % was about %, of which % were credited already; % more is too much.',
            NEW.invoice_no, billed, credited, NEW.amount;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_what_was_billed BEFORE INSERT OR UPDATE ON billing.credit_note
    FOR EACH ROW EXECUTE FUNCTION billing.refuse_credit();

CREATE TABLE billing.pace (seconds double precision NOT NULL);
INSERT INTO billing.pace VALUES (0);
-- STABLE, although it sleeps: so the planner calls it once per table and not once per row; of several tables of one
-- statement only the first one waits.
CREATE FUNCTION billing.think() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE wait double precision;
BEGIN
    SELECT seconds INTO wait FROM billing.pace;
    IF wait > 0 AND current_setting('billing.thought_at', true) IS DISTINCT FROM statement_timestamp()::text THEN
        PERFORM set_config('billing.thought_at', statement_timestamp()::text, false);
        PERFORM pg_sleep(wait);
    END IF;
    RETURN true;
END $$;
"""


def set_up(folder: Path, connections: Path, server_url: str, name: str, world: World) -> None:
    control.write_private(folder / "billing.server", server_url)
    control.write_private(folder / "billing.name", name)
    tear_down(folder)
    password = secrets.token_urlsafe(24)
    with _server(folder) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), password))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with _admin(folder) as billing:
        billing.execute(SCHEMA)
        _fill(billing, world)
        _grant(billing, name)
        billing.execute("ANALYZE")
    control.write_private(connections / "billing.url", _role_url(server_url, name, password))


def tear_down(folder: Path) -> None:
    name = sql.Identifier(_name(folder))
    with _server(folder) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))


def settle(folder: Path, pace: Pace) -> None:
    login = sql.SQL("LOGIN" if pace.is_on else "NOLOGIN")
    name = _name(folder)
    with _server(folder) as server:
        server.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(name), login))
        if not pace.is_on:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [name])
    with _admin(folder) as billing:
        billing.execute("UPDATE billing.pace SET seconds = %s", [pace.slow_seconds])


def is_reachable(folder: Path) -> bool:
    url = (folder / "connections" / "billing.url").read_text()
    try:
        with psycopg.connect(_libpq(url), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _server(folder: Path) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect((folder / "billing.server").read_text(), autocommit=True)


def _admin(folder: Path) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(make_conninfo((folder / "billing.server").read_text(), dbname=_name(folder)))


def _name(folder: Path) -> str:
    return (folder / "billing.name").read_text()


def _role_url(server_url: str, name: str, password: str) -> str:
    """Write the address as SQLAlchemy reads it, for the role that Firstline uses."""
    parts = conninfo_to_dict(server_url)
    rest = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in parts.items() if key in {"host", "port"})
    return f"postgresql+psycopg://{name}:{password}@/{name}?{rest}"


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _grant(billing: "psycopg.Connection[tuple[Any, ...]]", role_name: str) -> None:
    role = sql.Identifier(role_name)
    billing.execute(sql.SQL("GRANT USAGE ON SCHEMA billing TO {}").format(role))
    billing.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA billing TO {}").format(role))
    billing.execute(sql.SQL("GRANT UPDATE ON billing.account, billing.contract TO {}").format(role))
    billing.execute(sql.SQL("GRANT INSERT ON billing.written_key TO {}").format(role))
    for table in ("journal", "credit_note", "booking"):
        written = sql.Identifier("billing", table)
        billing.execute(sql.SQL("GRANT INSERT, UPDATE ON {} TO {}").format(written, role))
    for table in TABLES:
        name = sql.Identifier("billing", table)
        billing.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
        billing.execute(sql.SQL("CREATE POLICY pace ON {} TO {} USING (billing.think())").format(name, role))


def _fill(billing: "psycopg.Connection[tuple[Any, ...]]", world: World) -> None:
    _copy(billing, "tariff", ((code, *tariff) for code, tariff in TARIFFS.items()))
    _copy(billing, "offer", ((code, *offer) for code, offer in OFFERS.items()))
    customers = world.customers
    _copy(billing, "account", (row for customer in customers for row in _accounts(customer)))
    _copy(
        billing,
        "contract",
        (_contract(customer, contract) for customer in customers for contract in customer.contracts),
    )
    _copy(billing, "invoice", (row for customer in customers for row in _invoices(customer)))
    bills = [invoice for customer in customers for contract in customer.contracts for invoice in contract.invoices]
    _copy(billing, "payment (invoice_no, paid_on, amount)", ((i.number, i.paid_on, i.paid) for i in bills if i.paid_on))
    _copy(
        billing,
        "dunning (invoice_no, level, sent_on)",
        ((i.number, level, world.today) for i in bills for level in range(1, i.dunning_level + 1)),
    )


def _copy(billing: "psycopg.Connection[tuple[Any, ...]]", into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY billing.") + sql.SQL(into) + sql.SQL(" FROM STDIN")
    with billing.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _accounts(customer: Customer) -> Iterator[tuple[Any, ...]]:
    address = customer.old_address if "billing:old_address" in customer.quirks else customer.address
    holder = customer.organisation or f"{customer.family_name}, {customer.given_name}"
    if "billing:upper_case" in customer.quirks:
        holder = holder.upper()
    ended = max((contract.ends_on for contract in customer.contracts if contract.ends_on), default=None)
    for place, account_no in enumerate(customer.billing_ids):
        yield (
            account_no,
            customer.number,
            "P" if customer.kind == "person" else "B",
            holder,
            address.street,
            address.house_number,
            address.postcode,
            address.town,
            address.country,
            customer.since,
            None if "billing:no_email" in customer.quirks else customer.email,
            _spaced(customer.phone),
            customer.iban,
            customer.since,
            # A second account is one that somebody opened by mistake and closed again.
            customer.since if place else ended,
            1,
        )


def _contract(customer: Customer, contract: Contract) -> tuple[Any, ...]:
    status = "ended" if contract.ends_on else "active"
    head = (contract.number, customer.billing_ids[0], contract.tariff, contract.meter)
    return (*head, contract.starts_on, contract.ends_on, status, None, 1)


def _invoices(customer: Customer) -> Iterator[tuple[Any, ...]]:
    for contract in customer.contracts:
        for bill in contract.invoices:
            head = (bill.number, customer.billing_ids[0], contract.number, bill.period_from, bill.period_to)
            yield (*head, bill.issued_on, bill.due_on, bill.amount, bill.amount - bill.paid)


def _spaced(phone: str) -> str:
    """Write +493023125001 as +49 30 23125001, as billing's clerks do."""
    return f"{phone[:3]} {phone[3:5]} {phone[5:]}"
