"""Arithmetic and rounding give what the standard's numbers give: exact, then rounded once to 34 digits, halves to even."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

import feel

from .generating_settings import examples
from .oracle_numbers import ROUNDINGS, number, rounded, square_root

COEFFICIENTS = st.integers(0, 10**34 - 1) | st.integers(0, 999) | st.sampled_from([5, 10**33, 5 * 10**33, 10**34 - 1])
EXPONENTS = st.integers(-6176, 6111) | st.integers(-40, 10) | st.sampled_from([-6176, -6143, 6111])


@st.composite
def decimals(draw: st.DrawFn, exponents: st.SearchStrategy[int] = EXPONENTS) -> Decimal:
    digits = tuple(map(int, str(draw(COEFFICIENTS))))
    return Decimal((draw(st.booleans()), digits, draw(exponents)))


EVERYDAY = decimals(st.integers(-40, 5))


def _value(text: str, **context: Decimal | int) -> object:
    return feel.evaluate(text, context).value


@examples(120)
@given(decimals(), decimals())
@example(Decimal("9.999999999999999999999999999999999E6144"), Decimal("5E6110"))
@example(Decimal(10**34 - 1), Decimal("0.5"))
@example(Decimal("1E-6176"), Decimal("1E-6176"))
def test_a_sum_or_difference_is_rounded_once(left: Decimal, right: Decimal) -> None:
    assert _value("a + b", a=left, b=right) == number(Fraction(left) + Fraction(right))
    assert _value("a - b", a=left, b=right) == number(Fraction(left) - Fraction(right))


@examples(120)
@given(decimals(), decimals())
@example(Decimal("1E-6176"), Decimal("0.5"))
@example(Decimal("1E-3000"), Decimal("1E-4000"))
@example(Decimal("1E3500"), Decimal("-1E3500"))
def test_a_product_or_quotient_is_rounded_once(left: Decimal, right: Decimal) -> None:
    assert _value("a * b", a=left, b=right) == number(Fraction(left) * Fraction(right))
    quotient = number(Fraction(left) / Fraction(right)) if right else None
    assert _value("a / b", a=left, b=right) == quotient


@examples(120)
@given(decimals(st.integers(-40, 40)), st.integers(-40, 40))
@example(Decimal(0), -1)
@example(Decimal("-1.1"), 3)
@example(Decimal("7.3984153312E-10"), 7)
def test_a_whole_power_is_rounded_once(base: Decimal, exponent: int) -> None:
    if not base and not exponent:
        return  # left open by the standard
    expected = number(Fraction(base) ** exponent) if base or exponent > 0 else None
    assert _value("a ** b", a=base, b=exponent) == expected


@examples(120)
@given(st.sampled_from(sorted(ROUNDINGS)), EVERYDAY, st.integers(-6, 40))
@example("decimal", Decimal("2.5"), 0)
@example("round half up", Decimal("-2.5"), 0)
@example("round half down", Decimal("5.5"), 0)
@example("round up", Decimal("9.99"), 1)
def test_rounding_functions_round_as_they_are_called(name: str, value: Decimal, scale: int) -> None:
    assert _value(f"{name}(n, s)", n=value, s=scale) == rounded(name, Fraction(value), scale)


@examples(120)
@given(decimals(st.integers(-40, 40)))
@example(Decimal(2))
@example(Decimal("0.01"))
def test_a_square_root_is_rounded_once(value: Decimal) -> None:
    assert _value("sqrt(n)", n=value) == (square_root(Fraction(value)) if value >= 0 else None)


@examples(120)
@given(EVERYDAY, EVERYDAY)
@example(Decimal(-12), Decimal(5))
@example(Decimal("10.1"), Decimal("-4.5"))
def test_modulo_has_the_sign_of_the_divisor(dividend: Decimal, divisor: Decimal) -> None:
    exact = Fraction(dividend) % Fraction(divisor) if divisor else None
    assert _value("modulo(a, b)", a=dividend, b=divisor) == (None if exact is None else number(exact))


@examples(120)
@given(decimals(), decimals())
def test_numbers_are_ordered_by_their_value(left: Decimal, right: Decimal) -> None:
    assert _value("a < b", a=left, b=right) is (Fraction(left) < Fraction(right))
    assert _value("a = b", a=left, b=right) is (Fraction(left) == Fraction(right))


@examples(120)
@given(decimals())
def test_a_number_that_is_written_is_read_again(value: Decimal) -> None:
    assert feel.evaluate(str(value)).value == value
