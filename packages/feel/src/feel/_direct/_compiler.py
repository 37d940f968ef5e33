"""Expressions to direct code: values, operators and conditions."""

import ast
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from feel import _nodes as n
from feel._code import Code, Names, assign, call, compare, joined, load, parameters, store
from feel._constants import read_temporal
from feel._direct import _calls, _loops, _tests
from feel._direct._kinds import COMPARISONS, FindBuiltin, Kinds
from feel._direct._reading import CHECKED, Kind, NotDirect, Reads
from feel._direct._values import OPERATIONS
from feel._nodes import mentions, parts_within
from feel._values import NUMBERS

_MOST_NODES = 200
"""Longer expressions aren't worth it, and their loops might add up."""
_FEW_OPERATIONS = 2
"""So many numbers can be computed by a context's methods before setting the thread's context is cheaper."""
_SQUARE = 2

Built = tuple[ast.expr, Kind]
"""Code, and the kind of its value: never null, unless the kind is None."""

_ORDERED = frozenset({Decimal, str, dt.date, dt.timedelta})
_ARITHMETIC: dict[str, tuple[str, type[ast.operator]]] = {
    "+": ("add", ast.Add),
    "-": ("subtract", ast.Sub),
    "*": ("multiply", ast.Mult),
    "/": ("divide", ast.Div),
}


class DirectCompiler:
    """Builds the direct code of one text."""

    def __init__(self, find_builtin: FindBuiltin) -> None:
        self.names = Names(OPERATIONS)
        self.reads = Reads(self.names)
        self.kinds = Kinds(self.reads, find_builtin)
        self.in_loop = False
        self.in_items = False
        """Inside of what a comprehension goes through."""
        self._in_context = False

    def expression(self, node: n.Node, otherwise: Code) -> Code | None:
        """Build a function of the context, and of another one to leave to if not to `otherwise`; None if it can't be."""
        try:
            self._weigh(node)
            result, _ = self.emit(node, None)
        except NotDirect:
            return None
        return self._function(["context"], result, otherwise)

    def tests(self, node: n.Tests, name: str, otherwise: Code) -> Code | None:
        """Build a function of the input, the context, and another one to leave to; None if it can't be."""
        given = self.reads.bind(name)
        try:
            self._weigh(node)
            result = _tests.any_of(self, node, given)
        except NotDirect:
            return None
        return self._function([given.name, "context"], result, otherwise)

    def _weigh(self, node: n.Node) -> None:
        operations = size = 0
        for part in parts_within(node):
            size += 1
            if isinstance(part, n.Binary) and part.operator in _ARITHMETIC:
                operations += 1
            elif isinstance(part, n.For | n.Filter | n.Quantified):
                operations += _FEW_OPERATIONS
        if size > _MOST_NODES:
            raise NotDirect
        self._in_context = operations > _FEW_OPERATIONS

    def _function(self, names: list[str], result: ast.expr, otherwise: Code) -> Code:
        body = list(self.reads.statements())
        returned: list[ast.stmt] = [ast.Return(result)]
        if self._in_context:
            body.append(assign("outer", call("getcontext")))
            body.append(ast.Expr(call("setcontext", self.names.constant(NUMBERS))))
            returned = [ast.Try(returned, [], [], [ast.Expr(call("setcontext", load("outer")))])]
        leaving = ast.ExceptHandler(load("LEAVES"), None, [ast.Pass()])
        whole = [
            ast.Try([*body, *returned], [leaving], [], []),
            ast.Return(call("otherwise", *(load(name) for name in names))),
        ]
        definition = ast.FunctionDef("direct", parameters(*names, "otherwise"), whole, [], None, None)
        return self.names.function(definition, (otherwise,))

    def emit(self, node: n.Node, wanted: Kind) -> Built:
        """Build a node whose value must be of a kind, or may be of any. Raises: NotDirect."""
        emitter = _EMITTERS.get(type(node))
        if emitter is None:
            raise NotDirect
        built, kind = emitter(self, node, wanted)
        if wanted is not None and kind is not wanted:
            raise NotDirect
        return built, kind

    def of_kind(self, node: n.Node, kind: Kind) -> ast.expr:
        """Build a node whose value must be of a kind. Raises: NotDirect."""
        return self.emit(node, kind)[0]

    def bound(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Build a value that is kept, and what reads it again. Raises: NotDirect where Python refuses that."""
        if self.in_items:
            raise NotDirect
        name = self.names.variable()
        return ast.NamedExpr(store(name), value), load(name)

    def only_outside_loops(self) -> None:
        """Refuse what takes longer the longer its values are, as a loop might repeat it too often. Raises: NotDirect."""
        if self.in_loop:
            raise NotDirect

    def known(self, value: object) -> Built:
        """Build a value that never changes. Raises: NotDirect."""
        if type(value) not in CHECKED:
            raise NotDirect
        return self.names.constant(value), type(value)

    # Values

    def name(self, node: n.Name | n.Path, wanted: Kind) -> Built:
        variable = self.reads.variable(node)
        if variable is None:
            raise NotDirect
        if variable.many:
            return load(variable.name), None
        variable.kind = variable.kind or wanted
        return load(variable.name), variable.kind

    def literal(self, node: n.Literal, _wanted: Kind) -> Built:
        return self.names.constant(node.value), None if node.value is None else type(node.value)

    def temporal(self, node: n.Temporal, _wanted: Kind) -> Built:
        return self.known(read_temporal(node))

    def list_of(self, node: n.ListOf, _wanted: Kind) -> Built:
        return ast.List([self.of_kind(item, None) for item in node.items], ast.Load()), None

    def context_of(self, node: n.ContextOf, _wanted: Kind) -> Built:
        keys = {key for key, _ in node.entries}
        # An entry that reads another one, or a key that is there twice, is for the full code.
        if len(keys) < len(node.entries) or any(mentions(value, *keys) for _, value in node.entries):
            raise NotDirect
        values = [self.of_kind(value, None) for _, value in node.entries]
        return ast.Dict([ast.Constant(key) for key, _ in node.entries], values), None

    # Operators

    def negate(self, node: n.Negate, _wanted: Kind) -> Built:
        return call("opposite", self.of_kind(node.operand, Decimal)), Decimal

    def binary(self, node: n.Binary, wanted: Kind) -> Built:
        if node.operator in COMPARISONS:
            return self._compared(node.operator, node.left, node.right), bool
        kind = self.kinds.of(node.left, node.right) or wanted
        if node.operator == "-" and kind in {dt.date, dt.timedelta}:
            return ast.BinOp(
                self.of_kind(node.left, dt.date), ast.Sub(), self.of_kind(node.right, dt.date)
            ), dt.timedelta
        if node.operator == "+" and kind is str:
            self.only_outside_loops()
            return call("together", self.of_kind(node.left, str), self.of_kind(node.right, str)), str
        left = self.of_kind(node.left, Decimal)
        if node.operator == "**" and _calls.whole_number(node.right) == _SQUARE:
            return self._calculated("*", *self.bound(left))
        return self._calculated(node.operator, left, self.of_kind(node.right, Decimal))

    def _calculated(self, operator: str, left: ast.expr, right: ast.expr) -> Built:
        if operator not in _ARITHMETIC:
            return call("raised", left, right), Decimal
        method, symbol = _ARITHMETIC[operator]
        return (ast.BinOp(left, symbol(), right) if self._in_context else call(method, left, right)), Decimal

    def _compared(self, operator: str, left: n.Node, right: n.Node) -> ast.expr:
        if operator in {"=", "!="}:
            for one, other in ((left, right), (right, left)):
                if isinstance(one, n.Literal) and one.value is None and not isinstance(other, n.Literal):
                    sign = ast.Is() if operator == "=" else ast.IsNot()
                    return compare(self.of_kind(other, None), sign, ast.Constant(None))
        if (size := _calls.size(self, left)) is not None and (other_size := _calls.size(self, right)) is not None:
            return compare(size, _tests.SIGNS[operator](), other_size)
        kind = self.comparable(self.kinds.of(left, right), operator)
        return compare(self.of_kind(left, kind), _tests.SIGNS[operator](), self.of_kind(right, kind))

    def comparable(self, kind: Kind, operator: str) -> Kind:
        """Give the kind of what is compared, if it can be. Raises: NotDirect."""
        if operator not in {"=", "!="}:
            kind = kind or Decimal
        elif kind is bool:
            return kind
        if kind not in _ORDERED:
            raise NotDirect
        return kind

    def between(self, node: n.Between, _wanted: Kind) -> Built:
        kind = self.comparable(self.kinds.of(node.value, node.low, node.high), "<=")
        value, low, high = (self.of_kind(part, kind) for part in (node.value, node.low, node.high))
        return ast.Compare(low, [ast.LtE(), ast.LtE()], [value, high]), bool

    def logic(self, node: n.Logic, _wanted: Kind) -> Built:
        operands = [self.of_kind(operand, bool) for operand in node.operands]
        return joined(ast.And() if node.operator == "and" else ast.Or(), operands), bool

    def conditional(self, node: n.If, wanted: Kind) -> Built:
        condition = self.of_kind(node.condition, bool)
        then, kind = self.emit(node.then, wanted)
        otherwise, other = self.emit(node.otherwise, wanted)
        return ast.IfExp(condition, then, otherwise), kind if kind is other else None


_EMITTERS: dict[type, Callable[..., Built]] = {
    n.Literal: DirectCompiler.literal,
    n.Temporal: DirectCompiler.temporal,
    n.Name: DirectCompiler.name,
    n.Path: DirectCompiler.name,
    n.ListOf: DirectCompiler.list_of,
    n.ContextOf: DirectCompiler.context_of,
    n.Negate: DirectCompiler.negate,
    n.Binary: DirectCompiler.binary,
    n.Logic: DirectCompiler.logic,
    n.If: DirectCompiler.conditional,
    n.Between: DirectCompiler.between,
    n.In: _tests.in_tests,
    n.For: _loops.for_each,
    n.Filter: _loops.filtered,
    n.Quantified: _loops.quantified,
    n.Call: _calls.called,
}
