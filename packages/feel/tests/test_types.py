"""Types: what they hold, what conforms to what, what is converted (DMN 1.5, clause 10.3.2.9)."""

import datetime as dt
from decimal import Decimal

import pytest

import feel
from feel.errors import Fault

NUMBER, STRING, DATE, ANY = feel.Type("number"), feel.Type("string"), feel.Type("date"), feel.Type("Any")
MOMENT = feel.Type("date and time")
ADDRESS = feel.Type("context", (STRING, NUMBER), ("street", "number"), name="Address")
GRADE = feel.Type("string", name="Grade", allows=lambda value: value in {"A", "B"})
TYPES = {"Address": ADDRESS, "Grade": GRADE, "a.Grade of two": GRADE}

INSTANCES = [
    # Simple types
    ("1 instance of number", True),
    ("-1 instance of number", True),
    ("-1.5 instance of string", False),
    ('"a" instance of string', True),
    ("true instance of boolean", True),
    ('@"2026-11-22" instance of date', True),
    ('@"2026-11-22" instance of date and time', False),
    ('@"2026-11-22T10:00:00" instance of date and time', True),
    ('@"2026-11-22T10:00:00" instance of date', False),
    ('@"10:00:00" instance of time', True),
    ('@"P1D" instance of days and time duration', True),
    ('@"P1D" instance of years and months duration', False),
    ('@"P1M" instance of years and months duration', True),
    ("1 instance of string", False),
    # Any and null
    ("1 instance of Any", True),
    ("null instance of Any", False),
    ("null instance of number", False),
    ("null instance of Null", True),
    ("1 instance of Null", False),
    ("null instance of list<Any>", False),
    # Lists
    ("[] instance of list<number>", True),
    ("[1, 2] instance of list<number>", True),
    ("[1, null] instance of list<number>", True),
    ('[1, "a"] instance of list<number>', False),
    ('[1, "a"] instance of list<Any>', True),
    ("[[1]] instance of list<list<number>>", True),
    ("[[1]] instance of list<list<string>>", False),
    ("1 instance of list<number>", False),
    ("[1] instance of number", False),
    # Contexts
    ('{a: 1, b: "c"} instance of context<a: number>', True),
    ('{a: 1, b: "c"} instance of context<a: number, b: string>', True),
    ('{a: 1, b: "c"} instance of context<a: number, b: number>', False),
    ("{a: 1} instance of context<a: number, b: string>", False),
    ("{a: null} instance of context<a: number>", True),
    ("{a: {b: [1]}} instance of context<a: context<b: list<number>>>", True),
    ("{} instance of context<a: Any>", False),
    # Ranges
    ("[1..3] instance of range<number>", True),
    ("(> 1) instance of range<number>", True),
    ('["a".."c"] instance of range<number>', False),
    ('["a".."c"] instance of range<string>', True),
    ("1 instance of range<number>", False),
    # Functions: as many parameters, each as wide as is asked for
    ("(function(a: number) a) instance of function<number>->Any", True),
    ("(function(a: number) a) instance of function<string>->Any", False),
    ("(function(a: number) a) instance of function<Any>->Any", False),
    ("upper case instance of function<string>->string", True),
    ("upper case instance of function<string>->number", False),
    ("upper case instance of function<number>->string", False),
    ("contains instance of function<string, string>->boolean", True),
    ("abs instance of function<number>->number", True),
    ("(function(a) a) instance of function<number>->Any", True),
    ("(function(a: Any) a) instance of function<number>->Any", True),
    ("(function(a, b) a) instance of function<number>->Any", False),
    ("(function(a: context<x: number>) a.x) instance of function<context<x: number, y: string>>->Any", True),
    ("(function(a: context<x: number, y: string>) a.x) instance of function<context<x: number>>->Any", False),
    ("1 instance of function<number>->number", False),
    # What a function gives is read from its text as far as that tells
    ("(function(a: number) a + 1) instance of function<number>->number", True),
    ("(function(a: number) a + 1) instance of function<number>->string", False),
    ('(function(a: string) a + "b") instance of function<string>->string', True),
    ("(function(a: string) upper case(a)) instance of function<string>->number", False),
    ("(function(a: number) a > 1) instance of function<number>->boolean", True),
    ("(function(a: number) if a > 1 then [a] else null) instance of function<number>->list<number>", True),
    ("(function(a: list<number>) for x in a return x * 2) instance of function<list<number>>->list<number>", True),
    ("(function(a: list<number>) a[1]) instance of function<list<number>>->string", False),
    ("(function(a: context<b: date>) a.b) instance of function<context<b: date>>->date", True),
    ("(function(a: context<b: date>) {c: a.b}.c) instance of function<context<b: date>>->number", False),
    ("(function() function(b: number) -b) instance of function<>->function<number>->number", True),
    ("(function(f: function<>->number) f()) instance of function<function<>->number>->string", False),
    ('(function() @"P1D") instance of function<>->days and time duration', True),
    ("(function(a) a) instance of function<number>->number", True),
    ("(function(a) a.b * 2) instance of function<number>->number", True),
    # The author's own
    ('{street: "Main", number: 1} instance of Address', True),
    ('{street: "Main"} instance of Address', False),
    ('"A" instance of Grade', True),
    ('"C" instance of Grade', False),
    ('"A" instance of a.Grade of two', True),
    ('["A", "B"] instance of list<Grade>', True),
    ('["A", "C"] instance of list<Grade>', False),
]


@pytest.mark.parametrize(("text", "value"), INSTANCES)
def test_instance_of(text: str, value: object) -> None:
    evaluation = feel.compile_expression(text, types=TYPES).evaluate()
    assert (evaluation.value, evaluation.diagnostics) == (value, ())


@pytest.mark.parametrize(
    "text", ["1 instance of Unheard", "1 instance of list<Unheard>", "1 instance of number<string>"]
)
def test_a_type_that_is_not_known_makes_null(text: str) -> None:
    evaluation = feel.evaluate(text)
    assert (evaluation.value, [found.kind for found in evaluation.diagnostics]) == (None, ["type"])


MIDNIGHT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
CONVERSIONS = [
    (NUMBER, Decimal(1), Decimal(1)),
    (NUMBER, None, None),
    (NUMBER, [Decimal(1)], Decimal(1)),
    (feel.Type("list", (NUMBER,)), Decimal(1), [Decimal(1)]),
    (feel.Type("list"), "a", ["a"]),
    (feel.Type("list", (feel.Type("list", (NUMBER,)),)), [Decimal(1)], [[Decimal(1)]]),
    (ANY, [Decimal(1)], [Decimal(1)]),
    (MOMENT, dt.date(2026, 11, 22), MIDNIGHT),
    (GRADE, ["A"], "A"),
    (feel.Type("list", (GRADE,)), "B", ["B"]),
]


@pytest.mark.parametrize(("kind", "value", "converted"), CONVERSIONS)
def test_conversion(kind: feel.Type, value: object, converted: object) -> None:
    assert kind.conformed(value) == converted


MISFITS = [
    (NUMBER, "1"),
    (NUMBER, [Decimal(1), Decimal(2)]),
    (NUMBER, []),
    (NUMBER, ["1"]),
    (DATE, MIDNIGHT),
    (feel.Type("list", (NUMBER,)), "1"),
    (feel.Type("list", (NUMBER,)), ["1"]),
    (GRADE, "C"),
    (ADDRESS, {"street": "Main"}),
]


@pytest.mark.parametrize(("kind", "value"), MISFITS)
def test_what_does_not_conform_is_a_fault(kind: feel.Type, value: object) -> None:
    with pytest.raises(Fault) as caught:
        kind.conformed(value)
    assert (caught.value.kind, str(kind) in caught.value.message) == ("type", True)


def function_type(result: feel.Type, *parameters: feel.Type) -> feel.Type:
    return feel.Type("function", (result, *parameters))


CONFORM = [
    (NUMBER, NUMBER, True),
    (NUMBER, ANY, True),
    (ANY, NUMBER, False),
    (feel.Type("Null"), NUMBER, True),
    (NUMBER, STRING, False),
    (DATE, MOMENT, False),
    (feel.Type("list", (NUMBER,)), feel.Type("list", (ANY,)), True),
    (feel.Type("list", (ANY,)), feel.Type("list", (NUMBER,)), False),
    (feel.Type("list"), feel.Type("list", (NUMBER,)), False),
    (feel.Type("list", (NUMBER,)), feel.Type("list"), True),
    (feel.Type("range", (NUMBER,)), feel.Type("range", (NUMBER,)), True),
    (ADDRESS, feel.Type("context", (STRING,), ("street",)), True),
    (feel.Type("context", (STRING,), ("street",)), ADDRESS, False),
    (function_type(NUMBER, NUMBER), function_type(ANY, NUMBER), True),
    (function_type(ANY, NUMBER), function_type(NUMBER, NUMBER), False),
    (function_type(NUMBER, ANY), function_type(NUMBER, NUMBER), True),
    (function_type(NUMBER, NUMBER), function_type(NUMBER, ANY), False),
    (function_type(NUMBER, NUMBER), feel.Type("function"), True),
]


@pytest.mark.parametrize(("kind", "other", "conforms"), CONFORM)
def test_conformance_between_types(kind: feel.Type, other: feel.Type, conforms: object) -> None:
    assert kind.conforms_to(other) is conforms


CALLS = [
    ("(function(a: number) a + 1)(1)", 2),
    ("(function(a: number) a + 1)([1])", 2),
    ("(function(a: list<number>) count(a))(7)", 1),
    ("(function(a: number) a = null)(null)", True),
    ('(function(a: Grade) a)("A")', "A"),
    ('(function(a: date and time) a)(@"2026-11-22")', MIDNIGHT),
    ("(function(f: function<number>->number) f(2))(function(n: number) n * 3)", 6),
]


@pytest.mark.parametrize(("text", "value"), CALLS)
def test_arguments_are_converted(text: str, value: object) -> None:
    evaluation = feel.compile_expression(text, types=TYPES).evaluate()
    assert (evaluation.value, evaluation.diagnostics) == (value, ())


@pytest.mark.parametrize(
    "text",
    [
        '(function(a: number) a = null)("x")',
        "(function(a: number) a = null)([1, 2])",
        '(function(a: Grade) a = null)("C")',
        "(function(a: Unheard) a)(1)",
        '(function(f: function<number>->number) f(2))("no function")',
        "(function(f: function<string>->number) 1)(function(n: number) n)",
    ],
)
def test_arguments_that_do_not_conform_make_the_call_null(text: str) -> None:
    evaluation = feel.compile_expression(text, types=TYPES).evaluate()
    assert (evaluation.value, [found.kind for found in evaluation.diagnostics]) == (None, ["type"])


def test_a_type_is_written_as_authors_write_it() -> None:
    kind = function_type(feel.Type("list", (NUMBER,)), ADDRESS, feel.Type("context", (DATE,), ("on",)))
    assert str(kind) == "function<Address, context<on: date>>->list<number>"


def test_there_are_no_other_kinds() -> None:
    with pytest.raises(ValueError, match="decimal"):
        feel.Type("decimal")
