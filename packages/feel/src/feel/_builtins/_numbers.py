"""Built-ins on numbers (DMN 1.5, clause 10.3.4.5)."""

import decimal
from decimal import Decimal

from feel._builtins._signature import builtin
from feel._values import NUMBERS
from feel.errors import Fault

_ZERO, _ONE, _TWO = Decimal(0), Decimal(1), Decimal(2)
_LEAST_PLACES, _MOST_PLACES = -6111, 6176
# Holds every number digit by digit, so that a rest or a rounding is exact.
_WIDE = decimal.Context(prec=13_000, Emin=-20_000, Emax=20_000)


def rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal:
    """Round to `scale` places after the point; a negative scale rounds before it. Raises: Fault."""
    places = int(scale)
    if not _LEAST_PLACES <= places <= _MOST_PLACES:
        raise Fault("value", f"the scale must lie between {_LEAST_PLACES} and {_MOST_PLACES}")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places and number.adjusted() + places >= NUMBERS.prec:
        return number
    result = number.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=_WIDE)
    return NUMBERS.plus(result if places >= 0 else result.quantize(_ONE, context=_WIDE))


def _decimal(n: Decimal, scale: Decimal) -> Decimal:
    """Round to a number of places, halves to the even digit.

    A negative scale rounds before the point. Null when the scale isn't between -6111 and 6176.

        decimal(1 / 3, 2) → 0.33
        decimal(2.5, 0) → 2
        decimal(1250, -2) → 1200
    """
    return rounded(n, scale, decimal.ROUND_HALF_EVEN)


def _floor(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    """Round down, towards negative infinity, to whole numbers or to a number of places.

    floor(1.5) → 1
    floor(-1.56, 1) → -1.6
    """
    return rounded(n, scale, decimal.ROUND_FLOOR)


def _ceiling(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    """Round up, towards positive infinity, to whole numbers or to a number of places.

    ceiling(1.5) → 2
    ceiling(-1.56, 1) → -1.5
    """
    return rounded(n, scale, decimal.ROUND_CEILING)


def _round_up(n: Decimal, scale: Decimal) -> Decimal:
    """Round away from zero.

    round up(5.5, 0) → 6
    round up(-1.121, 2) → -1.13
    """
    return rounded(n, scale, decimal.ROUND_UP)


def _round_down(n: Decimal, scale: Decimal) -> Decimal:
    """Round towards zero.

    round down(5.5, 0) → 5
    round down(-1.126, 2) → -1.12
    """
    return rounded(n, scale, decimal.ROUND_DOWN)


def _round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    """Round to the nearest, halves away from zero.

    round half up(5.5, 0) → 6
    round half up(-1.125, 2) → -1.13
    """
    return rounded(n, scale, decimal.ROUND_HALF_UP)


def _round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    """Round to the nearest, halves towards zero.

    round half down(5.5, 0) → 5
    round half down(-1.126, 2) → -1.13
    """
    return rounded(n, scale, decimal.ROUND_HALF_DOWN)


def _abs(n: Decimal) -> Decimal:
    """Take the sign off a number or a duration.

    abs(-10) → 10
    abs(@"-PT5H") → @"PT5H"
    abs(@"-P1Y") → @"P1Y"
    """
    return n.copy_abs()


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Take the rest of a division, with the sign of the divisor. Null when the divisor is zero.

    modulo(12, 5) → 2
    modulo(-12, 5) → 3
    modulo(10.1, -4.5) → -3.4
    modulo(1, 0) → null
    """
    if not divisor:
        raise Fault("arithmetic", "the divisor is zero")
    rest = _WIDE.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else NUMBERS.plus(rest)


def _sqrt(number: Decimal) -> Decimal:
    """Take the square root. Null for a negative number.

    sqrt(16) → 4
    sqrt(-1) → null
    """
    if number < 0:
        raise Fault("arithmetic", "a negative number has no square root")
    return NUMBERS.sqrt(number)


def _log(number: Decimal) -> Decimal:
    """Take the natural logarithm. Null for zero and negative numbers.

    log(1) → 0
    decimal(log(10), 8) → 2.30258509
    log(0) → null
    """
    if number <= 0:
        raise Fault("arithmetic", "only a positive number has a logarithm")
    return NUMBERS.ln(number)


def _exp(number: Decimal) -> Decimal:
    """Raise Euler's number to a power.

    exp(0) → 1
    decimal(exp(5), 8) → 148.41315910
    """
    return NUMBERS.exp(number)


def _odd(number: Decimal) -> bool:
    """Tell whether a number is odd; one with a fraction isn't.

    odd(5) → true
    odd(-2) → false
    """
    return _WIDE.remainder(number, _TWO).copy_abs() == _ONE


def _even(number: Decimal) -> bool:
    """Tell whether a number is even; one with a fraction isn't.

    even(2) → true
    even(5) → false
    """
    return not _WIDE.remainder(number, _TWO)


NUMBER_BUILTINS = (
    builtin("decimal(n: number, scale: number)", _decimal),
    builtin("floor(n: number, scale: number =)", _floor),
    builtin("ceiling(n: number, scale: number =)", _ceiling),
    builtin("round up(n: number, scale: number)", _round_up),
    builtin("round down(n: number, scale: number)", _round_down),
    builtin("round half up(n: number, scale: number)", _round_half_up),
    builtin("round half down(n: number, scale: number)", _round_half_down),
    builtin("abs(n: number)", _abs),
    builtin("abs(n: days duration)", abs),
    builtin("modulo(dividend: number, divisor: number)", _modulo),
    builtin("sqrt(number: number)", _sqrt),
    builtin("log(number: number)", _log),
    builtin("exp(number: number)", _exp),
    builtin("odd(number: number)", _odd),
    builtin("even(number: number)", _even),
)
