"""Rows of a file become customers: which can be taken in, and writing down many at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from firstline import clock, copying, ids
from firstline.accounts.models import Brand
from firstline.customers import consent, rules, searching
from firstline.customers.actions.customers import next_customer_numbers, note_what_finds
from firstline.customers.actions.imported_consents import consents_in
from firstline.customers.models import Consent, Customer, CustomerImport, Identifier
from firstline.customers.reader import FIELDS, IDENTIFIERS, Problem, Row, day, problems_of_row
from firstline.search import actions as search

# What a row tells, and is no column of a customer, or is put there otherwise.
_BESIDE = frozenset({*IDENTIFIERS, "born_on", "consent_on", "consent_source", "number"})
_COLUMNS = frozenset(FIELDS) - _BESIDE


class _Known(NamedTuple):
    """What is written of an identifier; a million of Django's would take longer to make than to write."""

    id: UUID
    customer_id: UUID
    kind: str
    value: str
    shown: str
    is_verified: bool
    evidence: str
    created_at: datetime


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

    Each table is streamed, so that PostgreSQL works on one row while the next is made ready.
    """
    at = clock.now()
    nameless = next_customer_numbers(sum(not row.values.get("number") for row in rows))
    made: list[tuple[Customer, list[_Known]]] = []

    def customers() -> Iterator[Customer]:
        for row in rows:
            number = row.values.get("number") or next(nameless)
            one = _customer(row.values, number, known, at)
            finds = list(_known_by(one, row.values, known.brand.country, at))
            note_what_finds(one, finds)
            made.append((one, finds))
            yield one

    copying.copy_in(Customer, customers())
    copying.copy_rows(Identifier, _Known._fields, (one for _customer, finds in made for one in finds))
    if any(consent.of_field(field) for field in known.mapping.values()):
        each = zip(rows, made, strict=True)
        copying.copy_in(
            Consent, (said for row, (one, _) in each for said in consents_in(row, customer=one, known=known))
        )
    search.note_new(searching.found_of(one, finds) for one, finds in made)


def _customer(values: Mapping[str, str], number: str, known: CustomerImport, at: datetime) -> Customer:
    plain = {name: value for name, value in values.items() if value and name in _COLUMNS}
    plain.setdefault("language", known.brand.languages[0] if known.brand.languages else "en")
    return Customer(
        brand=known.brand,
        number=number,
        kind=Customer.Kind.PERSON if values.get("family_name") else Customer.Kind.ORGANISATION,
        born_on=day(values.get("born_on", ""), year=at.year),
        imported_by_id=known.id,
        created_at=at,
        **plain,
    )


def _known_by(customer: Customer, values: Mapping[str, str], country: str, at: datetime) -> Iterator[_Known]:
    shown_as = {kind: values.get(kind, "") for kind in IDENTIFIERS} | {rules.CUSTOMER_NUMBER: customer.number}
    for kind, shown in shown_as.items():
        value = rules.normalise(kind, shown, country=country) if shown else ""
        if value:
            # Another company's word: their number is theirs, an address is proven by nobody here.
            is_theirs = kind == rules.CUSTOMER_NUMBER
            yield _Known(ids.new_id(), customer.id, kind, value[:254], shown, is_theirs, "import", at)
