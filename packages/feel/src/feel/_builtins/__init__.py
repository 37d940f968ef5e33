"""FEEL's built-in functions: one module per type, each with its table; this one is the table of tables."""

from feel._builtins._aggregates import AGGREGATE_BUILTINS
from feel._builtins._contexts import CONTEXT_BUILTINS
from feel._builtins._conversion import CONVERSION_BUILTINS
from feel._builtins._dates import DATE_BUILTINS
from feel._builtins._lists import LIST_BUILTINS
from feel._builtins._numbers import NUMBER_BUILTINS
from feel._builtins._range_text import RANGE_TEXT_BUILTINS
from feel._builtins._ranges import RANGE_BUILTINS
from feel._builtins._signature import Builtin, call_builtin, call_builtin_by_name
from feel._builtins._strings import STRING_BUILTINS

__all__ = ["BUILTINS", "FAMILIES", "Builtin", "call_builtin", "call_builtin_by_name"]

FAMILIES = {
    "Conversion and logic": CONVERSION_BUILTINS + RANGE_TEXT_BUILTINS,
    "Strings": STRING_BUILTINS,
    "Numbers": NUMBER_BUILTINS,
    "Lists": LIST_BUILTINS,
    "One value of many": AGGREGATE_BUILTINS,
    "Contexts": CONTEXT_BUILTINS,
    "Dates, times and durations": DATE_BUILTINS,
    "Ranges": RANGE_BUILTINS,
}


def _by_name() -> dict[str, tuple[Builtin, ...]]:
    table: dict[str, tuple[Builtin, ...]] = {}
    for family in FAMILIES.values():
        for entry in family:
            table[entry.name] = (*table.get(entry.name, ()), entry)
    return table


BUILTINS = _by_name()
"""Every name with its overloads."""
