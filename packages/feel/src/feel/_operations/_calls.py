"""Calls, functions as values, and types (DMN 1.5, clauses 10.3.2.9 and 10.3.2.17)."""

# Generated code calls these with positional arguments only.
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable

from feel import _limits
from feel._external import Functions, external_function
from feel._run import Run
from feel._types import ANY, Type
from feel._values import Function, described
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
            return run.note(
                "call", position, f"The function takes {count} argument{'s' * (count != 1)}, not {len(values)}"
            )
        return _enter(run, position, function, values)
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)


def _by_name(function: Function, arguments: tuple[object, ...], names: tuple[str, ...]) -> tuple[object, ...]:
    given = dict(zip(names, arguments, strict=True))
    if given.keys() != set(function.parameters) or len(given) != len(names):
        raise Fault("call", f"The function's parameters are: {', '.join(function.parameters)}")
    return tuple(given[name] for name in function.parameters)


def _enter(run: Run, position: int, function: Function, values: tuple[object, ...]) -> object:
    if run.calls >= _limits.MAX_CALLS:
        raise Fault("limit", f"Functions call each other more than {_limits.MAX_CALLS} levels deep")
    run.calls += 1
    run.spend(function.cost)
    elsewhere = function.notes if function.notes is not run.diagnostics else None
    known = 0 if elsewhere is None else len(elsewhere)
    try:
        return function.call(*values)
    finally:
        run.calls -= 1
        if elsewhere is not None:
            for found in elsewhere[known:]:
                run.note(found.kind, position, f"In a function: {found.message}")


def invoke(run: Run, function: Function, *arguments: object) -> object:
    """Call a function from a built-in. Raises: Fault."""
    if function.parameters != ("*",) and len(arguments) != len(function.parameters):
        raise Fault("call", f"A function of {len(arguments)} parameters is needed")
    return _enter(run, 0, function, arguments)


def instance_of(run: Run, position: int, value: object, kind: Type | None) -> bool | None:
    if kind is None:
        return run.note("type", position, "The type isn't known here")
    return kind.holds(value)


def make_function(
    run: Run,
    names: tuple[str, ...],
    body: Callable[..., object],
    cost: int,
    types: tuple[Type | None, ...],
    own: Type,
) -> Function:
    """Build the value of a FEEL lambda of a type; arguments that don't fit those of `types` are a fault of the call."""
    if all(kind is ANY for kind in types):
        return Function(names, body, cost=cost, type=own, notes=run.diagnostics)

    def checked(*values: object) -> object:
        return body(*(_fitting(value, kind) for value, kind in zip(values, types, strict=True)))

    return Function(names, checked, cost=cost, type=own, notes=run.diagnostics)


def _fitting(value: object, kind: Type | None) -> object:
    if kind is None:
        raise Fault("type", "The type of a parameter isn't known here")
    return kind.conformed(value)


def external(
    run: Run,
    position: int,
    names: tuple[str, ...],
    specification: object,
    functions: Functions,
    types: tuple[Type | None, ...],
    own: Type,
) -> Function | None:
    """Build the value of an external function; null when nobody offers it."""
    try:
        found = external_function(names, specification, functions)
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)
    return make_function(run, names, found.call, found.cost, types, own)
