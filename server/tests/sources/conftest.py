"""The demo's four systems, really running, made once per test run and brought back to their first state after each test."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
import pytest

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers.models import Customer, Identifier
from firstline.demo import generate, systems
from firstline.runtime import database
from firstline.sources.adapters import loaded
from firstline.sources.events import CommandConfirmed, CommandStopped, CommandWaiting

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AGENT = Principal(kind="staff", id=ids.new_id(), name="Ada", roles=frozenset({"agent"}), brands=frozenset({"lindwerk"}))
STRANGER = Principal(kind="staff", id=ids.new_id(), name="Eve", roles=frozenset({"agent"}), brands=frozenset({"other"}))


@dataclass(frozen=True)
class Systems:
    """The systems as their owners see them: what stands in them, not through Firstline."""

    folder: Path
    world: generate.World

    def switch(self, system: str, **how: Any) -> None:
        systems.switch(system, folder=self.folder, **how)

    def billing(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        server = psycopg.conninfo.make_conninfo(
            (self.folder / "billing.server").read_text(), dbname=(self.folder / "billing.name").read_text()
        )
        with psycopg.connect(server) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def sqlite(self, name: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.folder / f"{name}.sqlite")
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def systems_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    folder = tmp_path_factory.mktemp("systems")
    world = generate.make_world(count=40, today=TODAY)
    name = f"test_firstline_billing_{os.getpid()}"
    systems.set_up(folder=folder, server_url=database.database_url(), world=world, billing_name=name)
    systems.start(folder=folder)
    for file in ("master.sqlite", "orders.sqlite", "payments.sqlite"):
        shutil.copy(folder / file, folder / f"{file}.first")
    made = Systems(folder, world)
    for table in ("account", "contract"):
        made.billing(f"CREATE TABLE first_{table} AS TABLE billing.{table}")
    yield made
    loaded.forget()
    systems.tear_down(folder=folder)


@pytest.fixture
def lindwerk(systems_once: Systems, settings: Any) -> Iterator[Systems]:
    """The systems, switched on, with their first content when the test is over."""
    settings.FIRSTLINE_SOURCES = Path(systems.__file__).parent.parent / "sources"
    settings.FIRSTLINE_SECRETS = systems.connections(systems_once.folder)
    loaded.forget()
    yield systems_once
    loaded.forget()
    for system in systems.SYSTEMS:
        systems_once.switch(system, on=True, slow=False)
    for file in ("master.sqlite", "orders.sqlite", "payments.sqlite"):
        # Copied into the file that the process has open, not put in its place.
        with (
            sqlite3.connect(systems_once.folder / f"{file}.first") as first,
            sqlite3.connect(systems_once.folder / file) as now,
        ):
            first.backup(now)
        first.close()
        now.close()
    _restore_billing(systems_once)


def _restore_billing(lindwerk: Systems) -> None:
    lindwerk.billing(
        "UPDATE billing.account a SET (street, house_no, zip, city, country_code, address_from, phone_no, row_version) ="
        " (f.street, f.house_no, f.zip, f.city, f.country_code, f.address_from, f.phone_no, f.row_version)"
        " FROM first_account f WHERE f.account_no = a.account_no AND f.row_version <> a.row_version"
    )
    lindwerk.billing(
        "UPDATE billing.contract c SET (status, ends_on, offer_code, row_version) = (f.status, f.ends_on, f.offer_code, f.row_version)"
        " FROM first_contract f WHERE f.contract_no = c.contract_no AND f.row_version <> c.row_version"
    )
    lindwerk.billing("TRUNCATE billing.written_key, billing.credit_note, billing.booking")


_numbers = count()


@pytest.fixture(autouse=True)
def heard(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is announced, heard by this list alone: who really hears it stands above us."""
    events: list[object] = []
    # Of each test another one: whoever has asked for one of that name keeps it.
    wiring = ModuleType(f"wiring_of_the_tests_of_sources_{next(_numbers)}")
    wiring.SUBSCRIPTIONS = dict.fromkeys((CommandConfirmed, CommandWaiting, CommandStopped), (events.append,))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, wiring.__name__, wiring)
    settings.FIRSTLINE_SUBSCRIPTIONS = wiring.__name__
    return events


@pytest.fixture
def customer_of(db: None) -> Callable[[generate.Customer], UUID]:
    """Put a customer of the systems into our register, known by number, e-mail address and telephone alone."""

    def make(known: generate.Customer, *, ids_too: bool = False) -> UUID:
        brand, _ = Brand.objects.get_or_create(key="lindwerk", defaults={"names": {"en": "Lindwerk"}})
        one = Customer.objects.create(
            brand=brand, number=known.printed_number, family_name=known.family_name, language=known.language
        )
        found = {"customer_number": known.printed_number.replace("-", ""), "email": known.email, "phone": known.phone}
        if ids_too:
            found |= {"source:billing": known.billing_ids[0], "source:master": known.master_ids[0]}
        for kind, value in found.items():
            Identifier.objects.create(customer=one, kind=kind, value=value, shown=value)
        return one.id

    return make


@dataclass(frozen=True, kw_only=True)
class GivenJob:
    """A job as the process engine hands it over."""

    headers: dict[str, str]
    variables: dict[str, Any]
    id: UUID = field(default_factory=ids.new_id)
    key: str = field(default_factory=lambda: str(ids.new_id()))
    type: str = "source-command"
    instance_id: UUID = field(default_factory=ids.new_id)
    business_id: UUID = field(default_factory=ids.new_id)
    element_id: str = "write"
    attempt: int = 1
    now: datetime = field(default_factory=clock.now)


NEW_ADDRESS = {
    "street": "Neue Straße",
    "house_number": "7b",
    "postcode": "20095",
    "town": "Hamburg",
    "country": "DE",
    "valid_from": date(2026, 12, 1),
}
