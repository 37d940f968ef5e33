"""Runs the full code of a text: what goes wrong becomes null and diagnostics."""

# A function that notes a reason gives null, which is assigned in the same line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from collections.abc import Mapping, Sequence

from feel._builtins import BUILTINS, call_builtin
from feel._code import Code
from feel._inference import builtin_type
from feel._run import Evaluation, Run
from feel._values import Function, from_python
from feel.errors import Exhausted, Fault


def evaluated(
    function: Code, context: Mapping[str, object], now: dt.datetime | None, inputs: Sequence[object] = ()
) -> Evaluation:
    """Call a compiled function over a context and inputs."""
    run = Run(context, now, _builtin_value)
    value: object = None
    try:
        value = function(run, *map(from_python, inputs)) if inputs else function(run)
        if isinstance(value, list | dict):
            run.measure(value)
    except Exhausted as exhausted:
        value = run.note("limit", 0, str(exhausted))
    except RecursionError:
        value = run.note("limit", 0, "The evaluation is nested too deeply")
    except Fault as fault:
        run.note(fault.kind, 0, fault.message)
    return Evaluation(value, tuple(run.diagnostics))


def _builtin_value(run: Run, name: str) -> Function | None:
    """Give a built-in as a value, as in `sort(list, before)`."""
    candidates = BUILTINS.get(name)
    if candidates is None:
        return None

    def call(*arguments: object) -> object:
        return call_builtin(run, 0, candidates, arguments)

    return Function(("*",), call, name=name, type=builtin_type(name), notes=run.diagnostics)
