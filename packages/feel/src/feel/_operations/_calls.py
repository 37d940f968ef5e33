"""Calls, functions as values, and types (DMN 1.5, clauses 10.3.2.9 and 10.3.2.17)."""

# Generated code calls these with positional arguments only.
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from feel import _limits
from feel._run import Run
from feel._values import Function, MonthsDuration, Range, described
from feel.errors import Fault


def refuse(run: Run, position: int, message: str) -> None:
    """Give null for what was already seen to be wrong when it was compiled."""
    run.note("value", position, message)


def call(
    run: Run, position: int, function: object, arguments: tuple[object, ...], names: tuple[str, ...] | None
) -> object:
    if not isinstance(function, Function):
        return run.note("call", position, f"{described(function)} can't be called")
    try:
        values = arguments if names is None else _by_name(function, arguments, names)
        if function.parameters != ("*",) and len(values) != len(function.parameters):
            count = len(function.parameters)
            return run.note("call", position, f"The function takes {count} arguments, not {len(values)}")
        return _enter(run, function, values)
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)


def _by_name(function: Function, arguments: tuple[object, ...], names: tuple[str, ...]) -> tuple[object, ...]:
    given = dict(zip(names, arguments, strict=True))
    if given.keys() != set(function.parameters) or len(given) != len(names):
        raise Fault("call", f"The function's parameters are: {', '.join(function.parameters)}")
    return tuple(given[name] for name in function.parameters)


def _enter(run: Run, function: Function, values: tuple[object, ...]) -> object:
    if run.calls >= _limits.MAX_CALLS:
        raise Fault("limit", f"Functions call each other more than {_limits.MAX_CALLS} levels deep")
    run.calls += 1
    run.spend(function.cost)
    try:
        return function.call(*values)
    finally:
        run.calls -= 1


def invoke(run: Run, function: Function, *arguments: object) -> object:
    """Call a function from a built-in. Raises: Fault."""
    if function.parameters != ("*",) and len(arguments) != len(function.parameters):
        raise Fault("call", f"A function of {len(arguments)} parameters is needed")
    return _enter(run, function, arguments)


TypeTest = Callable[[object], bool]

_SIMPLE_TYPES: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": dt.date,
    "time": dt.time,
    "date and time": dt.datetime,
    "days and time duration": dt.timedelta,
    "years and months duration": MonthsDuration,
    "list": list,
    "context": dict,
    "range": Range,
    "function": Function,
}


def type_test(name: str, arguments: tuple[TypeTest, ...], fields: tuple[str, ...]) -> TypeTest | None:
    """Build the test for a type; None when the type isn't known."""
    if name == "Any":
        return lambda value: value is not None
    if name not in _SIMPLE_TYPES:
        return None
    kind = _SIMPLE_TYPES[name]
    if name == "list" and arguments:
        return lambda value: isinstance(value, list) and all(item is None or arguments[0](item) for item in value)
    if name == "range" and arguments:
        return lambda value: (
            isinstance(value, Range) and all(end is None or arguments[0](end) for end in (value.start, value.end))
        )
    if name == "context" and fields:
        tests = dict(zip(fields, arguments, strict=True))
        return lambda value: (
            isinstance(value, dict)
            and all(key in value and (value[key] is None or test(value[key])) for key, test in tests.items())
        )
    return lambda value: type(value) is kind


def instance_of(run: Run, position: int, value: object, test: TypeTest | None) -> bool | None:
    if test is None:
        return run.note("type", position, "The type isn't known here")
    return test(value)


def make_function(
    names: tuple[str, ...], body: Callable[..., object], cost: int, tests: tuple[TypeTest | None, ...]
) -> Function:
    """Build the value of a FEEL lambda; arguments that don't fit their types are a fault of the call."""
    if not any(tests):
        return Function(names, body, cost=cost)

    def checked(*values: object) -> object:
        return body(*(_fitting(value, test) for value, test in zip(values, tests, strict=True)))

    return Function(names, checked, cost=cost)


def _fitting(value: object, test: TypeTest | None) -> object:
    if test is None or value is None or test(value):
        return value
    if isinstance(value, list) and len(value) == 1 and test(value[0]):
        return value[0]
    if test([value]):
        return [value]
    raise Fault("type", f"{described(value)} isn't of the parameter's type")


def no_external(*_values: object) -> object:
    """Stand in for an external function."""
    raise Fault("call", "External functions aren't run")
