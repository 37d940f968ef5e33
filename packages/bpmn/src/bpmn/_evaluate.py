"""Expressions over the variables that an element instance sees."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from bpmn._program import Flow, Formula
from bpmn._rows import ElementInstance
from bpmn._values import MAX_NAME, storable
from bpmn._variables import lookup, surroundings
from bpmn.errors import CodecError
from feel import Expression

if TYPE_CHECKING:
    from bpmn._run import Run

# A name that isn't there is null and no more: optional variables are everyday.
_HARMLESS = frozenset({"name", "property"})
_NOTHING: Mapping[str, object] = {}
_PLAIN = frozenset({Decimal, str, bool, type(None)})
_MORE = object()
"""Stands for a value that takes more than the compiled function to find."""
VARIES = object()
"""Stands for the value of a formula that isn't known before."""


class Failure(Exception):
    """The element instance can't go on."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message


def evaluate(run: "Run", formula: Formula, at: ElementInstance, extra: Mapping[str, object] = _NOTHING) -> object:
    """Evaluate with the variables that the element instance sees, and those of `extra` before them. Raises: Failure."""
    if isinstance(formula, str):
        return formula
    names = formula.names
    context: Mapping[str, object] = _NOTHING
    if extra and extra.keys() >= names:
        context = extra
    elif extra:
        context = {**lookup(run, at, names - extra.keys()), **extra}
    elif names:
        context = surroundings(run, at, names)
    value = formula.compiled(context, _more)
    return value if value is not _MORE else _explained(run, formula, context)


def _more(context: Mapping[str, object]) -> object:
    return _MORE


def _explained(run: "Run", formula: Expression, context: Mapping[str, object]) -> object:
    """Evaluate in the way that takes longer, and knows the moment and why there is no value. Raises: Failure."""
    evaluation = formula.evaluate(context, now=run.now)
    if evaluation.value is None:
        for diagnostic in evaluation.diagnostics:
            if diagnostic.kind not in _HARMLESS:
                raise Failure("expression", f"'{formula.text}' failed: {diagnostic.message}")
    return evaluation.value


def compute(run: "Run", formula: Formula, at: ElementInstance, extra: Mapping[str, object] = _NOTHING) -> object:
    """Evaluate to a value that can be kept as a variable. Raises: Failure."""
    if isinstance(formula, str):
        return formula
    try:
        return storable(evaluate(run, formula, at, extra))
    except CodecError as error:
        raise Failure("expression", f"'{source_of(formula)}': {error}") from error


def constant_of(formula: Formula) -> object:
    """Give the plain value of a formula that has always the same, else VARIES."""
    if isinstance(formula, str):
        return formula
    value = VARIES if formula.names else formula.compiled(_NOTHING, _more)
    try:
        return storable(value) if type(value) in _PLAIN else VARIES
    except CodecError:
        return VARIES


def compute_text(run: "Run", formula: Formula, at: ElementInstance, what: str) -> str:
    """Evaluate to a name: a text, neither empty nor long. Raises: Failure."""
    if isinstance(formula, str) and 0 < len(formula) <= MAX_NAME:
        return formula
    value = compute(run, formula, at)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        wanted = f"{what} must be a text of 1 to {MAX_NAME} characters"
        raise Failure("expression", f"{wanted}, but '{source_of(formula)}' gave {shown(value)}.")
    return value


def holds(
    run: "Run", condition: Expression, at: ElementInstance, what: str, extra: Mapping[str, object] = _NOTHING
) -> bool:
    """Evaluate a condition; `what` says whose. Raises: Failure."""
    value = evaluate(run, condition, at, extra)
    return value if isinstance(value, bool) else _refuse(condition, what, value)


def _refuse(condition: Expression, what: str, value: object) -> NoReturn:
    raise Failure("condition", f"The condition '{condition.text}' {what} gave {shown(value)}, not true or false.")


def flow_holds(run: "Run", flow: Flow, at: ElementInstance, extra: Mapping[str, object] = _NOTHING) -> bool:
    """Evaluate the condition of a flow; one without always holds. Raises: Failure."""
    condition = flow.condition
    if condition is None:
        return True
    value = evaluate(run, condition, at, extra)
    if value is True or value is False:
        return value
    return _refuse(condition, f"of flow '{flow.id}'", value)


def source_of(formula: Formula) -> str:
    """Say what the author wrote."""
    return formula if isinstance(formula, str) else formula.text


def shown(value: object) -> str:
    return "null" if value is None else repr(value)[:80]
