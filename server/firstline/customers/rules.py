"""Names, spellings and evidence, as pure functions."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import phonenumbers

EMAIL, PHONE, CUSTOMER_NUMBER = "email", "phone", "customer_number"
# What a kind of identifier weighs as evidence; several add up, none alone is a proof of who is speaking.
WEIGHTS = {CUSTOMER_NUMBER: 3, EMAIL: 3, PHONE: 2}
# Letters in front and groups of digits, as numbers are printed: 104711, K-104711, LW-1234-5678.
_NUMBER_IN_TEXT = re.compile(r"(?<![\w@.])(?:[A-Za-z]{1,3}[- ]?)?\d{2,12}(?:[-. ]\d{2,6}){0,3}(?![\w@])")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")
MAX_NUMBERS_IN_TEXT = 20
MIN_NUMBER = 4
_COUNTRY_CODES = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def display_name(*, title: str, given_name: str, family_name: str, organisation_name: str) -> str:
    """Write a name as it stands on an envelope.

    >>> display_name(title="Dr.", given_name="Ada", family_name="Lind", organisation_name="")
    'Dr. Ada Lind'
    """
    person = " ".join(part for part in (title, given_name, family_name) if part)
    return organisation_name or person


def address_line(*, extra_line: str, street: str, house_number: str, postcode: str, town: str, region: str) -> str:
    """Write an address in one line.

    >>> address_line(extra_line="", street="Weg", house_number="3", postcode="53111", town="Bonn", region="")
    'Weg 3, 53111 Bonn'
    """
    lines = (extra_line, f"{street} {house_number}".strip(), f"{postcode} {town}".strip(), region)
    return ", ".join(line for line in lines if line)


def salutation_line(
    *, language: str, salutation: str, title: str, given_name: str, family_name: str, organisation_name: str
) -> str:
    """Write how a letter to this customer begins, in their language.

    >>> salutation_line(
    ...     language="de", salutation="ms", title="Dr.", given_name="Ada", family_name="Lind", organisation_name=""
    ... )
    'Sehr geehrte Frau Dr. Lind,'
    """
    neutral, with_name = _SALUTATIONS.get(language, _SALUTATIONS["en"])
    name = " ".join(part for part in (title, family_name) if part)
    if (organisation_name and not family_name) or not name:
        return neutral
    if salutation and salutation in with_name:
        return with_name[salutation].format(name=name)
    full_name = " ".join(part for part in (title, given_name, family_name) if part)
    return with_name[""].format(name=full_name)


_SALUTATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "en": ("Dear Sir or Madam,", {"mr": "Dear Mr {name},", "ms": "Dear Ms {name},", "": "Dear {name},"}),
    "de": (
        "Sehr geehrte Damen und Herren,",
        {"mr": "Sehr geehrter Herr {name},", "ms": "Sehr geehrte Frau {name},", "": "Guten Tag {name},"},
    ),
    "nl": (
        "Geachte heer, mevrouw,",
        {"mr": "Geachte heer {name},", "ms": "Geachte mevrouw {name},", "": "Geachte {name},"},
    ),
}


def normalise(kind: str, value: str, *, country: str) -> str:
    """Bring an identifier into the one spelling by which it is compared; '' when it is none.

    Phone numbers become E.164 (`country`, ISO 3166, for those without a country code); source: phonenumbers.

    >>> normalise("phone", "0170 111 22 33", country="DE")
    '+491701112233'
    """
    text = unicodedata.normalize("NFKC", value).replace("\x00", "").strip()
    if kind == EMAIL:
        return text.lower() if text.count("@") == 1 else ""
    if kind == PHONE:
        return normalise_phone(text, country=country)
    if kind == CUSTOMER_NUMBER:
        return _NOT_ALPHANUMERIC.sub("", text).upper()
    return text


@lru_cache(maxsize=5_000)  # a row of a file is checked first and written later
def normalise_phone(text: str, *, country: str) -> str:
    """Write a phone number as E.164, or '' when it can't be one."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def dialled(phone: str) -> tuple[str, ...]:
    """Give the digits of an E.164 number as people dial them: with the country, and without.

    >>> dialled("+491701112233")
    ('491701112233', '1701112233')
    """
    digits = phone.removeprefix("+")
    # No code of a country begins with another one's.
    code = (
        next((length for length in (1, 2, 3) if int(digits[:length] or 0) in _COUNTRY_CODES), 0)
        if digits.isdecimal()
        else 0
    )
    return (digits, digits[code:]) if code and phone != digits else ()


def numbers_in(text: str) -> list[str]:
    """Find what may be a customer number in a text, normalised, in order, each once.

    >>> numbers_in("Meine Kundennummer: K-104711, danke")
    ['K104711', '104711']
    """
    found: dict[str, None] = {}
    for match in _NUMBER_IN_TEXT.finditer(text[:20_000]):
        whole = _NOT_ALPHANUMERIC.sub("", match[0]).upper()
        for number in (whole, whole.lstrip(_LETTERS), *re.findall(r"\d+", match[0])):
            if len(number) >= MIN_NUMBER:
                found[number] = None
        if len(found) >= MAX_NUMBERS_IN_TEXT:
            break
    return list(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One identifier that points to a customer."""

    kind: str
    shown: str
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer who it may be, and why."""

    customer_id: UUID
    name: str
    number: str
    evidence: tuple[Evidence, ...] = field(default=())

    @property
    def weight(self) -> int:
        """How strongly the evidence points here."""
        return sum(WEIGHTS.get(one.kind, 1) for one in self.evidence)


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Put the best-founded candidate first; equals by name, so that the order never jumps."""
    return sorted(candidates, key=lambda one: (-one.weight, one.name, one.number))


def recognised(candidates: list[Candidate]) -> Candidate | None:
    """Give the one whom all evidence points to; None when there is nobody, or more than one: then a person chooses."""
    return candidates[0] if len(candidates) == 1 else None
