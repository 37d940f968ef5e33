"""Where processes and subprocesses begin."""

from collections.abc import Iterable, Iterator

from lxml import etree

from bpmn._elements.event_based_gateway import EventBasedGateway
from bpmn._program import Node, StartEvent, Trigger
from bpmn._reader import Reader
from bpmn._triggers.condition import Condition
from bpmn._triggers.message import Message
from bpmn._triggers.signal import Signal
from bpmn._triggers.timer import Timer


def inside(reader: Reader, holder: etree._Element, scope: Node, nodes: Iterable[Node]) -> None:
    """Find where a scope begins: its start event; else everything that no flow leads to."""
    nodes = tuple(nodes)
    starts = [node for node in nodes if node.tag == "startEvent"]
    if scope.is_event_subprocess:
        if len(starts) != 1:
            reader.problem("start_event", holder, "is an event subprocess and so needs exactly one start event")
        scope.start = starts[0] if starts else None
        return
    none_starts = [node for node in starts if not reader.event_definitions(reader.by_id[node.id])]
    if len(none_starts) > 1:
        reader.problem("start_event", holder, "has several start events without a trigger")
    scope.start = none_starts[0] if none_starts else None
    if scope.tag == "adHocSubProcess" and starts:
        reader.problem("start_event", holder, "is ad hoc and so has no start event")
    if not starts:
        scope.starts = tuple(node for node in nodes if _begins_by_itself(node))
    if not starts and not scope.starts and scope.tag != "process":
        reader.problem("start_event", holder, "has nothing in it that can begin")


def _begins_by_itself(node: Node) -> bool:
    """Tell whether a token begins here where there is no start event. Source: BPMN 2.0.2, clause 10.4.2."""
    if node.incoming or node.tag in {"startEvent", "boundaryEvent"} or instantiates(node):
        return False
    return not (node.is_event_subprocess or node.is_for_compensation)


def instantiates(node: Node) -> bool:
    """Tell whether an element begins a process though it is no start event: a receive task or an event-based gateway."""
    return isinstance(node.behaviour, EventBasedGateway) and node.behaviour.instantiates


def into_process(
    reader: Reader, process: etree._Element, root: Node, nodes: tuple[Node, ...]
) -> tuple[StartEvent, ...]:
    """List the ways into a process."""
    found = tuple(_ways(reader, nodes))
    instantiating = {way.gateway or way.node for way in found if way.node.tag != "startEvent"}
    root.starts = tuple(node for node in root.starts if node not in instantiating)
    if instantiating:
        # A process that is begun by what it receives isn't begun by itself as well.
        root.starts = ()
    if not found and not root.starts:
        reader.problem("start_event", process, "has no start event, and nothing else in it that can begin")
    return found


def _ways(reader: Reader, nodes: tuple[Node, ...]) -> Iterator[StartEvent]:
    for node in nodes:
        if node.tag == "startEvent":
            yield from (_way(node, trigger) for trigger in node.triggers)
            if not node.triggers:
                yield StartEvent(node)
        elif node.tag == "receiveTask" and reader.by_id[node.id].get("instantiate") in {"true", "1"}:
            yield from (_way(node, trigger) for trigger in node.triggers)
        elif instantiates(node):
            for flow in node.outgoing:
                yield from (_way(flow.target, trigger, node) for trigger in flow.target.triggers)


def _way(node: Node, trigger: Trigger, gateway: Node | None = None) -> StartEvent:
    return StartEvent(
        node,
        trigger.name if isinstance(trigger, Message) else None,
        isinstance(trigger, Message) and bool(trigger.key),
        trigger if isinstance(trigger, Timer) else None,
        trigger.name if isinstance(trigger, Signal) else None,
        trigger.expression if isinstance(trigger, Condition) else None,
        gateway,
    )
