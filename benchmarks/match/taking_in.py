"""How fast a file of customers is tried, taken in and compared: `python benchmarks/match/taking_in.py [--rows N]`."""

import argparse
import csv
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from own_database import own_database, processor_seconds

AGAIN = "again-"
Moment = tuple[float, float]  # seconds that passed, seconds of a processor
COLUMNS = {"owner": "number", "birth_date": "born_on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How fast a part of the work went: rows a second, and milliseconds of a processor for each."""

    rows_a_second: float
    processor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What happened to a file: its rows, how fast each part of the work went, and what was found.

    `second` of the rows are of customers who were there before; of `duplicates` put on the list `second_found` are they.
    """

    rows: int
    tried: Part
    taken_in: Part
    gathered: Part
    compared: Part
    whole: Part
    pairs: int
    duplicates: int
    second: int
    second_found: int


def main() -> None:
    """Make a file, take it in, print rows a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args()
    with own_database():
        import made_up
        import report

        from firstline.accounts.models import Brand

        brand = Brand.objects.create(key="bench", names={"en": "Bench"}, country="DE")
        rows, _town = made_up.make_people(count=chosen.rows, seed=1)
        print(report.taken_in(take_in(rows, brand)))


def beside(there: list[dict[str, str]], town: Any, *, rows: int) -> list[dict[str, str]]:
    """Make a file of others than are there, with numbers of their own; one row of ten is a second record of one who is."""
    import made_up

    dice = random.Random(7)
    fresh = [row | {"owner": f"new-{row['owner']}"} for row in made_up.make_people(count=rows - rows // 10, seed=7)[0]]
    seconds = (made_up.again(dice.choice(there), town, dice) for _ in range(rows // 10))
    return [*fresh, *(row | {"owner": f"{AGAIN}{at}-{row['owner']}"} for at, row in enumerate(seconds))]


def take_in(rows: list[dict[str, str]], brand: Any) -> TakenIn:
    """Write a file and take it in as the product does: try it, then each row, then compare with everybody."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        return _measured(path, _written(rows, path), brand)


def _measured(path: Path, mapping: dict[str, str], brand: Any) -> TakenIn:
    from firstline.accounts.principals import process_principal
    from firstline.customers import actions

    began = _now()
    actions.try_import(path=path, brand=brand, mapping=mapping, on_batch=lambda _far: None)
    tried = _now()
    moments: list[tuple[float, Moment]] = []
    done = actions.import_customers(
        path=path,
        brand=brand,
        mapping=mapping,
        principal=process_principal(),
        on_batch=lambda far: moments.append((far.share, _now())),
    )
    ended = _now()
    # The first half is taking in, the second comparing, which begins with finding out who with whom.
    between, gathered = [at for share, at in moments if share == 0.5][-2:]
    second, second_found = _second_records()
    return TakenIn(
        rows=done.rows,
        tried=_part(done.rows, began, tried),
        taken_in=_part(done.made, tried, between),
        gathered=_part(done.made, between, gathered),
        compared=_part(done.made, gathered, ended),
        whole=_part(done.made, tried, ended),
        pairs=done.compared,
        duplicates=done.duplicates,
        second=second,
        second_found=second_found,
    )


def _now() -> Moment:
    return time.perf_counter(), processor_seconds()


def _part(rows: int, began: Moment, ended: Moment) -> Part:
    return Part(
        rows_a_second=rows / max(ended[0] - began[0], 1e-9), processor=1000 * (ended[1] - began[1]) / max(rows, 1)
    )


def _second_records() -> tuple[int, int]:
    """Count the second records, and how many of them are on the list beside the one of whom they are."""
    from firstline.customers.models import Customer, Duplicate

    listed = Duplicate.objects.values_list("left__number", "right__number")
    found = {pair[1] for pair in listed if pair[1].startswith(AGAIN) and pair[1].split("-", 2)[2] == pair[0]}
    return Customer.objects.filter(number__startswith=AGAIN).count(), len(found)


def _written(rows: list[dict[str, str]], path: Path) -> dict[str, str]:
    """Write people into a CSV file; gives what its columns are."""
    from firstline.customers.reader import FIELDS

    headings = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        for row in rows:
            born = row["birth_date"]
            writer.writerow(row | {"birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else ""})
    named = {heading: COLUMNS.get(heading, heading) for heading in headings}
    return {heading: field for heading, field in named.items() if field in FIELDS}


if __name__ == "__main__":
    main()
