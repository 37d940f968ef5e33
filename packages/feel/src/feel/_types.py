"""FEEL's types (DMN 1.5, clause 10.3.2.9): which values they hold, which conform to which, what is converted."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from feel import _nodes as n
from feel._temporal import midnight
from feel._values import TYPE_NAMES, Function, Range, described, type_name
from feel._wide import WideDate
from feel.errors import Fault

Test = Callable[[object], bool]

_SIMPLE = (
    *("number", "string", "boolean", "date", "time", "date and time"),
    *("days and time duration", "years and months duration"),
)


@dataclass(frozen=True, slots=True)
class Type:
    """A FEEL type.

    `kind` is a name of the standard's: Any, Null, number, string, boolean, date, time, date and time, days and time
    duration, years and months duration, list, context, range, function. `arguments` are the type of a list's items, of
    a range's ends, of a context's `fields`, or of a function: its result first, then its parameters; without them
    anything goes there. `name` is the author's; `allows` tells which values are left of those that the kind holds.

    >>> names = Type("list", (Type("string"),))
    >>> names.holds(["Ada", None]), names.conformed("Ada"), str(names)
    (True, ['Ada'], 'list<string>')
    """

    kind: str
    arguments: tuple["Type", ...] = ()
    fields: tuple[str, ...] = ()
    name: str = ""
    allows: Test | None = None
    holds: Test = field(init=False, repr=False, compare=False)
    """Tell whether a value is an instance of the type; null is one of Null only, but as a part it fits any type."""

    def __post_init__(self) -> None:
        """Build the test once. Raises: ValueError for a kind that doesn't exist."""
        test, allows = _test(self), self.allows
        if allows is not None:
            object.__setattr__(self, "holds", lambda value: test(value) and allows(value))
        else:
            object.__setattr__(self, "holds", test)

    def __str__(self) -> str:
        return self.name or _written(self)

    def conformed(self, value: object) -> object:
        """Convert a value as clause 10.3.2.9.4 says: to or from a list of one, a date to a date and time.

        Null stays null. Raises: Fault when the value doesn't conform.
        """
        if value is None or self.holds(value):
            return value
        if self.kind == "list" and self.holds([value]):
            return [value]
        if isinstance(value, list) and len(value) == 1 and self.holds(value[0]):
            return value[0]
        if self.kind == "date and time" and (type(value) is dt.date or type(value) is WideDate):
            moment = midnight(value)
            if self.holds(moment):
                return moment
        raise Fault("type", self._misfit(value))

    def conforms_to(self, other: "Type") -> bool:
        """Tell whether every value of this type may stand where the other is asked for (clause 10.3.2.9.2)."""
        if other.kind == "Any" or self.kind == "Null":
            return True
        if self.kind != other.kind:
            return False
        if self.kind == "context":
            own = dict(zip(self.fields, self.arguments, strict=True))
            wanted = zip(other.fields, other.arguments, strict=True)
            return all(name in own and own[name].conforms_to(kind) for name, kind in wanted)
        if self.kind == "function":
            return _function_conforms(self.arguments, other.arguments)
        return all(
            own.conforms_to(wanted)
            for own, wanted in zip(self.arguments or (ANY,) * len(other.arguments), other.arguments, strict=False)
        )

    def _misfit(self, value: object) -> str:
        if self.allows is not None and type_name(value) == self.kind:
            return f"The value isn't among those allowed for {self}"
        return f"{described(value)} isn't a {self}"


def _function_conforms(own: tuple[Type, ...], wanted: tuple[Type, ...]) -> bool:
    """Compare functions: results as they are, parameters the other way round."""
    if not wanted:
        return True
    if len(own) != len(wanted):
        return False
    return own[0].conforms_to(wanted[0]) and all(
        theirs.conforms_to(ours) for ours, theirs in zip(own[1:], wanted[1:], strict=True)
    )


def _written(kind: Type) -> str:
    parts = [str(argument) for argument in kind.arguments]
    if not parts:
        return kind.kind
    if kind.kind == "context":
        return f"context<{', '.join(f'{name}: {part}' for name, part in zip(kind.fields, parts, strict=True))}>"
    if kind.kind == "function":
        return f"function<{', '.join(parts[1:])}>->{parts[0]}"
    return f"{kind.kind}<{', '.join(parts)}>"


# Tests


def _test(kind: Type) -> Test:
    if kind.kind in _SIMPLE:
        python = tuple(found for found, name in TYPE_NAMES.items() if name == kind.kind)
        only = python[0]
        return (lambda value: type(value) is only) if len(python) == 1 else lambda value: type(value) in python
    if kind.kind not in _TESTS:
        raise ValueError(kind.kind)
    return _TESTS[kind.kind](kind)


def _list_test(kind: Type) -> Test:
    if not kind.arguments or kind.arguments[0] == ANY:
        return lambda value: type(value) is list
    item_test = kind.arguments[0].holds
    return lambda value: type(value) is list and all(item is None or item_test(item) for item in value)


def _range_test(kind: Type) -> Test:
    if not kind.arguments:
        return lambda value: type(value) is Range
    end_test = kind.arguments[0].holds
    return lambda value: type(value) is Range and all(end is None or end_test(end) for end in (value.start, value.end))


def _context_test(kind: Type) -> Test:
    if not kind.fields:
        return lambda value: type(value) is dict
    tests = [(name, argument.holds) for name, argument in zip(kind.fields, kind.arguments, strict=True)]
    return lambda value: (
        type(value) is dict
        and all(name in value and (value[name] is None or test(value[name])) for name, test in tests)
    )


def _function_test(kind: Type) -> Test:
    return lambda value: type(value) is Function and _is_function_of(value, kind)


def _is_function_of(function: Function, kind: Type) -> bool:
    if isinstance(function.type, Type):
        return function.type.conforms_to(kind)
    # The types of a built-in's or the host's function aren't known; their number is.
    return not kind.arguments or function.parameters == ("*",) or len(function.parameters) == len(kind.arguments) - 1


_TESTS: dict[str, Callable[[Type], Test]] = {
    "Any": lambda _kind: lambda value: value is not None,
    "Null": lambda _kind: lambda value: value is None,
    "list": _list_test,
    "context": _context_test,
    "range": _range_test,
    "function": _function_test,
}

KINDS = (*_SIMPLE, *_TESTS)
ANY, NULL = Type("Any"), Type("Null")
BUILT_IN: Mapping[str, Type] = {kind: Type(kind) for kind in KINDS}
"""The types that have a name of their own."""


def resolved(written: n.Type, types: Mapping[str, Type]) -> Type | None:
    """Give the type that an author wrote; None when it, or a part of it, isn't known."""
    if not written.arguments:
        return types.get(written.name) or BUILT_IN.get(written.name)
    arguments = [resolved(argument, types) for argument in written.arguments]
    known = tuple(argument for argument in arguments if argument is not None)
    if len(known) < len(arguments) or written.name not in {"list", "range", "context", "function"}:
        return None
    return Type(written.name, known, written.fields)


def entry_names(types: Mapping[str, Type]) -> set[str]:
    """Give the names of the entries of contexts, within types, that are more than a word."""
    found: set[str] = set()
    pending = list(types.values())
    while pending:
        kind = pending.pop()
        found.update(name for name in kind.fields if not name.isidentifier())
        pending.extend(kind.arguments)
    return found
