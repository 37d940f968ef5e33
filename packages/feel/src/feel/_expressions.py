"""The library's interface: texts in, compiled expressions out."""

# A function that notes a reason gives null, which is assigned in the same line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence

from feel import _parser
from feel._boundaries import Unknown, boundaries
from feel._builtins import BUILTINS, call_builtin
from feel._compiler import CELL_BITS, NO_FUNCTIONS, NO_TYPES, Compiler, Scope, Types
from feel._external import Functions
from feel._nodes import Node, Tests
from feel._run import Evaluation, Run
from feel._values import Function, from_python
from feel.errors import Diagnostic, Exhausted, Fault

BUILTIN_NAMES = frozenset(BUILTINS)
"""The names of all built-in functions."""

_BUILTIN_NAMES = _parser.index_names(name for name in BUILTINS if " " in name)
_NOTHING: Mapping[str, object] = {}


class Expression:
    """A compiled expression.

    `names` are those that it may read from the context, at the top level; `needs` those of them that nothing else can
    mean, while the others may also be entries of a list's items.
    """

    __slots__ = ("_function", "names", "needs", "text")

    def __init__(
        self, text: str, names: frozenset[str], needs: frozenset[str], function: Callable[..., object]
    ) -> None:
        self.text = text
        self.names = names
        self.needs = needs
        self._function = function

    def evaluate(self, context: Mapping[str, object] = _NOTHING, *, now: dt.datetime | None = None) -> Evaluation:
        """Evaluate over the context's values; what can't be computed is null and has a diagnostic."""
        return _evaluated(self._function, context, now)

    def __call__(self, context: Mapping[str, object] = _NOTHING) -> object:
        return self.evaluate(context).value

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """The compiled cell of a decision table; its value is true, false or null for an input."""

    __slots__ = ("_build", "_function", "_node", "_scope", "names", "needs", "text")

    def __init__(
        self,
        text: str,
        names: frozenset[str],
        needs: frozenset[str],
        scope: Scope,
        node: Tests,
        build: Callable[[], Callable[..., object]],
    ) -> None:
        self.text = text
        self.names = names
        self.needs = needs
        self._scope = scope
        self._node = node
        # Cells of a table are compiled together; on their own only when somebody asks.
        self._build = build
        self._function: Callable[..., object] | None = None

    def evaluate(
        self, value: object, context: Mapping[str, object] = _NOTHING, *, now: dt.datetime | None = None
    ) -> Evaluation:
        """Test a value; the tests may also read names of the context."""
        if self._function is None:
            self._function = self._build()
        return _evaluated(self._function, context, now, (value,))

    def split(self) -> tuple["UnaryTests", ...]:
        """Give each test on its own: the allowed values of an output, in their order."""
        return tuple(
            _unary_tests(self.text, self._scope, Tests((test,), negated=False, position=0))
            for test in self._node.tests
        )

    def boundaries(self) -> tuple[object, ...] | None:
        """Give the values at which the outcome can change; None when the tests do more than compare with constants.

        Between two neighbouring boundaries every input has the same outcome.

        >>> compile_unary_tests("< 10, [20..30]").boundaries()
        (Decimal('10'), Decimal('20'), Decimal('30'))
        """
        return boundaries(self._node, self._constant)

    def _constant(self, node: Node) -> object:
        compiler = Compiler(self.text, *self._scope)
        function = compiler.function(node)
        evaluation = _evaluated(function, _NOTHING, None)
        if compiler.names or evaluation.diagnostics:
            raise Unknown
        return evaluation.value

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


class Rows:
    """Rows of unary tests compiled to one function: which rows hold for a row of inputs."""

    __slots__ = ("_columns", "_function", "names")

    def __init__(self, names: frozenset[str], function: Callable[..., object], columns: int) -> None:
        self.names = names
        self._function = function
        self._columns = columns

    def evaluate(
        self, values: Sequence[object], context: Mapping[str, object] = _NOTHING, *, now: dt.datetime | None = None
    ) -> Evaluation:
        """Give the numbers (from 0) of the rows whose every test holds, as a list of int."""
        evaluation = _evaluated(self._function, context, now, values)
        return Evaluation(evaluation.value, tuple(map(self._placed, evaluation.diagnostics)))

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        cell, position = divmod(diagnostic.position, 1 << CELL_BITS)
        row, column = divmod(cell, self._columns or 1)
        return Diagnostic(diagnostic.kind, f"row {row + 1}, column {column + 1}: {diagnostic.message}", position)


def compile_expression(
    text: str, *, names: Iterable[str] = (), types: Types = NO_TYPES, functions: Functions = NO_FUNCTIONS
) -> Expression:
    """Compile one expression.

    `names` are those in scope; they may hold spaces and operators. A plain word needs no mention. `types` are those of
    the author's that may be written after `instance of` and in the parameters of functions. `functions` are the host's
    that external functions may name, beside the Java ones that are always there: `class.method(types)`, without spaces,
    to a Python function; it gets the arguments as Java's types say and gives a Python value.
    Raises: FeelSyntaxError with every mistake. Source: DMN 1.5, clause 10.

    >>> compile_expression("amount * 2").evaluate({"amount": 21}).value
    Decimal('42')
    """
    scope = Scope(frozenset(names), types, functions)
    node = _parser.parse_expression(text, scope.names, _BUILTIN_NAMES, types)
    compiler = Compiler(text, *scope)
    function = compiler.function(node)
    return Expression(text, frozenset(compiler.names), frozenset(compiler.needs), function)


def compile_unary_tests(
    text: str, *, names: Iterable[str] = (), types: Types = NO_TYPES, functions: Functions = NO_FUNCTIONS
) -> UnaryTests:
    """Compile the cell of a decision table; `?` in it stands for the input.

    Raises: FeelSyntaxError with every mistake. Source: DMN 1.5, clause 7.3.3.

    >>> compile_unary_tests("< 10, [20..30]").evaluate(25).value
    True
    """
    scope = Scope(frozenset(names), types, functions)
    return _unary_tests(text, scope, _parser.parse_unary_tests(text, scope.names, _BUILTIN_NAMES, types))


def _unary_tests(text: str, scope: Scope, node: Tests) -> UnaryTests:
    compiler = Compiler(text, *scope)
    build = compiler.tests_function(node)
    return UnaryTests(text, frozenset(compiler.names), frozenset(compiler.needs), scope, node, build)


def compile_rows(
    rows: Sequence[Sequence[UnaryTests]],
    *,
    names: Iterable[str] = (),
    types: Types = NO_TYPES,
    functions: Functions = NO_FUNCTIONS,
    first: bool = False,
) -> Rows:
    """Compile rows of unary tests, all of one length, to one function; `first` stops at the first row that holds.

    >>> rows = compile_rows([[compile_unary_tests(text)] for text in ("< 10", "> 5", "-")])
    >>> rows.evaluate([7]).value
    [0, 1, 2]
    """
    compiler = Compiler("", names, types, functions)
    columns = len(rows[0]) if rows else 0
    function = compiler.rows_function([[cell._node for cell in row] for row in rows], columns, first=first)  # noqa: SLF001 - one module
    return Rows(frozenset(compiler.names), function, columns)


def evaluate(text: str, context: Mapping[str, object] | None = None, *, now: dt.datetime | None = None) -> Evaluation:
    """Compile and evaluate an expression whose scope is the context; the last few hundred texts stay compiled.

    >>> evaluate("monthly salary * 12", {"monthly salary": 100}).value
    Decimal('1200')
    """
    scope = _NOTHING if context is None else context
    return _compiled(text, frozenset(str(name) for name in scope)).evaluate(scope, now=now)


@functools.lru_cache(maxsize=512)
def _compiled(text: str, names: frozenset[str]) -> Expression:
    return compile_expression(text, names=names)


def _evaluated(
    function: Callable[..., object],
    context: Mapping[str, object],
    now: dt.datetime | None,
    inputs: Sequence[object] = (),
) -> Evaluation:
    run = Run(context, now, lambda name: _builtin_value(run, name))
    value: object = None
    try:
        value = function(run, *map(from_python, inputs)) if inputs else function(run)
        if isinstance(value, list | dict):
            run.measure(value)
    except Exhausted as exhausted:
        value = run.note("limit", 0, str(exhausted))
    except RecursionError:
        value = run.note("limit", 0, "The evaluation is nested too deeply")
    except Fault as fault:
        run.note(fault.kind, 0, fault.message)
    return Evaluation(value, tuple(run.diagnostics))


def _builtin_value(run: Run, name: str) -> Function | None:
    """Give a built-in as a value, as in `sort(list, before)`."""
    candidates = BUILTINS.get(name)
    if candidates is None:
        return None

    def call(*arguments: object) -> object:
        return call_builtin(run, 0, candidates, arguments)

    return Function(("*",), call, name=name)


__all__ = [
    "Evaluation",
    "Expression",
    "Rows",
    "UnaryTests",
    "compile_expression",
    "compile_rows",
    "compile_unary_tests",
    "evaluate",
]
