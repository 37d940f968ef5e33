"""What goes wrong: authors' mistakes as an exception with all of them, run-time errors as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a model. Units: `position` counts characters from 0 in the FEEL text, None elsewhere."""

    code: str
    element_id: str
    message: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Why something in an evaluation is null: FEEL's kinds, and hit_policy, no_rule, input, output, logic."""

    kind: str
    message: str
    element_id: str
    position: int | None = None


class DmnError(Exception):
    """Base of all errors of this library."""


class DmnProblems(DmnError):
    """The model can't be used; `problems` holds every mistake that was found."""

    code = "dmn_problems"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.element_id}: {problem.message}" for problem in problems))


class UnknownDecisionError(DmnError):
    """There is no decision of this id or name in the model."""

    code = "dmn_unknown_decision"
