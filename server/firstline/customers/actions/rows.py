"""Rows of a file become customers: which can be taken in, and writing down many at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from firstline import clock, copying, ids
from firstline.accounts.models import Brand
from firstline.customers import consent, matching, rules, searching
from firstline.customers.actions.customers import next_customer_numbers, search_text
from firstline.customers.actions.imported_consents import consents_in
from firstline.customers.models import Consent, Customer, CustomerImport, Identifier
from firstline.customers.reader import IDENTIFIERS, Problem, Row, day, problems_of_row
from firstline.search import actions as search

# What a row tells about a customer in so many words; what a row doesn't tell is ''.
_TEXTS = (
    "salutation",
    "title",
    "given_name",
    "family_name",
    "organisation_name",
    "language",
    "needs",
    "street",
    "house_number",
    "extra_line",
    "postcode",
    "town",
    "region",
)
_COLUMNS = (
    *("id", "brand_id", "number", "kind", "born_on", "search_text", "match_keys", "imported_by_id", "created_at"),
    *("preferred_channel", *_TEXTS),
)


@dataclass(
    slots=True, kw_only=True
)  # a million of Django's would take longer to make than to write; of frozen ones, too
class _New:
    """A customer who is about to be written, and by what they are known."""

    id: UUID
    brand: Brand
    number: str
    texts: Mapping[str, str]
    created_at: datetime
    known_by: "Sequence[_Known]" = ()

    @property
    def name(self) -> str:
        return rules.display_name(**{name: self.texts[name] for name in _NAMES})

    @property
    def address(self) -> str:
        return rules.address_line(**{name: self.texts[name] for name in _ADDRESS})


_NAMES = ("title", "given_name", "family_name", "organisation_name")
_ADDRESS = ("extra_line", "street", "house_number", "postcode", "town", "region")


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
    made = [_made(row.values, row.values.get("number") or next(nameless), known.brand, at) for row in rows]
    columns = (_columns(one, row.values, known) for one, row in zip(made, rows, strict=True))
    copying.copy_rows(Customer, _COLUMNS, columns)
    copying.copy_rows(Identifier, _Known._fields, (found for one in made for found in one.known_by))
    if any(consent.of_field(field) for field in known.mapping.values()):
        each = zip(rows, made, strict=True)
        said = (said for row, one in each for said in consents_in(row, customer_id=one.id, known=known))
        copying.copy_in(Consent, said)
    search.note_new(searching.found_of(one, one.known_by) for one in made)


def _made(values: Mapping[str, str], number: str, brand: Brand, at: datetime) -> _New:
    texts = {name: values.get(name, "") for name in _TEXTS}
    texts["language"] = texts["language"] or (brand.languages[0] if brand.languages else "en")
    one = _New(id=ids.new_id(), brand=brand, number=number, texts=texts, created_at=at)
    one.known_by = list(_known_by(one, values))
    return one


def _columns(one: _New, values: Mapping[str, str], known: CustomerImport) -> Sequence[object]:
    born = day(values.get("born_on", ""), year=one.created_at.year)
    texts = one.texts
    profile = matching.profile(
        given_name=texts["given_name"],
        family_name=texts["family_name"],
        organisation=texts["organisation_name"],
        birth_date=born.isoformat() if born else "",
        street=texts["street"],
        house_number=texts["house_number"],
        extra_line=texts["extra_line"],
        postcode=texts["postcode"],
        town=texts["town"],
        region=texts["region"],
        phones=[found.value for found in one.known_by if found.kind == rules.PHONE],
        emails=[found.value for found in one.known_by if found.kind == rules.EMAIL],
    )
    kind = Customer.Kind.PERSON if texts["family_name"] else Customer.Kind.ORGANISATION
    keys = copying.numbers(sorted(matching.blocking_keys(profile)))
    found = search_text(one, one.known_by)
    return (
        one.id,
        one.brand.id,
        one.number,
        kind.value,
        born,
        found,
        keys,
        known.id,
        one.created_at,
        "",
        *texts.values(),
    )


def _known_by(one: _New, values: Mapping[str, str]) -> Iterator[_Known]:
    shown_as = {kind: values.get(kind, "") for kind in IDENTIFIERS} | {rules.CUSTOMER_NUMBER: one.number}
    for kind, shown in shown_as.items():
        value = rules.normalise(kind, shown, country=one.brand.country) if shown else ""
        if value:
            # Another company's word: their number is theirs, an address is proven by nobody here.
            is_theirs = kind == rules.CUSTOMER_NUMBER
            yield _Known(ids.new_id(), one.id, kind, value[:254], shown, is_theirs, "import", one.created_at)
