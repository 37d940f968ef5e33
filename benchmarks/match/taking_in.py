"""How fast a file of customers is tried, taken in and compared: `python benchmarks/match/taking_in.py [--rows N]`."""

import argparse
import csv
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from own_database import own_database

COLUMNS = {"owner": "number", "birth_date": "born_on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What happened to a file: its rows, rows a second in each part of the work, and what was found."""

    rows: int
    tried: float
    taken_in: float
    compared: float
    gather_seconds: float
    pairs: int
    duplicates: int


def main() -> None:
    """Make a file, take it in, print rows a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args()
    with own_database():
        import made_up

        from firstline.accounts.models import Brand

        brand = Brand.objects.create(key="bench", names={"en": "Bench"}, country="DE")
        rows, _town = made_up.make_people(count=chosen.rows, seed=1)
        print(shown(take_in(rows, brand)))


def take_in(rows: list[dict[str, str]], brand: Any) -> TakenIn:
    """Write a file and take it in as the product does: try it, then each row, then compare with everybody."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        return _measured(path, _written(rows, path), brand)


def _measured(path: Path, mapping: dict[str, str], brand: Any) -> TakenIn:
    from firstline.accounts.principals import process_principal
    from firstline.customers import actions

    began = time.perf_counter()
    actions.try_import(path=path, brand=brand, mapping=mapping, on_batch=lambda _far: None)
    tried = time.perf_counter() - began
    moments: list[tuple[float, float]] = []
    began = time.perf_counter()
    done = actions.import_customers(
        path=path,
        brand=brand,
        mapping=mapping,
        principal=process_principal(),
        on_batch=lambda far: moments.append((far.share, time.perf_counter())),
    )
    ended = time.perf_counter()
    # The first half is taking in, the second comparing, which begins with finding out who with whom.
    between, gathered = [at for share, at in moments if share == 0.5][-2:]
    return TakenIn(
        rows=done.rows,
        tried=done.rows / tried,
        taken_in=done.made / (between - began),
        compared=done.made / (ended - between),
        gather_seconds=gathered - between,
        pairs=done.compared,
        duplicates=done.duplicates,
    )


def shown(done: TakenIn) -> str:
    """Say what happened in words."""
    return (
        "{rows} rows: tried {tried:.0f} a second, taken in {taken_in:.0f} a second, compared with all {compared:.0f} a second "
        "({pairs} pairs, found in {gather_seconds:.0f} s), {duplicates} possible duplicates"
    ).format(**asdict(done))


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
