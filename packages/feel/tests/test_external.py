"""External functions: Java's of the table, in Java's way, and the host's (DMN 1.5, clause 10.3.2.13.3)."""

from decimal import Decimal

import pytest

import feel


def called(method: str, *arguments: str, of: str = "java.lang.Math") -> feel.Evaluation:
    parameters = ", ".join(f"p{at}" for at, _ in enumerate(arguments))
    java = f'{{java: {{class: "{of}", method signature: "{method}"}}}}'
    return feel.evaluate(f"(function({parameters}) external {java})({', '.join(arguments)})")


MATH = [
    ("max(double, double)", ("1.5", "2"), "2.0"),
    ("min(int,int)", ("3", "2"), "2"),
    ("abs(double)", ("-1.5",), "1.5"),
    ("abs(int)", ("-7",), "7"),
    ("sqrt(double)", ("2",), "1.4142135623730951"),
    ("pow(double, double)", ("2", "0.5"), "1.4142135623730951"),
    ("cbrt(double)", ("-27",), "-3.0"),
    ("exp(double)", ("1",), "2.718281828459045"),
    ("log10(double)", ("1000",), "3.0"),
    ("cos(double)", ("0",), "1.0"),
    ("atan2(double,double)", ("1", "1"), "0.7853981633974483"),
    ("ceil(double)", ("1.2",), "2.0"),
    ("floor(double)", ("-1.2",), "-2.0"),
    ("rint(double)", ("2.5",), "2.0"),
    ("round(double)", ("2.5",), "3"),
    ("round(double)", ("-2.5",), "-2"),
    ("signum(double)", ("-3",), "-1.0"),
    ("floorMod(int, int)", ("-7", "3"), "2"),
    ("floorDiv(int, int)", ("-7", "3"), "-3"),
    ("max(float, float)", ("123.46", "456.78"), "456.78"),
    ("addExact(long, long)", ("9223372036854775806", "1"), "9223372036854775807"),
    ("toRadians(double)", ("180",), "3.141592653589793"),
]


@pytest.mark.parametrize(("method", "arguments", "value"), MATH)
def test_math(method: str, arguments: tuple[str, ...], value: str) -> None:
    evaluation = called(method, *arguments)
    assert (evaluation.value, evaluation.diagnostics) == (Decimal(value), ())


OTHERS = [
    ("Integer", "valueOf(java.lang.String)", ('"-123"',), Decimal(-123)),
    ("Integer", "parseInt(java.lang.String)", ('"7"',), Decimal(7)),
    ("Short", "valueOf(short)", ("123",), Decimal(123)),
    ("Long", "sum(long,long)", ("1", "2"), Decimal(3)),
    ("Float", "valueOf(java.lang.String)", ('"1234.56"',), Decimal("1234.56")),
    ("Double", "valueOf(java.lang.String)", ('"1e3"',), Decimal(1000)),
    ("Double", "toString(double)", ("10000000",), "1.0E7"),
    ("Boolean", "valueOf(java.lang.String)", ('"True"',), True),
    ("Character", "isDigit(char)", ('"7"',), True),
    ("String", "valueOf(double)", ("1",), "1.0"),
    ("String", "valueOf(double)", ("0.0001",), "1.0E-4"),
    ("String", "valueOf(boolean)", ("true",), "true"),
    ("String", "valueOf(char)", ('"a"',), "a"),
    ("String", "valueOf(java.lang.Object)", ("null",), "null"),
    ("String", "valueOf(java.lang.Object)", ('@"2026-11-22"',), "2026-11-22"),
    ("String", "join(java.lang.CharSequence, [Ljava.lang.CharSequence;)", ('"-"', '"a"', '"b"'), "a-b"),
]


@pytest.mark.parametrize(("box", "method", "arguments", "value"), OTHERS)
def test_other_classes(box: str, method: str, arguments: tuple[str, ...], value: object) -> None:
    evaluation = called(method, *arguments, of=f"java.lang.{box}")
    assert (evaluation.value, evaluation.diagnostics) == (value, ())


FORMATS = [
    (('"foo %s"', '"bar"'), "foo bar"),
    (('"%s %s %1$s"', '"a"', "2.50"), "a 2.50 a"),
    (('"%d|%5d|%-5d|%05d"', "1", "-2", "3", "-4"), "1|   -2|3    |-0004"),
    (('"%,d %+d %(d"', "1234567", "1", "-1"), "1,234,567 +1 (1)"),
    (('"%f %.2f %8.3f %,.1f"', "1", "2.345", "3.14159", "12345.678"), "1.000000 2.35    3.142 12,345.7"),
    (('"%e %x %o"', "12345.678", "255", "8"), "1.234568e+04 ff 10"),
    (('"%S %b %B %c"', '"abc"', "null", "true", '"x"'), "ABC false TRUE x"),
    (('"%10s|%-10s|%.2s"', '"right"', '"left"', '"cut"'), "     right|left      |cu"),
    (('"100%% %n"',), "100% \n"),
    (('"%s"', "null"), "null"),
]


@pytest.mark.parametrize(("arguments", "text"), FORMATS)
def test_format(arguments: tuple[str, ...], text: str) -> None:
    evaluation = called("format(java.lang.String, java.lang.Object...)", *arguments, of="java.lang.String")
    assert (evaluation.value, evaluation.diagnostics) == (text, ())


REFUSED = [
    ("java.lang.Math", "foo(double)", ("1",)),
    ("java.lang.Foo", "valueOf(double)", ("1",)),
    ("java.lang.Math", "max(java.lang.String, java.lang.String)", ('"1"', '"2"')),
    ("java.lang.Math", "max", ("1",)),
    ("java.lang.Math", "max(int, int)", ("1",)),
    ("java.lang.Math", "max(int, int)", ("1", "2.5")),
    ("java.lang.Math", "max(int, int)", ("1", "2147483648")),
    ("java.lang.Math", "abs(int)", ("-2147483648",)),
    ("java.lang.Math", "sqrt(double)", ("-1",)),
    ("java.lang.Math", "log(double)", ("0",)),
    ("java.lang.Math", "exp(double)", ("100000",)),
    ("java.lang.Math", "floorMod(int,int)", ("1", "0")),
    ("java.lang.Math", "abs(double)", ('"1"',)),
    ("java.lang.Math", "abs(double)", ("null",)),
    ("java.lang.Integer", "valueOf(java.lang.String)", ('"1.5"',)),
    ("java.lang.Byte", "valueOf(java.lang.String)", ('"128"',)),
    ("java.lang.Double", "valueOf(java.lang.String)", ('"many"',)),
    ("java.lang.String", "valueOf(char)", ('"abc"',)),
    ("java.lang.String", "valueOf(java.lang.Object)", ("[1]",)),
    ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", ('"%d"', '"a"')),
    ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", ('"%d"', "1.5")),
    ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", ('"%s %s"', '"a"')),
    ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", ('"100 %"',)),
    ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", ('"%99999999s"', '"a"')),
    ("java.lang.System", "exit(int)", ("1",)),
    ("java.lang.Runtime", "getRuntime()", ()),
    ("builtins", "eval(java.lang.String)", ('"1"',)),
]


@pytest.mark.parametrize(("of", "method", "arguments"), REFUSED)
def test_what_is_not_offered_or_has_no_result_is_null_with_a_reason(
    of: str, method: str, arguments: tuple[str, ...]
) -> None:
    evaluation = called(method, *arguments, of=of)
    assert evaluation.value is None
    assert evaluation.diagnostics


@pytest.mark.parametrize("specification", ["{}", "{java: {}}", "{java: 1}", "{perl: {}}", '{java: {class: "a"}}'])
def test_a_specification_must_be_complete(specification: str) -> None:
    evaluation = feel.evaluate(f"(function() external {specification})()")
    assert (evaluation.value, evaluation.diagnostics[0].kind) == (None, "call")


def test_the_host_offers_functions_of_its_own() -> None:
    functions = {
        "com.example.Rates.rate(java.lang.String,int)": lambda country, year: {"NL": 0.21}[country] + year * 0,
        "risk.pmml#score": lambda *values: sum(values),
    }
    java = '{java: {class: "com.example.Rates", method signature: "rate(java.lang.String, int)"}}'
    rate = feel.compile_expression(f'(function(c: string, y) external {java})("NL", 2026)', functions=functions)
    assert rate.evaluate().value == Decimal("0.21")
    score = '(function(a, b) external {pmml: {document: "risk.pmml", model: "score"}})(1, 2)'
    assert feel.compile_expression(score, functions=functions).evaluate().value == 3
    assert feel.evaluate(score).value is None


def test_the_parameters_of_an_external_function_are_checked() -> None:
    java = '{java: {class: "java.lang.Math", method signature: "abs(double)"}}'
    typed = f"function(a: number) external {java}"
    assert feel.evaluate(f"({typed})([-1])").value == 1
    assert feel.evaluate(f'({typed})("a")').value is None
    assert feel.evaluate(f"({typed}) instance of function<number>->Any").value is True
