"""DMN decision models: XML in, values with a trace of the rules that matched out."""

from dmn._analysis import Finding, check_tables
from dmn._model import Decision, Model, Result, load
from dmn.errors import Diagnostic, DmnError, DmnProblems, Problem, UnknownDecisionError

__all__ = [
    "Decision",
    "Diagnostic",
    "DmnError",
    "DmnProblems",
    "Finding",
    "Model",
    "Problem",
    "Result",
    "UnknownDecisionError",
    "check_tables",
    "load",
]
