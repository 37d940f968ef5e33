"""The library's interface: texts in, compiled expressions out."""

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from feel import _parser
from feel._boundaries import Unknown, boundaries
from feel._builtins import BUILTINS
from feel._compiler import INPUT, NO_FUNCTIONS, NO_TYPES, Compiler, Scope, Types
from feel._constants import constant_value
from feel._direct import DirectCompiler
from feel._evaluating import evaluated
from feel._external import Functions
from feel._index import build_index
from feel._nodes import Node, Tests
from feel._program import Program
from feel._rows import Rows
from feel._run import Evaluation
from feel._types import entry_names
from feel._values import Values, values

BUILTIN_NAMES = frozenset(BUILTINS)
"""The names of all built-in functions."""

_BUILTIN_NAMES = _parser.index_names(name for name in BUILTINS if " " in name)
_NOTHING: Mapping[str, object] = {}
_OPERATOR = re.compile(r"[-+*/']")


class Expression:
    """A compiled expression.

    `names` are those that it may read from the context, at the top level; `needs` those of them that nothing else can
    mean, while the others may also be entries of a list's items. `unknown_types` are the types, or those around them,
    that it speaks of and nobody knows.

    `compiled` is a function of the context that gives the value alone: the fastest way, most of all over `values(context)`. A
    second argument is called with the context, in place of the way that takes longer and knows why a value is null.

    >>> total = compile_expression("net + tax").compiled
    >>> total({"net": 100, "tax": 19})
    Decimal('119')
    >>> total({"net": 100}, lambda context: "see `evaluate`")
    'see `evaluate`'
    """

    __slots__ = ("_program", "compiled", "names", "needs", "text", "unknown_types")

    compiled: Callable[..., object]

    def __init__(
        self,
        text: str,
        names: frozenset[str],
        needs: frozenset[str],
        unknown_types: frozenset[str],
        program: Program,
    ) -> None:
        self.text = text
        self.names = names
        self.needs = needs
        self.unknown_types = unknown_types
        self._program = program

    def evaluate(self, context: Mapping[str, object] = _NOTHING, *, now: dt.datetime | None = None) -> Evaluation:
        """Evaluate over the context's values; what can't be computed is null and has a diagnostic."""
        return self._program.evaluate(context, now=now)

    def __call__(self, context: Mapping[str, object] = _NOTHING) -> object:
        return self.compiled(context)

    def __getattr__(self, name: str) -> Callable[..., object]:
        # Only asked for what isn't there yet: code is made when it's first needed.
        if name != "compiled":
            raise AttributeError(name)
        self.compiled = self._program.compiled
        return self.compiled

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """The compiled cell of a decision table; its value is true, false or null for an input."""

    __slots__ = ("_node", "_program", "_scope", "names", "needs", "text")

    def __init__(
        self,
        text: str,
        names: frozenset[str],
        needs: frozenset[str],
        scope: Scope,
        node: Tests,
        program: Program,
    ) -> None:
        self.text = text
        self.names = names
        self.needs = needs
        self._scope = scope
        self._node = node
        self._program = program

    def evaluate(
        self, value: object, context: Mapping[str, object] = _NOTHING, *, now: dt.datetime | None = None
    ) -> Evaluation:
        """Test a value; the tests may also read names of the context."""
        return self._program.evaluate(value, context, now=now)

    def split(self) -> tuple["UnaryTests", ...]:
        """Give each test on its own: the allowed values of an output, in their order."""
        return tuple(
            _unary_tests(self.text, self._scope, Tests((test,), negated=False, position=0)) for test in self._node.tests
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
        evaluation = evaluated(compiler.of_expression(node)(), _NOTHING, None)
        if compiler.names or evaluation.diagnostics:
            raise Unknown
        return evaluation.value

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


def compile_expression(
    text: str,
    *,
    names: Iterable[str] = (),
    types: Types = NO_TYPES,
    functions: Functions = NO_FUNCTIONS,
    of_items: bool = False,
) -> Expression:
    """Compile one expression.

    `names` are those in scope; they may hold spaces and operators. A plain word needs no mention. `types` are those of
    the author's that may be written after `instance of` and in the parameters of functions. `functions` are the host's
    that external functions may name, beside the Java ones that are always there: `class.method(types)`, without spaces,
    to a Python function; it gets the arguments as Java's types say and gives a Python value. With `of_items` the text is
    a condition that is asked with the entries of each item of a list: as in a filter, words in a row are one name.
    Raises: FeelSyntaxError with every mistake. Source: DMN 1.5, clause 10.

    >>> compile_expression("amount * 2").evaluate({"amount": 21}).value
    Decimal('42')
    """
    scope = Scope(frozenset(names), types, functions)
    entries = _entries(text, types)
    node = _parser.parse_expression(text, scope.names, _BUILTIN_NAMES, types, entries, of_items=of_items)
    compiler = Compiler(text, *scope)
    build = compiler.of_expression(node)
    program = Program(1, build, lambda otherwise: DirectCompiler(compiler.builtin).expression(node, otherwise))
    unknown_types = frozenset(compiler.unknown_types)
    return Expression(text, frozenset(compiler.names), frozenset(compiler.needs), unknown_types, program)


def compile_unary_tests(
    text: str, *, names: Iterable[str] = (), types: Types = NO_TYPES, functions: Functions = NO_FUNCTIONS
) -> UnaryTests:
    """Compile the cell of a decision table; `?` in it stands for the input.

    Raises: FeelSyntaxError with every mistake. Source: DMN 1.5, clause 7.3.3.

    >>> compile_unary_tests("< 10, [20..30]").evaluate(25).value
    True
    """
    scope = Scope(frozenset(names), types, functions)
    node = _parser.parse_unary_tests(text, scope.names, _BUILTIN_NAMES, types, _entries(text, types))
    return _unary_tests(text, scope, node)


def _entries(text: str, types: Types) -> Iterable[str]:
    # Most texts have no operator that might belong to a name; then the types needn't be gone through.
    return entry_names(types) if types and _OPERATOR.search(text) else ()


def _unary_tests(text: str, scope: Scope, node: Tests) -> UnaryTests:
    compiler = Compiler(text, *scope)
    build = compiler.of_tests(node)
    program = Program(2, build, lambda otherwise: DirectCompiler(compiler.builtin).tests(node, INPUT, otherwise))
    return UnaryTests(text, frozenset(compiler.names), frozenset(compiler.needs), scope, node, program)


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
    cells = [[cell._node for cell in row] for row in rows]  # noqa: SLF001 - of this module
    build = compiler.of_rows(cells, columns, first=first)
    index = build_index(cells, lambda node: constant_value(node, compiler.builtin)) if columns else None
    return Rows(
        frozenset(compiler.names),
        build,
        lambda row: Compiler("", names, types, functions).of_cells(index.left[row] if index else (), columns, row),
        index=index,
        columns=columns,
        first=first,
    )


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


__all__ = [
    "Evaluation",
    "Expression",
    "Rows",
    "UnaryTests",
    "Values",
    "compile_expression",
    "compile_rows",
    "compile_unary_tests",
    "evaluate",
    "values",
]
