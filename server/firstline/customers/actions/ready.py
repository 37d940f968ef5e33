"""Rows of a file made ready to be written as customers, with all by which they are found; no database is asked, so another thread may."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from firstline import copying, ids
from firstline.accounts.models import Brand
from firstline.customers import matching, rules, searching
from firstline.customers.actions.customers import search_text
from firstline.customers.models import Customer
from firstline.customers.reader import IDENTIFIERS, Row, day
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
CUSTOMER_COLUMNS = (
    *("id", "brand_id", "number", "kind", "born_on", "search_text", "match_keys", "imported_by_id", "created_at"),
    *("preferred_channel", *_TEXTS),
)
_NAMES = ("title", "given_name", "family_name", "organisation_name")
_ADDRESS = ("extra_line", "street", "house_number", "postcode", "town", "region")


class Known(NamedTuple):
    """What is written of an identifier; a million of Django's would take longer to make than to write."""

    id: UUID
    customer_id: UUID
    kind: str
    value: str
    shown: str
    is_verified: bool
    evidence: str
    created_at: datetime


@dataclass(slots=True, kw_only=True)  # a million are made, which takes frozen ones, and Django's even more, far longer
class _New:
    """A customer who is about to be written, and by what they are known."""

    id: UUID
    brand: Brand
    number: str
    texts: Mapping[str, str]
    created_at: datetime
    known_by: Sequence[Known] = ()

    @property
    def name(self) -> str:
        return rules.display_name(**{name: self.texts[name] for name in _NAMES})

    @property
    def address(self) -> str:
        return rules.address_line(**{name: self.texts[name] for name in _ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Some rows with the ids of their customers, and what is written of those."""

    rows: Sequence[tuple[Row, UUID]]
    customers: Sequence[Sequence[object]]
    identifiers: Sequence[Known]
    found: search.Ready


def make_ready(numbered: Sequence[tuple[Row, str]], *, brand: Brand, import_id: UUID, at: datetime) -> Ready:
    """Make rows, each with the number of its customer, ready to be written."""
    made = [_made(row.values, number, brand, at) for row, number in numbered]
    return Ready(
        rows=[(row, one.id) for (row, _number), one in zip(numbered, made, strict=True)],
        customers=[_columns(one, row.values, import_id) for (row, _number), one in zip(numbered, made, strict=True)],
        identifiers=[known for one in made for known in one.known_by],
        found=search.make_ready((searching.found_of(one, one.known_by) for one in made), now=at),
    )


def _made(values: Mapping[str, str], number: str, brand: Brand, at: datetime) -> _New:
    texts = {name: values.get(name, "") for name in _TEXTS}
    texts["language"] = texts["language"] or (brand.languages[0] if brand.languages else "en")
    one = _New(id=ids.new_id(), brand=brand, number=number, texts=texts, created_at=at)
    one.known_by = list(_known_by(one, values))
    return one


def _columns(one: _New, values: Mapping[str, str], import_id: UUID) -> Sequence[object]:
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
        import_id,
        one.created_at,
        "",
        *texts.values(),
    )


def _known_by(one: _New, values: Mapping[str, str]) -> Iterator[Known]:
    shown_as = {kind: values.get(kind, "") for kind in IDENTIFIERS} | {rules.CUSTOMER_NUMBER: one.number}
    for kind, shown in shown_as.items():
        value = rules.normalise(kind, shown, country=one.brand.country) if shown else ""
        if value:
            # Another company's word: their number is theirs, an address is proven by nobody here.
            is_theirs = kind == rules.CUSTOMER_NUMBER
            yield Known(ids.new_id(), one.id, kind, value[:254], shown, is_theirs, "import", one.created_at)
