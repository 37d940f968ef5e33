"""Where the outcome of unary tests can change."""

import datetime as dt
from decimal import Decimal

import pytest

import feel

TOLD = [
    ("-", ()),
    ("< 10, [20..30)", (Decimal(10), Decimal(20), Decimal(30))),
    ('"a", "b"', ("a", "b")),
    ('not("a")', ("a",)),
    ("null, -5", (None, Decimal(-5))),
    ("[1, 2]", (Decimal(1), Decimal(2))),
    ("> 12 * 100", (Decimal(1200),)),
    ('> date("2026-01-01")', (dt.date(2026, 1, 1),)),
    ("date(2026, 1, 2)", (dt.date(2026, 1, 2),)),
    ("? > 5 and not(? = 7)", (Decimal(5), Decimal(7))),
    ("3 < ? or ? between 1 and 2", (Decimal(3), Decimal(1), Decimal(2))),
    ("? in (1..3]", (Decimal(1), Decimal(3))),
    ("?", (True,)),
]


@pytest.mark.parametrize(("text", "boundaries"), TOLD)
def test_boundaries_are_the_constants_that_the_input_is_compared_with(text: str, boundaries: object) -> None:
    assert feel.compile_unary_tests(text).boundaries() == boundaries


UNTOLD = [
    "limit",
    "> limit",
    "? + 1 > 5",
    "? instance of number",
    'starts with(?, "a")',
    "> today()",
    "[1..limit]",
    "? > 1 and ?.a",
    "{a: 1}",
    "if ? > 5 then true else false",
    "count(for i in 1..1000000 return i)",
]


@pytest.mark.parametrize("text", UNTOLD)
def test_other_tests_have_no_boundaries_that_could_be_told(text: str) -> None:
    assert feel.compile_unary_tests(text).boundaries() is None
