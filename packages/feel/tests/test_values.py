"""Expressions and their values, by construct."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

import feel
from feel import MonthsDuration, Range

UTC = dt.UTC
D = Decimal

LITERALS = [
    ("1", D(1)),
    ("-1.50", D("-1.50")),
    (".5", D("0.5")),
    ("1.23e4", D(12300)),
    ('"a\\"b\\n\\u00e9"', 'a"b\né'),
    ('"\\uD83D\\uDC0E"', "🐎"),
    ("true", True),
    ("null", None),
    ("[]", []),
    ("[1, [2]]", [D(1), [D(2)]]),
    ('{a: 1, "b c": 2, d e: 3}', {"a": D(1), "b c": D(2), "d e": D(3)}),
    ("{a: 1, b: a + 1}", {"a": D(1), "b": D(2)}),
    ("// a comment\n1 /* and another */ + 1", D(2)),
    ('@"2026-11-21"', dt.date(2026, 11, 21)),
    ('@"14:30:00"', dt.time(14, 30)),
    ('@"14:30:00+01:00"', dt.time(14, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
    ('@"2026-11-21T14:30:00Z"', dt.datetime(2026, 11, 21, 14, 30, tzinfo=UTC)),
    ('@"2026-11-21T14:30:00@Europe/Berlin"', dt.datetime(2026, 11, 21, 14, 30, tzinfo=ZoneInfo("Europe/Berlin"))),
    ('@"P1DT2H"', dt.timedelta(days=1, hours=2)),
    ('@"-P1Y2M"', MonthsDuration(-14)),
    ("[1..3)", Range(D(1), D(3), True, False)),
    ("]1..3]", Range(D(1), D(3), False, True)),
    ("(1..3[", Range(D(1), D(3), False, False)),
    ("(>= 5)", Range(D(5), None, True, False)),
]

ARITHMETIC = [
    ("1 + 2 * 3", D(7)),
    ("(1 + 2) * 3", D(9)),
    ("10 - 2 - 3", D(5)),
    ("2 ** 3 ** 2", D(64)),
    ("-3 ** 2", D(9)),
    ("1 / 3", D("0.3333333333333333333333333333333333")),
    ("0.1 + 0.2", D("0.3")),
    ('"a" + "b"', "ab"),
    ('date("2026-11-21") + duration("P1M")', dt.date(2026, 12, 21)),
    ('date("2026-01-31") + @"P1M"', dt.date(2026, 2, 28)),
    ('date("2026-11-21") - date("2026-11-01")', dt.timedelta(days=20)),
    ('time("23:00:00") + duration("PT2H")', dt.time(1)),
    ('@"P1D" * 2', dt.timedelta(days=2)),
    ('@"P1Y" / @"P1M"', D(12)),
    ('@"P1D" / @"PT12H"', D(2)),
    ('-@"P1D"', dt.timedelta(days=-1)),
    # The moment moves, not the clock on the wall: in this night the clock goes back.
    (
        'string(@"2026-10-25T01:30:00@Europe/Berlin" + @"PT2H")',
        "2026-10-25T02:30:00@Europe/Berlin",
    ),
]

COMPARISON = [
    ("1 = 1.0", True),
    ('1 = "1"', None),
    ("null = null", True),
    ("1 = null", False),
    ("1 != 2", True),
    ("[1, 2] = [1, 2]", True),
    ("{a: 1, b: 2} = {b: 2, a: 1}", True),
    ("1 < 2", True),
    ('"a" < "b"', True),
    ('1 < "b"', None),
    ('date("2026-01-01") < date("2026-01-02")', True),
    ('@"2026-01-01T10:00:00Z" = @"2026-01-01T11:00:00+01:00"', True),
    ('@"P1D" >= @"PT24H"', True),
    ("2 between 1 and 3", True),
    ("4 between 1 and 3", False),
    ("2 in [1..3]", True),
    ("3 in [1..3)", False),
    ("1 in (1..3)", False),
    ("2 in (< 1, > 1)", True),
    ("2 in (1, 2)", True),
    ("2 in [1, 2]", True),
    ("5 in <= 4", False),
    ("2 in (1 + 1)", True),
    ("1 between 0 and 2 and 3 in [2..4] and true", True),
]

LOGIC = [
    ("true and true", True),
    ("true and null", None),
    ("false and null", False),
    ("true or null", True),
    ("false or null", None),
    ("false or false or true", True),
    ("not(true)", False),
    ("not(null)", None),
    ("true and 1", None),
    ("true or false and false", True),
]

FLOW = [
    ("if 1 < 2 then 1 else 2", D(1)),
    ("if null then 1 else 2", D(2)),
    ("for x in [1, 2] return x * 2", [D(2), D(4)]),
    ("for x in 3..1 return x", [D(3), D(2), D(1)]),
    ("for x in [1..3) return x", [D(1), D(2)]),
    ("for x in [1, 2], y in [10, 20] return x + y", [D(11), D(21), D(12), D(22)]),
    ("for x in [[1], [2, 3]], y in x return y", [D(1), D(2), D(3)]),
    ("for i in 1..4 return if i < 3 then 1 else partial[-1] + partial[-2]", [D(1), D(1), D(2), D(3)]),
    ("some x in [1, 2] satisfies x > 1", True),
    ("every x in [1, 2] satisfies x > 1", False),
    ("every x in [] satisfies x > 1", True),
    ("some x in [1, null] satisfies x > 1", None),
    ("[1, 2, 3][item > 1]", [D(2), D(3)]),
    # An entry of this name comes before the item itself.
    ("[{item: 1, a: 5}, {item: 2, a: 6}][item > 1].a", [D(6)]),
    ("[{a: 5}, {a: 6}][item.a > 5].a", [D(6)]),
    ("[[1, 2], [3]][count(item[item > 1]) > 0][1]", [D(1), D(2)]),
    ("[1, 2, 3][2]", D(2)),
    ("[1, 2, 3][-1]", D(3)),
    ("[1, 2, 3][4]", None),
    ("5[1]", D(5)),
    ("[{a: 1, first name: 2}, {a: 3, first name: 4}][first name > 2].a", [D(3)]),
    ("{a: {b c: 1}}.a.b c", D(1)),
    ("[{a: 1}, {a: 2}].a", [D(1), D(2)]),
    ("(function(x, y) x - y)(3, 1)", D(2)),
    ("(function(x, y) x - y)(y: 3, x: 1)", D(-2)),
    ("(function(x: number) x)([7])", D(7)),
    ('(function(x: number) x)("7")', None),
    ("{f: function(n) if n = 0 then 1 else n * f(n - 1), r: f(5)}.r", D(120)),
    ("1 instance of number", True),
    ('"a" instance of number', False),
    ("[1, 2] instance of list<number>", True),
    ("{a: 1} instance of context<a: number>", True),
    ("null instance of Any", False),
    ('@"2026-11-21".year + @"2026-11-21".weekday', D(2032)),
    ('@"P1Y2M".months', D(2)),
    ('@"P1DT2H".hours', D(2)),
    ('@"14:30:00+01:00".time offset', dt.timedelta(hours=1)),
    ("[1..3].start included", True),
]


@pytest.mark.parametrize(("text", "value"), LITERALS + ARITHMETIC + COMPARISON + LOGIC + FLOW)
def test_expression_has_the_value(text: str, value: object) -> None:
    result = feel.evaluate(text).value
    assert result == value
    assert type(result) is type(value)


def test_numbers_keep_34_digits_and_never_pass_through_floats() -> None:
    assert feel.evaluate("a * b", {"a": "0", "b": 1}).value is None
    assert feel.evaluate("1234567890123456789012345678901234 + 0").value == D("1234567890123456789012345678901234")
    assert feel.evaluate("x + 0.2", {"x": 0.1}).value == D("0.3")


def test_python_values_come_in_as_feel_values() -> None:
    context = {"a": 1, "b": [1, {"c": 2.5}], "t": (1, 2), "s": frozenset({7})}
    assert feel.evaluate("[a, b, t, s]", context).value == [D(1), [D(1), {"c": D("2.5")}], [D(1), D(2)], [D(7)]]


def test_a_value_that_feel_does_not_know_is_null_with_a_reason() -> None:
    evaluation = feel.evaluate("x", {"x": object()})
    assert evaluation.value is None
    assert [found.kind for found in evaluation.diagnostics] == ["type"]


def test_now_and_today_are_those_of_the_caller() -> None:
    now = dt.datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
    assert feel.evaluate("now()", now=now).value == now
    assert feel.evaluate("today()", now=now).value == now.date()
    evaluation = feel.evaluate("today()")
    assert (evaluation.value, evaluation.diagnostics[0].kind) == (None, "clock")


def test_functions_of_the_host_can_be_called() -> None:
    double = feel.Function(("x",), lambda x: x * 2)
    assert feel.evaluate("double(21) + double(x: 1)", {"double": double}).value == D(44)
