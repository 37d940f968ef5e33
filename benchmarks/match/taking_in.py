"""How fast a file of customers is tried, taken in and compared: `python benchmarks/match/taking_in.py [--people N]`.

It works on a database of its own in the server that FIRSTLINE_HOME runs, and takes it away again.
"""

import argparse
import csv
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "server"), str(Path(__file__).parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "firstline.config.test_settings"

import django  # noqa: E402 -- the settings must be chosen first

COLUMNS = {"owner": "number", "birth_date": "born_on"}


def main() -> None:
    """Make a file, take it in, print rows a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
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
        with tempfile.TemporaryDirectory() as folder:
            measure(chosen.people, Path(folder) / "people.csv")
    finally:
        teardown_databases(old, verbosity=0)


def measure(people: int, path: Path) -> None:
    """Try it, then take it in; comparing is told apart."""
    from firstline.accounts.models import Brand
    from firstline.accounts.principals import process_principal
    from firstline.customers import actions

    mapping = written(people, path)
    brand = Brand.objects.create(key="bench", names={"en": "Bench"}, country="DE")
    began = time.perf_counter()
    problems = actions.try_import(path=path, brand=brand, mapping=mapping, on_batch=_quietly)
    print(f"tried: {people / (time.perf_counter() - began):.0f} rows a second, {len(problems)} problems")
    moments: list[tuple[float, float]] = []

    def tell(far: Any) -> None:
        moments.append((far.share, time.perf_counter()))

    began = time.perf_counter()
    done = actions.import_customers(
        path=path, brand=brand, mapping=mapping, principal=process_principal(), on_batch=tell
    )
    ended = time.perf_counter()
    # The first half is taking in, the second comparing.
    between = next((at for share, at in moments if share >= 0.5), ended)
    print(f"taken in: {done.made / (between - began):.0f} rows a second")
    print(
        f"compared with all: {done.made / (ended - between):.0f} rows a second, {done.duplicates} possible duplicates"
    )


def _quietly(far: object) -> None:
    """Tell nobody."""


def written(people: int, path: Path) -> dict[str, str]:
    """Write people into a CSV file; gives what its columns are."""
    import made_up

    rows, _town = made_up.make_people(count=people, seed=1)
    headings = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        for row in rows:
            born = row["birth_date"]
            writer.writerow(row | {"birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}"})
    from firstline.customers.reader import FIELDS

    named = {heading: COLUMNS.get(heading, heading) for heading in headings}
    return {heading: field for heading, field in named.items() if field in FIELDS}


if __name__ == "__main__":
    main()
