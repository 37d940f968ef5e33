"""The compiler itself: whole texts, scopes, and what the makers of all kinds of parts share."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from feel import _builtins, _types
from feel import _nodes as n
from feel._code import Code, Names, assign, call, is_, joined, load, parameters, store
from feel._compiler import _calls, _loops, _operators, _tests, _values
from feel._compiler._table import OPERATIONS
from feel._compiler._tests import INPUT
from feel._external import Functions
from feel._limits import MAX_DEPTH
from feel.errors import FeelSyntaxError, Problem

_NODES_PER_STEP = 4
CELL_BITS = 20
"""In rows a position is the number of the cell, shifted by so many bits, plus the position in the cell's text."""

Types = Mapping[str, _types.Type]
NO_TYPES: Types = {}
NO_FUNCTIONS: Functions = {}


class Scope(NamedTuple):
    """What a text may speak of: names, the author's types, the host's external functions."""

    names: frozenset[str]
    types: Types
    functions: Functions


Build = Callable[[], Code]


class Compiler:
    """Builds the Python of one text.

    `names` collects what it may read from the context, `needs` those of them that no item of a list can have instead.
    """

    def __init__(
        self, text: str, declared: Iterable[str], types: Types = NO_TYPES, functions: Functions = NO_FUNCTIONS
    ) -> None:
        self._text = text
        self.declared = frozenset(declared)
        self.types = types
        self.functions = functions
        self.code = Names(OPERATIONS)
        self.scopes: list[tuple[str | None, str]] = []
        self._depth = 0
        self._size = 0
        self.base = 0
        self.names: set[str] = set()
        self.needs: set[str] = set()
        self.unknown_types: set[str] = set()

    # Whole texts: the code is built, and mistakes are found, at once; what is given back turns it into a function.

    def of_expression(self, node: n.Node) -> Build:
        """Build a function of a run."""
        built = ast.Lambda(parameters("run"), self.emit(node))
        return lambda: self.code.function(built)

    def of_tests(self, tests: n.Tests) -> Build:
        """Build a function of a run and the input."""
        variable = self.bind(INPUT)
        built = ast.Lambda(parameters("run", variable), _tests.any_of(self, tests, variable))
        return lambda: self.code.function(built)

    def of_rows(self, rows: Sequence[Sequence[n.Tests]], columns: int, *, first: bool) -> Build:
        """Build a function of a run and the inputs that gives the numbers of the rows whose tests hold."""
        variables = [self.code.variable() for _ in range(columns)]
        body: list[ast.stmt] = [] if first else [assign("hits", ast.List([], ast.Load()))]
        for number, row in enumerate(rows):
            hit = ast.Constant(number)
            statement: ast.stmt = (
                ast.Return(ast.List([hit], ast.Load()))
                if first
                else ast.Expr(call(ast.Attribute(load("hits"), "append", ast.Load()), hit))
            )
            conditions = self._row(enumerate(row), variables, number)
            body.append(ast.If(joined(ast.And(), conditions), [statement], []) if conditions else statement)
        body.append(ast.Return(ast.List([], ast.Load()) if first else load("hits")))
        definition = ast.FunctionDef("rows", parameters("run", *variables), body, [], None, None)
        return lambda: self.code.function(definition)

    def of_cells(self, cells: Iterable[tuple[int, n.Tests]], columns: int, row: int) -> Build:
        """Build a function of a run and the inputs that tells whether some cells of one row hold."""
        variables = [self.code.variable() for _ in range(columns)]
        conditions = self._row(cells, variables, row)
        built = ast.Lambda(parameters("run", *variables), joined(ast.And(), conditions))
        return lambda: self.code.function(built)

    def _row(self, cells: Iterable[tuple[int, n.Tests]], variables: Sequence[str], row: int) -> list[ast.expr]:
        conditions: list[ast.expr] = []
        for column, tests in cells:
            if not tests.tests and not tests.negated:
                continue
            self.base = (row * len(variables) + column) << CELL_BITS
            self.scopes.append((INPUT, variables[column]))
            conditions.append(is_(_tests.any_of(self, tests, variables[column]), constant=True))
            self.scopes.pop()
        return conditions

    # Parts

    def emit(self, node: n.Node) -> ast.expr:
        """Build the Python expression of a node. Raises: FeelSyntaxError when it's too deep."""
        self._depth += 1
        self._size += 1
        if self._depth > MAX_DEPTH:
            raise self._too_deep(node)
        try:
            emitted = _EMITTERS[type(node)](self, node)
        except RecursionError:
            raise self._too_deep(node) from None
        self._depth -= 1
        return emitted

    def _too_deep(self, node: n.Node) -> FeelSyntaxError:
        message = f"The expression is deeper than {MAX_DEPTH} operations"
        return FeelSyntaxError(self._text, (Problem("too_deep", message, node.position),))

    def bind(self, name: str | None) -> str:
        """Begin the scope of a name, or, without one, that of the entries of an item."""
        variable = self.code.variable()
        self.scopes.append((name, variable))
        return variable

    def operation(self, operation: str, position: int, *arguments: ast.expr) -> ast.expr:
        """Build the call of an operation, which knows its place in the text."""
        return call(operation, load("run"), ast.Constant(self.base + position), *arguments)

    def later(self, node: n.Node, names: Sequence[str | None]) -> ast.Lambda:
        """Build a Python lambda of a node that reads new variables."""
        variables = [self.bind(name) for name in names]
        body = self.emit(node)
        del self.scopes[len(self.scopes) - len(names) :]
        return ast.Lambda(parameters(*variables), body)

    def repeated(self, node: n.Node, names: Sequence[str | None]) -> tuple[ast.expr, ast.expr]:
        """Build a lambda that runs many times, and the steps that each time takes."""
        before = self._size
        built = self.later(node, names)
        return built, ast.Constant(1 + (self._size - before) // _NODES_PER_STEP)

    def judged(self, operands: list[ast.expr], position: int, *, every: bool) -> ast.expr:
        """Combine with `and` or `or`; later operands are left alone as soon as the result is certain."""
        variables = [self.code.variable() for _ in operands[:-1]]
        early: list[ast.expr] = []
        for variable, operand in zip(variables, operands[:-1], strict=True):
            value = ast.NamedExpr(store(variable), operand)
            early.append(is_(value, constant=False, negated=True) if every else is_(value, constant=True))
        rest = [*(load(variable) for variable in variables), operands[-1]]
        last = self.operation("all_of" if every else "any_of", position, *rest)
        return ast.BoolOp(ast.And() if every else ast.Or(), [*early, last])

    def builtin(self, callee: n.Node) -> tuple[_builtins.Builtin, ...] | None:
        """Find the built-in that the callee of a call means; None when it's another function."""
        if not isinstance(callee, n.Name) or callee.name in self.declared:
            return None
        if any(name == callee.name for name, _ in self.scopes):
            return None
        return _builtins.BUILTINS.get(callee.name)


_EMITTERS: dict[type, Callable[["Compiler", Any], ast.expr]] = {
    n.Literal: _values.literal,
    n.Temporal: _values.temporal,
    n.Name: _values.name,
    n.ListOf: _values.list_of,
    n.ContextOf: _values.context_of,
    n.RangeOf: _values.range_of,
    n.Negate: _operators.negate,
    n.Binary: _operators.binary,
    n.Logic: _operators.logic,
    n.Between: _operators.between,
    n.In: _tests.in_tests,
    n.Comparison: _tests.comparison,
    n.Tests: _tests.unary_tests,
    n.If: _operators.conditional,
    n.For: _loops.for_each,
    n.Quantified: _loops.quantified,
    n.Filter: _loops.filtered,
    n.Path: _values.path,
    n.Call: _calls.called,
    n.Lambda: _calls.function_of,
    n.InstanceOf: _calls.instance_of,
}
