"""Other versions of a random process, and where each part of a marking of the old one is in the new: for migration."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from . import oracle
from .generating import ACTIVITIES, WAITING, Draw
from .oracle import Flow, Graph, Marking, Moment, Node, Token

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A new version; what isn't in `nodes` or `flows` has the same id in both, None = it is no more."""

    graph: Graph
    nodes: Mapping[str, str | None] = field(default_factory=dict)
    flows: Mapping[str, str | None] = field(default_factory=dict)
    # Events that the old one doesn't have.
    added: frozenset[str] = frozenset()

    def place_of(self, node_id: str) -> str | None:
        return self.nodes.get(node_id, node_id)

    def marking(self, marking: Marking, moment: Moment) -> Marking | None:
        """Say where everything is in the new version; None = something has no place."""
        return self._marking(self.graph, marking, moment)

    def _marking(self, graph: Graph, marking: Marking, moment: Moment) -> Marking | None:
        tokens = [self._token(graph, token, moment) for token in marking.tokens]
        flows = [self.flows.get(flow_id, flow_id) for flow_id in marking.flows]
        if None in tokens or not all(_waits_at_join(graph, flow_id) for flow_id in flows):
            return None
        return Marking().plus(*tokens, flows=tuple(flows))

    def _token(self, graph: Graph, token: Token, moment: Moment) -> Token | None:
        at = self.place_of(token.at)
        if at is None:
            return None
        node = graph.nodes[at]
        inside = self._marking(node.inside, token.inside, moment) if node.inside is not None else None
        if node.inside is not None and inside is None:
            return None
        waits = [replace(wait, element=self.place_of(wait.element)) for wait in token.waits]
        new = [oracle._wait_for(event, moment) for event in graph.events_on(at) if event.id in self.added]
        return Token(at=at, waits=oracle.in_order([wait for wait in waits if wait.element] + new), inside=inside)


def _waits_at_join(graph: Graph, flow_id: str | None) -> bool:
    if flow_id is None:
        return False
    return oracle._is_join(graph, graph.nodes[graph.flows[flow_id].target])


def _all(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes.values():
        yield node
        if node.inside is not None:
            yield from _all(node.inside)


# --- versions ---


def itself(graph: Graph, draw: Draw) -> Variant:
    return Variant(graph=graph)


def renamed(graph: Graph, draw: Draw) -> Variant:
    """Give every element another id; flows keep theirs."""
    names = {node.id: f"other_{node.id}" for node in _all(graph)}
    return Variant(graph=_renamed(graph, names), nodes=names)


def _renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    nodes = {
        names[node.id]: replace(
            node,
            id=names[node.id],
            host=names.get(node.host, ""),
            inside=_renamed(node.inside, names) if node.inside is not None else None,
        )
        for node in graph.nodes.values()
    }
    flows = {
        id_: replace(flow, source=names[flow.source], target=names[flow.target]) for id_, flow in graph.flows.items()
    }
    return Graph(nodes=nodes, flows=flows)


def inserted(graph: Graph, draw: Draw) -> Variant:
    """Put a task onto a flow, which leads to the task then."""
    path, scope = _some_scope(graph, draw)
    if not scope.flows:
        return itself(graph, draw)
    flow = scope.flows[draw(st.sampled_from(list(scope.flows)))]
    task = Node(id="inserted", kind="task")
    onward = Flow(id="onward", source=task.id, target=flow.target)
    flows = {**scope.flows, flow.id: replace(flow, target=task.id), onward.id: onward}
    changed = Graph(nodes={**scope.nodes, task.id: task}, flows=flows)
    return Variant(graph=_with(graph, path, changed), flows={flow.id: onward.id})


def removed(graph: Graph, draw: Draw) -> Variant:
    """Take out an element with one way in and one out; who was there has no place."""
    path, scope = _some_scope(graph, draw)
    found = [node for node in scope.nodes.values() if _can_go(scope, node)]
    if not found:
        return itself(graph, draw)
    node = draw(st.sampled_from(found))
    (into,), (out,) = scope.into(node.id), scope.out_of(node.id)
    flows = {**scope.flows, into.id: replace(into, target=out.target)}
    del flows[out.id]
    changed = Graph(nodes={id_: one for id_, one in scope.nodes.items() if id_ != node.id}, flows=flows)
    gone = {one.id: None for one in (node, *(_all(node.inside) if node.inside else ()))}
    return Variant(graph=_with(graph, path, changed), nodes=gone, flows={out.id: into.id})


def _can_go(scope: Graph, node: Node) -> bool:
    into, out = scope.into(node.id), scope.out_of(node.id)
    if node.kind in {"start", "boundary"} or len(into) != 1 or len(out) != 1 or scope.events_on(node.id):
        return False
    return into[0] is not out[0] and not _passes(scope, out[0].target, into[0].source)


def _passes(scope: Graph, source: str, target: str) -> bool:
    """Tell whether a token in `source` may come to `target` without waiting on the way: no circle without a wait is made."""
    seen, ahead = set(), [source]
    while ahead:
        id_ = ahead.pop()
        if id_ == target:
            return True
        if id_ not in seen and scope.nodes[id_].kind not in WAITING:
            seen.add(id_)
            ahead.extend(flow.target for flow in scope.out_of(id_))
    return False


def disturbed(graph: Graph, draw: Draw) -> Variant:
    """Put an event onto an activity."""
    path, scope = _some_scope(graph, draw)
    found = [node.id for node in scope.nodes.values() if node.kind in ACTIVITIES]
    if not found:
        return itself(graph, draw)
    trigger = draw(st.sampled_from(["message", "timer"]))
    event = Node(
        id="event",
        kind="boundary",
        host=draw(st.sampled_from(found)),
        trigger=trigger,
        hours=2 if trigger == "timer" else 0,
        interrupting=draw(st.booleans()),
    )
    last = Node(id="event_end", kind="end")
    flow = Flow(id="event_flow", source=event.id, target=last.id)
    changed = Graph(nodes={**scope.nodes, event.id: event, last.id: last}, flows={**scope.flows, flow.id: flow})
    return Variant(graph=_with(graph, path, changed), added=frozenset({event.id}))


def undisturbed(graph: Graph, draw: Draw) -> Variant:
    """Take an event off an activity, with its flows."""
    path, scope = _some_scope(graph, draw)
    found = [node.id for node in scope.nodes.values() if node.kind == "boundary"]
    if not found:
        return itself(graph, draw)
    event = draw(st.sampled_from(found))
    flows = {id_: flow for id_, flow in scope.flows.items() if flow.source != event}
    changed = Graph(nodes={id_: node for id_, node in scope.nodes.items() if id_ != event}, flows=flows)
    gone = {id_: None for id_ in scope.flows if id_ not in flows}
    return Variant(graph=_with(graph, path, changed), nodes={event: None}, flows=gone)


SAFE: tuple[Callable[[Graph, Draw], Variant], ...] = (itself, renamed, inserted, disturbed)
"""Versions in which everything has a place, and that end as the old one would."""
VERSIONS = (*SAFE, removed, undisturbed)


def _some_scope(graph: Graph, draw: Draw) -> tuple[Path, Graph]:
    return draw(st.sampled_from(list(_scopes(graph, ()))))


def _scopes(graph: Graph, path: Path) -> Iterator[tuple[Path, Graph]]:
    yield path, graph
    for node in graph.nodes.values():
        if node.inside is not None:
            yield from _scopes(node.inside, (*path, node.id))


def _with(graph: Graph, path: Path, changed: Graph) -> Graph:
    if not path:
        return changed
    node = graph.nodes[path[0]]
    inner = replace(node, inside=_with(node.inside, path[1:], changed))
    return Graph(nodes={**graph.nodes, node.id: inner}, flows=graph.flows)
