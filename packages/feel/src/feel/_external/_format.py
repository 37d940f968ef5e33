"""Values as text in Java's way: `String.valueOf`, and `String.format` with %s %d %f %e %x %o %b %c %n %%."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NoReturn, cast

from feel import _temporal
from feel._values import Function, Range, described
from feel.errors import Fault

_SPECIFIER = re.compile(
    r"%(?:(?P<index>\d{1,2})\$)?(?P<flags>[-#+ 0,(]*)(?P<width>\d{1,3})?(?:\.(?P<precision>\d{1,3}))?(?P<kind>[a-zA-Z%])"
)
_PLAIN = range(-3, 7)
"""Doubles with exponents in it are written without one."""
_FRACTION_DIGITS = 6
_WIDE = Context(prec=1200)
_Number = Callable[[Decimal, re.Match[str]], str]


def java_text(value: object) -> str:
    """Write a value as `String.valueOf` does: 1.0, 1.0E10, true, null."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, float):
        return _double_text(value)
    if isinstance(value, str | int | Decimal):
        return str(value)
    if isinstance(value, list | dict | Range | Function):
        raise Fault("type", f"{described(value)} has no text in Java's way")
    return _temporal.to_text(cast(_temporal.Temporal, value))


def _double_text(value: float) -> str:
    number = Decimal(repr(value))
    if number.adjusted() in _PLAIN or not number:
        plain = f"{number:f}"
        return plain if "." in plain else plain + ".0"
    sign, digits, _ = number.normalize().as_tuple()
    fraction = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{fraction}E{number.adjusted()}"


def format_text(template: str, *values: object) -> str:
    """Fill a template as `String.format` does, in the English way. Raises: Fault for what Java refuses."""
    place = 0
    texts: list[str] = []
    end = 0
    for found in _SPECIFIER.finditer(template):
        texts.append(_literal(template[end : found.start()]))
        end = found.end()
        if found["kind"] in "%n":
            texts.append("%" if found["kind"] == "%" else "\n")
            continue
        place += found["index"] is None
        at = int(found["index"] or place) - 1
        if not 0 <= at < len(values):
            _refuse(f"There is no value for {found[0]}")
        texts.append(_field(found, values[at]))
    return "".join([*texts, _literal(template[end:])])


def _refuse(message: str) -> NoReturn:
    raise Fault("value", message)


def _literal(text: str) -> str:
    return _refuse("A % must be followed by a format, or be written %%") if "%" in text else text


def _field(found: re.Match[str], value: object) -> str:
    kind, flags = found["kind"], found["flags"]
    text = "null" if value is None and kind not in "bB" else _converted(kind.lower(), found, value)
    width = int(found["width"] or 0)
    if "0" in flags and "-" not in flags and isinstance(value, Decimal):
        sign = text[:1] if text[:1] in "+-( " else ""
        text = sign + text[len(sign) :].rjust(width - len(sign), "0")
    text = text.ljust(width) if "-" in flags else text.rjust(width)
    return text.upper() if kind.isupper() else text


def _converted(kind: str, found: re.Match[str], value: object) -> str:
    if kind == "s":
        text = java_text(value)
        return text[: int(found["precision"])] if found["precision"] else text
    if kind == "b":
        return java_text(value is not None and value is not False)
    if kind == "c" and isinstance(value, str) and len(value) == 1:
        return value
    if isinstance(value, Decimal) and value.adjusted() < 100 and kind in _NUMBERS:
        return _signed(_NUMBERS[kind](abs(value), found), found["flags"], negative=value < 0)
    return _refuse(f"{described(value)} can't be written with {found[0]}")


def _whole(value: Decimal, found: re.Match[str]) -> str:
    if value != value.to_integral_value() or found["precision"]:
        _refuse(f"Only a whole number can be written with {found[0]}")
    return f"{int(value):,}" if "," in found["flags"] else str(int(value))


def _in_base(code: str) -> _Number:
    def write(value: Decimal, found: re.Match[str]) -> str:
        return format(int(_whole(value, found)), code)

    return write


def _fixed(value: Decimal, found: re.Match[str]) -> str:
    digits = _FRACTION_DIGITS if found["precision"] is None else int(found["precision"])
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _WIDE)
    return f"{rounded:,f}" if "," in found["flags"] else f"{rounded:f}"


def _scientific(value: Decimal, found: re.Match[str]) -> str:
    digits = _FRACTION_DIGITS if found["precision"] is None else int(found["precision"])
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].rjust(2, '0')}"


def _signed(text: str, flags: str, *, negative: bool) -> str:
    if negative:
        return f"({text})" if "(" in flags else f"-{text}"
    return ("+" if "+" in flags else " " if " " in flags else "") + text


_NUMBERS: dict[str, _Number] = {
    "d": _whole,
    "x": _in_base("x"),
    "o": _in_base("o"),
    "f": _fixed,
    "e": _scientific,
}
