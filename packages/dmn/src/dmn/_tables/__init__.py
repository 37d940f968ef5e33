"""Decision tables (DMN 1.5, clause 8): the tests of all rules in one function, one entry per hit policy."""

from dmn._frame import Evaluator
from dmn._scope import Reader
from dmn._tables._deciding import decide
from dmn._tables._reading import read_table
from dmn._tables._table import Table
from dmn._xml import Element

__all__ = ["Table", "compile_table"]


def compile_table(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    """Compile a decision table; its mistakes are noted with the reader."""
    table = read_table(element, names, reader)
    if table is None:
        return lambda _frame, _scope: None
    reader.tables.append(table)
    return lambda frame, scope: decide(table, frame, scope)
