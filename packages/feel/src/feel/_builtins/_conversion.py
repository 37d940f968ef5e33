"""Built-ins that turn values into others, and logic as functions (DMN 1.5, clauses 10.3.4.1, 10.3.4.2, 10.3.4.12)."""

import re
from decimal import Decimal

from feel import _limits, _temporal
from feel._builtins._signature import builtin
from feel._operations._arithmetic import joined
from feel._operations._comparison import same
from feel._operations._logic import negation
from feel._run import Run
from feel._values import NUMBERS, Function, Range
from feel.errors import Fault

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_SEPARATORS = frozenset({" ", ",", "."})


def _number(text: str, grouping: str | None = None, point: str | None = None) -> Decimal:
    if grouping is not None:
        if grouping not in _SEPARATORS or grouping == point:
            raise Fault("value", "the grouping separator is one of space, comma and dot, and not the decimal one")
        text = text.replace(grouping, "")
    if point is not None:
        if point not in {",", "."}:
            raise Fault("value", "the decimal separator is a comma or a dot")
        text = text.replace(point, ".")
    if not _NUMBER.fullmatch(text) or len(text) > 200:
        raise Fault("value", "the text is no number")
    return NUMBERS.create_decimal(text)


def _string(run: Run, value: object) -> str | None:
    return value if isinstance(value, str) else None if value is None else joined(run, to_text(run, value))


def to_text(run: Run, value: object, *, inside: bool = False) -> str:
    """Write a value as FEEL would; strings inside lists and contexts are quoted."""
    run.spend(1)
    if isinstance(value, str):
        return _quoted(value) if inside else value
    if isinstance(value, Decimal):
        return number_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, _temporal.Temporal):
        text = _temporal.to_text(value)
        return f'@"{text}"' if inside else text
    if isinstance(value, list):
        return "[" + ", ".join(to_text(run, item, inside=True) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_label(key)}: {to_text(run, item, inside=True)}" for key, item in value.items()) + "}"
    return _range_text(run, value) if isinstance(value, Range) else _function_text(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _label(key: str) -> str:
    return key if key.replace(" ", "").isidentifier() else _quoted(key)


def _function_text(value: object) -> str:
    return f"function({', '.join(value.parameters)})" if isinstance(value, Function) else ""


def _range_text(run: Run, value: Range) -> str:
    if value.start is None:
        return f"{'<=' if value.end_included else '<'} {to_text(run, value.end, inside=True)}"
    if value.end is None:
        return f"{'>=' if value.start_included else '>'} {to_text(run, value.start, inside=True)}"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{to_text(run, value.start, inside=True)}..{to_text(run, value.end, inside=True)}{closing}"


def number_text(value: Decimal) -> str:
    """Write a number without an exponent. Raises: Fault when it would be absurdly long."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > _limits.MAX_PATTERN:
        raise Fault("limit", "the number has too many digits to be written out")
    return format(value, "f")


def _is(run: Run, left: object, right: object) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, _temporal.Moment) and isinstance(right, _temporal.Moment):
        return _temporal.is_identical(left, right)
    return same(run, left, right) is True


CONVERSION_BUILTINS = (
    builtin("number(from: number)", lambda number: number),
    builtin("number(from: string, grouping separator: string? =, decimal separator: string? =)", _number),
    builtin("string(from: any)", _string, run=True),
    builtin("not(negand: any)", negation),
    builtin("is(value1: any, value2: any)", _is, run=True),
    builtin("is defined(value: any)", lambda value: value is not None),
    builtin("get or else(value: any, default: any)", lambda value, default: default if value is None else value),
)
