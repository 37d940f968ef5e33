"""Takes in another company's customers from a file: tried first, errors by row, and gone on with where it stopped."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.customers import rules, searching
from firstline.customers.actions.customers import next_customer_number, note_what_finds
from firstline.customers.actions.duplicates import find_duplicates
from firstline.customers.models import Customer, CustomerImport, Identifier, ImportProblem
from firstline.errors import FirstlineError
from firstline.search import actions as search
from firstline.search.ports import Found

BATCH = 2000
MAX_ROW = 100_000  # characters: what is longer is no row
# What a column may be mapped to, with the longest text that fits.
FIELDS: Mapping[str, int] = {
    "number": 40,
    "salutation": 8,
    "title": 40,
    "given_name": 100,
    "family_name": 100,
    "organisation_name": 200,
    "language": 8,
    "needs": 5000,
    "street": 200,
    "house_number": 20,
    "extra_line": 200,
    "postcode": 20,
    "town": 100,
    "region": 100,
    "born_on": 20,
    "email": 254,
    "phone": 40,
}
_IDENTIFIERS = ("email", "phone")
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y")


class CannotImport(FirstlineError):
    code = "cannot-import"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row isn't taken in: its number in the file (the header is row 1), the column, and a sentence."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is: rows read, customers made, rows left out, and the share of the file."""

    rows: int
    made: int
    faulty: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: int
    values: Mapping[str, str]


def try_import(
    *, path: Path, brand: Brand, mapping: Mapping[str, str], on_batch: Callable[[Progress], None]
) -> list[Problem]:
    """Read the whole file and say what is wrong with which row; nothing is written.

    Shape: `mapping` from a column's heading to a field of `FIELDS`. Raises: CannotImport.
    """
    problems: list[Problem] = []
    rows = made = 0
    seen: set[str] = set()
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file:
        reader = _reader(file, mapping)
        while batch := list(islice(reader, BATCH)):
            good, bad = _sorted_out(batch, brand, seen)
            rows, made = rows + len(batch), made + len(good)
            problems += bad
            on_batch(Progress(rows=rows, made=made, faulty=rows - made, share=file.tell() / size))
    return problems


def import_customers(
    *,
    path: Path,
    brand: Brand,
    mapping: Mapping[str, str],
    principal: Principal,
    on_batch: Callable[[Progress], None],
) -> CustomerImport:
    """Take in the file's customers; the same file begun before is gone on with where it stopped, and once done is done.

    Rows that can't be taken in are left out and listed. Whoever seems to be there already is put on the list of
    duplicates; nobody is merged. Shape: as in `try_import`. Raises: CannotImport.
    """
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file:
        _reader(file, mapping)  # a wrong mapping is said before anything is written
        known, _made = CustomerImport.objects.get_or_create(
            brand=brand,
            sha256=_hash_of(path),
            defaults={"name": path.name[:200], "mapping": dict(mapping), "started_at": clock.now()},
        )
        if known.mapping != dict(mapping):
            raise CannotImport(_("This file was begun with another mapping. Go on with that one."))
        while not known.finished_at and _next_batch(file, known, mapping):
            known.refresh_from_db()
            share = known.position / size
            on_batch(Progress(rows=known.rows, made=known.made, faulty=known.faulty, share=share))
    return known if known.finished_at else _finish(known, principal)


def problems_of(known: CustomerImport) -> list[Problem]:
    """List why rows of a file were left out."""
    found = ImportProblem.objects.filter(of=known).order_by("row", "id")
    return [Problem(row=one.row, column=one.column, message=one.message) for one in found]


def _next_batch(file: IO[bytes], known: CustomerImport, mapping: Mapping[str, str]) -> bool:
    """Write one batch and how far we are in one transaction, so that no crash takes a row in twice or leaves one out."""
    with transaction.atomic():
        current = CustomerImport.objects.select_for_update().select_related("brand").get(id=known.id)
        reader = _reader(file, mapping, position=current.position, row=current.rows + 1)
        batch = list(islice(reader, BATCH))
        if not batch:
            return False
        good, bad = _sorted_out(batch, current.brand, set())
        _write(good, current.brand)
        ImportProblem.objects.bulk_create(
            ImportProblem(of=current, row=one.row, column=one.column[:200], message=one.message) for one in bad
        )
        current.position = reader.position
        current.rows, current.made = current.rows + len(batch), current.made + len(good)
        current.faulty = current.rows - current.made
        current.save(update_fields=["position", "rows", "made", "faulty"])
        return True


@transaction.atomic
def _finish(known: CustomerImport, principal: Principal) -> CustomerImport:
    known.duplicates = find_duplicates()
    known.finished_at = clock.now()
    known.save(update_fields=["duplicates", "finished_at"])
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="customers.imported",
        about=known.id,
        data={"file": known.name, "made": known.made, "faulty": known.faulty, "duplicates": known.duplicates},
    )
    return known


class _reader(Iterator[_Row]):  # noqa: N801 -- used as the function that it looks like
    """Goes through the rows of a CSV file in UTF-8 and knows in which byte the next one begins."""

    def __init__(self, file: IO[bytes], mapping: Mapping[str, str], *, position: int = 0, row: int = 1) -> None:
        file.seek(0)
        self._file, self.position, self._number = file, 0, 1
        first = self._line()
        self._delimiter = max((";", ",", "\t"), key=first.count)
        heading = next(csv.reader([first.lstrip("\ufeff")], delimiter=self._delimiter), [])
        self._columns = _columns([one.strip() for one in heading], mapping)
        if position:
            file.seek(position)
            self.position, self._number = position, row
        self._rows = csv.reader(iter(self._line, ""), delimiter=self._delimiter)

    def __next__(self) -> _Row:
        while True:
            try:
                cells = next(self._rows)
            except csv.Error as error:
                raise CannotImport(
                    _("Row %(row)s can't be read: %(why)s.") % {"row": self._number + 1, "why": error}
                ) from error
            if cells:
                break
        self._number += 1
        values = {field: cells[place].strip() for field, place in self._columns.items() if place < len(cells)}
        return _Row(number=self._number, values=values)

    def _line(self) -> str:
        line = self._file.readline(MAX_ROW)
        self.position += len(line)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            where = {"row": self._number + 1}
            raise CannotImport(_("Row %(row)s isn't UTF-8. Save the file as “CSV UTF-8”.") % where) from error


def _columns(heading: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    missing = [column for column in mapping if column not in heading]
    unknown = [field for field in mapping.values() if field not in FIELDS]
    if missing:
        raise CannotImport(_("The file has no column called %(names)s.") % {"names": ", ".join(missing)})
    if unknown:
        raise CannotImport(_("There is no field called %(names)s.") % {"names": ", ".join(unknown)})
    if not {"family_name", "organisation_name"} & set(mapping.values()):
        raise CannotImport(_("Map a column to family_name or to organisation_name."))
    return {field: heading.index(column) for column, field in mapping.items()}


def _sorted_out(batch: Sequence[_Row], brand: Brand, seen: set[str]) -> tuple[list[_Row], list[Problem]]:
    numbers = [one.values["number"] for one in batch if one.values.get("number")]
    taken = set(Customer.objects.filter(brand=brand, number__in=numbers).values_list("number", flat=True)) | seen
    good, bad = [], []
    for row in batch:
        found = list(_problems(row, brand, taken))
        bad += found
        if not found:
            good.append(row)
            if row.values.get("number"):
                taken.add(row.values["number"])
                seen.add(row.values["number"])
    return good, bad


def _problems(row: _Row, brand: Brand, taken: set[str]) -> Iterator[Problem]:
    values = row.values
    if not (values.get("family_name") or values.get("organisation_name")):
        yield Problem(row=row.number, column="family_name", message=_("Neither a family name nor an organisation's."))
    if values.get("number") in taken:
        yield Problem(row=row.number, column="number", message=_("There is a customer with this number already."))
    for field, value in values.items():
        if "\x00" in value or len(value) > FIELDS[field]:
            yield Problem(row=row.number, column=field, message=_("Too long, or not a text."))
        elif value and field in _IDENTIFIERS and not rules.normalise(field, value, country=brand.country):
            yield Problem(row=row.number, column=field, message=_("No valid address or number."))
        elif value and field == "born_on" and _day(value) is None:
            yield Problem(row=row.number, column=field, message=_("No date such as 1970-12-31 or 31.12.1970."))


def _day(text: str) -> date | None:
    for form in _DATES:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 -- a birthday has no zone
        except ValueError:
            continue
        return day if 1850 <= day.year <= clock.now().year else None
    return None


def _write(rows: Sequence[_Row], brand: Brand) -> None:
    customers, identifiers = [], []
    found: list[Found] = []
    for row in rows:
        plain = {name: value for name, value in row.values.items() if value and name not in {*_IDENTIFIERS, "born_on"}}
        plain.setdefault("number", next_customer_number())
        plain.setdefault("language", brand.languages[0] if brand.languages else "en")
        kind = Customer.Kind.PERSON if row.values.get("family_name") else Customer.Kind.ORGANISATION
        one = Customer(brand=brand, kind=kind, born_on=_day(row.values.get("born_on", "")), **plain)
        known = list(_known_by(one, row, brand))
        note_what_finds(one, known)
        found.append(searching.found_of(one, known))
        customers.append(one)
        identifiers += known
    Customer.objects.bulk_create(customers)
    Identifier.objects.bulk_create(identifiers)
    search.note(*found)


def _known_by(customer: Customer, row: _Row, brand: Brand) -> Iterator[Identifier]:
    values = {kind: row.values.get(kind, "") for kind in _IDENTIFIERS} | {rules.CUSTOMER_NUMBER: customer.number}
    for kind, shown in values.items():
        value = rules.normalise(kind, shown, country=brand.country) if shown else ""
        if value:
            # Another company's word: their number is theirs, an address is proven by nobody here.
            yield Identifier(
                customer=customer,
                kind=kind,
                value=value[:254],
                shown=shown,
                is_verified=kind == rules.CUSTOMER_NUMBER,
                evidence="import",
                created_at=clock.now(),
            )


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
