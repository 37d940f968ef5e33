"""The direct way and the full code give the same: the direct one is only faster."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feel

CONTEXT: dict[str, object] = {
    "a": 3,
    "b": Decimal("2.50"),
    "f": 0.1,
    "s": "Brigitte",
    "t": "gold",
    "yes": True,
    "d": dt.date(2026, 1, 15),
    "xs": [1, 2, 3, 40],
    "words": ["a", "b"],
    "c": {"n": 7, "inner": {"s": "x", "d": dt.date(2026, 2, 1)}},
    "nothing": None,
}

DIRECT = [
    "a + b * f - a / 3",
    "(a + b) ** 2 - -a",
    "a ** b",
    "a + 1",
    'if a > 2 and s = "Brigitte" then "A" else if b > 1 then "B" else "C"',
    "if a > 5 then 1 else null",
    "not(a > 2) or yes",
    "a between 1 and b + 1",
    "a in [1..3]",
    "a in (1, 3)",
    'a in (< 2, > 7) or t in ("gold", "silver") or a in ([1, 3])',
    'contains(s, "g") and starts with(s, "Bri") and ends with(upper case(s), "TE")',
    "string length(substring(s, 2, 3)) = 3",
    "string length(s) > 7.5",
    "substring(s, 3)",
    'substring(s, -2) + "!"',
    'date("2026-11-21") - d > duration("P30D")',
    'd < @"2026-01-16"',
    "xs[item > 2]",
    'words[item = "b"]',
    "for x in xs return x * 2 + 1",
    "for x in xs[item > 1] return x ** b",
    'for x in words return [x = "a", t]',
    "some x in xs satisfies x > 39",
    "every x in xs satisfies x > 1 and x < a * 100",
    "sum(xs) + max(xs) > min(xs)",
    "c.n + 1",
    'c.inner.s = "x" and c.inner.d > @"2026-01-01"',
    "[a, s, c]",
    "{x: a + 1, y: s, z: [nothing]}",
    "c",
    "nothing = null or a = null",
    "modulo(a, 2) + abs(-a)",
]
FULL = [
    "a + nothing",
    "nothing > 1",
    "missing",
    "a / 0",
    "s > 1",
    'substring(s, 20) = ""',
    "xs[1]",
    "for x in nothing return x + 1",
    "sum(words)",
    "1e6000 * 1e6000",
    "c.missing",
    "s + a",
    "0 ** -a",
    "some x in words satisfies x > a",
    "for x in [1, 2], y in [x] return x + y",
    "{p: 1, q: p}.q",
]


def _plainly(text: str, context: dict[str, object]) -> feel.Evaluation:
    """Evaluate in the full code alone."""
    return feel.compile_expression(text, names=context)._program.fully(context, now=None)


@pytest.mark.parametrize("text", DIRECT + FULL)
def test_both_ways_give_the_same(text: str) -> None:
    expected = _plainly(text, CONTEXT)
    expression = feel.compile_expression(text, names=CONTEXT)
    for context in (CONTEXT, feel.values(CONTEXT)):
        assert expression.evaluate(context) == expected
        assert repr(expression(context)) == repr(expected.value)
        assert repr(expression.compiled(context)) == repr(expected.value)


@pytest.mark.parametrize("text", DIRECT)
def test_plain_expressions_over_fitting_values_go_the_direct_way(text: str) -> None:
    expression = feel.compile_expression(text, names=CONTEXT)
    assert expression.compiled(CONTEXT, lambda _context: "left") != "left"


def test_the_caller_s_decimal_context_stays_as_it_is() -> None:
    import decimal

    before = decimal.getcontext()
    expression = feel.compile_expression("a * b * f / 7")
    assert expression({"a": 1, "b": 1, "f": 1}) == Decimal("0.1428571428571428571428571428571429")
    assert expression({"a": 1, "b": 1, "f": None}) is None
    assert decimal.getcontext() is before
    assert decimal.getcontext().prec == 28


def test_what_is_no_number_stays_out() -> None:
    for value in (Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), float("nan"), float("-inf")):
        for text in ("a > 1", "a + 1", "a in [1..5]", "for x in [a] return x + 1"):
            evaluation = feel.evaluate(text, {"a": value})
            assert evaluation == _plainly(text, {"a": value})
            assert evaluation.diagnostics


NUMBERS = st.sampled_from([*"abf", "1", "2.5", "0", "1e6144", "c.n", "x", "nothing", "s", "sum(xs)"])
STRINGS = st.sampled_from(["s", "t", '"gold"', '""', "nothing", "a", 'upper case("x")', "substring(s, 2, 9)"])


def _texts() -> st.SearchStrategy[str]:
    numbers = st.recursive(
        NUMBERS,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map("({0[0]} {0[1]} {0[2]})".format),
            inner.map("-({})".format),
            inner.map("sum(for x in xs return {})".format),
            inner.map("max(xs[item > {}])".format),
        ),
        max_leaves=5,
    )
    tests = st.one_of(
        st.tuples(numbers, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numbers).map(" ".join),
        st.tuples(STRINGS, st.sampled_from(["=", "!=", "<", ">="]), STRINGS).map(" ".join),
        st.tuples(numbers, numbers, numbers).map("{0[0]} between {0[1]} and {0[2]}".format),
        st.tuples(st.sampled_from("abst"), numbers, numbers).map("{0[0]} in ({0[1]}, [{0[1]}..{0[2]}[)".format),
        st.tuples(STRINGS, STRINGS).map("contains({0[0]}, {0[1]})".format),
        numbers.map("(some x in xs satisfies x > {})".format),
        st.sampled_from(["yes", "true", "nothing", "a"]),
    )
    conditions = st.recursive(
        tests.map("({})".format),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map("({0[0]} {0[1]} {0[2]})".format),
            inner.map("not({})".format),
        ),
        max_leaves=3,
    )
    results = (
        numbers | STRINGS | st.sampled_from(["c", "xs", "[a, nothing]", "{k: a}", "for x in xs[item > a] return x"])
    )
    return (
        conditions | results | st.tuples(conditions, results, results).map("if {0[0]} then {0[1]} else {0[2]}".format)
    )


@settings(max_examples=600, deadline=None)
@given(
    _texts(), st.dictionaries(st.sampled_from(["a", "s", "xs", "yes", "c"]), st.sampled_from([None, 4, "z", [5], []]))
)
def test_random_expressions_give_the_same_both_ways(text: str, changes: dict[str, object]) -> None:
    context = CONTEXT | changes
    expected = _plainly(text, context)
    found = feel.compile_expression(text, names=context).evaluate(context)
    assert found == expected
    assert repr(found.value) == repr(expected.value)


CELLS = [
    *("-", "1", "2, 3", "< 2", ">= 3", "[1..3]", "]1..3[", "[3..1]", "not(2)", "not(< 2, 3)", "!= 2", "(> 1)", "-1"),
    *("a", "< a", "[1, 3]", '"x"', '"x", "y"', 'not("x")', '> "x"', "true", "false", "null", "not(null)", "? > 2"),
    *('date("2026-01-15")', '> @"2026-01-15"', "1, null", "[1..2], [2..4], 9", "odd(?)", "a + 1", "[a..9]"),
]
INPUTS = [
    1,
    2,
    3,
    2.5,
    Decimal(0),
    None,
    "x",
    "y",
    "",
    True,
    False,
    dt.date(2026, 1, 15),
    dt.date(2026, 1, 16),
    [1],
    {},
]


@settings(max_examples=400, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda width: st.tuples(
            st.lists(st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), min_size=1, max_size=6),
            st.lists(st.sampled_from(INPUTS), min_size=width, max_size=width),
        )
    ),
    st.booleans(),
)
def test_indexed_rows_are_those_that_hold(table: tuple[list[list[str]], list[object]], first: bool) -> None:
    texts, inputs = table
    cells = [[feel.compile_unary_tests(text) for text in row] for row in texts]
    hits = [
        number
        for number, row in enumerate(cells)
        if all(cell.evaluate(value, CONTEXT).value is True for cell, value in zip(row, inputs, strict=True))
    ]
    assert feel.compile_rows(cells, first=first).evaluate(inputs, CONTEXT).value == (hits[:1] if first else hits)


@pytest.mark.parametrize("text", CELLS)
def test_tests_give_the_same_both_ways(text: str) -> None:
    tests = feel.compile_unary_tests(text)
    for value in INPUTS:
        assert tests.evaluate(value, CONTEXT) == tests._program.fully(value, CONTEXT, now=None)


def test_a_context_may_be_any_mapping() -> None:
    from collections import UserDict

    class Callable(UserDict[str, object]):
        def __call__(self) -> None:
            raise AssertionError

    for text in ("a + 1", "f(a)", "missing"):
        expression = feel.compile_expression(text)
        assert expression.compiled(Callable(a=1)) == expression.evaluate({"a": 1}).value


def test_values_are_converted_once() -> None:
    values = feel.values({"n": 1, "xs": (1, 2.5)})
    assert values == {"n": Decimal(1), "xs": [Decimal(1), Decimal("2.5")]}
    assert feel.values(values) is values
    assert feel.evaluate("xs", values).value is values["xs"]
    with pytest.raises(ValueError, match="no counterpart"):
        feel.values({"n": object()})
