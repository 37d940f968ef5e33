"""What direct code reads: variables whose types are found out from how they are used, and checked once."""

import ast
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from feel import _nodes as n
from feel._code import Names, assign, call, compare, joined, load

Kind = type | None
"""The type of a value; None when it may be any, or isn't known yet."""


class NotDirect(Exception):
    """The expression has parts that the direct way doesn't know."""


CHECKED: dict[type, str] = {
    Decimal: "Decimal",
    str: "str",
    bool: "bool",
    dt.date: "date",
    dt.timedelta: "timedelta",
}
"""The types that can be expected, as generated code calls them."""
LISTS: dict[Kind, str] = {Decimal: "numbers", str: "strings"}
"""What checks a list of them."""
_KNOWN_LISTS: dict[Kind, str] = {Decimal: "known_numbers", str: "strings"}


@dataclass(slots=True)
class Variable:
    """Something read: from the context along a path, the input of a test, or an item of a list.

    `many` says that it's a list of items of the kind.
    """

    name: str
    kind: Kind = None
    many: bool = False

    def used_as(self, kind: Kind) -> ast.expr:
        """Expect a kind of it. Raises: NotDirect when it's used as another one, too."""
        if self.many or (self.kind or kind) is not kind:
            raise NotDirect
        self.kind = kind
        return load(self.name)

    def checks(self) -> Iterator[ast.stmt]:
        """Build what makes sure that a value from outside is of the kind, or leaves."""
        value = load(self.name)
        if self.many:
            yield assign(self.name, call(LISTS[self.kind], value))
        elif self.kind is None:
            yield assign(self.name, call("from_python", value))
        elif self.kind is Decimal:
            finite = call(ast.Attribute(value, "is_finite", ast.Load()))
            other = joined(ast.Or(), [self._is_other(), ast.UnaryOp(ast.Not(), finite)])
            yield ast.If(other, [assign(self.name, call("number", value))], [])
        else:
            yield _unless(self._is_other())

    def known_checks(self) -> Iterator[ast.stmt]:
        """Build the same for a value that is known to be FEEL's."""
        if self.many:
            yield assign(self.name, call(_KNOWN_LISTS[self.kind], load(self.name)))
        elif self.kind is not None:
            yield _unless(self._is_other())

    def _is_other(self) -> ast.expr:
        assert self.kind is not None
        return compare(call("type", load(self.name)), ast.IsNot(), load(CHECKED[self.kind]))


class Reads:
    """The variables of one expression: those of the context, by their path, and those that it binds itself."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._from_context: dict[tuple[str, ...], Variable] = {}
        self._bound: list[tuple[str, Variable]] = []

    def bind(self, name: str) -> Variable:
        """Begin the scope of a name."""
        variable = Variable(self._names.variable())
        self._bound.append((name, variable))
        return variable

    def unbind(self) -> None:
        """End the scope of the last name."""
        self._bound.pop()

    def binds(self, name: str) -> bool:
        """Tell whether a name is bound here."""
        return any(bound == name for bound, _ in self._bound)

    def variable(self, node: n.Node) -> Variable | None:
        """Find what a name, or a path that begins with one, reads; None for any other node."""
        path: list[str] = []
        while isinstance(node, n.Path):
            path.append(node.name)
            node = node.value
        if not isinstance(node, n.Name):
            return None
        for name, variable in reversed(self._bound):
            if name == node.name:
                return None if path else variable
        key = (node.name, *reversed(path))
        if key not in self._from_context:
            self._from_context[key] = Variable(self._names.variable())
        return self._from_context[key]

    def statements(self) -> Iterator[ast.stmt]:
        """Build what reads the context and checks what it found."""
        for _, variable in self._bound:
            yield from variable.checks()
        known: list[ast.stmt] = []
        unknown: list[ast.stmt] = []
        for path, variable in self._from_context.items():
            known += [*_followed(path, variable.name), *variable.known_checks()]
            unknown += [*_followed(path, variable.name), *variable.checks()]
        if known:
            yield ast.If(compare(call("type", load("context")), ast.Is(), load("Values")), known, unknown)


def _followed(path: tuple[str, ...], name: str) -> Iterator[ast.stmt]:
    yield assign(name, ast.Subscript(load("context"), ast.Constant(path[0]), ast.Load()))
    for key in path[1:]:
        yield _unless(compare(call("type", load(name)), ast.IsNot(), load("dict")))
        yield assign(name, ast.Subscript(load(name), ast.Constant(key), ast.Load()))


def _unless(misfit: ast.expr) -> ast.stmt:
    return ast.If(misfit, [ast.Expr(call("leave"))], [])
