"""Rows of a file become customers: which can be taken in, and writing down many at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from firstline import clock, copying
from firstline.accounts.models import Brand
from firstline.customers import consent
from firstline.customers.actions.customers import next_customer_numbers
from firstline.customers.actions.imported_consents import consents_in
from firstline.customers.actions.ready import CUSTOMER_COLUMNS, Known, Ready, make_ready
from firstline.customers.models import Consent, Customer, CustomerImport, Identifier
from firstline.customers.reader import Problem, Row, problems_of_row
from firstline.search import actions as search

# So many rows are made ready while PostgreSQL works on those before.
_PART = 250


def sorted_out(batch: Sequence[Row], brand: Brand, seen: set[str]) -> tuple[list[Row], list[Problem]]:
    """Tell rows that can be taken in from what is wrong with the others; `seen` are numbers of rows before, and grows."""
    numbers = [one.values["number"] for one in batch if one.values.get("number")]
    taken = set(Customer.objects.filter(brand=brand, number__in=numbers).values_list("number", flat=True)) | seen
    good, bad, year = [], [], clock.now().year
    for row in batch:
        found = list(problems_of_row(row, country=brand.country, taken=taken, year=year))
        bad += found
        if not found:
            good.append(row)
            if row.values.get("number"):
                taken.add(row.values["number"])
                seen.add(row.values["number"])
    return good, bad


def write_rows(rows: Sequence[Row], known: CustomerImport) -> None:
    """Write rows down as customers of an import, with all by which they are found.

    Both take about as long, making them ready here and putting them into indexes there, so that both go on at once.
    """
    nameless = next_customer_numbers(sum(not row.values.get("number") for row in rows))
    numbered = [(row, row.values.get("number") or next(nameless)) for row in rows]
    parts = (numbered[first : first + _PART] for first in range(0, len(numbered), _PART))
    prepare = partial(make_ready, brand=known.brand, import_id=known.id, at=clock.now())
    with ThreadPoolExecutor(max_workers=1) as ahead:
        for ready in ahead.map(prepare, parts):
            _write(ready, known)


def _write(ready: Ready, known: CustomerImport) -> None:
    copying.copy_rows(Customer, CUSTOMER_COLUMNS, ready.customers)
    copying.copy_rows(Identifier, Known._fields, ready.identifiers)
    if any(consent.of_field(field) for field in known.mapping.values()):
        said = (said for row, id_ in ready.rows for said in consents_in(row, customer_id=id_, known=known))
        copying.copy_in(Consent, said)
    search.note_new(ready.found)
