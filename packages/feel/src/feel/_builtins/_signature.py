"""Signatures of built-ins: how they are written in the tables, and how arguments are fitted to them."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from feel._run import Run
from feel._temporal import midnight
from feel._values import Function, MonthsDuration, Range, described
from feel._wide import WideDate, WideDateTime, WideDuration, WideTime
from feel.errors import Fault

_DATES, _TIMES = (dt.date, WideDate), (dt.time, WideTime)
_MOMENTS, _DURATIONS = (dt.datetime, WideDateTime), (dt.timedelta, WideDuration)
_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (Decimal,),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (Function,),
    "date": _DATES,
    "time": _TIMES,
    "date and time": _MOMENTS,
    "any date": (*_DATES, *_MOMENTS),
    "any time": (*_TIMES, *_MOMENTS),
    "days duration": _DURATIONS,
    "months duration": (MonthsDuration,),
    "temporal": (*_DATES, *_TIMES, *_MOMENTS, *_DURATIONS, MonthsDuration),
}
_IN_FULL = {
    "any": "Any",
    "any date": "date or date and time",
    "any time": "time or date and time",
    "days duration": "days and time duration",
    "months duration": "years and months duration",
}
_PARAMETER = re.compile(r"(?P<star>\*)?(?P<name>[A-Za-z0-9 ]+): (?P<kind>[a-z ]+?)(?P<null>\?)?(?P<optional> =)?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """`types` is None where anything goes; `null` when null is a value like others; `many` takes all that follow."""

    name: str
    types: tuple[type, ...] | None
    kind: str
    null: bool
    optional: bool
    many: bool


@dataclass(frozen=True, slots=True)
class Builtin:
    """One way to call a built-in, with `least` to `most` arguments; several of one name are its overloads."""

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[..., object]
    needs_run: bool
    least: int
    most: int

    def __str__(self) -> str:
        """Write it as one may call it, with optional parameters in brackets."""
        names = (parameter.name + ("…" if parameter.many else "") for parameter in self.parameters)
        optional = (parameter.optional for parameter in self.parameters)
        written = [f"[{name}]" if left_out else name for name, left_out in zip(names, optional, strict=True)]
        return f"{self.name}({', '.join(written)})"

    def takes(self, count: int) -> bool:
        """Tell whether it can be called with so many arguments."""
        return self.least <= count <= self.most


def builtin(signature: str, call: Callable[..., object], *, run: bool = False) -> Builtin:
    """Read `name(parameter: kind, optional: kind =, *rest: kind?)`; `run` hands the run to `call` first."""
    name, _, rest = signature.removesuffix(")").partition("(")
    parameters = tuple(_parameter(part) for part in rest.split(", ")) if rest else ()
    least = sum(not parameter.optional for parameter in parameters)
    most = sys.maxsize if parameters and parameters[-1].many else len(parameters)
    return Builtin(name, parameters, call, run, least, most)


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    kind = match["kind"]
    return Parameter(
        name=match["name"],
        types=None if kind == "any" else _KINDS[kind],
        kind=_IN_FULL.get(kind, kind),
        null=bool(match["null"]) or kind == "any",
        optional=bool(match["optional"]),
        many=bool(match["star"]),
    )


def _fit(value: object, parameter: Parameter) -> object:
    """Convert an argument as clause 10.3.2.9.4 allows. Raises: Fault."""
    types = parameter.types
    if types is None or type(value) in types:
        return value
    if value is None:
        if parameter.null:
            return None
    elif types == (list,):
        return [value]
    elif isinstance(value, list) and len(value) == 1 and type(value[0]) in types:
        return value[0]
    elif types == _MOMENTS and (type(value) is dt.date or type(value) is WideDate):
        return midnight(value)
    raise Fault("type", f"“{parameter.name}” must be a {parameter.kind}, not {described(value)}")


def _arguments(candidate: Builtin, values: tuple[object, ...]) -> list[object]:
    parameters = candidate.parameters
    if len(values) > len(parameters):
        parameters += (parameters[-1],) * (len(values) - len(parameters))
    return [_fit(value, parameter) for value, parameter in zip(values, parameters, strict=False)]


def call_builtin(run: Run, position: int, candidates: tuple[Builtin, ...], values: tuple[object, ...]) -> object:
    """Call the first overload that takes the arguments; a fault becomes null and a diagnostic."""
    fitting = [(candidate, values) for candidate in candidates if candidate.takes(len(values))]
    if not fitting:
        return run.note("call", position, f"{_ways(candidates)} can't be called with {_counted(values)}")
    return _call_first(run, position, fitting)


def _ways(candidates: tuple[Builtin, ...]) -> str:
    """Say how a built-in may be called."""
    return " or ".join(dict.fromkeys(map(str, candidates)))


def _counted(values: tuple[object, ...]) -> str:
    return f"{len(values)} argument{'s' if len(values) != 1 else ''}"


def _call_first(run: Run, position: int, choices: list[tuple[Builtin, tuple[object, ...]]]) -> object:
    first: Fault | None = None
    for candidate, values in choices:
        try:
            arguments = _arguments(candidate, values)
        except Fault as misfit:
            first = first or misfit
            continue
        return _call(run, position, candidate, arguments)
    message = "" if first is None else first.message
    return run.note("type", position, f"{choices[0][0].name}: {message}")


def _call(run: Run, position: int, candidate: Builtin, arguments: list[object]) -> object:
    cost = 1
    for value in arguments:
        if type(value) is str or type(value) is list:
            cost += len(value) >> 3
    run.spend(cost)
    try:
        return candidate.call(run, *arguments) if candidate.needs_run else candidate.call(*arguments)
    except Fault as fault:
        return run.note(fault.kind, position, f"{candidate.name}: {fault.message}")
    except (DecimalException, OverflowError):
        return run.note("arithmetic", position, f"{candidate.name}: there is no result for these numbers")


def call_builtin_by_name(
    run: Run, position: int, candidates: tuple[Builtin, ...], values: tuple[object, ...], names: tuple[str, ...]
) -> object:
    """Call the first overload that has these parameters and takes the arguments."""
    given = dict(zip(names, values, strict=True))
    choices = []
    for candidate in candidates:
        known = {parameter.name for parameter in candidate.parameters}
        required = {p.name for p in candidate.parameters if not p.optional}
        if len(given) == len(names) and required <= given.keys() <= known:
            choices.append((candidate, _in_order(candidate, given)))
    if not choices:
        return run.note("call", position, f"{_ways(candidates)} can't be called with {', '.join(names)}")
    return _call_first(run, position, choices)


def _in_order(candidate: Builtin, given: dict[str, object]) -> tuple[object, ...]:
    names = [parameter.name for parameter in candidate.parameters]
    while names and names[-1] not in given:
        names.pop()
    values = tuple(given.get(name) for name in names)
    if candidate.parameters and candidate.parameters[-1].many and isinstance(values[-1], list):
        return (*values[:-1], *values[-1])
    return values
