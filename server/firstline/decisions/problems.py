"""What is wrong with decision models that somebody wants to deploy: every mistake of every file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firstline.errors import FirstlineError


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProblem:
    """One mistake: in which file, at which element, a sentence, and the character of the FEEL text (from 0)."""

    file: str
    element_id: str
    message: str
    position: int | None = None

    def __str__(self) -> str:
        place = f" {self.element_id}:" if self.element_id else ""
        at = "" if self.position is None else f" (at character {self.position})"
        return f"{self.file}:{place} {self.message}{at}"


class DecisionProblems(FirstlineError):
    """Decision models can't be used; `problems` holds every mistake, and nothing was deployed."""

    code = "decision-problems"
    status = 422

    def __init__(self, problems: Iterable[ModelProblem]) -> None:
        self.problems: Sequence[ModelProblem] = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        super().__init__("\n".join(lines), problems=lines)
