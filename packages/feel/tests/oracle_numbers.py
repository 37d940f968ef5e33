"""Numbers as the standard defines them, modelled with fractions: exact results, rounded once to decimal128."""

from decimal import Decimal
from fractions import Fraction
from math import floor, isqrt, log10

DIGITS = 34
LEAST_EXPONENT = -6176
"""Of the last digit: nothing is smaller than 1E-6176."""
MOST_ADJUSTED = 6144
"""Of the first digit: nothing is larger than 9.99...E+6144."""


def half_even(exact: Fraction) -> int:
    below = exact.numerator // exact.denominator
    rest = exact - below
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1)
    return below + up


def _half_away(exact: Fraction) -> int:
    magnitude = (abs(exact) + Fraction(1, 2)).__floor__()
    return magnitude if exact >= 0 else -magnitude


def _half_to_zero(exact: Fraction) -> int:
    magnitude = (abs(exact) - Fraction(1, 2)).__ceil__()
    return magnitude if exact >= 0 else -magnitude


ROUNDINGS = {
    "decimal": half_even,
    "floor": Fraction.__floor__,
    "ceiling": Fraction.__ceil__,
    "round up": lambda exact: exact.__ceil__() if exact >= 0 else exact.__floor__(),
    "round down": lambda exact: exact.__floor__() if exact >= 0 else exact.__ceil__(),
    "round half up": _half_away,
    "round half down": _half_to_zero,
}
"""What each rounding function of the standard makes of a number that isn't whole."""


def number(exact: Fraction) -> Decimal | None:
    """Round to the nearest decimal128, halves to even; None beyond the largest."""
    if not exact:
        return Decimal(0)
    exponent = max(_adjusted(abs(exact)) - DIGITS + 1, LEAST_EXPONENT)
    coefficient = half_even(exact / Fraction(10) ** exponent)
    if abs(coefficient) == 10**DIGITS:
        coefficient, exponent = coefficient // 10, exponent + 1
    if coefficient and len(str(abs(coefficient))) - 1 + exponent > MOST_ADJUSTED:
        return None
    return Decimal((coefficient < 0, tuple(map(int, str(abs(coefficient)))), exponent))


def _adjusted(positive: Fraction) -> int:
    """Give the power of ten of the first digit."""
    bits = positive.numerator.bit_length() - positive.denominator.bit_length()
    guess = floor(bits * log10(2)) - 1
    while positive >= Fraction(10) ** (guess + 1):
        guess += 1
    return guess


def rounded(name: str, exact: Fraction, scale: int) -> Decimal | None:
    return number(ROUNDINGS[name](exact * Fraction(10) ** scale) / Fraction(10) ** scale)


def square_root(exact: Fraction) -> Decimal | None:
    """Round the root of a number that isn't negative: one more digit than is kept, and whether that is all of it."""
    if not exact:
        return Decimal(0)
    shift = 2 * (DIGITS + 2) - _adjusted(exact)
    shift += shift % 2
    scaled = exact * Fraction(10) ** shift
    root = isqrt(scaled.__floor__())
    # A rest beyond the digits that are looked at can only break a tie.
    sticky = Fraction(0) if root * root == scaled else Fraction(1, 2)
    return number((root + sticky) / Fraction(10) ** (shift // 2))
