"""What is compared: a customer as a row of plain, folded words."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_NO_WORD = re.compile(r"[^0-9a-z]+")
# Ways to write "street" that say nothing; the longer one first.
_STREET = re.compile(r"(?:strasse|straat|street|str|st)$")
_LEGAL_FORMS = frozenset(
    {
        "ag",
        "bv",
        "co",
        "ev",
        "gbr",
        "gmbh",
        "inc",
        "kg",
        "limited",
        "llc",
        "ltd",
        "mbh",
        "nv",
        "ohg",
        "plc",
        "sa",
        "se",
        "ug",
        "vof",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One customer, or what somebody on the phone said about themselves; '' is not known. Made by `profile`."""

    given_name: str = ""
    family_name: str = ""
    organisation: str = ""
    birth_date: str = ""
    street: str = ""
    house_number: str = ""
    extra_line: str = ""
    postcode: str = ""
    town: str = ""
    region: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()


def profile(
    *,
    given_name: str = "",
    family_name: str = "",
    organisation: str = "",
    birth_date: str = "",
    street: str = "",
    house_number: str = "",
    extra_line: str = "",
    postcode: str = "",
    town: str = "",
    region: str = "",
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
) -> Profile:
    """Bring what was written into the spelling in which it is compared.

    Shape: phone numbers in E.164, as `customers.rules.normalise` writes them; a date in any digits, year first.

    >>> profile(family_name="Groß-Müller", street="Lange Str.", house_number="12 A").street
    'lange street'
    """
    return Profile(
        given_name=words(given_name),
        family_name=words(family_name),
        organisation=" ".join(word for word in words(organisation).split() if word not in _LEGAL_FORMS),
        birth_date=joined(birth_date),
        street=_street(words(street)),
        house_number=joined(house_number),
        extra_line=_street(words(extra_line)),
        postcode=joined(postcode),
        town=words(town),
        region=words(region),
        phones=frozenset(phone for phone in phones if phone),
        emails=frozenset(email.strip().lower() for email in emails if email.strip()),
    )


@lru_cache(maxsize=20_000)  # names, streets and towns come again and again
def words(text: str) -> str:
    """Fold a text to small plain letters and digits, words apart by one space.

    >>> words("  O'Brien-Groß, Jörg ")
    'o brien gross jorg'
    """
    decomposed = unicodedata.normalize("NFKD", text[:200].casefold())
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    return _NO_WORD.sub(" ", plain).strip()


def joined(text: str) -> str:
    """Fold a text and leave the gaps out, as in numbers.

    >>> joined("1234 AB")
    '1234ab'
    """
    return words(text).replace(" ", "")


def _street(line: str) -> str:
    return _STREET.sub("street", line)
