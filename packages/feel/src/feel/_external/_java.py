"""The Java functions that can be called: pure ones of java.lang and java.math, under their full signature.

Arithmetic is Java's: `double` in 64 bits, `float` in 32, whole numbers within their bits (an overflow that Java
would wrap around gives null).
"""

import math
from collections.abc import Callable, Iterator
from decimal import Decimal

from feel._external._format import format_text, java_text
from feel._external._values import Float, bounded, shortest_float, to_float

_Table = dict[str, Callable[..., object]]
_FRACTIONAL, _WHOLE = ("double", "float"), ("long", "int")


def _rint(number: float) -> float:
    return math.copysign(float(round(number)), number) if math.isfinite(number) else number


def _round(number: float) -> int:
    return math.floor(number + 0.5) if abs(number) < 1 << 52 else int(number)


def _signum(number: float) -> float:
    return number if math.isnan(number) else math.copysign(float(number != 0), number)


def _cube_root(number: float) -> float:
    root = math.copysign(abs(number) ** (1 / 3), number)
    nearest = _rint(root)
    return nearest if nearest**3 == number else root


def _log(number: float) -> float:
    return -math.inf if number == 0 else math.log(number)


def _log10(number: float) -> float:
    return -math.inf if number == 0 else math.log10(number)


def _power(base: float, exponent: float) -> float:
    return math.pow(base, exponent)


_OF_DOUBLE: dict[str, Callable[[float], object]] = {
    **{
        name: getattr(math, name)
        for name in (
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "exp",
            "expm1",
            "log1p",
            "sqrt",
        )
    },
    "log": _log,
    "log10": _log10,
    "cbrt": _cube_root,
    "ceil": lambda number: float(math.ceil(number)),
    "floor": lambda number: float(math.floor(number)),
    "rint": _rint,
    "signum": _signum,
    "toRadians": math.radians,
    "toDegrees": math.degrees,
    "round": _round,
    "ulp": math.ulp,
}
_OF_TWO_DOUBLES: dict[str, Callable[[float, float], object]] = {
    "pow": _power,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "IEEEremainder": math.remainder,
    "copySign": math.copysign,
}
_OF_WHOLE: dict[str, Callable[[int], int]] = {
    "negateExact": lambda number: -number,
    "incrementExact": lambda number: number + 1,
    "decrementExact": lambda number: number - 1,
}
_OF_TWO_WHOLE: dict[str, Callable[[int, int], int]] = {
    "floorDiv": lambda dividend, divisor: dividend // divisor,
    "floorMod": lambda dividend, divisor: dividend % divisor,
    "addExact": lambda left, right: left + right,
    "subtractExact": lambda left, right: left - right,
    "multiplyExact": lambda left, right: left * right,
}


def _in_floats(function: Callable[..., float]) -> Callable[..., object]:
    return lambda *numbers: Float(to_float(function(*numbers)))


def _within(function: Callable[..., int], kind: str) -> Callable[..., int]:
    return lambda *numbers: bounded(function(*numbers), kind)


def _math() -> Iterator[tuple[str, Callable[..., object]]]:
    for name, function in _OF_DOUBLE.items():
        yield f"{name}(double)", function
    for name, two in _OF_TWO_DOUBLES.items():
        yield f"{name}(double,double)", two
    yield "round(float)", _round
    yield "signum(float)", _in_floats(_signum)
    for kind in _FRACTIONAL:
        for name, several in (("max", max), ("min", min)):
            yield f"{name}({kind},{kind})", several if kind == "double" else _in_floats(several)
        yield f"abs({kind})", abs if kind == "double" else _in_floats(abs)
    for kind in _WHOLE:
        for name, several in (("max", max), ("min", min)):
            yield f"{name}({kind},{kind})", several
        yield f"abs({kind})", _within(abs, kind)
        yield from ((f"{name}({kind})", _within(one, kind)) for name, one in _OF_WHOLE.items())
        yield from ((f"{name}({kind},{kind})", _within(two_whole, kind)) for name, two_whole in _OF_TWO_WHOLE.items())
    yield "toIntExact(long)", _within(int, "int")


def _parsed(kind: str) -> Callable[[str], int]:
    return lambda text: bounded(_digits(text), kind)


def _digits(text: str) -> int:
    if not text.removeprefix("-").removeprefix("+").isdecimal():
        raise ValueError(text)
    return int(text)


def _parsed_double(text: str) -> float:
    return float(text.strip().rstrip("dDfF").replace("_", "!"))


def _compared(left: object, right: object) -> int:
    return int(left > right) - int(left < right)  # type: ignore[operator]


def _numbers() -> Iterator[tuple[str, Callable[..., object]]]:
    for box, kind in (("Byte", "byte"), ("Short", "short"), ("Integer", "int"), ("Long", "long")):
        parse = "parseInt" if kind == "int" else f"parse{box}"
        yield f"{box}.valueOf({kind})", int
        yield f"{box}.valueOf(java.lang.String)", _parsed(kind)
        yield f"{box}.{parse}(java.lang.String)", _parsed(kind)
        yield f"{box}.toString({kind})", str
        yield f"{box}.compare({kind},{kind})", _compared
    for box, kind in (("Integer", "int"), ("Long", "long")):
        yield f"{box}.sum({kind},{kind})", _within(lambda left, right: left + right, kind)
        yield f"{box}.max({kind},{kind})", max
        yield f"{box}.min({kind},{kind})", min
        yield f"{box}.signum({kind})", lambda number: (number > 0) - (number < 0)
    yield "Double.valueOf(double)", float
    yield "Double.valueOf(java.lang.String)", _parsed_double
    yield "Double.parseDouble(java.lang.String)", _parsed_double
    yield "Double.toString(double)", java_text
    yield "Double.compare(double,double)", _compared
    yield "Float.valueOf(float)", Float
    yield "Float.valueOf(java.lang.String)", _in_floats(_parsed_double)
    yield "Float.parseFloat(java.lang.String)", _in_floats(_parsed_double)
    yield "Float.toString(float)", lambda number: java_text(float(shortest_float(number)))


def _texts() -> Iterator[tuple[str, Callable[..., object]]]:
    for kind in ("boolean", "char", "int", "long", "double", "java.lang.Object"):
        yield f"String.valueOf({kind})", java_text
    yield "String.valueOf(float)", lambda number: java_text(float(shortest_float(number)))
    yield "String.format(java.lang.String,[Ljava.lang.Object;)", format_text
    yield "String.join(java.lang.CharSequence,[Ljava.lang.CharSequence;)", lambda between, *parts: between.join(parts)
    yield "Boolean.valueOf(boolean)", bool
    yield "Boolean.valueOf(java.lang.String)", lambda text: (text or "").lower() == "true"
    yield "Boolean.parseBoolean(java.lang.String)", lambda text: (text or "").lower() == "true"
    yield "Boolean.toString(boolean)", java_text
    for name, test in (
        ("isDigit", str.isdecimal),
        ("isLetter", str.isalpha),
        ("isLetterOrDigit", lambda char: char.isalpha() or char.isdecimal()),
        ("isUpperCase", str.isupper),
        ("isLowerCase", str.islower),
        ("toUpperCase", str.upper),
        ("toLowerCase", str.lower),
        ("toString", str),
        ("valueOf", str),
    ):
        yield f"Character.{name}(char)", test


def _table() -> _Table:
    table: _Table = {}
    for signature, function in _math():
        table[f"java.lang.Math.{signature}"] = table[f"java.lang.StrictMath.{signature}"] = function
    for signature, function in (*_numbers(), *_texts()):
        table[f"java.lang.{signature}"] = function
    table["java.math.BigDecimal.valueOf(long)"] = Decimal
    table["java.math.BigDecimal.valueOf(double)"] = float
    return table


JAVA = _table()
