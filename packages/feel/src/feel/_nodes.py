"""The tree of an expression: one class per construct, each with the position of its first or deciding character."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    value: object
    position: int


@dataclass(frozen=True, slots=True)
class Temporal:
    """`@"2026-11-21"`: read when the expression is compiled."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple["Node", ...]
    position: int


@dataclass(frozen=True, slots=True)
class ContextOf:
    entries: tuple[tuple[str, "Node"], ...]
    position: int


@dataclass(frozen=True, slots=True)
class RangeOf:
    """A range; `single` when it was written `(= x)`."""

    start: "Node | None"
    end: "Node | None"
    start_included: bool
    end_included: bool
    position: int
    single: bool = False


@dataclass(frozen=True, slots=True)
class Negate:
    operand: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two or more operands."""

    operator: str
    operands: tuple["Node", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Between:
    value: "Node"
    low: "Node"
    high: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class In:
    value: "Node"
    tests: "Tests"
    position: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A unary test such as `< 5`: the input is compared."""

    operator: str
    operand: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Tests:
    """Unary tests: true when one of them is (or none, when negated); no tests at all stand for `-`."""

    tests: tuple["Node", ...]
    negated: bool
    position: int


@dataclass(frozen=True, slots=True)
class If:
    condition: "Node"
    then: "Node"
    otherwise: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class For:
    iterators: tuple[tuple[str, "Node"], ...]
    body: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Quantified:
    every: bool
    iterators: tuple[tuple[str, "Node"], ...]
    condition: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Filter:
    value: "Node"
    condition: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Path:
    value: "Node"
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """`named` is None for positional arguments."""

    callee: "Node"
    arguments: tuple["Node", ...]
    named: tuple[str, ...] | None
    position: int


@dataclass(frozen=True, slots=True)
class Lambda:
    parameters: tuple[tuple[str, "Type | None"], ...]
    body: "Node | None"
    """None for an external function."""
    position: int
    external: "Node | None" = None
    """The context that names an external function."""


@dataclass(frozen=True, slots=True)
class InstanceOf:
    value: "Node"
    type: "Type"
    position: int


@dataclass(frozen=True, slots=True)
class Type:
    """`name` with its arguments: of a list or range one, of a context its fields, of a function its result first."""

    name: str
    arguments: tuple["Type", ...] = ()
    fields: tuple[str, ...] = ()


Node = (
    Literal
    | Temporal
    | Name
    | ListOf
    | ContextOf
    | RangeOf
    | Negate
    | Binary
    | Logic
    | Between
    | In
    | Comparison
    | Tests
    | If
    | For
    | Quantified
    | Filter
    | Path
    | Call
    | Lambda
    | InstanceOf
)
_KINDS = frozenset(Node.__args__)


def parts_within(node: Node) -> Iterator[Node]:
    """Give a node and all nodes within it."""
    pending: list[object] = [node]
    while pending:
        part = pending.pop()
        if type(part) in _KINDS:
            yield part  # type: ignore[misc]
        pending.extend(_inner(part))


def _inner(part: object) -> Iterable[object]:
    if isinstance(part, tuple):
        return part
    return (getattr(part, slot) for slot in getattr(part, "__slots__", ())) if type(part) in _KINDS else ()


def mentions(node: Node, *names: str) -> bool:
    """Tell whether one of the names is read within a node."""
    return any(isinstance(part, Name) and part.name in names for part in parts_within(node))
