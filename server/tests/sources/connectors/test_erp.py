"""A change of address and a refund that go through a real Tryton and two databases, while one of them is away (`make erp`)."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from firstline import ids
from firstline.accounts.models import Brand
from firstline.customers.models import Customer, Identifier
from firstline.outbox.ports import TryAgain
from firstline.sources import actions, handlers, queries
from firstline.sources.adapters import loaded
from firstline.sources.ports import CannotCompensate
from tests.chaos.targets.stores import server_address
from tests.sources.conftest import AGENT, GivenJob
from tests.sources.connectors.erp import Erp, erp_server

DOCS = Path(__file__).parents[4] / "docs" / "connectors" / "tryton.md"
ADDRESS = {"street": "Ring", "house_number": "5", "postcode": "53111", "town": "Bonn"}
# A system that has the address, and what is paid back: a record that the refund makes, and that taking it back deletes.
DATABASE = """
key: {key}
label: {{en: {key}}}
connector: sql
connection: {{url: {{file: {key}.url}}, key_table: {schema}written_key, key_column: key}}
retry: [1 s]
customer: [{{kind: email}}]
commands:
  change_address:
    label: {{en: Address}}
    parameters: {{street: {{}}, house_number: {{}}, town: {{}}}}
    read: {{sql: "SELECT email, street, town FROM {schema}account WHERE email = :customer"}}
    record: email
    changes:
      - {{name: street, label: {{en: Street}}, becomes: "{{street}} {{house_number}}"}}
      - {{name: town, label: {{en: Town}}, becomes: "{{town}}"}}
    write: {{sql: "UPDATE {schema}account SET street = :street, town = :town WHERE email = :record"}}
  refund:
    label: {{en: Refund}}
    parameters: {{invoice: {{}}, amount: {{type: number}}}}
    read: {{sql: "SELECT invoice, amount FROM {schema}refund WHERE invoice = :invoice"}}
    record: invoice
    when_missing: create
    new_record: "{{invoice}}"
    changes: [{{name: amount, label: {{en: Amount}}, type: number, becomes: "{{amount}}"}}]
    write: {{sql: "INSERT INTO {schema}refund (invoice, email, amount) VALUES (:record, :customer, :amount)"}}
    undo: {{sql: "DELETE FROM {schema}refund WHERE invoice = :record"}}
"""
TABLES = """
CREATE TABLE {schema}account (email text PRIMARY KEY, street text, town text);
CREATE TABLE {schema}refund (invoice text PRIMARY KEY, email text, amount numeric);
CREATE TABLE {schema}written_key (key text PRIMARY KEY);
INSERT INTO {schema}account VALUES ('brigitte@example.com', 'Old', 'Lyon');
"""
MOST_DELIVERIES = 30
SYSTEMS = ("ledger", "payments", "erp")

pytestmark = [pytest.mark.xdist_group("erp"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    yield from erp_server(tmp_path_factory.mktemp("erp"))


@pytest.fixture
def folder(erp: Erp, tmp_path: Path, db: None, settings: Any) -> Iterator[Path]:
    """Tryton as its page describes it, a PostgreSQL schema and an SQLite file."""
    erp.turn_on()
    address = server_address()
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("DROP SCHEMA IF EXISTS ledger CASCADE")
        server.execute("CREATE SCHEMA ledger")
        server.execute(TABLES.format(schema="ledger."))
    with closing(sqlite3.connect(tmp_path / "payments.sqlite")) as file:
        file.executescript(TABLES.format(schema=""))
    (described,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "erp.yaml").write_text(
        re.sub(r"database: \w+", f"database: {erp.database}", re.sub(r"retry: .*\n", "", described))
    )
    for key, schema in (("ledger", "ledger."), ("payments", "")):
        (tmp_path / f"{key}.yaml").write_text(DATABASE.format(key=key, schema=schema))
    secrets = {
        "ledger.url": address.replace("postgresql://", "postgresql+psycopg://", 1),
        "payments.url": f"sqlite:///{tmp_path / 'payments.sqlite'}",
        "erp.url": erp.url,
        "erp.user": "admin",
        "erp.password": erp.password,
    }
    for name, secret in secrets.items():
        (tmp_path / name).write_text(secret)
    settings.FIRSTLINE_SOURCES = settings.FIRSTLINE_SECRETS = tmp_path
    loaded.forget()
    yield tmp_path
    loaded.forget()
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("DROP SCHEMA ledger CASCADE")


@pytest.fixture
def brigitte(folder: Path) -> UUID:
    brand = Brand.objects.create(key="lindwerk", names={"en": "Lindwerk"})
    one = Customer.objects.create(brand=brand, number="K1", family_name="Dupont")
    Identifier.objects.create(customer=one, kind="email", value="brigitte@example.com", shown="brigitte@example.com")
    return one.id


def job(customer_id: UUID, system: str, command: str, parameters: dict[str, Any], **fields: Any) -> GivenJob:
    variables = {"customer_id": str(customer_id), "parameters": parameters}
    return GivenJob(headers={"command": f"{system}.{command}"}, variables=variables, **fields)


def stands(folder: Path, table: str) -> list[list[tuple[Any, ...]]]:
    """What stands in both databases."""
    with psycopg.connect(server_address()) as server, closing(sqlite3.connect(folder / "payments.sqlite")) as file:
        return [
            server.execute(f"SELECT * FROM ledger.{table}").fetchall(),
            file.execute(f"SELECT * FROM {table}").fetchall(),
        ]


def carried_out(wanted: GivenJob) -> None:
    """Deliver a job as the outbox does: a Tryton with much to do may take longer than a command has."""
    for _ in range(MOST_DELIVERIES):
        try:
            handlers.run_command(wanted)
        except TryAgain:
            continue
        return
    raise AssertionError("Tryton doesn't answer.")


@contextmanager
def away(erp: Erp) -> Iterator[None]:
    erp.turn_off()
    try:
        yield
    finally:
        erp.turn_on()


def previews(customer_id: UUID, command: str, parameters: dict[str, Any]) -> dict[str, str]:
    found = actions.previews(
        customer_id=customer_id,
        commands=[f"{system}.{command}" for system in SYSTEMS],
        parameters=parameters,
        principal=AGENT,
        language="en",
    )
    return {one.command: one.state for one in found}


def test_a_change_of_address_reaches_tryton_and_two_databases(folder: Path, brigitte: UUID, erp: Erp) -> None:
    assert set(previews(brigitte, "change_address", ADDRESS).values()) <= {"ready", "unknown"}
    case_id = ids.new_id()
    jobs = [job(brigitte, system, "change_address", ADDRESS, business_id=case_id) for system in SYSTEMS]
    with away(erp):
        for one in jobs[:2]:
            handlers.run_command(one)
        with pytest.raises(TryAgain):
            handlers.run_command(jobs[2])
        progress = queries.progress_of_case(case_id)
        assert progress.sentence.startswith("2 of 3 systems updated; the rest is tried again at ")
    carried_out(jobs[2])
    assert queries.progress_of_case(case_id).sentence == "3 of 3 systems updated."
    assert [rows[0][1:] for rows in stands(folder, "account")] == [("Ring 5", "Bonn")] * 2
    (address,) = erp.ask("model.party.address.search", [["party", "=", erp.known["customer"]]], 0, None, None)
    (row,) = erp.ask("model.party.address.read", [address], ["street", "postal_code", "city"])
    assert (row["street"], row["postal_code"], row["city"]) == ("Ring 5", "53111", "Bonn")


def test_a_refund_goes_through_all_of_them_or_is_taken_back(folder: Path, brigitte: UUID, erp: Erp) -> None:
    (invoice,) = erp.ask("model.account.invoice.read", [erp.known["invoice"]], ["number", "state", "total_amount"])
    assert invoice["state"] == "posted"
    wanted = {"invoice": invoice["number"], "amount": str(invoice["total_amount"])}
    case_id, instance_id = ids.new_id(), ids.new_id()
    of = {"business_id": case_id, "instance_id": instance_id}
    for system in SYSTEMS[:2]:
        handlers.run_command(job(brigitte, system, "refund", wanted, **of))
        handlers.run_compensation(job(brigitte, system, "refund", wanted, **of))
    assert stands(folder, "refund") == [[], []]
    anew = {"business_id": ids.new_id(), "instance_id": ids.new_id()}
    for system in SYSTEMS:
        carried_out(job(brigitte, system, "refund", wanted, **anew))
    assert [[Decimal(str(row[2])) for row in rows] for rows in stands(folder, "refund")] == [[Decimal("213.60")]] * 2
    (row,) = erp.ask("model.account.invoice.read", [erp.known["invoice"]], ["state"])
    assert row["state"] == "cancelled"
    assert queries.progress_of_case(anew["business_id"]).sentence == "3 of 3 systems updated."
    with pytest.raises(CannotCompensate):
        handlers.run_compensation(job(brigitte, "erp", "refund", wanted, **anew))
