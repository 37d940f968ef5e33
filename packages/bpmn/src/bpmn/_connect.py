"""What belongs together: sequence flows, links, boundary events and their activities, compensation handlers, joins."""

from collections.abc import Iterable, Mapping

from lxml import etree

from bpmn._elements.complex_gateway import ComplexGateway
from bpmn._elements.inclusive_gateway import InclusiveGateway, join_rule
from bpmn._elements.start_quantity import StartQuantity
from bpmn._program import Flow, Joining, Node
from bpmn._reader import Reader
from bpmn._xml import BPMN
from feel import Expression

_GATEWAYS_WITH_CONDITIONS = frozenset({"exclusiveGateway", "inclusiveGateway"})


# --- flows ---


def flows(reader: Reader, holder: etree._Element, nodes: Mapping[str, Node]) -> None:
    """Read the sequence flows of a scope."""
    for element in holder.findall(BPMN + "sequenceFlow"):
        source, target = nodes.get(element.get("sourceRef", "")), nodes.get(element.get("targetRef", ""))
        if source is None or target is None or not element.get("id"):
            reader.problem("flow", element, "doesn't lead from one element to another of the same process")
            continue
        _connect(Flow(element.get("id", ""), source, target, _condition(reader, element)))
    for node in nodes.values():
        _choose_default(reader, node)


def _connect(flow: Flow) -> None:
    flow.source.outgoing += (flow,)
    flow.target.incoming += (flow,)


def _condition(reader: Reader, element: etree._Element) -> Expression | None:
    text = element.findtext(BPMN + "conditionExpression")
    return reader.expression(text, element, "condition") if text and text.strip() else None


def _choose_default(reader: Reader, node: Node) -> None:
    element = reader.by_id[node.id]
    default = element.get("default")
    if default:
        node.default = next((flow for flow in node.outgoing if flow.id == default), None)
        if node.default is None:
            reader.problem("default_flow", element, f"names '{default}' as default, which doesn't leave it")
    node.conditional = any(flow.condition for flow in node.outgoing)
    if node.tag in _GATEWAYS_WITH_CONDITIONS and len(node.outgoing) > 1:
        for flow in node.outgoing:
            if flow.condition is None and flow is not node.default:
                complaint = f"has a flow '{flow.id}' that neither has a condition nor is the default"
                reader.problem("condition", element, complaint)


def links(reader: Reader, nodes: Mapping[str, Node]) -> None:
    """Join each link throw event to the catch event of the same name: a flow with the id of the throw event."""
    targets: dict[str, Node] = {}
    for node in nodes.values():
        for name in _links_of(reader, node, "intermediateCatchEvent"):
            if name in targets:
                reader.problem("link", reader.by_id[node.id], f"is the second target of the link '{name}'")
            targets[name] = node
    for node in nodes.values():
        for name in _links_of(reader, node, "intermediateThrowEvent"):
            if name not in targets:
                reader.problem(
                    "link", reader.by_id[node.id], f"leads to the link '{name}', which no event catches here"
                )
            else:
                _connect(Flow(node.id, node, targets[name]))


def _links_of(reader: Reader, node: Node, tag: str) -> list[str]:
    if node.tag != tag:
        return []
    definitions = reader.event_definitions(reader.by_id[node.id])
    return [(definition.get("name") or node.name).strip() for kind, definition in definitions if kind == "link"]


# --- boundary events ---


def boundaries(reader: Reader, nodes: Mapping[str, Node]) -> None:
    """Attach boundary events to their activities."""
    for node in nodes.values():
        if node.tag != "boundaryEvent":
            continue
        element = reader.by_id[node.id]
        host = nodes.get(element.get("attachedToRef", "").rpartition(":")[2])
        if host is None or not host.is_activity or host.is_event_subprocess:
            reader.problem("boundary", element, "isn't attached to an activity of the same process")
            continue
        node.attached_to = host
        host.boundaries += (node,)


def compensation(reader: Reader, nodes: Mapping[str, Node]) -> None:
    """Find the handler that an association joins to each compensation boundary event."""
    pairs = [(one.get("sourceRef", ""), one.get("targetRef", "")) for one in reader.root.iter(BPMN + "association")]
    for event in nodes.values():
        if event.attached_to is None or not event.catches.compensation:
            continue
        ends = [other for pair in pairs if event.id in pair for other in pair if other != event.id]
        handlers = [nodes[id_] for id_ in ends if id_ in nodes and nodes[id_].is_for_compensation]
        if len(handlers) != 1 or handlers[0].scope is not event.scope:
            message = "needs an association to one activity of the same process that is for compensation"
            reader.problem("compensation", reader.by_id[event.id], message)
        else:
            event.attached_to.compensation_handler = handlers[0]


# --- joins ---


def joins(scope: Node, nodes: Iterable[Node]) -> None:
    """Note where tokens wait for each other."""
    for node in nodes:
        if node.start_quantity > 1:
            node.joining = StartQuantity(node.start_quantity)
        elif len(node.incoming) > 1 and isinstance(node.behaviour, Joining):
            node.joining = node.behaviour
        if node.joining is None:
            continue
        scope.joins += (node,)
        if isinstance(node.behaviour, InclusiveGateway | ComplexGateway):
            node.inclusive = join_rule(node)
            node.activation = node.behaviour.activation if isinstance(node.behaviour, ComplexGateway) else None
            scope.inclusive_joins += (node,)
