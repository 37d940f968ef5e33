"""What goes wrong: mistakes in a model, all at once."""

from dataclasses import dataclass


class BpmnError(Exception):
    """Base of all errors of this library."""

    code = "bpmn"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a model: a stable code, the element it is about ("" = the whole file), a sentence for its author."""

    code: str
    element_id: str
    message: str


class ModelProblems(BpmnError):
    """The model can't run; `problems` holds every mistake, in the order of the file."""

    code = "model_problems"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.message for problem in problems))


class MappingProblems(BpmnError):
    """Elements can't be mapped as somebody chose; `problems` holds every mistake, each with the element of the old program."""

    code = "mapping_problems"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.message for problem in problems))


class DecisionFailed(BpmnError):
    """A decision has no result; becomes an incident at the business rule task."""

    code = "decision_failed"


class CodecError(BpmnError):
    """A value can't be kept as a variable, or a stored fact isn't one that this version knows."""

    code = "codec"
