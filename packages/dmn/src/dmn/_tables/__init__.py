"""Decision tables (DMN 1.5, clause 8): the tests of all rules in one function, one entry per hit policy."""

from dmn._frame import Evaluator
from dmn._scope import Reader
from dmn._tables._deciding import decide
from dmn._tables._policies import rank_of, same
from dmn._tables._reading import read_table
from dmn._tables._table import Rule, Table, in_words, possible_outputs
from dmn._xml import Element

__all__ = ["Rule", "Table", "compile_table", "in_words", "possible_outputs", "rank_of", "same"]


def compile_table(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    """Compile a decision table; its mistakes are noted with the reader."""
    table = read_table(element, names, reader)
    if table is None:
        return reader.mistaken(element)
    reader.tables.append(table)
    return lambda frame, scope: decide(table, frame, scope)
