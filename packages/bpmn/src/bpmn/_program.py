"""The compiled form of a model: what runs. XML is never touched again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from feel import Expression

if TYPE_CHECKING:
    from bpmn._run import Run
    from bpmn._state import ElementInstance
    from bpmn.facts import Opening

Formula = str | Expression
"""A text as it stands, or FEEL (written with a leading "=")."""


class Behaviour(Protocol):
    """What an element does when a token is in it; one module of `_elements` each."""

    def enter(self, run: "Run", node: "Node", at: "ElementInstance") -> None:
        """Begin; evaluates everything before it states a fact, so that a failed expression can be retried."""


@runtime_checkable
class Joining(Behaviour, Protocol):
    """A gateway that may hold tokens back until others arrive."""

    def arrive(self, run: "Run", node: "Node", scope_id: str, flow: "Flow") -> None:
        """Take the token that came over `flow`."""


class Trigger(Protocol):
    """What an event waits for; one module of `_triggers` each."""

    def opening(self, run: "Run", node: "Node", host: "ElementInstance") -> "Opening":
        """Evaluate what to wait for, as the fact that begins the wait."""


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow."""

    id: str
    source: "Node"
    target: "Node"
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class IoMapping:
    """One `zeebe:input` or `zeebe:output`: where the value comes from, and the path it goes to."""

    source: Formula
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InclusiveJoin:
    """For the non-local join: which empty incoming flows a token elsewhere could still reach.

    Shape: `reach` has a bit set per element id; bit i stands for the incoming flow number i.
    Source: BPMN 2.0.2, table 13.3.
    """

    bit_of: Mapping[str, int]
    reach: Mapping[str, int]


@dataclass(slots=True, eq=False)
class Node:
    """A flow element, or the process itself, with everything that running it needs."""

    id: str
    tag: str
    name: str
    scope: "Node | None"
    behaviour: Behaviour
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default: Flow | None = None
    # Whether any outgoing flow has a condition; most have none, and skip the question.
    conditional: bool = False
    # Set when tokens from several flows meet here and wait for each other.
    joining: Joining | None = None
    inclusive: InclusiveJoin | None = None
    trigger: Trigger | None = None
    # Of a boundary event:
    attached_to: "Node | None" = None
    interrupting: bool = True
    error_code: str | None = None
    # Of an activity:
    boundaries: tuple["Node", ...] = ()
    # Of a process or subprocess:
    is_scope: bool = False
    start: "Node | None" = None
    joins: tuple["Node", ...] = ()
    inclusive_joins: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StartEvent:
    """A way into a process: by command, by message or by time."""

    node: Node
    message_name: Formula | None = None
    timer: Trigger | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One executable process."""

    process_id: str
    name: str
    root: Node
    nodes: tuple[Node, ...]
    by_id: Mapping[str, Node]
    starts: tuple[StartEvent, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A compiled file; `xml` is kept as it came, with every extension that isn't known here."""

    xml: bytes
    processes: Mapping[str, Program]
