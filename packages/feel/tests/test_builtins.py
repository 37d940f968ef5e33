"""Built-ins: calls and their values."""

import datetime as dt
from decimal import Decimal

import pytest

import feel
from feel import MonthsDuration
from feel._builtins import BUILTINS

D = Decimal

CALLS = [
    # strings
    ('substring("hello", 2)', "ello"),
    ('substring("hello", -2, 1)', "l"),
    ('substring(string: "hello", start position: 2, length: 2)', "el"),
    ('substring("hello", 9)', None),
    ('string length("grün")', D(4)),
    ('upper case("ab")', "AB"),
    ('lower case("AB")', "ab"),
    ('substring before("a@b", "@")', "a"),
    ('substring after("a@b", "@")', "b"),
    ('contains("abc", "b")', True),
    ('starts with("abc", "a")', True),
    ('ends with("abc", "c")', True),
    ('matches("ABC", "b", "i")', True),
    ('replace("banana", "a(n)", "<$1>")', "b<n><n>a"),
    ('replace("a.b", ".", "-", "q")', "a-b"),
    ('split("a;b;c", ";")', ["a", "b", "c"]),
    ('string join(["a", null, "b"], "-")', "a-b"),
    ('trim("  a ")', "a"),
    ('is blank(" ")', True),
    # numbers
    ("decimal(2.345, 2)", D("2.34")),
    ("floor(-1.5)", D(-2)),
    ("ceiling(1.25, 1)", D("1.3")),
    ("round up(1.11, 1)", D("1.2")),
    ("round down(1.19, 1)", D("1.1")),
    ("round half up(2.5, 0)", D(3)),
    ("round half down(2.5, 0)", D(2)),
    ("abs(-1)", D(1)),
    ('abs(@"-P1D")', dt.timedelta(days=1)),
    ("modulo(-12, 5)", D(3)),
    ("modulo(1, 0)", None),
    ("sqrt(16)", D(4)),
    ("sqrt(-1)", None),
    ("odd(3)", True),
    ("even(3)", False),
    ("exp(0)", D(1)),
    ("log(1)", D(0)),
    # lists
    ("list contains([1, null], null)", True),
    ("count([1, 2])", D(2)),
    ("count(1)", D(1)),
    ("min(3, 1, 2)", D(1)),
    ('max(["a", "b"])', "b"),
    ("sum([1, 2])", D(3)),
    ("sum(1, 2)", D(3)),
    ("sum([])", None),
    ("mean([1, 2])", D("1.5")),
    ("median([3, 1, 2, 4])", D("2.5")),
    ("mode([1, 2, 2])", [D(2)]),
    ("stddev([2, 4, 7, 5])", D("2.081665999466132735282297706979931")),
    ("product(2, 3)", D(6)),
    ("all([true, null])", None),
    ("any([true, null])", True),
    ("sublist([1, 2, 3], 2)", [D(2), D(3)]),
    ("append([1], 2, 3)", [D(1), D(2), D(3)]),
    ("concatenate([1], [2])", [D(1), D(2)]),
    ("insert before([1, 3], 2, 2)", [D(1), D(2), D(3)]),
    ("remove([1, 2], 1)", [D(2)]),
    ("list replace([1, 2], 2, 5)", [D(1), D(5)]),
    ("list replace([1, 2], function(item, newItem) item < 2, 5)", [D(5), D(2)]),
    ("reverse([1, 2])", [D(2), D(1)]),
    ("index of([1, 2, 1], 1)", [D(1), D(3)]),
    ("union([1, 2], [2, 3])", [D(1), D(2), D(3)]),
    ("distinct values([1, 1, null, null])", [D(1), None]),
    ("flatten([1, [2, [3]]])", [D(1), D(2), D(3)]),
    ("sort([2, 1])", [D(1), D(2)]),
    ("sort([1, 2], function(a, b) a > b)", [D(2), D(1)]),
    ("partition([1, 2, 3], 2)", [[D(1), D(2)], [D(3)]]),
    # contexts
    ('get value({a: 1}, "a")', D(1)),
    ('get value({a: {b: 1}}, ["a", "b"])', D(1)),
    ("get entries({a: 1})", [{"key": "a", "value": D(1)}]),
    ('context([{key: "a", value: 1}])', {"a": D(1)}),
    ('context put({a: 1}, "b", 2)', {"a": D(1), "b": D(2)}),
    ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": D(2)}}),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": D(2), "b": D(3)}),
    # dates
    ("date(2026, 11, 21)", dt.date(2026, 11, 21)),
    ('date("2026-02-30")', None),
    ('date(date and time("2026-11-21T10:00:00"))', dt.date(2026, 11, 21)),
    ("time(14, 30, 15)", dt.time(14, 30, 15)),
    ('date and time(date("2026-11-21"), time("10:00:00"))', dt.datetime(2026, 11, 21, 10)),
    ('years and months duration(date("2024-03-15"), date("2026-01-14"))', MonthsDuration(21)),
    ('day of week(date("2026-11-21"))', "Saturday"),
    ('day of year(date("2026-02-01"))', D(32)),
    ('month of year(date("2026-02-01"))', "February"),
    ('week of year(date("2026-11-21"))', D(47)),
    ('last day of month(date("2028-02-03"))', dt.date(2028, 2, 29)),
    # ranges
    ("before([1..5], [6..9])", True),
    ("before(1, [1..5])", False),
    ("after(6, [1..5])", True),
    ("meets([1..5], [5..9])", True),
    ("overlaps([1..5], [5..9])", True),
    ("overlaps before([1..5], [3..9])", True),
    ("includes([1..5], 3)", True),
    ("during([2..3], [1..5])", True),
    ("starts(1, [1..5])", True),
    ("finished by([1..5], 5)", True),
    ("coincides([1..5], [1..5])", True),
    # conversion and logic
    ('number("1.234,5", ".", ",")', D("1234.5")),
    ('number("x")', None),
    ("string(1.50)", "1.50"),
    ('string(["a", 1, {b c: null}])', '["a", 1, {b c: null}]'),
    ('string(@"P1DT2H")', "P1DT2H"),
    ('string(@"PT0S")', "PT0S"),
    ("string(null)", None),
    ("string([1..3))", "[1..3)"),
    ('is(@"10:00:00Z", @"11:00:00+01:00")', False),
    ("get or else(null, 1)", D(1)),
]


@pytest.mark.parametrize(("text", "value"), CALLS)
def test_call_has_the_value(text: str, value: object) -> None:
    result = feel.evaluate(text).value
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("name", sorted(BUILTINS))
@pytest.mark.parametrize(
    "arguments", ["", "null", "null, null", "[], -1", '"", 1.5, true', "{}, {}, {}", "1, 2, 3, 4, 5"]
)
def test_wrong_arguments_give_a_value_never_an_exception(name: str, arguments: str) -> None:
    evaluation = feel.evaluate(f"{name}({arguments})")
    assert (
        evaluation.value is not None or evaluation.diagnostics or name in {"get or else", "string", "not", "any", "all"}
    )


def test_a_name_in_scope_hides_the_builtin() -> None:
    assert feel.evaluate("count + 1", {"count": 2}).value == 3
    assert feel.evaluate("count(1)", {"count": feel.Function(("x",), lambda _: "mine")}).value == "mine"


def test_a_builtin_can_be_passed_on() -> None:
    assert feel.evaluate("for f in [min, max] return f([1, 2])").value == [1, 2]
