"""How a source spells what identifies a customer: a family of alike functions, chosen by name in the definition."""

from collections.abc import Callable

import phonenumbers


def _digits(value: str) -> str:
    return "".join(letter for letter in value if letter.isascii() and letter.isdigit())


def _national(value: str) -> str:
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return _digits(value)
    return _digits(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as_is": str,
    "lower": str.lower,
    "upper": str.upper,
    "digits": _digits,
    # +49 30 1234567 as 00493012345678, and as 030 1234567 is dialled at home.
    "international_digits": lambda value: "00" + _digits(value),
    "national_digits": _national,
}
