"""The compiled form of a model: what runs. XML is never touched again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from feel import Expression

if TYPE_CHECKING:
    from bpmn._rows import ElementInstance
    from bpmn._run import Run
    from bpmn.facts import Opening

Formula = str | Expression
"""A text as it stands, or FEEL (written with a leading "=")."""


class Behaviour(Protocol):
    """What an element does when a token is in it; one module of `_elements` each."""

    def enter(self, run: "Run", node: "Node", at: "ElementInstance") -> None:
        """Begin; evaluates everything before it states a fact, so that a failed expression can be retried."""


@runtime_checkable
class Passing(Behaviour, Protocol):
    """An element that a token passes at once, if nothing else has to do with it: see `_passing`."""

    def is_idle(self, node: "Node") -> bool:
        """Whether nothing is done there but letting the token on over all flows."""

    def through(self, run: "Run", node: "Node", id_: str, at: "ElementInstance") -> Sequence["Flow"]:
        """Do what `enter` does, and say over which flows the token goes on.

        `at` is the element instance `id_` if it has variables of its own, else the scope that it is in.
        Raises: Failure, before it states a fact.
        """


@runtime_checkable
class Giving(Passing, Protocol):
    """One that works out variables."""

    def gives(self, run: "Run", node: "Node", id_: str, at: "ElementInstance") -> Mapping[str, object]:
        """Work them out for the element instance `id_`, which has no variables of its own yet, in the scope `at`.

        Raises: Failure, before it states a fact.
        """


@runtime_checkable
class Ending(Behaviour, Protocol):
    """An event that ends others when its token has gone."""

    def left(self, run: "Run", around: "Node", scope_id: str) -> None:
        """End them, in the scope `scope_id`, an instance of `around`."""


@runtime_checkable
class Waiting(Behaviour, Protocol):
    """An element that waits for one thing, and for nothing else if no event is attached to it: see `_waiting`."""

    @property
    def kind(self) -> str:
        """What it waits for, as in the key of the wait."""

    def opening(self, run: "Run", node: "Node", at: "ElementInstance") -> "Opening":
        """Make the fact that begins the wait, which `enter` states. Raises: Failure."""


Quick = Callable[["Run", "Node", str, "Flow | None"], None]
"""A quicker way than the general one to take a token that came over a flow in a scope (None = it begins here)."""


@runtime_checkable
class Joining(Behaviour, Protocol):
    """An element that may hold tokens back until others arrive."""

    def arrive(self, run: "Run", node: "Node", scope_id: str, flow: "Flow") -> None:
        """Take the token that came over `flow`."""


@runtime_checkable
class Container(Behaviour, Protocol):
    """A scope that decides itself what is next when something inside it has ended: loops and ad-hoc subprocesses."""

    def ending(self, run: "Run", node: "Node", inner: "Node", at: "ElementInstance") -> bool:
        """Take what the activity `at` inside it gives; say whether that was enough. Raises: Failure."""

    def ended(self, run: "Run", node: "Node", scope_id: str, *, enough: bool) -> None:
        """Go on after an activity inside has been left."""

    def emptied(self, run: "Run", node: "Node", at: "ElementInstance") -> None:
        """Go on when no token is left inside. Raises: Failure."""


@runtime_checkable
class Deferring(Behaviour, Protocol):
    """An event that others may wait for: it happens when nothing else in the instance moves, so that all who will are listening."""

    def perform(self, run: "Run", node: "Node", at: "ElementInstance") -> None:
        """Let it happen. Raises: Failure."""


class Trigger(Protocol):
    """What an event waits for; one module of `_triggers` each."""

    @property
    def definition(self) -> tuple[str, ...]:
        """What it waits for as the author wrote it; where that is equal, what is waited for already stays right."""

    def opening(self, run: "Run", node: "Node", host: "ElementInstance") -> "Opening":
        """Evaluate what to wait for, as the fact that begins the wait."""


class Throwing(Protocol):
    """What an event throws; one module of `_throwing` each."""

    @property
    def defers(self) -> bool:
        """Whether others may be waiting for it in this very instance."""

    def throw(self, run: "Run", node: "Node", at: "ElementInstance") -> bool:
        """Throw it; False = the event waits, or is gone. Raises: Failure."""


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow."""

    id: str
    source: "Node"
    target: "Node"
    condition: Expression | None = None


def ids_of(flows: Sequence[Flow]) -> tuple[str, ...]:
    # Most often it is one or none, for which a comprehension is slow.
    if len(flows) == 1:
        return (flows[0].id,)
    return tuple([flow.id for flow in flows]) if flows else ()


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


@dataclass(frozen=True, slots=True)
class DataAssociation:
    """What is copied when an activity begins or ends: a variable of the one side, or an expression, to one of the other.

    A value that isn't there is left alone.
    """

    source: str
    target: str
    transformation: Expression | None = None


@dataclass(frozen=True, slots=True)
class Catches:
    """What an event catches that is thrown by the elements inside the scope that it guards; None = not that."""

    error_code: str | None = None
    escalation_code: str | None = None
    cancel: bool = False
    compensation: bool = False


NOTHING_CAUGHT = Catches()


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
    outgoing_ids: tuple[str, ...] = ()
    # The outgoing flow, if there is just one and no join has to do with who goes over it.
    only_way: tuple[Flow, ...] | None = None
    default: Flow | None = None
    # Whether any outgoing flow has a condition; most have none, and skip the question.
    conditional: bool = False
    # Whether variables of its own are mapped to or from others.
    maps: bool = False
    # Whether variables of its own are to be set before it begins; and whether anything else, too: events to wait for.
    takes: bool = False
    needs_preparing: bool = False
    # Set when tokens pass it at once, without a row.
    passing: Passing | None = None
    # Set when there is a quicker way to take a token than the general one.
    quick: Quick | None = None
    # Whether that goes for its end too, when what it waits for is done.
    ends_simply: bool = False
    # Set when tokens from several flows meet here and wait for each other.
    joining: Joining | None = None
    inclusive: InclusiveJoin | None = None
    # Of a complex gateway where tokens meet; None = the first is enough.
    activation: Expression | None = None
    # Whether a join in its scope may become free when a token goes on.
    frees_joins: bool = False
    # How many tokens it takes to begin, and how many leave over each flow.
    start_quantity: int = 1
    completion_quantity: int = 1
    # Of an event:
    triggers: tuple[Trigger, ...] = ()
    # All of the triggers are needed, not one of them.
    is_parallel: bool = False
    interrupting: bool = True
    catches: Catches = NOTHING_CAUGHT
    # Of a boundary event:
    attached_to: "Node | None" = None
    # Of a compensation boundary event on this activity: what is done then.
    compensation_handler: "Node | None" = None
    is_activity: bool = False
    # Of an activity:
    boundaries: tuple["Node", ...] = ()
    # The events around and inside it that are waited for while it runs.
    listens: tuple["Node", ...] = ()
    data_inputs: tuple[DataAssociation, ...] = ()
    data_outputs: tuple[DataAssociation, ...] = ()
    # What each instance of an activity that repeats is.
    inner: "Node | None" = None
    # Whether its end must be remembered: it, or something inside it, can be compensated.
    compensable: bool = False
    is_for_compensation: bool = False
    # Of a process or subprocess:
    is_scope: bool = False
    is_event_subprocess: bool = False
    start: "Node | None" = None
    # What begins where there is no start event; what can be begun in an ad-hoc subprocess.
    starts: tuple["Node", ...] = ()
    event_subprocesses: tuple["Node", ...] = ()
    # Variables that begin here: data objects and properties.
    declares: tuple[str, ...] = ()
    joins: tuple["Node", ...] = ()
    inclusive_joins: tuple["Node", ...] = ()
    container: Container | None = None

    @property
    def is_event_start(self) -> bool:
        """Whether it is the start event of an event subprocess."""
        return self.scope is not None and self.scope.is_event_subprocess and self.tag == "startEvent"

    @property
    def stays_open(self) -> bool:
        """Whether the event goes on listening after it has happened."""
        return not self.interrupting and not self.is_parallel


@dataclass(frozen=True, slots=True, eq=False)
class StartEvent:
    """A way into a process: by command, message, signal, condition or time.

    `node` is the start event, the receive task that instantiates, or the event behind a gateway that does.
    """

    node: Node
    message_name: Formula | None = None
    # Of the message: whether the model says how it is correlated.
    has_key: bool = False
    timer: Trigger | None = None
    signal_name: Formula | None = None
    condition: Expression | None = None
    gateway: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One executable process."""

    process_id: str
    name: str
    root: Node
    nodes: tuple[Node, ...]
    by_id: Mapping[str, Node]
    flows: Mapping[str, Flow]
    starts: tuple[StartEvent, ...]
    # Names that conditional events read.
    watched: frozenset[str] = frozenset()
    # The pool of a collaboration; "" = none.
    participant: str = ""
    # What its author calls this version; "" = nothing.
    version_tag: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A compiled file; `xml` is kept as it came, with every extension that isn't known here."""

    xml: bytes
    processes: Mapping[str, Program]
