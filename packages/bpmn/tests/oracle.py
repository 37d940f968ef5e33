"""A naive token game, written from BPMN 2.0.2 (clauses 8.3.13, 10.5, 13.3 to 13.5), that shares nothing with the engine.

A marking says where tokens are: on flows, and in elements that wait. It is a plain value, so tokens that nobody could tell
apart are equal, and an instance is compared by reading its state as a marking. Every moment everything is looked at anew:
each flow, each gateway, each path. Where the standard leaves the order open, all markings that may follow are kept.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

Values = Mapping[str, object]

CONDITIONS: Mapping[str, Callable[[Values], bool]] = {
    "n > 0": lambda values: values["n"] > 0,
    "n > 1": lambda values: values["n"] > 1,
    "m = 2": lambda values: values["m"] == 2,
    "m < n": lambda values: values["m"] < values["n"],
    "n + m in [2..4]": lambda values: 2 <= values["n"] + values["m"] <= 4,
    "odd": lambda values: values["odd"],
    "not(odd)": lambda values: not values["odd"],
    "odd or n = m": lambda values: values["odd"] or values["n"] == values["m"],
}


# --- the drawing ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    id: str
    source: str
    target: str
    # A key of CONDITIONS; "" = none.
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    id: str
    # start, end, terminate, task, job, receive, catch, boundary, exclusive, parallel, inclusive, subprocess
    kind: str
    default: str = ""
    # Of events: message or timer.
    trigger: str = ""
    hours: int = 0
    # How often a timer happens.
    rounds: int = 1
    # Of a boundary event: the activity, and whether it ends it.
    host: str = ""
    interrupting: bool = True
    inside: "Graph | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """One scope; nodes and flows by id, in the order of the file."""

    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]

    def out_of(self, node_id: str) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.source == node_id]

    def into(self, node_id: str) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.target == node_id]

    def events_on(self, node_id: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.host == node_id]


# --- where tokens are ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What must happen for a token to go on; `due` in hours, `left` = how many more times after this one."""

    # task, job, message, timer, incident
    kind: str
    element: str
    due: int = -1
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    at: str
    waits: tuple[Wait, ...] = ()
    inside: "Marking | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """The tokens of one scope, in an order that says nothing: those in elements, and the flows that hold others."""

    tokens: tuple[Token, ...] = ()
    flows: tuple[str, ...] = ()
    terminated: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.tokens and not self.flows

    def plus(self, *tokens: Token, flows: tuple[str, ...] = ()) -> "Marking":
        return replace(self, tokens=in_order(self.tokens + tokens), flows=in_order(self.flows + flows))

    def minus(self, *tokens: Token, flows: tuple[str, ...] = ()) -> "Marking":
        return replace(self, tokens=_without(self.tokens, tokens), flows=_without(self.flows, flows))


def in_order(items):
    return tuple(sorted(items, key=repr))


def _without(items, gone):
    left = list(items)
    for item in gone:
        left.remove(item)
    return tuple(left)


# --- the game ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    values: Values
    hour: int


def begun(graph: Graph, moment: Moment) -> set[Marking]:
    """Say which markings may follow from the start."""
    return _settled(graph, _at_start(graph), moment)


def happened(graph: Graph, marking: Marking, path: list[Token], wait: Wait, moment: Moment) -> set[Marking]:
    """Say which markings may follow when the last token of `path` needn't wait any more; the others are around it."""
    return _settled(graph, _happened(graph, marking, path, wait, moment), moment)


def put_elsewhere(graph: Graph, marking: Marking, path: list[Token], target: str, moment: Moment) -> set[Marking]:
    """Say which markings may follow when the last token of `path` goes to an element of a scope around it; "" = is taken away."""
    return _settled(graph, _put_elsewhere(graph, marking, path, target, moment), moment)


def _put_elsewhere(graph: Graph, marking: Marking, path: list[Token], target: str, moment: Moment) -> Marking:
    token, *inner = path
    if inner and target not in graph.nodes:
        inside = _put_elsewhere(graph.nodes[token.at].inside, token.inside, inner, target, moment)
        return marking.minus(token).plus(replace(token, inside=inside))
    left = _taken_out(marking, path)
    if not target:
        return left
    node = graph.nodes[target]
    if not _is_join(graph, node):
        return _entered(graph, left, node, moment)
    into = [flow.id for flow in graph.into(target)]
    return left.plus(flows=(next((flow_id for flow_id in into if flow_id not in left.flows), into[0]),))


def _taken_out(marking: Marking, path: list[Token]) -> Marking:
    """Take a token out, and what would be empty without it."""
    token, *inner = path
    others = marking.minus(token)
    if not inner:
        return others
    inside = _taken_out(token.inside, inner)
    return others if inside.is_empty else others.plus(replace(token, inside=inside))


def _happened(graph: Graph, marking: Marking, path: list[Token], wait: Wait, moment: Moment) -> Marking:
    token, *inner = path
    others, node = marking.minus(token), graph.nodes[token.at]
    if inner:
        inside = _happened(node.inside, token.inside, inner, wait, moment)
        return others.plus(replace(token, inside=inside))
    event = graph.nodes[wait.element]
    if not event.host:
        return _left(graph, others, node, moment)
    if not event.interrupting:
        others = others.plus(replace(token, waits=_still_open(token, event, wait, moment)))
    return _left(graph, others, event, moment)


def _still_open(token: Token, event: Node, wait: Wait, moment: Moment) -> tuple[Wait, ...]:
    """Say what the token waits for from now on: rounds of a timer that are over already come no more."""
    if wait.kind == "message":
        return token.waits
    rounds = [replace(wait, due=wait.due + n * event.hours, left=wait.left - n) for n in range(1, wait.left + 1)]
    ahead = tuple(later for later in rounds if later.due > moment.hour)
    return in_order(_without(token.waits, (wait,)) + ahead[:1])


def _settled(graph: Graph, marking: Marking, moment: Moment) -> set[Marking]:
    """Move tokens until each waits; inclusive gateways go last, and one may spoil it for another."""
    ahead, seen, settled = [marking], set(), set()
    while ahead:
        marking = ahead.pop()
        while (moved := _moved(graph, marking, moment)) is not None:
            marking = moved
        if marking in seen:
            continue
        seen.add(marking)
        released = list(_released(graph, marking, moment))
        ahead.extend(released)
        if not released:
            settled.add(marking)
    return settled


def _moved(graph: Graph, marking: Marking, moment: Moment) -> Marking | None:
    """Move one token that needn't wait for an inclusive gateway, anywhere; None = there is none."""
    for flow_id in marking.flows:
        node = graph.nodes[graph.flows[flow_id].target]
        if not _is_join(graph, node):
            return _entered(graph, marking.minus(flows=(flow_id,)), node, moment)
    for node in graph.nodes.values():
        into = tuple(flow.id for flow in graph.into(node.id))
        if node.kind == "parallel" and _is_join(graph, node) and set(into) <= set(marking.flows):
            return _entered(graph, marking.minus(flows=into), node, moment)
    for token in marking.tokens:
        if token.inside is None:
            continue
        node, others = graph.nodes[token.at], marking.minus(token)
        if token.inside.is_empty:
            return _left(graph, others, node, moment)
        inside = _moved(node.inside, token.inside, moment)
        if inside is not None:
            return others.plus(replace(token, inside=inside))
    return None


def _released(graph: Graph, marking: Marking, moment: Moment) -> Iterator[Marking]:
    """Let each inclusive gateway that is activated go on, one marking for each."""
    for node in graph.nodes.values():
        if node.kind == "inclusive" and _is_join(graph, node) and _is_activated(graph, marking, node):
            filled = tuple(flow.id for flow in graph.into(node.id) if flow.id in marking.flows)
            yield _entered(graph, marking.minus(flows=filled), node, moment)
    for token in dict.fromkeys(marking.tokens):
        if token.inside is not None:
            for inside in _released(graph.nodes[token.at].inside, token.inside, moment):
                yield marking.minus(token).plus(replace(token, inside=inside))


def _is_join(graph: Graph, node: Node) -> bool:
    return node.kind in {"parallel", "inclusive"} and len(graph.into(node.id)) > 1


def _is_activated(graph: Graph, marking: Marking, gateway: Node) -> bool:
    """Tell it by the words of clause 13.4.3: who can reach an empty incoming flow can reach one with a token as well."""
    into = {flow.id for flow in graph.into(gateway.id)}
    filled = into & set(marking.flows)
    empty = into - filled
    ways = [_flows_ahead(graph, {flow_id}, gateway) for flow_id in set(marking.flows)]
    for token in marking.tokens:
        ways.append(_flows_ahead(graph, _flows_from(graph, token.at), gateway))
    return bool(filled) and all(way & filled for way in ways if way & empty)


def _flows_from(graph: Graph, node_id: str) -> set[str]:
    """List the flows that a token in an element may take: an activity may also be left through an event on it."""
    nodes = [node_id, *(event.id for event in graph.events_on(node_id))]
    return {flow.id for one in nodes for flow in graph.out_of(one)}


def _flows_ahead(graph: Graph, flow_ids: set[str], gateway: Node) -> set[str]:
    """List the flows on all paths that begin with one of these and don't go through the gateway."""
    found = set(flow_ids)
    while True:
        targets = {graph.flows[flow_id].target for flow_id in found} - {gateway.id}
        more = {flow_id for target in targets for flow_id in _flows_from(graph, target)}
        if more <= found:
            return found
        found |= more


# --- one element ---


def _entered(graph: Graph, marking: Marking, node: Node, moment: Moment) -> Marking:
    match node.kind:
        case "end":
            return marking
        case "terminate":
            return Marking(terminated=True)
        case "subprocess":
            return marking.plus(_waiting(graph, node, moment, inside=_at_start(node.inside)))
        case "task" | "job" | "receive" | "catch":
            return marking.plus(_waiting(graph, node, moment))
    return _left(graph, marking, node, moment)


def _at_start(graph: Graph) -> Marking:
    (start,) = (node for node in graph.nodes.values() if node.kind == "start")
    return Marking().plus(flows=tuple(flow.id for flow in graph.out_of(start.id)))


def _waiting(graph: Graph, node: Node, moment: Moment, inside: Marking | None = None) -> Token:
    waits = [_wait_for(event, moment) for event in graph.events_on(node.id)]
    if node.kind != "subprocess":
        waits.append(_wait_for(node, moment))
    return Token(at=node.id, waits=in_order(waits), inside=inside)


def _wait_for(node: Node, moment: Moment) -> Wait:
    if node.trigger == "timer":
        return Wait(kind="timer", element=node.id, due=moment.hour + node.hours, left=node.rounds - 1)
    return Wait(kind=node.trigger or node.kind, element=node.id)


def _left(graph: Graph, marking: Marking, node: Node, moment: Moment) -> Marking:
    flows = graph.out_of(node.id)
    chosen = _CHOICES.get(node.kind, _as_drawn)(node, flows, moment.values)
    if flows and not chosen:
        return marking.plus(Token(at=node.id, waits=(Wait(kind="incident", element=node.id),)))
    return marking.plus(flows=tuple(flow.id for flow in chosen))


def _holds(flow: Flow, values: Values) -> bool:
    return bool(flow.condition) and CONDITIONS[flow.condition](values)


def _first(node: Node, flows: list[Flow], values: Values) -> list[Flow]:
    if len(flows) == 1:
        return flows
    return [flow for flow in flows if _holds(flow, values)][:1] or _default(node, flows)


def _as_drawn(node: Node, flows: list[Flow], values: Values) -> list[Flow]:
    """Take every flow without a condition and all whose condition holds, the default if there are none of these."""
    always = [flow for flow in flows if not flow.condition and flow.id != node.default]
    return always + ([flow for flow in flows if _holds(flow, values)] or _default(node, flows))


def _default(node: Node, flows: list[Flow]) -> list[Flow]:
    return [flow for flow in flows if flow.id == node.default]


_CHOICES = {"exclusive": _first}
