"""FEEL's values as Java's and back (DMN 1.5, table of clause 10.3.2.13.3)."""

import math
import struct
from decimal import Decimal

from feel._values import described, from_python
from feel.errors import Fault

_WHOLE = {"byte": 8, "short": 16, "int": 32, "long": 64}
_BOXES = {
    "java.lang.Byte": "byte",
    "java.lang.Short": "short",
    "java.lang.Integer": "int",
    "java.lang.Long": "long",
    "java.lang.Float": "float",
    "java.lang.Double": "double",
    "java.lang.Boolean": "boolean",
    "java.lang.Character": "char",
}
_STRINGS = frozenset({"java.lang.String", "java.lang.CharSequence"})
_DIGITS_OF_FLOAT = range(6, 10)


def normal_type(written: str) -> str:
    """Write a type of a signature in one way: lists of arguments as `[Lclass;`."""
    text = written.strip().replace(" ", "")
    for ending in ("...", "[]"):
        if text.endswith(ending):
            return f"[L{text.removesuffix(ending)};"
    return text


def to_java(value: object, kind: str) -> object:
    """Convert an argument to a parameter's type; types that aren't known here take FEEL's values as they are.

    Raises: Fault when the value doesn't fit.
    """
    kind = _BOXES.get(kind, kind)
    if isinstance(value, Decimal):
        if kind in _WHOLE:
            return _whole(value, kind)
        if kind in {"double", "float"}:
            number = float(value)
            return to_float(number) if kind == "float" else number
    fits = {
        "boolean": isinstance(value, bool),
        "char": isinstance(value, str) and len(value) == 1,
        "java.math.BigDecimal": isinstance(value, Decimal) or value is None,
        **dict.fromkeys(_STRINGS, isinstance(value, str) or value is None),
        **dict.fromkeys((*_WHOLE, "double", "float"), False),
    }
    if not fits.get(kind, True):
        raise Fault("type", f"{described(value)} can't be passed as a {kind}")
    return value


def _whole(value: Decimal, kind: str) -> int:
    if value != value.to_integral_value() or value.adjusted() > len(str(1 << 64)):
        raise Fault("type", f"{value} can't be passed as a {kind}")
    return bounded(int(value), kind)


def bounded(number: int, kind: str) -> int:
    """Refuse a whole number that a Java type can't hold. Raises: Fault."""
    limit = 1 << (_WHOLE[kind] - 1)
    if not -limit <= number < limit:
        raise Fault("value", f"{number} is too large for a {kind}")
    return number


def to_float(number: float) -> float:
    """Round to Java's float, of 32 bits; what is too large becomes infinite."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return rounded


def shortest_float(number: float) -> str:
    """Write a float of 32 bits with as few digits as tell it from others."""
    for digits in _DIGITS_OF_FLOAT:
        text = f"{number:.{digits}g}"
        if to_float(float(text)) == number:
            return text
    return repr(number)


class Float(float):
    """A result that is a Java float, of 32 bits."""

    __slots__ = ()


def to_feel(result: object, _kind: str) -> object:
    """Convert a result; doubles by their shortest form, as Java writes them. Raises: Fault."""
    if isinstance(result, float):
        if not math.isfinite(result):
            raise Fault("value", "The result isn't a number")
        return Decimal(shortest_float(result) if isinstance(result, Float) else repr(result))
    return from_python(result)
