"""Built-ins at their edges: named parameters, conversion of arguments, null, and what lies outside."""

import pytest

import feel

SAME = [
    # Each pair is two expressions of one value.
    ('substring("foobar", 3.8)', '"obar"'),
    ('substring("foobar", -2, 1)', '"a"'),
    ('substring("foobar", 3, 99)', '"obar"'),
    ('substring("foobar", 3, null)', '"obar"'),
    ('substring("\U0001f40eab", 2)', '"ab"'),
    ('string length("\U0001f40eab")', "3"),
    ('substring before("foobar", "")', '""'),
    ('substring after("", "a")', '""'),
    ('contains("foobar", "")', "true"),
    ('starts with(["foobar"], "foo")', "true"),
    ('string join("a", "X")', '"a"'),
    ("string join([null])", '""'),
    ('string join(delimiter: "X", list: ["a", "c"])', '"aXc"'),
    ('replace(input: "abc", pattern: "B", replacement: "x", flags: "i")', '"axc"'),
    ('replace("abc", "b", "x", null)', '"axc"'),
    # numbers
    ("decimal(1 / 3, 2.5)", "0.33"),
    ("decimal(-2.5, 0)", "-2"),
    ("floor(n: 1.56, scale: 1)", "1.5"),
    ("floor(-0.5)", "-1"),
    ("ceiling(-0.3333)", "0"),
    ("floor(1234, -2)", "1200"),
    ("ceiling([1.2])", "2"),
    ("round up(5.5, 6176)", "5.5"),
    ("round up(1, -6111)", "1e6111"),
    ("round down(5.5, -6111)", "0"),
    ("round half up(-1.5, 0)", "-2"),
    ("round half down(-1.5, 0)", "-1"),
    ("modulo(1e40, 7)", "4"),
    ("modulo(-1e40, 7)", "3"),
    ("even(1e40)", "true"),
    ("odd(1e33 + 1)", "true"),
    ("odd(1.5)", "false"),
    ("even(1.5)", "false"),
    ("even(0)", "true"),
    ("even(-2.0)", "true"),
    ("sqrt(0)", "0"),
    ("exp(-20000)", "0"),
    ('abs(duration("-P1D"))', 'duration("P1D")'),
    ('string({a: 1, b c: 2, "d  e": 3, "": 4, "f-g": 5})', '"{a: 1, b c: 2, \\"d  e\\": 3, \\"\\": 4, \\"f-g\\": 5}"'),
    ('string(["a\\"b\\\\"])', '"[\\"a\\\\\\"b\\\\\\\\\\"]"'),
    # ranges read from text
    ('range("]1..2[")', "(1..2)"),
    ('range(from: " [ -1 .. .5 ] ")', "[-1..0.5]"),
    ('range("[\\"a..b\\"..\\"c\\"]")', '["a..b".."c"]'),
    ('range("[duration(\\"P1D\\")..duration(\\"P2D\\")]")', '[@"P1D"..@"P2D"]'),
    ('range("[time(10, 0, 0)..time(\\"11:00:00\\"))")', '[@"10:00:00"..@"11:00:00")'),
    ('range("[date and time(\\"2026-01-01T00:00:00\\")..@\\"2026-01-02T00:00:00\\"]")',
     '[@"2026-01-01T00:00:00"..@"2026-01-02T00:00:00"]'),
    ('[1, 2, 3][item in range("(..2]")]', "[1, 2]"),
    ('[1, 2, 3][item in range("[2..)")]', "[2, 3]"),
    # one value of many
    ("count(null)", "null"),
    ("count([null])", "1"),
    ("count([[1, 2]])", "1"),
    ("min(list: [2, 1])", "1"),
    ('min([@"2026-01-02", @"2026-01-01"])', '@"2026-01-01"'),
    ('max(["a", "bb", "b"])', '"bb"'),
    ("sum(1)", "1"),
    ("product([2.5, 1, 2.5, 3])", "18.75"),
    ("median(6)", "6"),
    ("median([1, 2.0])", "1.5"),
    ("stddev([3, 3])", "0"),
    ("mode([2.50, 1, 2.5])", "[2.5]"),
    ("mode(1, 2, 2)", "[2]"),
    ("all(true, true)", "true"),
    ("all([false, 1])", "false"),
    ("all(list: [true])", "true"),
    ("any([1, true])", "true"),
    # lists
    ("list contains(1, 1)", "true"),
    ("sublist(list: [1, 2, 3], start position: -2)", "[2, 3]"),
    ("sublist([1, 2, 3], 2.9, 1.9)", "[2]"),
    ("append([], null)", "[null]"),
    ("append(1, 2)", "[1, 2]"),
    ("concatenate(1, [2])", "[1, 2]"),
    ("insert before(newItem: 2, position: 1, list: [1])", "[2, 1]"),
    ("insert before([1, 2], 1, [3])", "[[3], 1, 2]"),
    ("remove([1], 1)", "[]"),
    ("remove(5, 1)", "[]"),
    ("list replace([1, 2, 3], -1.5, 4)", "[1, 2, 4]"),
    ("reverse([])", "[]"),
    ("index of([1, null, null], null)", "[2, 3]"),
    ('index of([1, "1"], "1")', "[2]"),
    ("index of(match: 2, list: [1, 2])", "[2]"),
    ("union(1, [1, 2], 3)", "[1, 2, 3]"),
    ("distinct values([1, 1.0, [1], [1.0], {a: 1}, {a: 1.0}])", "[1, [1], {a: 1}]"),
    ("distinct values(1)", "[1]"),
    ("flatten([null, [[]], [1]])", "[null, 1]"),
    ("flatten(1)", "[1]"),
    ("sort(precedes: function(x, y) x < y, list: [2, 1])", "[1, 2]"),
    ("sort([{a: 1, b: 2}, {a: 1, b: 1}, {a: 0, b: 3}], function(x, y) x.a < y.a).b", "[3, 2, 1]"),
    ("sort([], function(x, y) x < y)", "[]"),
    # contexts
    ('get value(key: "a", m: {a: "foo"})', '"foo"'),
    ("get entries({a b: null})", '[{key: "a b", value: null}]'),
    ('context({key: "", value: 1})', '{"": 1}'),
    ('context put(context: {x: 1}, key: "y", value: null)', "{x: 1, y: null}"),
    ('context put({x: {}}, ["x", "y"], 1)', "{x: {y: 1}}"),
    ('context put({x: 1}, ["x"], 2)', "{x: 2}"),
    ("context merge(contexts: {a: 1})", "{a: 1}"),
    ("context merge([{a: {b: 1}}, {a: {c: 1}}])", "{a: {c: 1}}"),
]  # fmt: skip

NULL = [
    *("substring(null, 1)", 'substring("a", 0)', 'substring("a", -2)', 'substring("a", 1, 0)', 'substring("a", "1")'),
    *("string length(1)", "upper case(null)", 'contains("a", null)', "split()", 'string join(["a"], 1)'),
    *('matches("a", [])', 'matches("a")', 'replace("a", "b")', 'replace("a", null, "b")', "string join(null)"),
    *("decimal(1)", "round up(1.5)", "round down(1.5)", "round half up(1.5)", "round half down(1.5)", "floor(1.5, null)"),
    *("decimal(1, 6177)", "decimal(1, -6112)", 'ceiling("1.5")', "modulo(1, null)", "odd(null)", 'even("2")'),
    *("exp(20000)", "log(0)", "sqrt(-0.1)", "abs(null)", 'abs("1")', "abs(n: 1, m: 2)"),
    *("min()", "min([])", "min([1, null])", "max([[1], [2]])", "max(true, false)", "sum(null)", 'sum(["1"])', "mean([])"),
    *("median([])", "median(null)", "product([])", "stddev([1])", "stddev(1)", 'mode(["a"])', "mode(null)", "all(null)"),
    *("all(1)", "any([false, null])", "any(l: [true])", "all()"),
    *("concatenate()", "concatenate([1], null)", "union()", "append(null, 1)", "append([1])", "reverse(null)"),
    *("sublist([1], 2)", "sublist([1], 0)", "sublist([1], 1, 2)", "sublist([1], 1, 0)", "sublist(null, 1)"),
    *("insert before([], 1, 1)", "insert before([1], 0, 1)", "remove([1], 2)", "remove([1], 0)", "remove([1], null)"),
    *("list replace([1], function(item) true, 1)", "list replace([1], function(a, b) 1, 1)", "index of(null, 1)"),
    *("sort(null, function(x, y) x < y)", "sort([1, 2], 1)", "sort([1, 2], function(x) x)", "flatten(null)"),
    *('get value(null, "a")', "get value({a: 1}, 1)", 'get value({a: 1}, "b")', "get entries([1, 2])", "context(null)"),
    *("context({value: 1})", "context({key: 1, value: 1})", "context()", 'context put(null, "a", 1)'),
    *("context put({a: 1}, null, 1)", "context put({}, [1], 1)", 'context put({a: 1}, ["a", "b"], 1)'),
    *('context put({}, ["a", "b"], 1)', 'context put({}, "a")', "context merge()", "context merge([{}, null])"),
    *("context merge(1)", "number(null, null, null)", 'number("1,0", ",", ",")', 'number("1:0", ":", ".")'),
    *('number("1,000", ",")', 'number(from: "1,000", grouping separator: ",")'),
    *('number("")', 'number(" 1")', 'number("0x1")', 'number("1_0")', 'number("NaN")', 'number("٣")', "is(1)"),
    *('range("")', "range(null)", "range(1)", 'range("1..2")', 'range("[1..2")', 'range("[1, 2]")', 'range("[1...2]")'),
    *('range("[..2]")', 'range("[1..]")', 'range("(..)")', 'range("[null..2]")', 'range("< 2")', 'range("[1..true]")'),
    *('range("[2..1]")', 'range("[1..\\"a\\"]")', 'range("[1 + 1..3]")', 'range("[a..b]")', 'range("[abs(1)..2]")'),
    *('range("[@\\"x\\"..@\\"P1D\\"]")', 'range("[date(\\"x\\")..date(\\"2026-01-01\\")]")', 'range("[[1]..[2]]")'),
    *('range("[date(date(1, 1, 1))..@\\"2026-01-01\\"]")', 'range("[--1..2]")', 'range("[1..2]", 1)', 'range(f: "[1..2]")'),
    *("string()", "not(1)", "not(null)", "not()"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SAME)
def test_call_has_the_value(text: str, value: str) -> None:
    left, right = feel.evaluate(text), feel.evaluate(value)
    assert left.value == right.value
    assert type(left.value) is type(right.value)
    assert not right.diagnostics


@pytest.mark.parametrize("text", NULL)
def test_call_is_null(text: str) -> None:
    assert feel.evaluate(text).value is None


def test_every_number_is_written_in_full() -> None:
    assert feel.evaluate("string length(string(1e6144))").value == 6145
    assert feel.evaluate("string length(string(1e-6143))").value == 6145
    assert feel.evaluate("string(1 / 4)").value == "0.25"


@pytest.mark.parametrize(
    ("text", "value"), [("0 * -1", "0"), ("-0.00", "0.00"), ("0 / -5", "0"), ("exp(-20000)", "0"), ("0e5", "0")]
)
def test_zero_is_written_without_a_sign(text: str, value: str) -> None:
    assert feel.evaluate(f"string({text})").value == value


MESSAGES = [
    ("abs()", "abs(n) can't be called with 0 arguments"),
    ("min()", "min(list) or min(c…) can't be called with 0 arguments"),
    ('substring("a")', "substring(string, start position, [length]) can't be called with 1 argument"),
    ('substring(string: "a", at: 2)', "substring(string, start position, [length]) can't be called with string, at"),
    ("upper case(1)", "upper case: “string” must be a string, not a number"),
    ("day of week(1)", "day of week: “date” must be a date or date and time, not a number"),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_a_wrong_call_says_how_to_call(text: str, message: str) -> None:
    assert feel.evaluate(text).diagnostics[0].message == message
