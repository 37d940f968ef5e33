"""Rows of unary tests: which of them hold for a row of inputs."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from feel._code import Code
from feel._compiler import CELL_BITS, Build
from feel._direct import LEAVES
from feel._evaluating import evaluated
from feel._index import Index
from feel._run import Evaluation
from feel.errors import Diagnostic

_NOTHING: Mapping[str, object] = {}


class Rows:
    """Rows of unary tests compiled together: which rows hold for a row of inputs."""

    __slots__ = ("_build", "_cells", "_columns", "_first", "_function", "_index", "_left", "names")

    def __init__(
        self,
        names: frozenset[str],
        build: Build,
        cells: Callable[[int], Build],
        *,
        index: Index | None,
        columns: int,
        first: bool,
    ) -> None:
        self.names = names
        # The code of all rows is made when an input comes that the index doesn't know what to do with.
        self._build = build
        self._function: Code | None = None
        self._index = index
        self._cells = cells
        self._left: dict[int, Code] = {}
        self._columns = columns
        self._first = first

    def evaluate(
        self, values: Sequence[object], context: Mapping[str, object] = _NOTHING, *, now: dt.datetime | None = None
    ) -> Evaluation:
        """Give the numbers (from 0) of the rows whose every test holds, as a list of int."""
        if self._index is not None:
            try:
                return self._looked_up(self._index, values, context, now)
            except LEAVES:
                pass
        if self._function is None:
            self._function = self._build()
        evaluation = evaluated(self._function, context, now, values)
        return Evaluation(evaluation.value, tuple(map(self._placed, evaluation.diagnostics)))

    def _looked_up(
        self, index: Index, values: Sequence[object], context: Mapping[str, object], now: dt.datetime | None
    ) -> Evaluation:
        candidates = index.candidates(values)
        if not index.left:
            return Evaluation(candidates[:1] if self._first else candidates)
        diagnostics: list[Diagnostic] = []
        hits: list[int] = []
        for row in candidates:
            if row in index.left:
                evaluation = evaluated(self._rest(row), context, now, values)
                diagnostics += map(self._placed, evaluation.diagnostics)
                if evaluation.value is not True:
                    continue
            hits.append(row)
            if self._first:
                break
        return Evaluation(hits, tuple(diagnostics))

    def _rest(self, row: int) -> Code:
        """Give the code for the cells of a row that aren't in the index."""
        if row not in self._left:
            self._left[row] = self._cells(row)()
        return self._left[row]

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        cell, position = divmod(diagnostic.position, 1 << CELL_BITS)
        return Diagnostic(diagnostic.kind, diagnostic.message, position, divmod(cell, self._columns or 1))
