"""What goes wrong: authors' mistakes as an exception with all of them, run-time errors as data."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dmn._model import Model


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a model. Units: `position` counts characters from 0 in the FEEL text, None elsewhere."""

    code: str
    element_id: str
    message: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Why something in an evaluation is null: FEEL's kinds, and hit_policy, no_rule, input, output, logic, mistake."""

    kind: str
    message: str
    element_id: str
    position: int | None = None


class DmnError(Exception):
    """Base of all errors of this library."""


class DmnProblems(DmnError):
    """The model has mistakes; `problems` holds every one that was found.

    When all of them lie inside expressions, `model` is what can be tried all the same: there those parts are null. It is
    None when the model itself doesn't hold together.
    """

    code = "dmn_problems"

    def __init__(self, problems: tuple[Problem, ...], model: "Model | None" = None) -> None:
        self.problems = problems
        self.model = model
        super().__init__("; ".join(f"{problem.element_id}: {problem.message}" for problem in problems))


class UnknownDecisionError(DmnError):
    """There is no decision of this id or name in the model."""

    code = "dmn_unknown_decision"
