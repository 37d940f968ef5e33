"""Parallel gateways that would wait for ever, had a token been taken away or put elsewhere."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from bpmn._elements.parallel_gateway import ParallelGateway
from bpmn._operations.places import Place
from bpmn._program import Flow, Node
from bpmn._rejection import Rejected
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._run import Run


def refuse_stranding(run: "Run", leaving: ElementInstance, place: Place | None) -> None:
    """Refuse what lets a gateway wait for a token that can no longer come, when it could before. Raises: Rejected."""
    scope_id = leaving.scope_id or ""
    _refuse(run, scope_id, leaving, place if place and place.scope_id == scope_id else None)
    if place is not None and place.scope_id != scope_id:
        _refuse(run, place.scope_id, None, place)
    if place is not None:
        for scope, node in pairwise((*place.around, place.node)):
            _refuse_those(_stranded(scope, *_added({}, {}, node, place.flow if node is place.node else None)))


def refuse_stranding_without(run: "Run", scope: ElementInstance, flow: Flow) -> None:
    """Refuse to take away a token that waits at a gateway when others could then wait for ever. Raises: Rejected."""
    node, elements = run.node_of(scope), run.state.children.positions(scope.id)
    before = _arrived(run, node, scope.id)
    join = run.state.find_join(scope.id, flow.target.id)
    if join is not None and join.waiting.get(flow.id, 0) == 1:
        after = {**before, flow.target.id: before[flow.target.id] - {flow.id}}
        _refuse_those(_stranded(node, elements, after) - _stranded(node, elements, before))


def flows_beyond(node: Node) -> dict[str, Node]:
    """List the flows that a token in an element may still take, each with where it leads."""
    found: dict[str, Node] = {}
    pending = [node]
    while pending:
        for flow in _ways_out(pending.pop()):
            if flow.id not in found:
                found[flow.id] = flow.target
                pending.append(flow.target)
    return found


def _ways_out(node: Node) -> Iterable[Flow]:
    yield from node.outgoing
    for event in node.boundaries:
        yield from event.outgoing


_Elements = Mapping[str, int]
_Arrived = Mapping[str, frozenset[str]]


def _refuse(run: "Run", scope_id: str, leaving: ElementInstance | None, place: Place | None) -> None:
    scope = run.node_of(run.state.elements.get(scope_id))
    if not any(isinstance(node.behaviour, ParallelGateway) for node in scope.joins):
        return
    elements: _Elements = run.state.children.positions(scope_id)
    arrived = _arrived(run, scope, scope_id)
    before = _stranded(scope, elements, arrived)
    if leaving is not None:
        elements = {**elements, leaving.element_id: elements[leaving.element_id] - 1}
    if place is not None:
        entering = place.around[0] if place.around else place.node
        elements, arrived = _added(elements, arrived, entering, None if place.around else place.flow)
    _refuse_those(_stranded(scope, elements, arrived) - before)


def _arrived(run: "Run", scope: Node, scope_id: str) -> _Arrived:
    rows = ((node.id, run.state.find_join(scope_id, node.id)) for node in scope.joins)
    return {id_: frozenset(row.waiting) for id_, row in rows if row is not None and row.waiting}


def _added(elements: _Elements, arrived: _Arrived, node: Node, flow: Flow | None) -> tuple[_Elements, _Arrived]:
    if flow is not None and node.joining is not None:
        return elements, {**arrived, node.id: arrived.get(node.id, frozenset()) | {flow.id}}
    return {**elements, node.id: elements.get(node.id, 0) + 1}, arrived


def _stranded(scope: Node, elements: _Elements, arrived: _Arrived) -> frozenset[str]:
    """Find the gateways that a token waits at, or can still come to, while one of their flows gets none any more."""
    gateways = [node for node in scope.joins if isinstance(node.behaviour, ParallelGateway)]
    holding = {id_ for held in (elements, arrived) for id_, number in held.items() if number}
    nodes = _nodes_of(scope)
    beyond = {id_: flows_beyond(nodes[id_]).keys() for id_ in holding if id_ in nodes} if gateways else {}
    found = []
    for gateway in gateways:
        needed = {flow.id for flow in gateway.incoming}
        coming = {flow_id for id_, flows in beyond.items() if id_ != gateway.id for flow_id in flows & needed}
        here = arrived.get(gateway.id, frozenset())
        if (here or coming) and needed - here - coming:
            found.append(gateway.id)
    return frozenset(found)


def _nodes_of(scope: Node) -> dict[str, Node]:
    """Find the elements of a scope by walking from its gateways, both ways: only what flows join matters here."""
    found: dict[str, Node] = {}
    pending = list(scope.joins)
    while pending:
        node = pending.pop()
        if node.id not in found:
            found[node.id] = node
            pending += [flow.target for flow in _ways_out(node)] + [flow.source for flow in node.incoming]
            pending += [node.attached_to] if node.attached_to is not None else []
    return found


def _refuse_those(gateways: frozenset[str]) -> None:
    if gateways:
        named = ", ".join(f"'{id_}'" for id_ in sorted(gateways))
        message = f"The gateway {named} would wait for ever for a token that can no longer come; choose a place before the paths part, or behind where they meet."
        raise Rejected("stranded", message)
