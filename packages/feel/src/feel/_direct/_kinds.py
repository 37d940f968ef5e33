"""Which kind of value a part of an expression has, told before any code is made for it."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from feel import _nodes as n
from feel._builtins import Builtin
from feel._constants import read_at_once, read_temporal
from feel._direct._reading import Kind, Reads

Builtins = tuple[Builtin, ...]
FindBuiltin = Callable[[n.Node], Builtins | None]
"""Tells which built-in the callee of a call means."""

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
RESULTS: dict[str, type] = {
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
"""The results of built-ins that need nothing but their arguments."""


class Kinds:
    """Tells the kind of a node's value as far as it's known without a look at what surrounds it."""

    def __init__(self, reads: Reads, find_builtin: FindBuiltin) -> None:
        self._reads = reads
        self._find_builtin = find_builtin

    def of(self, *nodes: n.Node) -> Kind:
        """Give the kind of the first node that has one."""
        return next(filter(None, map(self._of, nodes)), None)

    def builtin(self, node: n.Call) -> Builtins | None:
        """Give the built-in that is called; None when it's another function."""
        if isinstance(node.callee, n.Name) and self._reads.binds(node.callee.name):
            return None
        return self._find_builtin(node.callee)

    def _of(self, node: n.Node) -> Kind:
        match node:
            case n.Literal():
                return None if node.value is None else type(node.value)
            case n.Temporal():
                return type(read_temporal(node))
            case n.Name() | n.Path():
                variable = self._reads.variable(node)
                return None if variable is None or variable.many else variable.kind
            case n.Binary():
                return self._of_binary(node)
            case n.Logic() | n.Between() | n.In() | n.Quantified():
                return bool
            case n.If():
                return self.of(node.then, node.otherwise)
            case n.Call():
                return self._of_call(node)
        return None

    def _of_binary(self, node: n.Binary) -> Kind:
        if node.operator in COMPARISONS:
            return bool
        if node.operator not in {"+", "-"}:
            return Decimal
        kind = self.of(node.left, node.right)
        return dt.timedelta if node.operator == "-" and kind is dt.date else kind

    def _of_call(self, node: n.Call) -> Kind:
        candidates = self.builtin(node)
        if candidates is None:
            return None
        value = read_at_once(candidates, node.arguments)
        return RESULTS.get(candidates[0].name) if value is None else type(value)
