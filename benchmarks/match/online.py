"""How long one caller takes to be recognised among many customers in PostgreSQL: `python benchmarks/match/online.py [--people N]`."""

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from own_database import own_database, processor_seconds

CALLS = 500
NAMES = ("given_name", "family_name")
ADDRESS = ("street", "house_number", "postcode", "town")
BATCH = 2000  # customers written in one transaction, as an import does


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How long callers who said the same things took (milliseconds: of a processor on average, then by percentile), and the share who were shown first."""

    said: str
    processor: float
    p50: float
    p95: float
    p99: float
    right_first: float


def main() -> None:
    """Fill, count, ask, and print percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=CALLS, help="for each thing that they say")
    parser.add_argument("--folder", type=Path, help="where the database is kept; made there when it isn't")
    chosen = parser.parse_args()
    with own_database(chosen.folder):
        base = Base(chosen.people)
        print(base.filled)
        for one in base.callers(chosen.calls):
            print(
                f"{one.said:36} processor {one.processor:5.1f} ms   median {one.p50:6.1f} ms   95 of 100 {one.p95:6.1f} ms   99 of 100 {one.p99:6.1f} ms"
                f"   right first {one.right_first:.1%}"
            )


class Base:
    """Many customers in the database, and people who call: one thing that each of them says, by its name."""

    def __init__(self, people: int) -> None:
        import made_up

        from firstline.accounts.models import Brand
        from firstline.customers import actions
        from firstline.customers.models import Customer

        self.rows, self.town = made_up.make_people(count=people, seed=1)
        there = Customer.objects.count()
        if there not in {0, people}:
            sys.exit(f"The folder holds {there} customers. Say --people {there}, or name another folder.")
        self.brand, _is_new = Brand.objects.get_or_create(key="bench", names={"en": "Bench"}, country="DE")
        filling = 0.0 if there else _timed(lambda: fill(self.brand, self.rows))[0]
        # Counted anew each time: a change of what is compared would be seen.
        counting, _ = _timed(actions.count_customers)
        self.filled = f"{people} customers filled in within {filling:.0f} s, counted within {counting:.0f} s"

    def callers(self, calls: int) -> Iterator[Waited]:
        """Let people call who say this or that, with mistakes as people make them."""
        import made_up

        dice = random.Random(2)

        def mistaken() -> dict[str, str]:
            return made_up.again(dice.choice(self.rows), self.town, dice)

        def slip() -> dict[str, str]:
            row = dict(dice.choice(self.rows))
            return row | {"family_name": made_up.misspelt(row["family_name"], dice, "abcdefghijklmnopqrstuvwxyz")}

        family = Counter(row["family_name"] for row in self.rows).most_common(1)[0][0]
        namesakes = [row for row in self.rows if row["family_name"] == family]
        for said, fields, who in (
            ("phone number", ("phone",), lambda: dice.choice(self.rows)),
            ("e-mail address", ("email",), lambda: dice.choice(self.rows)),
            ("name, date of birth", (*NAMES, "birth_date"), mistaken),
            ("name misspelt, postcode", (*NAMES, "postcode"), slip),
            ("name, postcode, house number", (*NAMES, "postcode", "house_number"), mistaken),
            ("name, street, town", (*NAMES, "street", "town"), mistaken),
            ("name only", NAMES, mistaken),
            ("the most common family name, town", (*NAMES, "town"), lambda: dice.choice(namesakes)),
            ("everything", (*NAMES, *ADDRESS, "birth_date", "phone", "email"), mistaken),
        ):
            spoken = [row for row in (who() for _ in range(calls)) if any(row[field] for field in fields)]
            yield self._waited(said, fields, spoken)

    def _waited(self, title: str, fields: tuple[str, ...], spoken: list[dict[str, str]]) -> Waited:
        from firstline.customers import queries

        took, first, began = [], 0, processor_seconds()
        for row in spoken:
            said = queries.Said(**{name: row[name] for name in fields})
            seconds, found = _timed(lambda said=said: queries.recognise_by_description(brand=self.brand, said=said))
            took.append(seconds * 1000)
            first += bool(found and found[0].card.number == row["owner"])
        processor = (processor_seconds() - began) * 1000 / len(spoken)
        cut = statistics.quantiles(took, n=100)
        return Waited(
            said=title, processor=processor, p50=cut[49], p95=cut[94], p99=cut[98], right_first=first / len(spoken)
        )


def fill(brand: Any, rows: list[dict[str, str]]) -> None:
    """Write people down as an import does; what is looked up in is made afterwards, which is quicker."""
    from django.contrib.postgres.indexes import GinIndex
    from django.db import connection, transaction

    from firstline import clock
    from firstline.customers.actions.rows import write_rows
    from firstline.customers.models import Customer, CustomerImport
    from firstline.search.models import Entry

    known = CustomerImport.objects.create(brand=brand, name="made up", sha256="0", started_at=clock.now())
    large = [(model, one) for model in (Customer, Entry) for one in model._meta.indexes if isinstance(one, GinIndex)]  # noqa: SLF001 -- Django's documented way to it
    with connection.schema_editor() as schema:
        for model, one in large:
            schema.remove_index(model, one)
    for first in range(0, len(rows), BATCH):
        with transaction.atomic():
            write_rows([_row(first + place, row) for place, row in enumerate(rows[first : first + BATCH])], known)
    with connection.schema_editor() as schema, connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        for model, one in large:
            schema.add_index(model, one)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _row(number: int, row: dict[str, str]) -> Any:
    from firstline.customers.reader import Row

    born = row["birth_date"]
    named = {name: row[name] for name in (*NAMES, *ADDRESS, "phone", "email") if row[name]}
    return Row(number=number, values=named | {"number": row["owner"], "born_on": f"{born[:4]}-{born[4:6]}-{born[6:]}"})


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = call()
    return time.perf_counter() - began, done


if __name__ == "__main__":
    main()
