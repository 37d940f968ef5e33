"""Mistakes that only show when a process has been read as a whole."""

from collections.abc import Iterable

from lxml import etree

from bpmn._program import Node
from bpmn._reader import Reader
from bpmn._starts import instantiates
from bpmn._triggers import TRIGGERS


def check_all(reader: Reader, nodes: Iterable[Node]) -> None:
    """Note the mistakes of every element."""
    begun = frozenset(start for scope in {node.scope for node in nodes if node.scope} for start in scope.starts)
    for node in nodes:
        if node.scope is None:
            continue
        element = reader.by_id[node.id]
        _check_flows(reader, node, element, begun)
        if node.tag == "boundaryEvent":
            _check_boundary(reader, node, element)
        if node.tag == "startEvent" and node.scope.is_event_subprocess:
            _check_event_start(reader, node, element)
        if node.tag == "endEvent" and _throws(reader, element, "cancel"):
            _check_cancel(reader, node, element)
        if node.tag == "eventBasedGateway":
            _check_gateway(reader, node, element)
        if _throws(reader, element, "compensate") and node.tag in {"endEvent", "intermediateThrowEvent"}:
            _check_compensation(reader, node, element, nodes)


def _check_flows(reader: Reader, node: Node, element: etree._Element, begun: frozenset[Node]) -> None:
    begins = node.tag in {"startEvent", "boundaryEvent"}
    stands_apart = begins or node.is_event_subprocess or node.is_for_compensation
    if stands_apart and node.incoming:
        reader.problem("incoming_flow", element, "can't have an incoming flow")
    if not stands_apart and not node.incoming and not _is_begun(reader, node, begun):
        reader.problem("unreachable", element, "has no incoming flow, so it is never reached")
    is_apart = node.is_event_subprocess or node.is_for_compensation or node.catches.compensation
    if (node.tag == "endEvent" or (is_apart and node.tag != "startEvent")) and node.outgoing:
        reader.problem("outgoing_flow", element, "can't have an outgoing flow")
    if begins and not node.outgoing and not (node.tag == "boundaryEvent" and node.catches.compensation):
        reader.problem("outgoing_flow", element, "leads nowhere; draw a flow from it")


def _is_begun(reader: Reader, node: Node, begun: frozenset[Node]) -> bool:
    receives = node.tag == "receiveTask" and reader.by_id[node.id].get("instantiate") in {"true", "1"}
    return receives or instantiates(node) or node in begun


def _check_boundary(reader: Reader, node: Node, element: etree._Element) -> None:
    if node.catches.error_code is not None and not node.interrupting:
        reader.problem("error_boundary", element, "catches an error and so must interrupt")
    if node.catches.cancel:
        if node.attached_to is not None and node.attached_to.tag != "transaction":
            reader.problem("cancel", element, "catches a cancel, which only happens to a transaction")
        if not node.interrupting:
            reader.problem("cancel", element, "catches a cancel and so must interrupt")


def _check_event_start(reader: Reader, node: Node, element: etree._Element) -> None:
    if node.catches.error_code is not None and not node.interrupting:
        reader.problem("error_start", element, "catches an error and so must interrupt")
    around = node.scope.scope if node.scope is not None else None
    if node.catches.compensation and (around is None or around.scope is None):
        reader.problem("compensation", element, "compensates the process itself, which is never done once it has ended")


def _check_cancel(reader: Reader, node: Node, element: etree._Element) -> None:
    around = node.scope
    while around is not None and around.tag != "transaction":
        around = around.scope
    if around is None:
        reader.problem("cancel", element, "cancels a transaction, but stands in none")
        return
    outer = around.scope if around.scope is not None and around.scope.inner is around else around
    if outer is not None and not any(event.catches.cancel for event in outer.boundaries):
        message = f"cancels the transaction '{outer.id}', which has no cancel event on its boundary to go on from"
        reader.problem("cancel", element, message)


def _check_gateway(reader: Reader, node: Node, element: etree._Element) -> None:
    if not node.outgoing:
        reader.problem("outgoing_flow", element, "leads nowhere; draw flows to the events that it waits for")
    for flow in node.outgoing:
        target = flow.target
        kinds = {kind for kind, _ in reader.event_definitions(reader.by_id[target.id])}
        waits = target.tag == "receiveTask" or (target.tag == "intermediateCatchEvent" and kinds <= TRIGGERS.keys())
        if not waits or target.boundaries or target.inner is not None or len(target.incoming) > 1:
            complaint = "must lead to catch events or plain receive tasks that nothing else leads to"
            reader.problem("event_gateway", element, f"{complaint}, not to '{target.id}'")


def _check_compensation(reader: Reader, node: Node, element: etree._Element, nodes: Iterable[Node]) -> None:
    for kind, definition in reader.event_definitions(element):
        reference = definition.get("activityRef", "").rpartition(":")[2]
        if kind != "compensate" or not reference:
            continue
        named = next((one for one in nodes if one.id == reference and one.is_activity), None)
        if named is None or named.scope is None or named.scope not in _around(node):
            reader.problem(
                "compensation", element, f"compensates '{reference}', which is no activity of a scope around it"
            )


def _around(node: Node) -> list[Node]:
    found = []
    while node.scope is not None:
        node = node.scope
        found.append(node)
    return found


def _throws(reader: Reader, element: etree._Element, kind: str) -> bool:
    return any(found == kind for found, _ in reader.event_definitions(element))
