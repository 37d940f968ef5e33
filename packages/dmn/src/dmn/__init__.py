"""DMN decision models: XML in, values with a trace of the rules that matched out."""

from dmn._model import Decision, Model, Result, load
from dmn.errors import Diagnostic, DmnError, DmnProblems, Problem, UnknownDecisionError

__all__ = [
    "Decision",
    "Diagnostic",
    "DmnError",
    "DmnProblems",
    "Model",
    "Problem",
    "Result",
    "UnknownDecisionError",
    "load",
]
