"""Authors' mistakes: collected, never one at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from firstline.errors import FirstlineError

LANGUAGES = ("en", "de", "nl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: in which file, at which place in it, and a sentence that says what to do."""

    file: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.message}" if self.place else f"{self.file}: {self.message}"


class ProcedureProblems(FirstlineError):
    """The folder can't be deployed; `problems` holds every mistake."""

    code = "procedure-problems"
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        super().__init__(
            "\n".join([f"The procedure has {len(lines)} mistake(s); nothing was deployed.", *lines]), problems=lines
        )


@dataclass(slots=True, kw_only=True)
class Notebook:
    """The mistakes found so far in one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, place: str, message: str) -> None:
        self.problems.append(Problem(file=self.file, place=place, message=message))
