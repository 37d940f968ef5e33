"""Cells of decision tables."""

import pytest

import feel

CASES = [
    ("-", 1, True),
    ("-", None, True),
    ("5", 5, True),
    ('"a", "b"', "b", True),
    ('"a", "b"', "c", False),
    ('"a"', 1, None),
    ("< 5", 4, True),
    (">= 5", 4, False),
    ("!= 5", 4, True),
    ("[1..3]", 3, True),
    ("[1..3[", 3, False),
    ("]1..3]", 1, False),
    ("< 2, > 8", 9, True),
    ("not(1, 2)", 3, True),
    ("not(< 3)", 2, False),
    ('not("a")', "a", False),
    ("null", None, True),
    ("true", True, True),
    ("true", False, False),
    ("? > 3 and ? < 9", 5, True),
    ("? > 3 and ? < 9", 9, False),
    ('contains(?, "x")', "axb", True),
    ('starts with(?, "a"), ends with(?, "z")', "xyz", True),
    ("limit", 10, True),
    ("> limit", 11, True),
    ("[1, 2, 3]", 2, True),
    ('date("2026-01-01")', None, False),
    ('not(contains(?, "x")) and true', "a", True),
    ("-5", -5, True),
    ("> -5", 0, True),
    ("> 5", "x", None),
    ("? + 1", 1, None),
]


@pytest.mark.parametrize(("text", "value", "result"), CASES)
def test_cell_judges_the_input(text: str, value: object, result: object) -> None:
    assert feel.compile_unary_tests(text).evaluate(value, {"limit": 10}).value is result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("5 in (? > 3)", True),
        ("2 in (? > 3)", False),
        ("[1, 2] in (list contains(?, 2))", True),
        ('word in (5, starts with(?, "a"))', True),
        ("some x in [1, 7] satisfies x in (x - ? = 0 and ? > 6)", True),
        ("4 in (2 in (? < 3) and ? = 4)", True),
        ("for x in [1, 5] return x in (? > 3)", [False, True]),
    ],
)
def test_in_hands_its_value_to_a_test_that_asks_for_it(text: str, result: object) -> None:
    assert feel.evaluate(text, {"word": "abc"}).value == result


def test_in_within_a_cell_has_an_input_of_its_own() -> None:
    assert feel.compile_unary_tests("limit in (? > 3)").evaluate(1, {"limit": 10}).value is True
    assert feel.compile_unary_tests("limit in [1..?]").evaluate(20, {"limit": 10}).value is True


def test_names_do_not_hold_the_input() -> None:
    assert feel.compile_unary_tests("> limit, ? = other").names == {"limit", "other"}


def test_rows_compiled_together_tell_which_hold() -> None:
    cells = [[feel.compile_unary_tests(text) for text in row] for row in (("< 5", '"x"'), ("-", "-"), ("> 3", '"y"'))]
    assert feel.compile_rows(cells).evaluate([4, "y"]).value == [1, 2]
    assert feel.compile_rows(cells, first=True).evaluate([4, "x"]).value == [0]
    assert feel.compile_rows([]).evaluate([]).value == []


def test_a_diagnostic_in_rows_names_its_cell() -> None:
    rows = feel.compile_rows([[feel.compile_unary_tests("-"), feel.compile_unary_tests("1, > 5")]])
    (found,) = rows.evaluate([1, "x"]).diagnostics[-1:]
    assert found.cell == (0, 1)
    assert found.position == 3


def test_tests_can_be_split() -> None:
    first, second = feel.compile_unary_tests('"a", "b"').split()
    assert (first.evaluate("a").value, second.evaluate("a").value) == (True, False)
