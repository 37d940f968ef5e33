"""Reading customers from a table: its rows and where each begins, what its columns may be, and what is wrong with a row."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from firstline.customers import consent, rules
from firstline.customers.matching.profiles import joined
from firstline.errors import FirstlineError

MAX_ROW = 100_000  # characters: what is longer is no row
MAX_COLUMNS = 200
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
    # When, and shown by what, all that the row says about being contacted was said.
    "consent_on": 20,
    "consent_source": 200,
}
MAX_SAID = 20  # characters of a yes or a no
IDENTIFIERS = ("email", "phone")
# 1970-12-31; or 31.12.1970, 31-12-1970, 31/12/1970.
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})([./-])(\d{1,2})\5(\d{4})", re.ASCII)
# How columns are headed where customers come from, folded as `joined` does, without gaps.
_HEADINGS: Mapping[str, str] = {
    "number": "number no nr customerno customernumber customerid kundennummer kundennr kdnr klantnummer klantnr debiteurnummer debitor",
    "salutation": "salutation anrede aanhef",
    "title": "title titel",
    "given_name": "givenname firstname forename vorname voornaam",
    "family_name": "familyname lastname surname name nachname familienname achternaam naam",
    "organisation_name": "organisation organization company companyname firma firmenname unternehmen bedrijf bedrijfsnaam organisatie",
    "language": "language sprache taal",
    "needs": "needs note notes notiz bemerkung opmerking",
    "street": "street address strasse adresse straat adres",
    "house_number": "housenumber houseno hausnummer hausnr huisnummer huisnr",
    "extra_line": "extraline addressline2 address2 adresszusatz zusatz adrestoevoeging toevoeging",
    "postcode": "postcode zip zipcode postalcode plz postleitzahl",
    "town": "town city ort stadt plaats woonplaats",
    "region": "region state county bundesland land provincie",
    "born_on": "bornon birthday birthdate dateofbirth dob geburtsdatum geboren geboortedatum",
    "email": "email mail emailaddress emailadresse emailadres",
    "phone": "phone telephone tel phonenumber mobile telefon telefonnummer mobil handy telefoon telefoonnummer mobiel",
    "consent_on": "consenton consentdate einwilligungvom einwilligungsdatum toestemmingop toestemmingsdatum",
    "consent_source": "consentsource consentproof einwilligungsnachweis nachweis bewijs toestemmingsbewijs",
}
_FIELD_OF = {heading: field for field, headings in _HEADINGS.items() for heading in headings.split()}


class CannotImport(FirstlineError):
    code = "cannot-import"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row with its number in the file (the header is row 1), by field."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row isn't taken in: its number in the file (the header is row 1), the field, and a sentence to be translated."""

    row: int
    column: str
    message: str


class Table:
    """A CSV file in UTF-8: comma, semicolon or tab; the first row names the columns. Raises: CannotImport.

    `position` is the byte where the next row begins, from which another reading may go on.
    """

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self._file, self.position, self._number = file, 0, 1
        first = self._line()
        self._delimiter = max((";", ",", "\t"), key=first.count)
        heading = next(csv.reader([first.lstrip("\ufeff")], delimiter=self._delimiter), [])
        self.headings = [one.strip() for one in heading]
        if len(self.headings) > MAX_COLUMNS:
            raise CannotImport(_("The file has more than %(most)s columns.") % {"most": MAX_COLUMNS})

    def seek(self, position: int, *, row: int) -> None:
        """Go on at a byte, before which `row` rows lie, the header included."""
        self._file.seek(position)
        self.position, self._number = position, row

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Go through the rows that aren't empty: number, and what stands in the cells."""
        rows = csv.reader(iter(self._line, ""), delimiter=self._delimiter)
        while True:
            try:
                cells = next(rows, None)
            except csv.Error as error:
                where = {"row": self._number + 1, "why": error}
                raise CannotImport(_("Row %(row)s can't be read: %(why)s.") % where) from error
            if cells is None:
                return
            if cells:
                self._number += 1
                yield self._number, cells

    def rows(self, mapping: Mapping[str, str]) -> Iterator[Row]:
        """Go through the rows by field. Shape: `mapping` from a column's heading to a field of `FIELDS`."""
        columns = _columns(self.headings, mapping)
        for number, cells in self.cells():
            values = {field: cells[place].strip() for field, place in columns.items() if place < len(cells)}
            yield Row(number=number, values=values)

    def _line(self) -> str:
        line = self._file.readline(MAX_ROW)
        self.position += len(line)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            where = {"row": self._number + 1}
            raise CannotImport(_("Row %(row)s isn't UTF-8. Save the file as “CSV UTF-8”.") % where) from error


def check_mapping(headings: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Refuse a mapping that can't be followed. Raises: CannotImport."""
    _columns(headings, mapping)


def guessed_mapping(headings: Sequence[str]) -> dict[str, str]:
    """Guess which column is what by its heading, each field once.

    >>> guessed_mapping(["Kd.-Nr.", "Nachname", "Telefon", "Mobil", "Rabatt"])
    {'Kd.-Nr.': 'number', 'Nachname': 'family_name', 'Telefon': 'phone'}
    """
    found: dict[str, str] = {}
    for heading in headings:
        field = _FIELD_OF.get(joined(heading))
        if field and field not in found.values():
            found[heading] = field
    return found


def problems_of_row(row: Row, *, country: str, taken: set[str], year: int) -> Iterator[Problem]:
    """Say what is wrong with a row; `taken` are the numbers that customers have, `year` is the one that we have."""
    values = row.values
    if not (values.get("family_name") or values.get("organisation_name")):
        message = gettext_noop("Neither a family name nor an organisation's.")
        yield Problem(row=row.number, column="family_name", message=message)
    if values.get("number") in taken:
        message = gettext_noop("There is a customer with this number already.")
        yield Problem(row=row.number, column="number", message=message)
    for field, value in values.items():
        if "\x00" in value or len(value) > FIELDS.get(field, MAX_SAID):
            yield Problem(row=row.number, column=field, message=gettext_noop("Too long, or not a text."))
        elif value and field in IDENTIFIERS and not rules.normalise(field, value, country=country):
            yield Problem(row=row.number, column=field, message=gettext_noop("No valid address or number."))
        elif value and field == "born_on" and day(value, year=year) is None:
            message = gettext_noop("No date such as 1970-12-31 or 31.12.1970.")
            yield Problem(row=row.number, column=field, message=message)
    yield from _problems_of_consent(row, year)


def _problems_of_consent(row: Row, year: int) -> Iterator[Problem]:
    """Say what is wrong with what a row says about being contacted: a yes counts only with when, and what shows it."""
    said = {field: value for field, value in row.values.items() if value and consent.of_field(field)}
    for field, value in said.items():
        if consent.said_in(value) is None:
            message = gettext_noop("Neither a yes nor a no; leave it empty where nothing was said.")
            yield Problem(row=row.number, column=field, message=message)
    on, is_given = row.values.get("consent_on", ""), any(consent.said_in(value) for value in said.values())
    if (on or is_given) and day(on, year=year) is None:
        message = gettext_noop("A yes needs the day on which it was said, such as 2024-12-31 or 31.12.2024.")
        yield Problem(row=row.number, column="consent_on", message=message)
    if is_given and not row.values.get("consent_source"):
        message = gettext_noop("A yes needs what shows it, such as the number of a form.")
        yield Problem(row=row.number, column="consent_source", message=message)


@lru_cache(maxsize=5_000)  # a row is checked first and written later
def day(text: str, *, year: int) -> date | None:
    """Read a day that is over, such as a birthday; none before 1850 or after this year.

    >>> day("31.12.1970", year=2026), day("31.02.1970", year=2026)
    (datetime.date(1970, 12, 31), None)
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    numbers = found.group(1, 2, 3) if found[1] else found.group(7, 6, 4)
    try:
        on = date(*map(int, numbers))
    except ValueError:
        return None
    return on if 1850 <= on.year <= year else None


def _columns(headings: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    missing = [column for column in mapping if column not in headings]
    unknown = [field for field in mapping.values() if field not in FIELDS and not consent.of_field(field)]
    twice = {field for field in mapping.values() if list(mapping.values()).count(field) > 1}
    if missing:
        raise CannotImport(_("The file has no column called %(names)s.") % {"names": ", ".join(missing)})
    if unknown:
        raise CannotImport(_("There is no field called %(names)s.") % {"names": ", ".join(unknown)})
    if twice:
        raise CannotImport(_("Two columns can't both be %(names)s.") % {"names": ", ".join(sorted(twice))})
    if not {"family_name", "organisation_name"} & set(mapping.values()):
        raise CannotImport(_("Say which column is the family name, or the name of an organisation."))
    return {field: headings.index(column) for column, field in mapping.items()}
