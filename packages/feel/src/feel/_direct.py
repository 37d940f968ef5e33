"""The direct way: plain Python for expressions over numbers, strings, booleans and dates, as long as all goes well.

How names are used tells which types their values should have. The code made here checks just that when it reads them,
and then computes without further questions. At anything else (null, another type, a name that isn't there, a division
by zero) it leaves with one of `LEAVES`, and the whole expression starts again in the compiler's full code, which
explains what is wrong. That is safe because nothing here has effects: no functions of the author or the host are called.
"""

import ast
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, getcontext, setcontext

from feel import _limits
from feel import _nodes as n
from feel._builtins import Builtin
from feel._code import Code, Names, assign, call, compare, joined, load, parameters, store
from feel._constants import read_at_once, read_temporal
from feel._nodes import mentions, parts_within
from feel._operations._arithmetic import raised
from feel._values import NUMBERS, converter
from feel.errors import Fault

_MOST_NODES = 200
"""Longer expressions aren't worth it, and their loops might add up."""
_MOST_LOOP_STEPS = 50_000
"""Nodes evaluated in one loop; the full code counts steps, this doesn't."""
_SQUARE = 2
_FEW_OPERATIONS = 2
"""So many numbers can be computed by a context's methods before setting the thread's context is cheaper."""


class Leave(Exception):
    """This evaluation isn't one for the direct way."""


class NotDirect(Exception):
    """The expression has parts that the direct way doesn't know."""


LEAVES = (Leave, Fault, LookupError, ArithmeticError)

_SMALL = {number: Decimal(number) for number in range(-128, 1025)}


def number(value: object) -> Decimal:
    """Give FEEL's number for a value. Raises: Leave when there is none."""
    kind = type(value)
    if kind is int:
        return _SMALL.get(value) or Decimal(value)  # type: ignore[call-overload, arg-type]
    if kind is float:
        value = Decimal(repr(value))
    elif kind is not Decimal:
        raise Leave
    if not value.is_finite():  # type: ignore[attr-defined]
        raise Leave
    return value  # type: ignore[return-value]


def _numbers(value: object) -> list[Decimal]:
    if type(value) is not list:
        raise Leave
    kinds = set(map(type, value))
    if kinds == {Decimal}:
        if not all(map(Decimal.is_finite, value)):
            raise Leave
        return value
    if kinds == {int}:
        try:
            return list(map(_SMALL.__getitem__, value))
        except KeyError:
            return list(map(Decimal, value))
    return list(map(number, value))


def _strings(value: object) -> list[str]:
    if type(value) is not list or any(type(item) is not str for item in value):
        raise Leave
    return value


def _leave() -> object:
    raise Leave


def _opposite(number: Decimal) -> Decimal:
    return number.copy_negate() if number else number


def _together(left: str, right: str) -> str:
    if len(left) + len(right) > _limits.MAX_STRING:
        raise Leave
    return left + right


def _short_enough(items: list[object], most: int) -> list[object]:
    if len(items) > most:
        raise Leave
    return items


_OPERATIONS: dict[str, object] = {
    "__builtins__": {},
    "LEAVES": LEAVES,
    "all": all,
    "any": any,
    "bool": bool,
    "converter": converter,
    "date": dt.date,
    "dict": dict,
    "Decimal": Decimal,
    "str": str,
    "timedelta": dt.timedelta,
    "type": type,
    "add": NUMBERS.add,
    "divide": NUMBERS.divide,
    "multiply": NUMBERS.multiply,
    "raised": raised,
    "subtract": NUMBERS.subtract,
    "getcontext": getcontext,
    "setcontext": setcontext,
    "leave": _leave,
    "len": len,
    "number": number,
    "numbers": _numbers,
    "opposite": _opposite,
    "short_enough": _short_enough,
    "strings": _strings,
    "together": _together,
}

Kind = type | None
"""The type of a value; None when it may be any, or isn't known yet."""
Built = tuple[ast.expr, Kind]

Builtins = tuple[Builtin, ...]


def _whole(node: n.Node) -> int | None:
    """Give the whole number that is written; None for other nodes."""
    value = node.value if isinstance(node, n.Literal) else None
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None


_CHECKED: dict[type, str] = {
    Decimal: "Decimal",
    str: "str",
    bool: "bool",
    dt.date: "date",
    dt.timedelta: "timedelta",
}
_LISTS: dict[Kind, str] = {Decimal: "numbers", str: "strings"}
_ORDERED = frozenset({Decimal, str, dt.date, dt.timedelta})
_EQUATED = _ORDERED | {bool}
_ARITHMETIC: dict[str, tuple[str, type[ast.operator]]] = {
    "+": ("add", ast.Add),
    "-": ("subtract", ast.Sub),
    "*": ("multiply", ast.Mult),
    "/": ("divide", ast.Div),
}
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "=": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_RESULTS: dict[str, type] = {
    "string length": Decimal,
    "upper case": str,
    "lower case": str,
    "substring": str,
    "substring before": str,
    "substring after": str,
    "trim": str,
    "contains": bool,
    "starts with": bool,
    "ends with": bool,
    "is blank": bool,
    "not": bool,
    "sum": Decimal,
    "min": Decimal,
    "max": Decimal,
    "mean": Decimal,
    "abs": Decimal,
    "floor": Decimal,
    "ceiling": Decimal,
    "decimal": Decimal,
    "modulo": Decimal,
    "odd": bool,
    "even": bool,
}
"""Built-ins that need nothing but their arguments, with the types of their results."""
_OF_LISTS = frozenset({"sum", "min", "max", "mean"})
"""Built-ins that make a number of a list of numbers, or null of an empty one."""


@dataclass(slots=True)
class Variable:
    """Something read: from the context along a path, the input of a test, or an item of a list.

    `kind` is found out from how it's used; `many` says that it's a list of items of that kind.
    """

    name: str
    kind: Kind = None
    many: bool = False


class DirectCompiler:
    """Builds the direct code of one text. `builtin` tells which built-in the callee of a call means."""

    def __init__(self, builtin: Callable[[n.Node], Builtins | None]) -> None:
        self._builtin = builtin
        self._names = Names(_OPERATIONS)
        self._reads: dict[tuple[str, ...], Variable] = {}
        self._scopes: list[tuple[str, Variable]] = []
        self._in_context = False
        self._in_loop = False
        self._in_items = False

    def expression(self, node: n.Node, otherwise: Code) -> Code | None:
        """Build a function of the context, and of another one to leave to if not to `otherwise`; None if it can't be."""
        try:
            self._weigh(node)
            result, _ = self.emit(node, None)
        except NotDirect:
            return None
        return self._function(["context"], [], result, otherwise)

    def tests(self, node: n.Tests, name: str, otherwise: Code) -> Code | None:
        """Build a function of an input, the context, and another function to leave to; None if it can't be."""
        given = Variable(self._names.variable())
        self._scopes.append((name, given))
        try:
            self._weigh(node)
            result = self._tests(node, given)
        except NotDirect:
            return None
        return self._function([given.name, "context"], [given], result, otherwise)

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

    # The function around it

    def _function(self, names: list[str], inputs: list[Variable], result: ast.expr, otherwise: Code) -> Code:
        body: list[ast.stmt] = []
        if any(read.kind is None for read in (*inputs, *self._reads.values())):
            body.append(assign("convert", call("converter", load("context"))))
        for given in inputs:
            body += self._checked(given)
        for path, read in self._reads.items():
            body += self._read(path, read)
        returned: list[ast.stmt] = [ast.Return(result)]
        if self._in_context:
            body.append(assign("outer", call("getcontext")))
            body.append(ast.Expr(call("setcontext", self._names.constant(NUMBERS))))
            returned = [ast.Try(returned, [], [], [ast.Expr(call("setcontext", load("outer")))])]
        leaving = ast.ExceptHandler(load("LEAVES"), None, [ast.Pass()])
        whole = [
            ast.Try([*body, *returned], [leaving], [], []),
            ast.Return(call("otherwise", *(load(name) for name in names))),
        ]
        definition = ast.FunctionDef("direct", parameters(*names, "otherwise"), whole, [], None, None)
        return self._names.function(definition, (otherwise,))

    def _read(self, path: tuple[str, ...], read: Variable) -> Iterator[ast.stmt]:
        value = ast.Subscript(load("context"), ast.Constant(path[0]), ast.Load())
        yield assign(read.name, value)
        for key in path[1:]:
            is_no_context = compare(call("type", load(read.name)), ast.IsNot(), load("dict"))
            yield ast.If(is_no_context, [ast.Expr(call("leave"))], [])
            yield assign(read.name, ast.Subscript(load(read.name), ast.Constant(key), ast.Load()))
        yield from self._checked(read)

    def _checked(self, read: Variable) -> Iterator[ast.stmt]:
        value = load(read.name)
        if read.many:
            yield assign(read.name, call(_LISTS[read.kind], value))
        elif read.kind is None:
            yield assign(read.name, call("convert", value))
        else:
            other: ast.expr = compare(call("type", value), ast.IsNot(), load(_CHECKED[read.kind]))
            if read.kind is Decimal:
                finite = call(ast.Attribute(value, "is_finite", ast.Load()))
                other = joined(ast.Or(), [other, ast.UnaryOp(ast.Not(), finite)])
                yield ast.If(other, [assign(read.name, call("number", value))], [])
            else:
                yield ast.If(other, [ast.Expr(call("leave"))], [])

    # Kinds

    def _kind(self, node: n.Node) -> Kind:
        """Tell the kind of a node's value as far as it's known without a look at what surrounds it."""
        match node:
            case n.Literal():
                return None if node.value is None else type(node.value)
            case n.Temporal():
                return type(read_temporal(node))
            case n.Name() | n.Path():
                variable = self._variable(node)
                return None if variable is None or variable.many else variable.kind
            case n.Binary():
                return self._kind_of_binary(node)
            case n.Logic() | n.Between() | n.In() | n.Quantified():
                return bool
            case n.If():
                return self._kind(node.then) or self._kind(node.otherwise)
            case n.Call():
                return self._kind_of_call(node)
        return None

    def _kind_of_binary(self, node: n.Binary) -> Kind:
        if node.operator in _COMPARISONS:
            return bool
        if node.operator not in {"+", "-"}:
            return Decimal
        kind = self._kind(node.left) or self._kind(node.right)
        return dt.timedelta if node.operator == "-" and kind is dt.date else kind

    def _kind_of_call(self, node: n.Call) -> Kind:
        candidates = self._builtin_of(node)
        if candidates is None:
            return None
        value = read_at_once(candidates, node.arguments)
        return _RESULTS.get(candidates[0].name) if value is None else type(value)

    # Parts

    def emit(self, node: n.Node, wanted: Kind) -> Built:
        """Build a node whose value must be of a kind, or may be of any. Raises: NotDirect."""
        emitter = _EMITTERS.get(type(node))
        if emitter is None:
            raise NotDirect
        built, kind = emitter(self, node, wanted)
        if wanted is not None and kind is not wanted:
            raise NotDirect
        return built, kind

    def _of_kind(self, node: n.Node, kind: Kind) -> ast.expr:
        return self.emit(node, kind)[0]

    def _bound(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Build a value that is kept, and what reads it again."""
        if self._in_items:
            # Python refuses it in what a comprehension goes through.
            raise NotDirect
        name = self._names.variable()
        return ast.NamedExpr(store(name), value), load(name)

    def _variable(self, node: n.Node) -> Variable | None:
        """Find what a name, or a path that begins with one, reads; None for any other node."""
        path: list[str] = []
        while isinstance(node, n.Path):
            path.append(node.name)
            node = node.value
        if not isinstance(node, n.Name):
            return None
        for name, variable in reversed(self._scopes):
            if name == node.name:
                return None if path else variable
        key = (node.name, *reversed(path))
        if key not in self._reads:
            self._reads[key] = Variable(self._names.variable())
        return self._reads[key]

    def name(self, node: n.Name | n.Path, wanted: Kind) -> Built:
        variable = self._variable(node)
        if variable is None:
            raise NotDirect
        if variable.many:
            return load(variable.name), None
        variable.kind = variable.kind or wanted
        return load(variable.name), variable.kind

    def literal(self, node: n.Literal, _wanted: Kind) -> Built:
        kind = None if node.value is None else type(node.value)
        return self._names.constant(node.value), kind

    def temporal(self, node: n.Temporal, _wanted: Kind) -> Built:
        return self._known(read_temporal(node))

    def _known(self, value: object) -> Built:
        if type(value) not in _CHECKED:
            raise NotDirect
        return self._names.constant(value), type(value)

    def list_of(self, node: n.ListOf, _wanted: Kind) -> Built:
        return ast.List([self._of_kind(item, None) for item in node.items], ast.Load()), None

    def context_of(self, node: n.ContextOf, _wanted: Kind) -> Built:
        keys = {key for key, _ in node.entries}
        # An entry that reads another one, or a key that is there twice, is for the full code.
        if len(keys) < len(node.entries) or any(mentions(value, *keys) for _, value in node.entries):
            raise NotDirect
        values = [self._of_kind(value, None) for _, value in node.entries]
        return ast.Dict([ast.Constant(key) for key, _ in node.entries], values), None

    def negate(self, node: n.Negate, _wanted: Kind) -> Built:
        return call("opposite", self._of_kind(node.operand, Decimal)), Decimal

    def binary(self, node: n.Binary, wanted: Kind) -> Built:
        if node.operator in _COMPARISONS:
            return self._compared(node.operator, node.left, node.right), bool
        kind = self._kind(node.left) or self._kind(node.right)
        if node.operator == "-" and (kind is dt.date or (kind is None and wanted is dt.timedelta)):
            left, right = self._of_kind(node.left, dt.date), self._of_kind(node.right, dt.date)
            return ast.BinOp(left, ast.Sub(), right), dt.timedelta
        if node.operator == "+" and (kind is str or (kind is None and wanted is str)):
            self._only_outside_loops()
            return call("together", self._of_kind(node.left, str), self._of_kind(node.right, str)), str
        if node.operator == "**" and _whole(node.right) == _SQUARE:
            left, right = self._bound(self._of_kind(node.left, Decimal))
            return self._calculated("*", left, right)
        return self._calculated(node.operator, self._of_kind(node.left, Decimal), self._of_kind(node.right, Decimal))

    def _calculated(self, operator: str, left: ast.expr, right: ast.expr) -> Built:
        if operator not in _ARITHMETIC:
            return call("raised", left, right), Decimal
        method, symbol = _ARITHMETIC[operator]
        return (ast.BinOp(left, symbol(), right) if self._in_context else call(method, left, right)), Decimal

    def _compared(self, operator: str, left: n.Node, right: n.Node) -> ast.expr:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, n.Literal) and one.value is None and operator in {"=", "!="}:
                if isinstance(other, n.Literal):
                    raise NotDirect
                sign = ast.Is() if operator == "=" else ast.IsNot()
                return compare(self._of_kind(other, None), sign, ast.Constant(None))
        if (size := self._size(left)) is not None and (other_size := self._size(right)) is not None:
            return compare(size, _COMPARISONS[operator](), other_size)
        kind = self._kind(left) or self._kind(right)
        if kind is None and operator not in {"=", "!="}:
            kind = Decimal
        if kind not in (_EQUATED if operator in {"=", "!="} else _ORDERED):
            raise NotDirect
        return compare(self._of_kind(left, kind), _COMPARISONS[operator](), self._of_kind(right, kind))

    def _size(self, node: n.Node) -> ast.expr | None:
        """Build a whole number of Python's: lengths are compared as such. None for other nodes."""
        number = _whole(node)
        if number is not None:
            return ast.Constant(number)
        if isinstance(node, n.Call) and node.named is None and len(node.arguments) == 1:
            candidates = self._builtin_of(node)
            if candidates and candidates[0].name == "string length":
                return call("len", self._of_kind(node.arguments[0], str))
        return None

    def logic(self, node: n.Logic, _wanted: Kind) -> Built:
        operands = [self._of_kind(operand, bool) for operand in node.operands]
        return joined(ast.And() if node.operator == "and" else ast.Or(), operands), bool

    def conditional(self, node: n.If, wanted: Kind) -> Built:
        condition = self._of_kind(node.condition, bool)
        then, kind = self.emit(node.then, wanted)
        otherwise, other = self.emit(node.otherwise, wanted)
        return ast.IfExp(condition, then, otherwise), kind if kind is other else None

    def between(self, node: n.Between, _wanted: Kind) -> Built:
        nodes = (node.value, node.low, node.high)
        kind = next(filter(None, map(self._kind, nodes)), Decimal)
        if kind not in _ORDERED:
            raise NotDirect
        value, low, high = (self._of_kind(part, kind) for part in nodes)
        return ast.Compare(low, [ast.LtE(), ast.LtE()], [value, high]), bool

    # Tests

    def in_tests(self, node: n.In, _wanted: Kind) -> Built:
        variable = self._variable(node.value)
        if variable is None or variable.many:
            raise NotDirect
        return self._tests(node.tests, variable), bool

    def _tests(self, node: n.Tests, variable: Variable) -> ast.expr:
        if not node.tests:
            return ast.Constant(not node.negated)
        texts = [test.value for test in node.tests if isinstance(test, n.Literal) and isinstance(test.value, str)]
        if len(texts) == len(node.tests):
            values = ast.Tuple([ast.Constant(text) for text in texts], ast.Load())
            self._use(variable, str)
            result: ast.expr = compare(load(variable.name), ast.In(), values)
        else:
            result = joined(ast.Or(), [self._test(test, variable) for test in node.tests])
        return ast.UnaryOp(ast.Not(), result) if node.negated else result

    def _use(self, variable: Variable, kind: Kind) -> ast.expr:
        if variable.many or (variable.kind or kind) is not kind:
            raise NotDirect
        variable.kind = kind
        return load(variable.name)

    def _test(self, test: n.Node, variable: Variable) -> ast.expr:
        if isinstance(test, n.Comparison):
            return self._against(
                variable, _COMPARISONS[test.operator](), test.operand, ordered=test.operator[0] in "<>"
            )
        if isinstance(test, n.RangeOf):
            return self._within(variable, test)
        if isinstance(test, n.ListOf) and test.items:
            if any(isinstance(item, n.ListOf) for item in test.items):
                raise NotDirect
            return joined(ast.Or(), [self._test(item, variable) for item in test.items])
        if any(name == "?" and mentions(test, "?") for name, _ in self._scopes):
            return self._of_kind(test, bool)
        if isinstance(test, n.Literal) and test.value is None:
            return compare(load(variable.name), ast.Is(), ast.Constant(None))
        return self._against(variable, ast.Eq(), test, ordered=False)

    def _against(self, variable: Variable, sign: ast.cmpop, operand: n.Node, *, ordered: bool) -> ast.expr:
        right, kind = self.emit(operand, variable.kind)
        # A truth that isn't about the input speaks for itself, so it isn't compared with other values.
        if kind not in (_ORDERED if ordered else _EQUATED):
            raise NotDirect
        return compare(self._use(variable, kind), sign, right)

    def _within(self, variable: Variable, node: n.RangeOf) -> ast.expr:
        ends = [self._kind(end) for end in (node.start, node.end) if end is not None]
        kind = next(filter(None, (variable.kind, *ends)), None)
        if kind not in _ORDERED:
            raise NotDirect
        value, signs, values = self._use(variable, kind), list[ast.cmpop](), list[ast.expr]()
        if node.start is not None:
            values.append(self._of_kind(node.start, kind))
            signs.append(ast.LtE() if node.start_included else ast.Lt())
        values.append(value)
        if node.end is not None:
            values.append(self._of_kind(node.end, kind))
            signs.append(ast.LtE() if node.end_included else ast.Lt())
        return ast.Compare(values[0], signs, values[1:])

    # Loops

    def _only_outside_loops(self) -> None:
        """Refuse what takes longer the longer its values are: a loop might repeat it too often."""
        if self._in_loop:
            raise NotDirect

    def _loop(
        self, name: str, domain: n.Node, body: n.Node, wanted: Kind
    ) -> tuple[ast.expr, Kind, ast.comprehension, Kind]:
        """Build the body, with its kind, and the loop around it, with the kind of the items."""
        self._only_outside_loops()
        self._in_loop = True
        item = Variable(self._names.variable())
        self._scopes.append((name, item))
        built, kind = self.emit(body, wanted)
        self._scopes.pop()
        self._in_loop = False
        if item.kind not in _LISTS:
            raise NotDirect
        most = _MOST_LOOP_STEPS // sum(1 for _ in parts_within(body))
        items = call("short_enough", self._items(domain, item.kind), ast.Constant(most))
        return built, kind, ast.comprehension(store(item.name), items, [], 0), item.kind

    def _items(self, domain: n.Node, kind: Kind) -> ast.expr:
        """Build a list whose items are of a kind."""
        variable = self._variable(domain)
        if variable is not None:
            if variable.kind is not None and (variable.kind is not kind or not variable.many):
                raise NotDirect
            variable.many, variable.kind = True, kind
            return load(variable.name)
        self._in_items = True
        if isinstance(domain, n.For):
            built, found = self._for(domain, kind)
        elif isinstance(domain, n.Filter):
            built, found = self._filter(domain)
        else:
            raise NotDirect
        self._in_items = False
        if found is not kind:
            raise NotDirect
        return built

    def _for(self, node: n.For, wanted: Kind) -> Built:
        if len(node.iterators) > 1 or mentions(node.body, "partial"):
            raise NotDirect
        ((name, domain),) = node.iterators
        built, kind, loop, _ = self._loop(name, domain, node.body, wanted)
        return ast.ListComp(built, [loop]), kind

    def _filter(self, node: n.Filter) -> Built:
        _, _, loop, kind = found = self._loop("item", node.value, node.condition, bool)
        loop.ifs.append(found[0])
        assert isinstance(loop.target, ast.Name)
        return ast.ListComp(load(loop.target.id), [loop]), kind

    def for_each(self, node: n.For, _wanted: Kind) -> Built:
        return self._for(node, None)[0], None

    def filter(self, node: n.Filter, _wanted: Kind) -> Built:
        return self._filter(node)[0], None

    def quantified(self, node: n.Quantified, _wanted: Kind) -> Built:
        if len(node.iterators) > 1:
            raise NotDirect
        ((name, domain),) = node.iterators
        built, _, loop, _ = self._loop(name, domain, node.condition, bool)
        return call("all" if node.every else "any", ast.GeneratorExp(built, [loop])), bool

    # Calls

    def _builtin_of(self, node: n.Call) -> Builtins | None:
        local = isinstance(node.callee, n.Name) and any(name == node.callee.name for name, _ in self._scopes)
        return None if local else self._builtin(node.callee)

    def call(self, node: n.Call, _wanted: Kind) -> Built:
        candidates = self._builtin_of(node)
        if candidates is None or node.named is not None:
            raise NotDirect
        name = candidates[0].name
        if name == "not" and len(node.arguments) == 1:
            return ast.UnaryOp(ast.Not(), self._of_kind(node.arguments[0], bool)), bool
        if (value := read_at_once(candidates, node.arguments)) is not None:
            return self._known(value)
        if name in _OF_LISTS and len(node.arguments) == 1:
            return self._of_list(candidates, node.arguments[0])
        fitting = [candidate for candidate in candidates if candidate.takes(len(node.arguments))]
        if name not in _RESULTS or not fitting:
            raise NotDirect
        return self._called(fitting[0], node.arguments), _RESULTS[name]

    def _called(self, builtin: Builtin, arguments: Sequence[n.Node]) -> ast.expr:
        self._only_outside_loops()
        built: list[ast.expr] = []
        for argument, parameter in zip(arguments, builtin.parameters, strict=False):
            if parameter.types is None or len(parameter.types) != 1 or parameter.types[0] not in _CHECKED:
                raise NotDirect
            built.append(self._of_kind(argument, parameter.types[0]))
        if builtin.name == "contains":
            return compare(built[1], ast.In(), built[0])
        if builtin.name == "substring" and (part := self._part(built[0], arguments[1:])) is not None:
            return part
        return call(self._names.constant(builtin.call), *built)

    def _part(self, string: ast.expr, places: Sequence[n.Node]) -> ast.expr | None:
        """Build a slice when the places are written and count from the front; None for others."""
        start, *lengths = map(_whole, places)
        if start is None or start < 1 or any(length is None or length < 1 for length in lengths):
            return None
        bound, read = self._bound(string)
        long_enough = compare(call("len", bound), ast.GtE(), ast.Constant(start))
        end = ast.Constant(start - 1 + (lengths[0] or 0)) if lengths else None
        part = ast.Subscript(read, ast.Slice(ast.Constant(start - 1), end), ast.Load())
        return ast.IfExp(long_enough, part, call("leave"))

    def _of_list(self, candidates: Builtins, argument: n.Node) -> Built:
        self._only_outside_loops()
        builtin = next(candidate for candidate in candidates if candidate.parameters[0].types == (list,))
        if builtin.needs_run:
            raise NotDirect
        given, read = self._bound(call(self._names.constant(builtin.call), self._items(argument, Decimal)))
        there = compare(given, ast.IsNot(), ast.Constant(None))
        return ast.IfExp(there, read, call("leave")), Decimal


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
    n.In: DirectCompiler.in_tests,
    n.For: DirectCompiler.for_each,
    n.Filter: DirectCompiler.filter,
    n.Quantified: DirectCompiler.quantified,
    n.Call: DirectCompiler.call,
}
