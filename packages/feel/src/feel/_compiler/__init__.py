"""Nodes to a Python code object: built from `ast` nodes, compiled once, run many times.

Safety: every identifier in the generated code is ours (`run`, `v1`, `k1`, an operation of the table below), and the
code runs with no Python built-ins. What an author wrote only ever ends up in constants.
"""

from feel._compiler._compiler import (
    CELL_BITS,
    NO_FUNCTIONS,
    NO_TYPES,
    Build,
    Compiler,
    Scope,
    Types,
)
from feel._compiler._tests import INPUT

__all__ = ["CELL_BITS", "INPUT", "NO_FUNCTIONS", "NO_TYPES", "Build", "Compiler", "Scope", "Types"]
