"""Whatever the text, it is a value or a list of mistakes: the lexer, parser, compiler and evaluation never crash."""

import datetime as dt
from decimal import Decimal

from hypothesis import example, given, note
from hypothesis import strategies as st

import feel
from feel import _lexer, _limits
from feel._builtins import BUILTINS
from feel.errors import FeelSyntaxError

from .generating import VARIABLES
from .generating_settings import examples

CONTEXT = {name: value for name, (_, value) in VARIABLES.items()}
NOW = dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC)
SEEDS = [
    "if x > 10 then monthly salary * 1.05 else null",
    "for i in 1..5, j in [i, 2] return if i = 1 then j else partial[-1] + j",
    "some i in xs satisfies i between 1 and 3 and not(flag)",
    "every p in people satisfies p.age instance of number",
    '{a: 1, "b c": a + 1, f: function(n: number) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r',
    "people[age > 30 and item.full name != null].full name",
    '@"2026-11-21" + @"P1M" - duration("P1DT2H")',
    '@"2026-10-25T01:30:00@Europe/Berlin" + @"PT2H"',
    "x in (< 5, [1..3], ]4..6[, 9) or x in > 100",
    'replace("banana", "a(n)", "<$1>", "i") + string join(words, "-")',
    "sort(xs, function(p, q) p > q)[item >= 2][-1] ** 2 / 3 - -1",
    'context put(one, ["k", "l"], {z: [1, [2, [3]]]})',
    'date and time(date("2026-11-21"), time(14, 30, 0, @"PT1H")).time offset',
    "(> 5).start included or overlaps([1..5], (3..8)) = true",
    'substring(string: "grün🐎", start position: -2, length: 1)',
    "[1, 2, {a: null, b: [true, false]}] = [1, 2] // done\n/* no */",
    'function(a, b: list<number>) external {java: {class: "java.lang.Math", `method signature`: "max()"}}',
    "week of year(today()) + day of year(now()) * modulo(-12, 5)",
    'number("1.234,5", ".", ",") + floor(2.5, 1) + string length("\\u00e9\\n")',
    "a-b + a - b * profit and loss",
]
PIECES = [
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "..",
        ",",
        ":",
        ".",
        "<",
        ">=",
        "=",
        "!=",
        "+",
        "-",
        "*",
        "**",
        "/",
        "@",
        "?",
        "->",
    ),
    *(" and ", " or ", " in ", " between ", " instance of ", " then ", " else ", " return ", " satisfies ", " of "),
    *("if ", "for ", "some ", "every ", "function(", "external ", "not(", "null", "true", "item", "partial", "x", "xs"),
    *(
        "0",
        "1",
        "-1",
        "1e6000",
        "1e-6176",
        "99999999999999999999999999999999999999",
        '"',
        '"a"',
        '"\\u',
        "\\",
        "//",
        "/*",
    ),
    *('@"P1D"', '@"-999999999-01-01"', '@"24:00:00"', '@"2026-02-29"', "\n", "\u00a0", "\x00", "é", "🐎", "§", "'"),
    *(f"{name}(" for name in sorted(BUILTINS)),
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Take one of the texts above and cut, repeat, swap and insert pieces."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        first, second = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        middle = text[first:second]
        replacement = draw(
            st.sampled_from(PIECES)
            | st.sampled_from(SEEDS)
            | st.sampled_from(["", middle * 2, middle[::-1], f"({middle})"])
        )
        # Mostly small changes: what is far from FEEL is refused early.
        cut = first if draw(st.booleans()) else second
        text = text[:first] + replacement + text[cut:]
    return text


TEXTS = mutated() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40)
_VALUES = (
    *(type(None), bool, Decimal, str, dt.date, dt.time, dt.datetime, dt.timedelta, feel.MonthsDuration, feel.Range),
    *(feel.Function, *(getattr(feel, name) for name in feel.__all__ if name.startswith("Wide"))),
)


def _check(value: object) -> None:
    """Insist on a value of FEEL, all the way down."""
    if isinstance(value, list):
        list(map(_check, value))
    elif isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        list(map(_check, value.values()))
    elif isinstance(value, feel.Range):
        _check(value.start)
        _check(value.end)
    else:
        assert type(value) in _VALUES
        assert not isinstance(value, Decimal) or value.is_finite()


def _check_mistakes(text: str, error: FeelSyntaxError) -> None:
    assert 1 <= len(error.problems) <= _limits.MAX_PROBLEMS
    assert all(0 <= problem.position <= len(text) and problem.message for problem in error.problems)


def _check_evaluation(text: str, evaluation: feel.Evaluation) -> None:
    _check(evaluation.value)
    assert len(evaluation.diagnostics) <= _limits.MAX_DIAGNOSTICS
    assert all(0 <= found.position <= len(text) and found.message for found in evaluation.diagnostics)


@examples(500)
@given(TEXTS)
@example("1E10000")
def test_any_expression_is_a_value_or_mistakes(text: str) -> None:
    note(text)
    try:
        expression = feel.compile_expression(text, names=CONTEXT)
    except FeelSyntaxError as error:
        _check_mistakes(text, error)
        return
    _check_evaluation(text, expression.evaluate(CONTEXT, now=NOW))
    _check_evaluation(text, expression.evaluate({}))


@examples(300)
@given(TEXTS)
def test_any_cell_is_a_verdict_or_mistakes(text: str) -> None:
    note(text)
    try:
        tests = feel.compile_unary_tests(text, names=CONTEXT)
    except FeelSyntaxError as error:
        _check_mistakes(text, error)
        return
    for value in (None, 5, "a", [1, 2], dt.date(2026, 11, 21)):
        evaluation = tests.evaluate(value, CONTEXT, now=NOW)
        _check_evaluation(text, evaluation)
        assert evaluation.value is None or isinstance(evaluation.value, bool)
    together = feel.compile_rows([[tests, tests], [tests, feel.compile_unary_tests("-")]], names=CONTEXT)
    assert together.evaluate([5, 5], CONTEXT, now=NOW).value in ([0, 1], [])


@examples(200)
@given(TEXTS)
def test_what_is_formatted_means_the_same(text: str) -> None:
    note(text)
    try:
        formatted = feel.format_expression(text, names=CONTEXT)
    except FeelSyntaxError:
        return
    note(formatted)
    assert feel.format_expression(formatted, names=CONTEXT) == formatted
    before = feel.compile_expression(text, names=CONTEXT).evaluate(CONTEXT, now=NOW).value
    after = feel.compile_expression(formatted, names=CONTEXT).evaluate(CONTEXT, now=NOW).value
    assert feel.evaluate("string(v)", {"v": before}).value == feel.evaluate("string(v)", {"v": after}).value


@examples(300)
@given(TEXTS | st.text(st.characters(), max_size=60))
def test_tokens_lie_in_the_text_in_order(text: str) -> None:
    tokens, problems = _lexer.tokenize(text)
    assert [token.kind for token in tokens].index("end") == len(tokens) - 1
    assert all(token.text == text[token.position : token.end] for token in tokens)
    ends = [0, *(token.end for token in tokens)]
    assert all(end <= token.position for end, token in zip(ends, tokens, strict=False))
    assert all(0 <= problem.position < len(text) for problem in problems)


PYTHON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=5)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.timedeltas()
    | st.binary(max_size=2)
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3) | st.tuples(inner, inner)
    ),
    max_leaves=6,
)


@examples(300)
@given(
    PYTHON_VALUES, st.sampled_from(["v", "v = v", "[v, v + 1].a", "string(v)", "v[1]", "v in v", "v < v", "count(v)"])
)
def test_any_value_of_the_host_is_taken_or_refused(value: object, text: str) -> None:
    _check_evaluation(text, feel.evaluate(text, {"v": value}))
