"""Nodes to text: one way to write each construct, with the brackets that it needs and no more than help to read it."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import pairwise

from feel import _nodes as n
from feel import _parser
from feel._builtins import BUILTINS
from feel._lexer import tokenize
from feel._limits import MAX_DEPTH
from feel.errors import FeelSyntaxError, Problem

# How tightly a construct binds: an operand that binds less than its place asks for gets brackets.
_OPEN, _OR, _AND, _INSTANCE, _COMPARISON, _SUM, _PRODUCT, _POWER, _SIGN, _POSTFIX = range(10)
_OPERATORS = {
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), _COMPARISON),
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "**": _POWER,
}
_LEVELS: dict[type, int] = {
    **dict.fromkeys((n.If, n.For, n.Quantified, n.Lambda), _OPEN),
    **dict.fromkeys((n.Between, n.In), _COMPARISON),
    # A type may go on with `<`, so comparing the outcome needs brackets.
    n.InstanceOf: _INSTANCE,
    n.Negate: _SIGN,
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HALF_OPEN = ("(<", "(>", "(=")
_EXTERNAL = "external"
_SYMBOLS_IN_NAMES = frozenset({".", "/", "-", "'", "+", "*", "**"})
_MOST_WORDS = 24
SPACED_BUILTINS = _parser.index_names(name for name in BUILTINS if " " in name)


def format_expression(text: str, *, names: Iterable[str] = ()) -> str:
    """Write an expression anew, in one line, with the spaces and brackets that everybody expects.

    It means what it meant; comments are left out. `names` are those in scope, as for `compile_expression`.
    Raises: FeelSyntaxError with every mistake.

    >>> format_expression("if(a>1)then ((b*2))+1 else[1 , 2]")
    'if a > 1 then b * 2 + 1 else [1, 2]'
    """
    declared = frozenset(names)
    return text_of(_parser.parse_expression(text, declared, SPACED_BUILTINS), declared)


def format_unary_tests(text: str, *, names: Iterable[str] = ()) -> str:
    """Write the cell of a decision table anew, in one line.

    Raises: FeelSyntaxError with every mistake.

    >>> format_unary_tests("not( <5,[ 10 .. 20 [ )")
    'not(< 5, [10..20))'
    """
    declared = frozenset(names)
    return text_of(_parser.parse_unary_tests(text, declared, SPACED_BUILTINS), declared)


def text_of(node: n.Node, names: frozenset[str]) -> str:
    """Write a tree so that it reads as the same tree again where these names are in scope."""
    written = _Writer(frozenset()).text(node)
    if _reads_as(written, node, names):
        return written
    # Side by side, names and operators may be another name: `(a) - b` where `a - b` is known.
    return _Writer(_beginnings(node, names)).text(node)


def _reads_as(text: str, node: n.Node, names: frozenset[str]) -> bool:
    parse = _parser.parse_unary_tests if isinstance(node, n.Tests) else _parser.parse_expression
    try:
        return shape(parse(text, names, SPACED_BUILTINS)) == shape(node)
    except FeelSyntaxError:
        return False


def shape(part: object) -> object:
    """Reduce a node to what it means: two nodes of one shape differ in their positions only."""
    if isinstance(part, tuple):
        return tuple(map(shape, part))
    if not hasattr(part, "__slots__") or isinstance(part, Decimal):
        return repr(part)
    return (type(part), *(shape(getattr(part, slot)) for slot in part.__slots__ if slot != "position"))


def _beginnings(node: n.Node, names: Iterable[str]) -> frozenset[str]:
    """Collect the names with which longer ones begin."""
    words = [[token.text for token in tokenize(name)[0][:-1]] for name in {*names, *BUILTINS, *_bound(node)}]
    return frozenset(" ".join(each[:count]) for each in words for count in range(1, len(each)))


def _bound(node: n.Node) -> Iterable[str]:
    """Give the names that are declared within a node."""
    for part in n.parts_within(node):
        if isinstance(part, n.ContextOf):
            yield from (key for key, _ in part.entries)
        elif isinstance(part, n.For | n.Quantified):
            yield from (name for name, _ in part.iterators)
        elif isinstance(part, n.Lambda):
            yield from (name for name, _ in part.parameters)


class _Writer:
    def __init__(self, bracketed: frozenset[str]) -> None:
        self._bracketed = bracketed
        self._depth = 0

    def text(self, node: n.Node, level: int = _OPEN) -> str:
        """Write a node at a place that asks for this level."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = f"The expression is deeper than {MAX_DEPTH} operations"
            raise FeelSyntaxError("", (Problem("too_deep", message, node.position),))
        written = _WRITERS[type(node)](self, node)
        self._depth -= 1
        return f"({written})" if _level(node) < level else written

    def _texts(self, nodes: Iterable[n.Node]) -> str:
        return ", ".join([self.text(node) for node in nodes])

    def literal(self, node: n.Literal) -> str:
        if isinstance(node.value, str):
            return _quoted(node.value)
        return _CONSTANTS[node.value] if node.value is None or isinstance(node.value, bool) else str(node.value)

    def temporal(self, node: n.Temporal) -> str:
        return "@" + _quoted(node.text)

    def name(self, node: n.Name) -> str:
        words = " ".join(token.text for token in tokenize(node.name)[0][:-1])
        return f"({node.name})" if words in self._bracketed else node.name

    def list_of(self, node: n.ListOf) -> str:
        return f"[{self._texts(node.items)}]"

    def context_of(self, node: n.ContextOf) -> str:
        return "{" + ", ".join([f"{_label(key)}: {self.text(value)}" for key, value in node.entries]) + "}"

    def range_of(self, node: n.RangeOf) -> str:
        if node.start is None and node.end is not None:
            return f"({'<=' if node.end_included else '<'} {self.text(node.end, _SUM)})"
        if node.end is None and node.start is not None:
            return f"({'>=' if node.start_included else '>'} {self.text(node.start, _SUM)})"
        if node.single and node.end is not None:
            return f"(= {self.text(node.end, _SUM)})"
        opening, closing = "[" if node.start_included else "(", "]" if node.end_included else ")"
        start, end = (self.text(side, _SUM) for side in (node.start, node.end) if side is not None)
        # A bracket in the end could be taken for the end of the range.
        return f"{opening}{start}..{f'({end})' if '[' in end else end}{closing}"

    def negate(self, node: n.Negate) -> str:
        return "-" + self.text(node.operand, _SIGN)

    def binary(self, node: n.Binary) -> str:
        # Long sums lean to the left; going down them in a loop keeps them off the stack.
        level, rest = _OPERATORS[node.operator], list[str]()
        left: n.Node = node
        while isinstance(left, n.Binary) and _OPERATORS[left.operator] == level and (left is node or level >= _SUM):
            rest.append(f"{left.operator} {self.text(left.right, level + 1)}")
            left = left.left
        return " ".join([self.text(left, max(level, _SUM)), *reversed(rest)])

    def logic(self, node: n.Logic) -> str:
        level = _AND if node.operator == "and" else _OR
        return f" {node.operator} ".join([self.text(operand, level + 1) for operand in node.operands])

    def between(self, node: n.Between) -> str:
        value, low, high = (self.text(part, _SUM) for part in (node.value, node.low, node.high))
        return f"{value} between {low} and {high}"

    def in_tests(self, node: n.In) -> str:
        return f"{self.text(node.value, _SUM)} in {self._in_tests(node.tests.tests)}"

    def _in_tests(self, tests: tuple[n.Node, ...]) -> str:
        if len(tests) > 1 or isinstance(tests[0], n.Comparison):
            return f"({self._texts(tests)})"
        only = self.text(tests[0], _SUM)
        return f"({only})" if only.startswith(_HALF_OPEN) else only

    def comparison(self, node: n.Comparison) -> str:
        return f"{node.operator} {self.text(node.operand, _SUM)}"

    def tests(self, node: n.Tests) -> str:
        if node.negated:
            return f"not({self._texts(node.tests)})"
        written = self._texts(node.tests) or "-"
        # A cell that is `not(...)` as a whole negates tests; a call of the function isn't that.
        return f"({written})" if len(node.tests) == 1 and _calls_not(node.tests[0]) else written

    def conditional(self, node: n.If) -> str:
        condition, then = self.text(node.condition, _OR), self.text(node.then, _OR)
        return f"if {condition} then {then} else {self.text(node.otherwise)}"

    def for_each(self, node: n.For) -> str:
        return f"for {self._iterators(node.iterators)} return {self.text(node.body)}"

    def quantified(self, node: n.Quantified) -> str:
        quantifier = "every" if node.every else "some"
        return f"{quantifier} {self._iterators(node.iterators)} satisfies {self.text(node.condition)}"

    def _iterators(self, iterators: Iterable[tuple[str, n.Node]]) -> str:
        return ", ".join([f"{name} in {self._domain(domain)}" for name, domain in iterators])

    def _domain(self, node: n.Node) -> str:
        if (
            isinstance(node, n.RangeOf)
            and node.start
            and node.end
            and not node.single
            and node.start_included
            and node.end_included
        ):
            return f"{self.text(node.start, _SUM)}..{self.text(node.end, _SUM)}"
        return self.text(node, _SUM)

    def filter(self, node: n.Filter) -> str:
        return f"{self.text(node.value, _POSTFIX)}[{self.text(node.condition)}]"

    def path(self, node: n.Path) -> str:
        return f"{self.text(node.value, _POSTFIX)}.{node.name}"

    def call(self, node: n.Call) -> str:
        arguments = [self.text(argument) for argument in node.arguments]
        if node.named is not None:
            arguments = [f"{name}: {argument}" for name, argument in zip(node.named, arguments, strict=True)]
        return f"{self.text(node.callee, _POSTFIX)}({', '.join(arguments)})"

    def function_of(self, node: n.Lambda) -> str:
        parameters = ", ".join(
            name if kind is None else f"{name}: {_type_text(kind)}" for name, kind in node.parameters
        )
        if node.body is None:
            return f"function({parameters}) external {self.text(node.external or n.ContextOf((), node.position))}"
        body = self.text(node.body)
        return f"function({parameters}) {f'({body})' if body.startswith(_EXTERNAL) else body}"

    def instance_of(self, node: n.InstanceOf) -> str:
        return f"{self.text(node.value, _POSTFIX)} instance of {_type_text(node.type)}"


_CONSTANTS = {None: "null", True: "true", False: "false"}
_WRITERS: dict[type, Callable[..., str]] = {
    n.Literal: _Writer.literal,
    n.Temporal: _Writer.temporal,
    n.Name: _Writer.name,
    n.ListOf: _Writer.list_of,
    n.ContextOf: _Writer.context_of,
    n.RangeOf: _Writer.range_of,
    n.Negate: _Writer.negate,
    n.Binary: _Writer.binary,
    n.Logic: _Writer.logic,
    n.Between: _Writer.between,
    n.In: _Writer.in_tests,
    n.Comparison: _Writer.comparison,
    n.Tests: _Writer.tests,
    n.If: _Writer.conditional,
    n.For: _Writer.for_each,
    n.Quantified: _Writer.quantified,
    n.Filter: _Writer.filter,
    n.Path: _Writer.path,
    n.Call: _Writer.call,
    n.Lambda: _Writer.function_of,
    n.InstanceOf: _Writer.instance_of,
}


def _level(node: n.Node) -> int:
    if isinstance(node, n.Binary):
        return _OPERATORS[node.operator]
    if isinstance(node, n.Logic):
        return _AND if node.operator == "and" else _OR
    return _LEVELS.get(type(node), _POSTFIX)


def _calls_not(node: n.Node) -> bool:
    return isinstance(node, n.Call) and isinstance(node.callee, n.Name) and node.callee.name == "not"


def _type_text(kind: n.Type) -> str:
    arguments = [_type_text(argument) for argument in kind.arguments]
    if kind.name == "function" and arguments:
        return f"function<{', '.join(arguments[1:])}> -> {arguments[0]}"
    if kind.fields:
        arguments = [f"{field}: {argument}" for field, argument in zip(kind.fields, arguments, strict=True)]
    return f"{kind.name}<{', '.join(arguments)}>" if arguments else kind.name


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def _label(key: str) -> str:
    """Write the key of an entry: as it is when it reads like a name."""
    tokens, problems = tokenize(key)
    words = tokens[:-1]
    reads_alike = (
        0 < len(words) < _MOST_WORDS
        and not problems
        and words[0].kind == "name"
        and all(word.kind in {"name", "number"} or word.text in _SYMBOLS_IN_NAMES for word in words)
        and all(
            first.end == second.position or key[first.end : second.position] == " " for first, second in pairwise(words)
        )
        and words[0].position == 0
        and words[-1].end == len(key)
    )
    return key if reads_alike else _quoted(key)
