"""The type of an expression before it's evaluated, as far as its text tells (DMN 1.5, clause 10.3.2.9.2).

It is what a function without a stated result gives. None: the text doesn't tell.
"""

import functools
from collections.abc import Callable, Mapping

from feel import _nodes as n
from feel import _temporal
from feel._builtins import BUILTINS
from feel._types import ANY, BUILT_IN, NULL, Type, resolved
from feel._values import type_name
from feel.errors import Fault

_BOOLEAN, _NUMBER, _STRING = Type("boolean"), Type("number"), Type("string")
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_RESULTS: Mapping[str, Type] = {
    **dict.fromkeys(
        (
            *("ceiling", "floor", "decimal", "round up", "round down", "round half up", "round half down", "modulo"),
            *("sqrt", "log", "exp", "number", "string length", "count", "sum", "mean", "median", "stddev", "product"),
            *("day of year", "week of year"),
        ),
        _NUMBER,
    ),
    **dict.fromkeys(
        (
            *("string", "substring", "upper case", "lower case", "substring before", "substring after", "replace"),
            *("string join", "day of week", "month of year", "trim"),
        ),
        _STRING,
    ),
    **dict.fromkeys(
        (
            *("not", "contains", "starts with", "ends with", "matches", "all", "any", "even", "odd", "is", "is blank"),
            *(
                "list contains",
                "is empty",
                "is defined",
                "before",
                "after",
                "meets",
                "met by",
                "overlaps",
                "overlaps before",
            ),
            *("overlaps after", "finishes", "finished by", "includes", "during", "starts", "started by", "coincides"),
        ),
        _BOOLEAN,
    ),
    **dict.fromkeys(
        (
            *("append", "concatenate", "insert before", "remove", "reverse", "union", "distinct values", "flatten"),
            *("sort", "sublist", "list replace", "mode", "get entries", "partition"),
        ),
        Type("list"),
    ),
    **dict.fromkeys(("context", "context put", "context merge"), Type("context")),
    "split": Type("list", (_STRING,)),
    "index of": Type("list", (_NUMBER,)),
    "range": Type("range"),
    "date": Type("date"),
    "today": Type("date"),
    "time": Type("time"),
    "date and time": Type("date and time"),
    "now": Type("date and time"),
    "years and months duration": Type("years and months duration"),
}
"""What built-ins give that always give the same type."""


class Inference:
    """Infers types in a scope of names whose types are known; `types` are the author's own."""

    def __init__(self, types: Mapping[str, Type], names: Mapping[str, Type | None] | None = None) -> None:
        self._types = types
        self._names = dict(names or {})

    def of(self, node: n.Node) -> Type | None:
        """Give the type of an expression."""
        infer = _INFER.get(type(node))
        return None if infer is None else infer(self, node)

    def _with(self, names: Mapping[str, Type | None]) -> "Inference":
        return Inference(self._types, {**self._names, **names})

    def literal(self, node: n.Literal) -> Type | None:
        return _of_value(node.value)

    def temporal(self, node: n.Temporal) -> Type | None:
        try:
            return _of_value(_temporal.parse_literal(node.text))
        except Fault:
            return None

    def name(self, node: n.Name) -> Type | None:
        return self._names.get(node.name)

    def list_of(self, node: n.ListOf) -> Type | None:
        return Type("list", (_joined([self.of(item) for item in node.items]) or ANY,))

    def context_of(self, node: n.ContextOf) -> Type | None:
        fields: dict[str, Type | None] = {}
        for key, value in node.entries:
            fields[key] = self._with(fields).of(value)
        return Type("context", tuple(kind or ANY for kind in fields.values()), tuple(fields))

    def range_of(self, node: n.RangeOf) -> Type | None:
        ends = [self.of(end) for end in (node.start, node.end) if end is not None]
        return Type("range", (_joined(ends) or ANY,))

    def negate(self, node: n.Negate) -> Type | None:
        return self.of(node.operand)

    def binary(self, node: n.Binary) -> Type | None:
        if node.operator in _COMPARISONS:
            return _BOOLEAN
        left, right = self.of(node.left), self.of(node.right)
        if (
            left == right
            and left is not None
            and (left.kind == "number" or (left.kind, node.operator) == ("string", "+"))
        ):
            return Type(left.kind)
        return None

    def boolean(self, _node: n.Node) -> Type | None:
        return _BOOLEAN

    def conditional(self, node: n.If) -> Type | None:
        return _joined([self.of(node.then), self.of(node.otherwise)])

    def loop(self, node: n.For) -> Type | None:
        inner = self
        for variable, domain in node.iterators:
            inner = inner._with({variable: _item(inner.of(domain))})
        return Type("list", (inner.of(node.body) or ANY,))

    def filter(self, node: n.Filter) -> Type | None:
        value = self.of(node.value)
        whole = value if value is None or value.kind == "list" else Type("list", (value,))
        return _item(whole) if self.of(node.condition) == _NUMBER else whole

    def path(self, node: n.Path) -> Type | None:
        value = self.of(node.value)
        if value is None or value.kind != "context":
            return None
        return dict(zip(value.fields, value.arguments, strict=True)).get(node.name)

    def function(self, node: n.Lambda) -> Type:
        """Give the type of a function; a result that isn't known conforms to anything."""
        stated = {name: resolved(kind, self._types) for name, kind in node.parameters if kind is not None}
        names = dict.fromkeys(name for name, _ in node.parameters) | stated
        result = None if node.body is None else self._with(names).of(node.body)
        parameters = (stated.get(name, ANY) or NULL for name, _ in node.parameters)
        return Type("function", (result or NULL, *parameters))

    def call(self, node: n.Call) -> Type | None:
        callee = self.of(node.callee)
        if callee is not None and callee.kind == "function" and callee.arguments and callee.arguments[0] != NULL:
            return callee.arguments[0]
        if callee is None and isinstance(node.callee, n.Name) and node.callee.name not in self._names:
            return _RESULTS.get(node.callee.name)
        return None


@functools.cache
def builtin_type(name: str) -> Type | None:
    """Give the type of a built-in as a value; None when it can be called in several ways."""
    first, *others = BUILTINS[name]
    if others or any(parameter.optional or parameter.many for parameter in first.parameters):
        return None
    parameters = (BUILT_IN.get(parameter.kind, ANY) for parameter in first.parameters)
    return Type("function", (_RESULTS.get(name, NULL), *parameters))


def _of_value(value: object) -> Type | None:
    return NULL if value is None else Type(type_name(value))


def _joined(kinds: list[Type | None]) -> Type | None:
    """Give the one type to which all conform; null conforms to any."""
    certain = [kind for kind in kinds if kind != NULL]
    if not certain or None in certain:
        return None if certain else NULL
    first = certain[0]
    return first if all(kind == first for kind in certain) else None


def _item(kind: Type | None) -> Type | None:
    return kind.arguments[0] if kind is not None and kind.kind in {"list", "range"} and kind.arguments else None


_INFER: Mapping[type, Callable[..., Type | None]] = {
    n.Literal: Inference.literal,
    n.Temporal: Inference.temporal,
    n.Name: Inference.name,
    n.ListOf: Inference.list_of,
    n.ContextOf: Inference.context_of,
    n.RangeOf: Inference.range_of,
    n.Negate: Inference.negate,
    n.Binary: Inference.binary,
    **dict.fromkeys((n.Logic, n.Between, n.In, n.Comparison, n.Tests, n.Quantified, n.InstanceOf), Inference.boolean),
    n.If: Inference.conditional,
    n.For: Inference.loop,
    n.Filter: Inference.filter,
    n.Path: Inference.path,
    n.Lambda: Inference.function,
    n.Call: Inference.call,
}
