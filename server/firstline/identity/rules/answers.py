"""What a caller says, compared with what a system holds: tolerant in ways that are written down here, and in no other.

An answer is right or wrong; how near a wrong one came is never computed, so nothing can give it away.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from firstline.money import Money
from firstline.search.rules import fold

Comparison = Literal["text", "number", "date", "amount", "postcode", "last4"]
MAX_ANSWER = 200
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]")
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "januar februar marz april mai juni juli august september oktober november dezember",
        "januari februari maart april mei juni juli augustus september oktober november december",
    )
    for number, name in enumerate(names.split(), 1)
} | {"jan": 1, "feb": 2, "mar": 3, "mrt": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10,
     "okt": 10, "nov": 11, "dec": 12, "dez": 12}  # fmt: skip
_DAY_FIRST = re.compile(r"(\d{1,2})[./ -]+(\d{1,2}|[a-z]{3,9})[./ ,-]+(\d{4}|\d{2})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})[. ]+(\d{1,2})[., ]+(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TOGETHER = re.compile(r"(\d{2})(\d{2})(\d{4})")
_CENTS = re.compile(r"(.*?)(?:[.,](\d{1,2}))?")
_AMOUNT = re.compile(r"-?\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?|-?\d+(?:[.,]\d{1,2})?")


def is_right(said: str, known: Any, *, compare: Comparison, today: date) -> bool:
    """Tell whether what was said is what is known; where a system knows several, any of them.

    >>> is_right("3. März 1980", date(1980, 3, 3), compare="date", today=date(2026, 1, 1))
    True
    """
    told = said_as(said, compare=compare, today=today)
    if not told:
        return False
    every = known if isinstance(known, list | tuple) else [known]
    # All are compared, each in the same time: how long an answer takes tells nothing about it.
    right = [
        hmac.compare_digest(told.encode(), one.encode()) for one in (known_as(each, compare) for each in every) if one
    ]
    return any(right)


def said_as(text: str, *, compare: Comparison, today: date) -> str:
    """Bring what was said into the one spelling by which it is compared; '' when it can't be read so."""
    plain = unicodedata.normalize("NFKC", text).replace("\x00", "").strip()[:MAX_ANSWER]
    match compare:
        case "date":
            return _said_date(fold(plain), today)
        case "amount":
            return _said_amount(plain)
        case _:
            return _SPELLED[compare](plain)


def known_as(value: Any, compare: Comparison) -> str:
    """Bring what a system holds into the same spelling; '' when there is nothing to compare with."""
    match compare, value:
        case _, None | bool():
            return ""
        case "date", datetime():
            return value.date().isoformat()
        case "date", date():
            return value.isoformat()
        case "date", _:
            return _known_date(str(value))
        case "amount", Money():
            return _in_cents(value.amount)
        case "amount", Decimal() | int():
            return _in_cents(Decimal(value))
        case "amount", _:
            return _said_amount(str(value))
        case _:
            return _SPELLED[compare](str(value))


def _text(text: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", fold(text))


def _last4(text: str) -> str:
    spelled = _text(text)
    return spelled[-4:] if len(spelled) >= 4 else ""


# Letters and digits alone count, without accents and capitals: `1234 AB` is `1234ab`, `R-2026/1` is `R20261`.
_SPELLED: Mapping[str, Callable[[str], str]] = {"text": _text, "number": _text, "postcode": _text, "last4": _last4}


def _known_date(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def _said_date(text: str, today: date) -> str:
    """Read a day as people of our languages say it: day, month, year; or as computers write it."""
    if found := _YEAR_FIRST.search(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _TOGETHER.fullmatch(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if found := _MONTH_FIRST.fullmatch(text):
        return _day(int(found[3]), _MONTHS.get(found[1], 0), int(found[2]))
    found = _DAY_FIRST.search(text)
    if found is None:
        return ""
    month = int(found[2]) if found[2].isdecimal() else _MONTHS.get(found[2], 0)
    return _day(_year(found[3], today), month, int(found[1]))


def _year(text: str, today: date) -> int:
    """Read a year; of two digits, the latest that isn't to come."""
    if len(text) == 4:
        return int(text)
    year = today.year - today.year % 100 + int(text)
    return year if year <= today.year else year - 100


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _said_amount(text: str) -> str:
    """Read an amount with either comma or point for the cents; a currency around it doesn't matter."""
    found = _AMOUNT.search(text)
    if found is None:
        return ""
    parts = _CENTS.fullmatch(re.sub(r"[ ']", "", found[0]))
    assert parts is not None
    try:
        return _in_cents(Decimal(f"{re.sub(r'[.,]', '', parts[1])}.{parts[2] or 0}"))
    except InvalidOperation:
        return ""  # more digits than any amount has


def _in_cents(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01")))
