"""How long one caller takes to be recognised among a million customers in PostgreSQL: `python benchmarks/match/online.py [--people N]`.

It fills a database of its own in the server that FIRSTLINE_HOME runs, and takes it away again.
"""

import argparse
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "server"), str(Path(__file__).parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "firstline.config.test_settings"

import django  # noqa: E402 -- the settings must be chosen first

CALLS = 1000
BATCH = 5000


def main() -> None:
    """Fill, count, ask, and print percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    chosen = parser.parse_args()
    from firstline.config import test_settings
    from firstline.runtime import database

    database.ensure()
    # One connection suffices, and a pool would hold the database when it is taken away.
    test_settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    old = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    try:
        measure(chosen.people)
    finally:
        teardown_databases(old, verbosity=0)


def measure(people: int) -> None:
    """Fill the database, then let people call."""
    import made_up
    from django.db import connection

    from firstline.accounts.models import Brand
    from firstline.customers import actions, queries

    brand = Brand.objects.create(key="bench", names={"en": "Bench"}, country="DE")
    rows, town = made_up.make_people(count=people, seed=1)
    began = time.perf_counter()
    for first in range(0, people, BATCH):
        fill(brand, rows[first : first + BATCH])
    print(f"{people} customers filled in, {people / (time.perf_counter() - began):.0f} a second")
    began = time.perf_counter()
    actions.count_customers()
    print(f"counted in {time.perf_counter() - began:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    dice = random.Random(2)
    spoken = [made_up.again(dice.choice(rows), town, dice) for _ in range(CALLS)]
    for title, fields in SAID.items():
        took, first = [], 0
        for row in spoken:
            said = queries.Said(**{name: row[name] for name in fields})
            began = time.perf_counter()
            found = queries.recognise_by_description(brand=brand, said=said)
            took.append((time.perf_counter() - began) * 1000)
            first += bool(found and found[0].card.number == row["owner"])
        cut = statistics.quantiles(took, n=100)
        print(
            f"{title:36} median {cut[49]:6.1f} ms   95 of 100 {cut[94]:6.1f} ms   99 of 100 {cut[98]:6.1f} ms   right first {first / CALLS:.1%}"
        )


SAID = {
    "name, postcode, house number": ("given_name", "family_name", "postcode", "house_number"),
    "name, street, town": ("given_name", "family_name", "street", "town"),
    "name only": ("given_name", "family_name"),
    "phone": ("phone",),
    "everything": (
        "given_name",
        "family_name",
        "street",
        "house_number",
        "postcode",
        "town",
        "birth_date",
        "phone",
        "email",
    ),
}


def fill(brand: Any, rows: list[dict[str, str]]) -> None:
    """Put people into the database as an import does, many at a time."""
    from datetime import date

    from firstline.customers import actions
    from firstline.customers.models import Customer, Identifier

    customers, identifiers = [], []
    for row in rows:
        born = row["birth_date"]
        one = Customer(
            brand=brand, number=row["owner"], given_name=row["given_name"], family_name=row["family_name"], street=row["street"],
            house_number=row["house_number"], postcode=row["postcode"], town=row["town"],
            born_on=date(int(born[:4]), int(born[4:6]), int(born[6:])),
        )  # fmt: skip
        known = [
            Identifier(customer=one, kind=kind, value=row[kind], shown=row[kind])
            for kind in ("phone", "email")
            if row[kind]
        ]
        actions.note_what_finds(one, known)
        customers.append(one)
        identifiers += known
    Customer.objects.bulk_create(customers)
    Identifier.objects.bulk_create(identifiers)


if __name__ == "__main__":
    main()
