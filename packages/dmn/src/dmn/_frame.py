"""What belongs to one evaluation of a model, and the one way to evaluate FEEL in it."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import feel
from dmn.errors import Diagnostic
from feel.errors import Exhausted, Fault

MAX_CALLS_DEEP = 64
MAX_CALLS = 20_000
MAX_TURNS = 100_000
MAX_LIMITS = 10
_MAX_DIAGNOSTICS = 50
_MAX_ITEMS = 20
_MAX_TEXT = 200
_MAX_DEPTH = 3

Scope = Mapping[str, object]


class Step(Protocol):
    """Something that an evaluation did; put into words only when somebody reads the trace."""

    decision: str | None

    def plain(self) -> dict[str, object]:
        """Describe the step for the trace."""


@dataclass(slots=True)
class Frame:
    """The moment, what was noted, and how deep and how often functions of the model were called."""

    now: dt.datetime | None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    depth: int = 0
    calls: int = 0
    turns: int = 0
    limits: int = 0
    """How often a bound was met; after some times nothing more is started, so that the bounds don't add up."""

    def note(self, kind: str, message: str, element_id: str, position: int | None = None) -> None:
        """Note why a value is null."""
        self.limits += kind == "limit"
        diagnostic = Diagnostic(kind, message, element_id, position)
        if len(self.diagnostics) < _MAX_DIAGNOSTICS and diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    @property
    def is_spent(self) -> bool:
        """Tell whether nothing more may be started in this evaluation."""
        return self.calls > MAX_CALLS or self.turns > MAX_TURNS or self.limits > MAX_LIMITS

    def value(self, evaluation: feel.Evaluation, element_id: str) -> object:
        """Take an evaluation's value and note its diagnostics."""
        for found in evaluation.diagnostics:
            self.note(found.kind, found.message, element_id, found.position)
        return evaluation.value

    def conformed(self, value: object, kind: feel.Type, element_id: str) -> object:
        """Fit a value to a type; null and a note when it doesn't conform."""
        try:
            return kind.conformed(value)
        except Fault as fault:
            return self.note(fault.kind, fault.message, element_id)

    def call(self, function: object, arguments: Iterable[object], element_id: str) -> object:
        """Call a function; null and a note when it doesn't take the arguments."""
        if not isinstance(function, feel.Function):
            return self.note("call", "What is invoked isn't a function", element_id)
        values = tuple(arguments)
        if function.parameters != ("*",) and len(values) != len(function.parameters):
            wanted = ", ".join(function.parameters) or "none"
            return self.note("call", f"The function's parameters are: {wanted}; {len(values)} were given", element_id)
        known = len(function.notes or ())
        try:
            return function.call(*values)
        except Fault as fault:
            return self.note(fault.kind, fault.message, element_id)
        except Exhausted as exhausted:
            return self.note("limit", str(exhausted), element_id)
        finally:
            for found in (function.notes or ())[known:]:
                self.note(found.kind, f"In a function: {found.message}", element_id)

    def function(
        self, parameters: tuple[str, ...], kind: feel.Type, name: str, body: Callable[..., object]
    ) -> feel.Function:
        """Make a function of the model, within the evaluation's bounds.

        A call whose arguments don't conform to the type is a fault; a result that doesn't is null. A result of type
        Null is one that nobody stated.
        """
        result, *types = kind.arguments

        def call(*arguments: object) -> object:
            self.calls += 1
            if self.depth >= MAX_CALLS_DEEP or self.is_spent:
                return self.note("limit", "Functions of the model call each other too often or too deeply", name)
            values = [stated.conformed(value) for stated, value in zip(types, arguments, strict=True)]
            self.depth += 1
            try:
                value = body(*values)
                return value if result.kind == "Null" else self.conformed(value, result, name)
            finally:
                self.depth -= 1

        return feel.Function(parameters, call, name=name, type=kind)

    def take_turns(self, count: int) -> None:
        """Count turns of loops between boxed expressions. Raises: Fault when there are too many."""
        self.turns += count
        if self.is_spent:
            raise Fault("limit", f"The loops of the model take more than {MAX_TURNS} turns, or too long")


Evaluator = Callable[[Frame, Scope], object]
"""A compiled boxed expression."""


def plain(value: object, depth: int = 0) -> object:
    """Reduce a value to a small one that JSON can hold: numbers and dates as FEEL text, long things cut."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + "…"
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value[:_MAX_ITEMS]] + (["…"] if len(value) > _MAX_ITEMS else [])
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in list(value.items())[:_MAX_ITEMS]}
    if isinstance(value, Decimal) and -_MAX_TEXT < value.adjusted() < _MAX_TEXT:
        return format(value, "f")[:_MAX_TEXT]
    return plain(_text(value), depth)


def shown(value: object) -> str:
    """Write a value as FEEL text for a sentence; long ones cut."""
    text = _LITERAL({"value": value})
    said = text[1:-1] if isinstance(text, str) else "…"
    return said if len(said) <= _MAX_TEXT else said[:_MAX_TEXT] + "…"


def _text(value: object) -> object:
    return _STRING({"value": value})


_STRING = feel.compile_expression("string(value)")
_LITERAL = feel.compile_expression("string([value])")
