"""Expressions made at random, as trees: mostly well-typed, of every construct, over variables with awkward names."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

from hypothesis import strategies as st

from feel import MonthsDuration, Range
from feel import _nodes as n

VARIABLES: dict[str, tuple[str, object]] = {
    "x": ("number", Decimal(7)),
    "a": ("number", Decimal("2.50")),
    "b": ("number", Decimal(-3)),
    "a-b": ("number", Decimal(40)),
    "monthly salary": ("number", Decimal("2500.50")),
    "profit and loss": ("number", Decimal(0)),
    "name": ("string", "Ada"),
    "first name": ("string", "Grace"),
    "flag": ("boolean", True),
    "in doubt": ("boolean", False),
    "nothing": ("null", None),
    "xs": ("numbers", [Decimal(1), Decimal(2), Decimal("3.5"), Decimal(2)]),
    "words": ("strings", ["a", "bb", ""]),
    "people": ("people", [{"age": Decimal(30), "full name": "Ada"}, {"age": Decimal(41), "full name": "Bob"}]),
    "one": ("person", {"age": Decimal(30), "full name": "Zoe"}),
    "due": ("date", dt.date(2026, 1, 31)),
    "noon": ("time", dt.time(12)),
    "at": ("moment", dt.datetime(2026, 2, 28, 23, 30)),
    "span": ("days", dt.timedelta(days=1, hours=2)),
    "term": ("months", MonthsDuration(14)),
    "bounds": ("range", Range(Decimal(1), Decimal(5), start_included=True, end_included=False)),
}
"""Every name in scope with its kind and its value."""

_KINDS = sorted({kind for kind, _ in VARIABLES.values()})
_BOUND = ("i", "j", "each one", "x", "n")
_KEYS = ("a", "b", "full name", "age", "total-sum")
_PERSON = (("age", "number"), ("full name", "string"))
_TYPES = (
    *(n.Type(name) for name in ("number", "string", "boolean", "date", "time", "date and time", "list", "context")),
    *(n.Type(name) for name in ("days and time duration", "years and months duration", "range", "function", "Any")),
    n.Type("list", (n.Type("number"),)),
    n.Type("range", (n.Type("number"),)),
    n.Type("context", (n.Type("number"), n.Type("string")), ("age", "full name")),
)
_LITERALS: dict[str, Sequence[str]] = {
    "date": ("2026-11-21", "2024-02-29", "1999-12-31"),
    "time": ("00:00:00", "14:30:05", "23:59:59"),
    "moment": ("2026-11-21T14:30:00", "2024-02-29T00:00:00"),
    "days": ("P1D", "PT36H", "-P2DT3H4M5S", "PT0S"),
    "months": ("P1Y", "P14M", "-P1Y2M", "P0M"),
}
_NUMBERS = ("0", "1", "2", "3", "10", "0.5", "1.50", "12345678901234567890.12345678901234", "1E+20", "1E-20")
_STRINGS = ("", "a", "bb", "Ada", 'q"\\', "line\n", "ünï🐎", "// no comment")

Scope = tuple[tuple[str, str], ...]
SCOPE: Scope = tuple((name, kind) for name, (kind, _) in VARIABLES.items())
Make = Callable[[Scope, int], n.Node]


def name(text: str) -> n.Name:
    return n.Name(text, 0)


def builtin(text: str, *arguments: n.Node) -> n.Call:
    return n.Call(name(text), arguments, None, 0)


class Maker:
    """Makes one tree from what hypothesis draws; `depth` is how much further it may nest."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1))

    def one_of(self, choices: Sequence[object]) -> object:
        return choices[self.below(len(choices))]

    def text_of(self, choices: Sequence[str]) -> str:
        return choices[self.below(len(choices))]

    def make(self, kind: str, scope: Scope, depth: int) -> n.Node:
        """Make an expression of a kind; now and then of another one, as authors do."""
        if depth > 0 and self.below(16) == 15:
            kind = self.text_of(_KINDS)
        if depth <= 0 or self.below(6) == 0:
            return self.leaf(kind, scope)
        own, general = self._makers(kind)
        makers = own if own and self.below(4) else general
        return makers[self.below(len(makers))](scope, depth - 1)

    def leaf(self, kind: str, scope: Scope) -> n.Node:
        known = [each for each, its in dict(scope).items() if its == kind]
        if known and self.below(2):
            return name(self.text_of(known))
        if kind in _LITERALS:
            return n.Temporal(self.text_of(_LITERALS[kind]), 0)
        return self._plain(kind, known)

    def _plain(self, kind: str, known: Sequence[str]) -> n.Node:
        match kind:
            case "number":
                return n.Literal(Decimal(self.text_of(_NUMBERS)), 0)
            case "string":
                return n.Literal(self.text_of(_STRINGS), 0)
            case "boolean":
                return n.Literal(bool(self.below(2)), 0)
            case "numbers":
                return n.ListOf(tuple(self.leaf("number", ()) for _ in range(self.below(4))), 0)
            case "strings":
                return n.ListOf(tuple(self.leaf("string", ()) for _ in range(self.below(3))), 0)
            case "range":
                low, high = sorted((self.below(9), self.below(9)))
                included = bool(self.below(2)), bool(self.below(2))
                return n.RangeOf(n.Literal(Decimal(low), 0), n.Literal(Decimal(high), 0), *included, 0)
        return name(known[0]) if known else n.Literal(None, 0)

    def _makers(self, kind: str) -> tuple[list[Make], list[Make]]:
        def general(make: Callable[[str, Scope, int], n.Node]) -> Make:
            return lambda scope, depth: make(kind, scope, depth)

        return self._own(kind), [general(self.choice), general(self.called), general(self.entry), general(self.indexed)]

    def _own(self, kind: str) -> list[Make]:
        return {
            "number": [
                self.arithmetic,
                self.arithmetic,
                self.negated,
                self.number_call,
                self.part,
                self.aggregate,
                self.recursion,
                self.closure,
            ],
            "string": [self.joined, self.string_call],
            "boolean": [
                *(self.comparison, self.comparison, self.logic, self.between, self.membership, self.quantified),
                *(self.instance, self.boolean_call, self.range_call),
            ],
            "date": [self.moved("date")],
            "time": [self.moved("time")],
            "moment": [self.moved("moment")],
            "days": [self.difference, self.scaled("days")],
            "months": [self.months_call, self.scaled("months")],
            "numbers": [self.listed("number"), self.loop, self.filtered, self.list_call("numbers"), self.sorted_list],
            "strings": [self.listed("string"), self.list_call("strings"), self.projected],
            "people": [self.people_filter, self.list_call("people")],
            "person": [self.person],
            "range": [self.range_made],
        }.get(kind, [])

    # Any kind

    def choice(self, kind: str, scope: Scope, depth: int) -> n.Node:
        condition = self.make("boolean", scope, depth)
        return n.If(condition, self.make(kind, scope, depth), self.make(kind, scope, depth), 0)

    def called(self, kind: str, scope: Scope, depth: int) -> n.Node:
        """Call a function on the spot: one or two parameters, with or without types and names."""
        names = ("each one", "n")[: 1 + self.below(2)]
        kinds = [self.text_of(("number", "string", "numbers")) for _ in names]
        types: list[n.Type | None] = [self._type_of(each) if self.below(3) == 0 else None for each in kinds]
        body = self.make(kind, (*scope, *zip(names, kinds, strict=True)), depth)
        arguments = tuple(self.make(each, scope, depth - 1) for each in kinds)
        function = n.Lambda(tuple(zip(names, types, strict=True)), body, 0)
        return n.Call(function, arguments, names if self.below(2) else None, 0)

    def _type_of(self, kind: str) -> n.Type:
        return n.Type("list", (n.Type("number"),)) if kind == "numbers" else n.Type(kind)

    def entry(self, kind: str, scope: Scope, depth: int) -> n.Node:
        """Make a context whose later entries read the earlier ones, and take one of them."""
        count = 1 + self.below(3)
        keys, inner, entries = _KEYS[self.below(2) :], scope, list[tuple[str, n.Node]]()
        for key in keys[:count]:
            wanted = kind if key == keys[count - 1] else self.text_of(_KINDS)
            entries.append((key, self.make(wanted, inner, depth - 1)))
            inner = (*inner, (key, wanted))
        taken = [key for key, _ in entries if "-" not in key]
        context = n.ContextOf(tuple(entries), 0)
        if entries[-1][0] in taken and self.below(4):
            return n.Path(context, entries[-1][0], 0)
        return builtin("get value", context, n.Literal(entries[-1][0], 0))

    def indexed(self, kind: str, scope: Scope, depth: int) -> n.Node:
        items = n.ListOf(tuple(self.make(kind, scope, depth - 1) for _ in range(1 + self.below(2))), 0)
        at: n.Node = n.Literal(Decimal(1 + self.below(2)), 0)
        return n.Filter(items, n.Negate(at, 0) if self.below(2) else at, 0)

    # Numbers

    def arithmetic(self, scope: Scope, depth: int) -> n.Node:
        operator = self.text_of(("+", "-", "*", "/", "+", "-", "*", "**"))
        right = n.Literal(Decimal(self.below(5)), 0) if operator == "**" else self.make("number", scope, depth)
        return n.Binary(operator, self.make("number", scope, depth), right, 0)

    def negated(self, scope: Scope, depth: int) -> n.Node:
        return n.Negate(self.make(self.text_of(("number", "number", "days")), scope, depth), 0)

    def number_call(self, scope: Scope, depth: int) -> n.Node:
        called = self.text_of(
            ("abs", "floor", "ceiling", "round half up", "decimal", "modulo", "sqrt", "string length")
        )
        if called == "string length":
            return builtin(called, self.make("string", scope, depth))
        first = self.make("number", scope, depth)
        if called in {"decimal", "round half up"}:
            return builtin(called, first, n.Literal(Decimal(self.below(4)), 0))
        return builtin(called, first, *([self.make("number", scope, depth)] if called == "modulo" else []))

    def aggregate(self, scope: Scope, depth: int) -> n.Node:
        called = self.text_of(("sum", "count", "min", "max", "mean", "median", "product"))
        return builtin(called, self.make("numbers", scope, depth))

    def part(self, scope: Scope, depth: int) -> n.Node:
        kind, names = (
            ("date", ("year", "month", "day", "weekday")),
            ("time", ("hour", "minute", "second")),
            ("moment", ("year", "hour")),
            ("days", ("days", "hours", "minutes", "seconds")),
            ("months", ("years", "months")),
            ("person", ("age",)),
            ("range", ("start", "end")),
        )[self.below(7)]
        return n.Path(self.make(kind, scope, depth), self.text_of(names), 0)

    def recursion(self, scope: Scope, depth: int) -> n.Node:
        """Make a function that calls itself a few times."""
        done = n.Binary("<", name("n"), n.Literal(Decimal(1), 0), 0)
        again = n.Call(name("b"), (n.Binary("-", name("n"), n.Literal(Decimal(1), 0), 0),), None, 0)
        step = n.Binary(self.text_of("+-*"), self.make("number", (*scope, ("n", "number")), depth - 1), again, 0)
        function = n.Lambda((("n", None),), n.If(done, self.make("number", scope, depth - 1), step, 0), 0)
        start = n.Call(name("b"), (n.Literal(Decimal(self.below(4)), 0),), None, 0)
        return n.Path(n.ContextOf((("b", function), ("a", start)), 0), "a", 0)

    def closure(self, scope: Scope, depth: int) -> n.Node:
        """Make a function that makes a function, which remembers."""
        inner = self.make("number", (*scope, ("i", "number"), ("j", "number")), depth)
        function = n.Lambda((("i", None),), n.Lambda((("j", None),), inner, 0), 0)
        first, second = self.make("number", scope, depth - 1), self.make("number", scope, depth - 1)
        return n.Call(n.Call(function, (first,), None, 0), (second,), None, 0)

    # Strings

    def joined(self, scope: Scope, depth: int) -> n.Node:
        return n.Binary("+", self.make("string", scope, depth), self.make("string", scope, depth), 0)

    def string_call(self, scope: Scope, depth: int) -> n.Node:
        called = self.text_of(
            ("upper case", "substring", "substring before", "substring after", "string join", "day of week")
        )
        if called == "string join":
            return builtin(called, self.make("strings", scope, depth), n.Literal("-", 0))
        if called == "day of week":
            return builtin(called, self.make("date", scope, depth))
        text = self.make("string", scope, depth)
        if called == "substring":
            return builtin(called, text, n.Literal(Decimal(1 + self.below(3)), 0))
        return builtin(called, text, *([] if called == "upper case" else [self.make("string", scope, depth)]))

    # Booleans

    def comparison(self, scope: Scope, depth: int) -> n.Node:
        kind = self.text_of((*_LITERALS, "number", "number", "string", "numbers", "person", "boolean", "null"))
        operator = self.text_of(("=", "!=", "<", "<=", ">", ">="))
        return n.Binary(operator, self.make(kind, scope, depth), self.make(kind, scope, depth), 0)

    def logic(self, scope: Scope, depth: int) -> n.Node:
        operands = tuple(self.make("boolean", scope, depth - 1) for _ in range(2 + self.below(2)))
        return n.Logic(self.text_of(("and", "or")), operands, 0)

    def between(self, scope: Scope, depth: int) -> n.Node:
        kind = self.text_of(("number", "date", "string"))
        return n.Between(*(self.make(kind, scope, depth) for _ in range(3)), 0)

    def membership(self, scope: Scope, depth: int) -> n.Node:
        # Whose input `?` would be inside `in`, the standard doesn't say.
        scope = tuple(known for known in scope if known[0] != "?")
        tests = tuple(self.test("number", scope, depth) for _ in range(1 + self.below(3)))
        return n.In(self.make("number", scope, depth), n.Tests(tests, negated=False, position=0), 0)

    def test(self, kind: str, scope: Scope, depth: int) -> n.Node:
        match self.below(4):
            case 0:
                operator = self.text_of(("<", "<=", ">", ">=", "=", "!="))
                return n.Comparison(operator, self.make(kind, scope, depth - 1), 0)
            case 1:
                return self.range_made(scope, depth - 1) if kind == "number" else self.make(kind, scope, depth - 1)
            case 2:
                return self.make("numbers" if kind == "number" else "strings", scope, depth - 1)
        return self.make(kind, scope, depth)

    def quantified(self, scope: Scope, depth: int) -> n.Node:
        variable = self.text_of(_BOUND)
        domain = self.make(self.text_of(("numbers", "range")), scope, depth - 1)
        condition = self.make("boolean", (*scope, (variable, "number")), depth)
        return n.Quantified(bool(self.below(2)), ((variable, domain),), condition, 0)

    def instance(self, scope: Scope, depth: int) -> n.Node:
        kind = _TYPES[self.below(len(_TYPES))]
        return n.InstanceOf(self.make(self.text_of(_KINDS), scope, depth), kind, 0)

    def boolean_call(self, scope: Scope, depth: int) -> n.Node:
        called = self.text_of(("contains", "starts with", "ends with", "not", "list contains", "odd", "all", "any"))
        if called in {"all", "any"}:
            return builtin(called, self.listed("boolean")(scope, depth))
        if called == "list contains":
            return builtin(called, self.make("numbers", scope, depth), self.make("number", scope, depth))
        if called == "odd":
            return builtin(called, self.make("number", scope, depth))
        if called == "not":
            return builtin(called, self.make("boolean", scope, depth))
        return builtin(called, self.make("string", scope, depth), self.make("string", scope, depth))

    def range_call(self, scope: Scope, depth: int) -> n.Node:
        called = self.text_of(("before", "after", "meets", "met by", "overlaps", "includes", "coincides"))
        return builtin(called, self.make("range", scope, depth), self.make("range", scope, depth))

    def range_made(self, scope: Scope, depth: int) -> n.Node:
        included = bool(self.below(2)), bool(self.below(2))
        start, end = self.make("number", scope, depth), self.make("number", scope, depth)
        match self.below(5):
            case 0:
                return n.RangeOf(start, start, start_included=True, end_included=True, position=0, single=True)
            case 1:
                return n.RangeOf(start, None, included[0], end_included=False, position=0)
            case 2:
                return n.RangeOf(None, end, start_included=False, end_included=included[1], position=0)
        return n.RangeOf(start, end, *included, 0)

    # Dates and durations

    def moved(self, kind: str) -> Make:
        def make(scope: Scope, depth: int) -> n.Node:
            by = self.text_of(("days",) if kind == "time" else ("days", "months"))
            return n.Binary(self.text_of("+-"), self.make(kind, scope, depth), self.make(by, scope, depth), 0)

        return make

    def difference(self, scope: Scope, depth: int) -> n.Node:
        kind = self.text_of(("date", "time", "moment", "days"))
        return n.Binary("-", self.make(kind, scope, depth), self.make(kind, scope, depth), 0)

    def scaled(self, kind: str) -> Make:
        def make(scope: Scope, depth: int) -> n.Node:
            factor = n.Literal(Decimal(1 + self.below(3)), 0)
            return n.Binary(self.text_of(("*", "/")), self.make(kind, scope, depth), factor, 0)

        return make

    def months_call(self, scope: Scope, depth: int) -> n.Node:
        return builtin("years and months duration", self.make("date", scope, depth), self.make("date", scope, depth))

    # Lists and contexts

    def listed(self, kind: str) -> Make:
        return lambda scope, depth: n.ListOf(tuple(self.make(kind, scope, depth - 1) for _ in range(self.below(4))), 0)

    def loop(self, scope: Scope, depth: int) -> n.Node:
        """Make a loop over one or two variables; its body may read what was made so far."""
        names = _BOUND[self.below(3) :][: 1 + self.below(2)]
        iterators, inner = list[tuple[str, n.Node]](), scope
        for variable in names:
            iterators.append((variable, self.make(self.text_of(("numbers", "range")), inner, depth - 1)))
            inner = (*inner, (variable, "number"))
        return n.For(tuple(iterators), self.make("number", (*inner, ("partial", "numbers")), depth), 0)

    def filtered(self, scope: Scope, depth: int) -> n.Node:
        condition = self.make("boolean", (*scope, ("item", "number")), depth)
        return n.Filter(self.make("numbers", scope, depth), condition, 0)

    def people_filter(self, scope: Scope, depth: int) -> n.Node:
        condition = self.make("boolean", (*scope, *_PERSON, ("item", "person")), depth)
        return n.Filter(self.make("people", scope, depth), condition, 0)

    def projected(self, scope: Scope, depth: int) -> n.Node:
        return n.Path(self.make("people", scope, depth), "full name", 0)

    def list_call(self, kind: str) -> Make:
        item = {"numbers": "number", "strings": "string", "people": "person"}[kind]

        def make(scope: Scope, depth: int) -> n.Node:
            called = self.text_of(
                ("append", "concatenate", "union", "distinct values", "reverse", "flatten", "sublist", "remove")
            )
            first = self.make(kind, scope, depth)
            if called in {"concatenate", "union"}:
                return builtin(called, first, self.make(kind, scope, depth))
            if called == "append":
                return builtin(called, first, self.make(item, scope, depth))
            return builtin(called, first, *([n.Literal(Decimal(1), 0)] if called in {"sublist", "remove"} else []))

        return make

    def sorted_list(self, scope: Scope, depth: int) -> n.Node:
        before = n.Binary(self.text_of("<>"), name("p"), name("q"), 0)
        order = n.Lambda((("p", None), ("q", None)), before, 0)
        return builtin("sort", self.make("numbers", scope, depth), order)

    def person(self, scope: Scope, depth: int) -> n.Node:
        age, full_name = self.make("number", scope, depth), self.make("string", scope, depth)
        context = n.ContextOf((("age", age), ("full name", full_name)), 0)
        if self.below(3) == 0:
            return builtin("context put", self.make("person", scope, depth), n.Literal("age", 0), age)
        return context


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> n.Node:
    """Make an expression of some kind over the variables."""
    maker = Maker(draw)
    kinds = (*_KINDS, *("number", "boolean", "numbers") * 4)
    return maker.make(maker.text_of(kinds), SCOPE, depth)


@st.composite
def unary_tests(draw: st.DrawFn, depth: int = 2) -> n.Tests:
    """Make a cell of a decision table for a number or a string."""
    maker = Maker(draw)
    kind = maker.text_of(("number", "string"))
    scope = (*SCOPE, ("?", kind))
    tests = tuple(
        maker.make("boolean", scope, depth) if maker.below(4) == 0 else maker.test(kind, SCOPE, depth)
        for _ in range(maker.below(4))
    )
    return n.Tests(tests, negated=bool(tests) and maker.below(3) == 0, position=0)
