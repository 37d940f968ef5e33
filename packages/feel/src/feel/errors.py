"""What goes wrong: authors' mistakes as an exception with all of them, run-time errors as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a text. Units: `position` counts characters from 0."""

    code: str
    message: str
    position: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Why a part of an evaluation gave null.

    `kind` is one of: name, property, type, value, call, arithmetic, clock, limit. Units: `position` counts characters
    from 0 in the text that was compiled; of rows of tests `cell` is the row and the column, from 0, with that text.
    """

    kind: str
    message: str
    position: int
    cell: tuple[int, int] | None = None


class FeelError(Exception):
    """Base of all errors of this library."""


class FeelSyntaxError(FeelError):
    """The text isn't FEEL; `problems` holds every mistake that was found, in the order of the text."""

    code = "feel_syntax"

    def __init__(self, text: str, problems: tuple[Problem, ...]) -> None:
        self.text = text
        self.problems = problems
        super().__init__("; ".join(f"{problem.message} (at character {problem.position + 1})" for problem in problems))


class Fault(FeelError):
    """Raised inside a built-in or an operation; becomes null and a diagnostic at the place of the call."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message
        super().__init__(message)


class Exhausted(FeelError):
    """Raised when an evaluation has used up its budget; ends the whole evaluation."""
