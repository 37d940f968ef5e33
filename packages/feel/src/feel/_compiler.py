"""Nodes to a Python code object: built from `ast` nodes, compiled once, run many times.

Safety: every identifier in the generated code is ours (`run`, `v1`, `k1`, an operation of the table below), and the
code runs with no Python built-ins. What an author wrote only ever ends up in constants.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from feel import _builtins, _temporal, _types
from feel import _nodes as n
from feel._code import Code, Names, assign, call, is_, joined, load, parameters, store
from feel._constants import read_at_once
from feel._external import Functions
from feel._inference import Inference
from feel._limits import MAX_DEPTH
from feel._nodes import mentions
from feel._operations import _access, _arithmetic, _calls, _comparison, _logic, _loops
from feel._values import Range
from feel.errors import Fault, FeelSyntaxError, Problem

OPERATIONS: dict[str, object] = {
    "__builtins__": {},
    "call_builtin": _builtins.call_builtin,
    "call_builtin_by_name": _builtins.call_builtin_by_name,
    **{
        operation.__name__: operation
        for operation in (
            _arithmetic.add,
            _logic.all_of,
            _logic.any_of,
            _calls.call,
            _arithmetic.divide,
            _comparison.equal,
            _loops.for_each,
            _comparison.greater,
            _comparison.greater_equal,
            _access.has,
            _calls.instance_of,
            _access.item_at,
            _comparison.less,
            _comparison.less_equal,
            _calls.make_function,
            _comparison.make_range,
            _logic.match,
            _arithmetic.multiply,
            _arithmetic.negate,
            _logic.negation,
            _calls.external,
            _comparison.not_equal,
            _access.path,
            _arithmetic.power,
            _loops.quantify,
            _calls.refuse,
            _access.select,
            _arithmetic.subtract,
            _logic.verdict,
            _comparison.within,
        )
    },
}
_BINARY = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "**": "power",
    "=": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
_ARITHMETIC = frozenset({"+", "-", "*", "/", "**"})
ITEM = "item"
INPUT = "?"

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
        self._declared = frozenset(declared)
        self._types = types
        self._functions = functions
        self._code = Names(OPERATIONS)
        self._scopes: list[tuple[str | None, str]] = []
        self._depth = 0
        self._size = 0
        self.base = 0
        self.names: set[str] = set()
        self.needs: set[str] = set()

    # Whole texts: the code is built, and mistakes are found, at once; what is given back turns it into a function.

    def of_expression(self, node: n.Node) -> Build:
        """Build a function of a run."""
        built = ast.Lambda(parameters("run"), self.emit(node))
        return lambda: self._code.function(built)

    def of_tests(self, tests: n.Tests) -> Build:
        """Build a function of a run and the input."""
        variable = self._bind(INPUT)
        built = ast.Lambda(parameters("run", variable), self._tests(tests, variable))
        return lambda: self._code.function(built)

    def of_rows(self, rows: Sequence[Sequence[n.Tests]], columns: int, *, first: bool) -> Build:
        """Build a function of a run and the inputs that gives the numbers of the rows whose tests hold."""
        variables = [self._code.variable() for _ in range(columns)]
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
        return lambda: self._code.function(definition)

    def of_cells(self, cells: Iterable[tuple[int, n.Tests]], columns: int, row: int) -> Build:
        """Build a function of a run and the inputs that tells whether some cells of one row hold."""
        variables = [self._code.variable() for _ in range(columns)]
        conditions = self._row(cells, variables, row)
        built = ast.Lambda(parameters("run", *variables), joined(ast.And(), conditions))
        return lambda: self._code.function(built)

    def _row(self, cells: Iterable[tuple[int, n.Tests]], variables: Sequence[str], row: int) -> list[ast.expr]:
        conditions: list[ast.expr] = []
        for column, tests in cells:
            if not tests.tests and not tests.negated:
                continue
            self.base = (row * len(variables) + column) << CELL_BITS
            self._scopes.append((INPUT, variables[column]))
            conditions.append(is_(self._tests(tests, variables[column]), constant=True))
            self._scopes.pop()
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

    def _bind(self, name: str | None) -> str:
        variable = self._code.variable()
        self._scopes.append((name, variable))
        return variable

    def _operation(self, operation: str, position: int, *arguments: ast.expr) -> ast.expr:
        return call(operation, load("run"), ast.Constant(self.base + position), *arguments)

    def _later(self, node: n.Node, names: Sequence[str | None]) -> ast.Lambda:
        """Build a Python lambda of a node that reads new variables."""
        variables = [self._bind(name) for name in names]
        body = self.emit(node)
        del self._scopes[len(self._scopes) - len(names) :]
        return ast.Lambda(parameters(*variables), body)

    def _repeated(self, node: n.Node, names: Sequence[str | None]) -> tuple[ast.expr, ast.expr]:
        """Build a lambda that runs many times, and the steps that each time takes."""
        before = self._size
        built = self._later(node, names)
        return built, ast.Constant(1 + (self._size - before) // _NODES_PER_STEP)

    def literal(self, node: n.Literal) -> ast.expr:
        return self._code.constant(node.value)

    def temporal(self, node: n.Temporal) -> ast.expr:
        try:
            return self._code.constant(_temporal.parse_literal(node.text))
        except Fault as fault:
            return self._operation("refuse", node.position, ast.Constant(fault.message))

    def name(self, node: n.Name) -> ast.expr:
        items: list[str] = []
        found: ast.expr | None = None
        for name, variable in reversed(self._scopes):
            if name is None:
                items.append(variable)
            if name == node.name or (name is None and node.name == ITEM):
                found = load(variable)
                break
        if found is None:
            found = self._from_context(node)
        for variable in reversed(items):
            key = ast.Constant(node.name)
            entry = ast.Subscript(load(variable), key, ast.Load())
            found = ast.IfExp(call("has", load(variable), key), entry, found)
        return found

    def _from_context(self, node: n.Name) -> ast.expr:
        if node.name in self._declared or node.name not in _builtins.BUILTINS or " " not in node.name:
            self.names.add(node.name)
            if all(name is not None for name, _ in self._scopes):
                self.needs.add(node.name)
        reader = ast.Attribute(load("run"), "read", ast.Load())
        return ast.Call(reader, [ast.Constant(self.base + node.position), ast.Constant(node.name)], [])

    def list_of(self, node: n.ListOf) -> ast.expr:
        return ast.List([self.emit(item) for item in node.items], ast.Load())

    def context_of(self, node: n.ContextOf) -> ast.expr:
        if len(dict(node.entries)) < len(node.entries):
            return self._operation("refuse", node.position, ast.Constant("A context can't have an entry twice"))
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for key, value in node.entries:
            keys.append(ast.Constant(key))
            if isinstance(value, n.Lambda):
                # A function may call itself by the name of its entry.
                variable = self._bind(key)
                values.append(ast.NamedExpr(store(variable), self.emit(value)))
            else:
                emitted = self.emit(value)
                values.append(ast.NamedExpr(store(self._bind(key)), emitted))
        del self._scopes[len(self._scopes) - len(node.entries) :]
        return ast.Dict(keys, values)

    def range_of(self, node: n.RangeOf) -> ast.expr:
        if _is_number(node.start) and _is_number(node.end):
            start, end = getattr(node.start, "value", None), getattr(node.end, "value", None)
            return self._code.constant(Range(start, end, node.start_included, node.end_included, node.single))
        closed = node.start is not None and node.end is not None
        return self._operation(
            "make_range",
            node.position,
            ast.Constant(None) if node.start is None else self.emit(node.start),
            ast.Constant(None) if node.end is None else self.emit(node.end),
            *(ast.Constant(flag) for flag in (node.start_included, node.end_included, closed, node.single)),
        )

    def negate(self, node: n.Negate) -> ast.expr:
        if isinstance(node.operand, n.Literal) and isinstance(node.operand.value, Decimal):
            return self._code.constant(node.operand.value.copy_negate() if node.operand.value else node.operand.value)
        return self._operation("negate", node.position, self.emit(node.operand))

    def binary(self, node: n.Binary) -> ast.expr:
        return self._operation(_BINARY[node.operator], node.position, self.emit(node.left), self.emit(node.right))

    def logic(self, node: n.Logic) -> ast.expr:
        operands = [self.emit(operand) for operand in node.operands]
        return self._judged(operands, node.position, every=node.operator == "and")

    def _judged(self, operands: list[ast.expr], position: int, *, every: bool) -> ast.expr:
        """Combine with `and` or `or`; later operands are left alone as soon as the result is certain."""
        variables = [self._code.variable() for _ in operands[:-1]]
        early: list[ast.expr] = []
        for variable, operand in zip(variables, operands[:-1], strict=True):
            value = ast.NamedExpr(store(variable), operand)
            early.append(is_(value, constant=False, negated=True) if every else is_(value, constant=True))
        rest = [*(load(variable) for variable in variables), operands[-1]]
        last = self._operation("all_of" if every else "any_of", position, *rest)
        return ast.BoolOp(ast.And() if every else ast.Or(), [*early, last])

    def between(self, node: n.Between) -> ast.expr:
        variable = self._code.variable()
        value = ast.NamedExpr(store(variable), self.emit(node.value))
        low = self._operation("greater_equal", node.position, value, self.emit(node.low))
        high = self._operation("less_equal", node.position, load(variable), self.emit(node.high))
        return self._judged([low, high], node.position, every=True)

    def in_tests(self, node: n.In) -> ast.expr:
        variable = self._code.variable()
        value = ast.NamedExpr(store(variable), self.emit(node.value))
        both = ast.Tuple([value, self._tests(node.tests, variable)], ast.Load())
        return ast.Subscript(both, ast.Constant(1), ast.Load())

    def tests(self, node: n.Tests) -> ast.expr:
        variable = next(variable for name, variable in reversed(self._scopes) if name == INPUT)
        return self._tests(node, variable)

    def _tests(self, node: n.Tests, variable: str) -> ast.expr:
        tests = [self._test(test, variable) for test in node.tests]
        if not tests:
            return ast.Constant(not node.negated)
        result = tests[0] if len(tests) == 1 else self._judged(tests, node.position, every=False)
        return call("negation", result) if node.negated else result

    def _test(self, test: n.Node, variable: str) -> ast.expr:
        value = load(variable)
        if isinstance(test, n.Comparison):
            return self._operation(_BINARY[test.operator], test.position, value, self.emit(test.operand))
        if isinstance(test, n.Literal) and isinstance(test.value, str):
            return ast.Compare(value, [ast.Eq()], [ast.Constant(test.value)])
        if isinstance(test, n.RangeOf):
            return self._operation("within", test.position, value, self.emit(test))
        if mentions(test, INPUT):
            return self._operation("verdict", test.position, self.emit(test))
        return self._operation("match", test.position, value, self.emit(test))

    def comparison(self, node: n.Comparison) -> ast.expr:
        variable = next(variable for name, variable in reversed(self._scopes) if name == INPUT)
        return self._test(node, variable)

    def conditional(self, node: n.If) -> ast.expr:
        return ast.IfExp(is_(self.emit(node.condition), constant=True), self.emit(node.then), self.emit(node.otherwise))

    def for_each(self, node: n.For) -> ast.expr:
        names = [name for name, _ in node.iterators]
        partial = mentions(node.body, "partial") and "partial" not in names
        body = self._repeated(node.body, [*names, "partial"] if partial else names)
        domains = self._domains(node.iterators)
        return self._operation("for_each", node.position, domains, *body, ast.Constant(partial))

    def quantified(self, node: n.Quantified) -> ast.expr:
        names = [name for name, _ in node.iterators]
        condition = self._repeated(node.condition, names)
        domains = self._domains(node.iterators)
        return self._operation("quantify", node.position, domains, *condition, ast.Constant(not node.every))

    def _domains(self, iterators: Sequence[tuple[str, n.Node]]) -> ast.expr:
        names = [name for name, _ in iterators]
        lambdas: list[ast.expr] = [self._later(domain, names[:at]) for at, (_, domain) in enumerate(iterators)]
        return ast.Tuple(lambdas, ast.Load())

    def filter(self, node: n.Filter) -> ast.expr:
        value = self.emit(node.value)
        if _is_arithmetic(node.condition) and not mentions(node.condition, ITEM):
            return self._operation("item_at", node.position, value, self.emit(node.condition))
        return self._operation("select", node.position, value, *self._repeated(node.condition, [None]))

    def path(self, node: n.Path) -> ast.expr:
        return self._operation("path", node.position, self.emit(node.value), ast.Constant(node.name))

    def call(self, node: n.Call) -> ast.expr:
        arguments = ast.Tuple([self.emit(argument) for argument in node.arguments], ast.Load())
        candidates = self.builtin(node.callee)
        if candidates is not None:
            if node.named is not None:
                names = self._code.constant(node.named)
                constant = self._code.constant(candidates)
                return self._operation("call_builtin_by_name", node.position, constant, arguments, names)
            read = read_at_once(candidates, node.arguments)
            if read is not None:
                return self._code.constant(read)
            fitting = tuple(candidate for candidate in candidates if candidate.takes(len(node.arguments)))
            constant = self._code.constant(fitting or candidates)
            return self._operation("call_builtin", node.position, constant, arguments)
        return self._operation(
            "call", node.position, self.emit(node.callee), arguments, self._code.constant(node.named)
        )

    def builtin(self, callee: n.Node) -> tuple[_builtins.Builtin, ...] | None:
        """Find the built-in that the callee of a call means; None when it's another function."""
        if not isinstance(callee, n.Name) or callee.name in self._declared:
            return None
        if any(name == callee.name for name, _ in self._scopes):
            return None
        return _builtins.BUILTINS.get(callee.name)

    def function_of(self, node: n.Lambda) -> ast.expr:
        names = tuple(name for name, _ in node.parameters)
        types = tuple(_types.ANY if kind is None else self._type(kind) for _, kind in node.parameters)
        if node.body is None:
            specification = ast.Constant(None) if node.external is None else self.emit(node.external)
            constants = [self._code.constant(value) for value in (self._functions, types, self._function_type(node))]
            return self._operation("external", node.position, self._code.constant(names), specification, *constants)
        body = self._repeated(node.body, names)
        constants = [self._code.constant(value) for value in (types, self._function_type(node))]
        return call("make_function", load("run"), self._code.constant(names), *body, *constants)

    def _function_type(self, node: n.Lambda) -> _types.Type:
        known = (*self._declared, *(name for name, _ in self._scopes if name is not None))
        return Inference(self._types, dict.fromkeys(known)).function(node)

    def instance_of(self, node: n.InstanceOf) -> ast.expr:
        kind = self._code.constant(self._type(node.type))
        return self._operation("instance_of", node.position, self.emit(node.value), kind)

    def _type(self, written: n.Type) -> _types.Type | None:
        return _types.resolved(written, self._types)


_NODES_PER_STEP = 4
CELL_BITS = 20
"""In rows a position is the number of the cell, shifted by so many bits, plus the position in the cell's text."""

_EMITTERS: dict[type, Callable[..., ast.expr]] = {
    n.Literal: Compiler.literal,
    n.Temporal: Compiler.temporal,
    n.Name: Compiler.name,
    n.ListOf: Compiler.list_of,
    n.ContextOf: Compiler.context_of,
    n.RangeOf: Compiler.range_of,
    n.Negate: Compiler.negate,
    n.Binary: Compiler.binary,
    n.Logic: Compiler.logic,
    n.Between: Compiler.between,
    n.In: Compiler.in_tests,
    n.Comparison: Compiler.comparison,
    n.Tests: Compiler.tests,
    n.If: Compiler.conditional,
    n.For: Compiler.for_each,
    n.Quantified: Compiler.quantified,
    n.Filter: Compiler.filter,
    n.Path: Compiler.path,
    n.Call: Compiler.call,
    n.Lambda: Compiler.function_of,
    n.InstanceOf: Compiler.instance_of,
}


def _is_arithmetic(node: n.Node) -> bool:
    return (
        _is_number(node) or isinstance(node, n.Negate) or (isinstance(node, n.Binary) and node.operator in _ARITHMETIC)
    )


def _is_number(node: n.Node | None) -> bool:
    return isinstance(node, n.Literal) and isinstance(node.value, Decimal)
