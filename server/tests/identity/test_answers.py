"""What a caller says is right or wrong, tolerant in the ways that are written down and in no other."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from firstline.identity.rules.answers import is_right
from firstline.money import Money

TODAY = date(2026, 11, 22)
BORN = date(1980, 3, 4)


@pytest.mark.parametrize(
    "said",
    ["4.3.1980", "04.03.1980", "4. März 1980", "4 maart 1980", "4 March 1980", "March 4, 1980", "4-3-80", "4/3/1980",
     "1980-03-04", "04031980", "4 mrt 1980", "04 . 03 . 1980"],
)  # fmt: skip
def test_a_day_is_right_as_people_say_it(said):

    assert is_right(said, BORN, compare="date", today=TODAY)


@pytest.mark.parametrize(
    "said", ["3.4.1980", "4.3.1981", "1980", "4.3.", "31.2.1980", "", "März", "4.13.1980", "x" * 500]
)
def test_another_day_or_none_is_wrong(said):
    assert not is_right(said, BORN, compare="date", today=TODAY)


def test_a_year_of_two_digits_is_the_latest_that_has_been():
    assert is_right("1.1.26", date(2026, 1, 1), compare="date", today=TODAY)
    assert is_right("1.1.27", date(1927, 1, 1), compare="date", today=TODAY)
    assert not is_right("1.1.27", date(2027, 1, 1), compare="date", today=TODAY)


@pytest.mark.parametrize("said", ["1.234,50", "1,234.50", "1234,50", "1234.5", "€ 1 234,50", "1'234.50 EUR"])
def test_an_amount_is_right_with_point_or_comma(said):
    for known in (Money(Decimal("1234.50"), "EUR"), Decimal("1234.5"), "1234.50"):
        assert is_right(said, known, compare="amount", today=TODAY)


@pytest.mark.parametrize("said", ["1234", "1234,51", "12345", "-1234,50", "", "many", "9" * 150])
def test_another_amount_is_wrong(said):
    assert not is_right(said, Decimal("1234.50"), compare="amount", today=TODAY)


@pytest.mark.parametrize(
    ("compare", "known", "right", "wrong"),
    [
        ("postcode", "1234 AB", ["1234ab", "1234 AB", "1234-ab"], ["1234", "1234 AC"]),
        ("postcode", "01067", ["01067", "0 10 67"], ["1067", "01068"]),
        ("last4", "DE89 3704 0044 0532 0130 00", ["3000", "DE89370400440532013000", "30 00"], ["300", "0300", "3001"]),
        ("number", "R-2026/17", ["r202617", "R 2026 17"], ["202617", "R-2026/18"]),
        ("text", "Groß-Müller", ["gross müller", "GROSS MULLER"], ["Gross", "Muller Gross"]),
    ],
)
def test_letters_and_digits_alone_count(compare, known, right, wrong):
    for said in right:
        assert is_right(said, known, compare=compare, today=TODAY), said
    for said in wrong:
        assert not is_right(said, known, compare=compare, today=TODAY), said


def test_where_several_are_known_any_of_them_is_right():
    known = ["Z-1", None, "Z-2"]
    assert is_right("z2", known, compare="number", today=TODAY)
    assert not is_right("z3", known, compare="number", today=TODAY)


@pytest.mark.parametrize("known", [None, "", "-", True, []])
def test_what_isnt_known_is_never_right(known):
    for said in ("", "-", "None", "True", " "):
        assert not is_right(said, known, compare="text", today=TODAY)


def test_a_moment_is_compared_by_its_day_and_what_is_no_date_is_never_right():
    assert is_right("4.3.1980", datetime(1980, 3, 4, 12, tzinfo=UTC), compare="date", today=TODAY)
    assert is_right("4.3.1980", "1980-03-04T00:00:00", compare="date", today=TODAY)
    assert not is_right("4.3.1980", "soon", compare="date", today=TODAY)
