"""FEEL's built-in functions: one module per type, each with its table; this one is the table of tables."""

from feel._builtins._contexts import CONTEXT_BUILTINS
from feel._builtins._conversion import CONVERSION_BUILTINS
from feel._builtins._dates import DATE_BUILTINS
from feel._builtins._lists import LIST_BUILTINS
from feel._builtins._numbers import NUMBER_BUILTINS
from feel._builtins._ranges import RANGE_BUILTINS
from feel._builtins._signature import Builtin, call_builtin, call_builtin_by_name
from feel._builtins._strings import STRING_BUILTINS

__all__ = ["BUILTINS", "Builtin", "call_builtin", "call_builtin_by_name"]


def _by_name() -> dict[str, tuple[Builtin, ...]]:
    table: dict[str, tuple[Builtin, ...]] = {}
    for family in (
        CONVERSION_BUILTINS,
        STRING_BUILTINS,
        NUMBER_BUILTINS,
        LIST_BUILTINS,
        CONTEXT_BUILTINS,
        DATE_BUILTINS,
        RANGE_BUILTINS,
    ):
        for entry in family:
            table[entry.name] = (*table.get(entry.name, ()), entry)
    return table


BUILTINS = _by_name()
"""Every name with its overloads."""
