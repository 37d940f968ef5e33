"""Built-ins on numbers (DMN 1.5, clause 10.3.4.5)."""

import decimal
from decimal import Decimal

from feel._builtins._signature import builtin
from feel._values import NUMBERS
from feel.errors import Fault

_ZERO, _ONE = Decimal(0), Decimal(1)
_LEAST_PLACES, _MOST_PLACES = -6111, 6176


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


_WIDE = decimal.Context(prec=13_000, Emin=-20_000, Emax=20_000)


def _decimal(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, decimal.ROUND_HALF_EVEN)


def _floor(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_FLOOR)


def _ceiling(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_CEILING)


def _round_up(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_UP)


def _round_down(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_DOWN)


def _round_half_up(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_HALF_UP)


def _round_half_down(n: Decimal, scale: Decimal = _ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_HALF_DOWN)


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Take the rest that has the sign of the divisor: dividend - divisor * floor(dividend / divisor)."""
    if not divisor:
        raise Fault("arithmetic", "the divisor is zero")
    rest = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def _sqrt(number: Decimal) -> Decimal:
    if number < 0:
        raise Fault("arithmetic", "a negative number has no square root")
    return NUMBERS.sqrt(number)


def _log(number: Decimal) -> Decimal:
    if number <= 0:
        raise Fault("arithmetic", "only a positive number has a logarithm")
    return NUMBERS.ln(number)


def _odd(number: Decimal) -> bool:
    return abs(NUMBERS.remainder(number, Decimal(2))) == 1


def _even(number: Decimal) -> bool:
    return not NUMBERS.remainder(number, Decimal(2))


NUMBER_BUILTINS = (
    builtin("decimal(n: number, scale: number)", _decimal),
    builtin("floor(n: number, scale: number =)", _floor),
    builtin("ceiling(n: number, scale: number =)", _ceiling),
    builtin("round up(n: number, scale: number =)", _round_up),
    builtin("round down(n: number, scale: number =)", _round_down),
    builtin("round half up(n: number, scale: number =)", _round_half_up),
    builtin("round half down(n: number, scale: number =)", _round_half_down),
    builtin("abs(n: number)", abs),
    builtin("abs(n: days duration)", abs),
    builtin("modulo(dividend: number, divisor: number)", _modulo),
    builtin("sqrt(number: number)", _sqrt),
    builtin("log(number: number)", _log),
    builtin("exp(number: number)", NUMBERS.exp),
    builtin("odd(number: number)", _odd),
    builtin("even(number: number)", _even),
)
