"""Processes made at random, as drawings that the oracle plays and as XML: of blocks, blocks with flows across, any graphs."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bpmn.testing import boundary, element, end, gateway, message_reference, model, service_task, timer, user_task

from .oracle import CONDITIONS, Flow, Graph, Node

TIMES = int(os.environ.get("FIRSTLINE_EXAMPLES", "1"))
"""`FIRSTLINE_EXAMPLES=50` tries fifty times as many, different ones each time; a failure says how to have it again."""


def examples(number: int) -> settings:
    """Say how a test of random processes tries `number` of them."""
    return settings(
        max_examples=number * TIMES,
        derandomize="FIRSTLINE_EXAMPLES" not in os.environ,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


ACTIVITIES = ("task", "job", "receive", "subprocess")
WAITING = frozenset({"task", "job", "receive", "catch", "boundary"})
LAST = frozenset({"end", "terminate"})
CHOOSING = frozenset({"exclusive", "inclusive"})

Draw = Callable[[st.SearchStrategy], object]
Ends = tuple[str, str]


@dataclass(slots=True)
class Draft:
    """One scope being drawn; `numbers` are the process's, so that ids are too."""

    draw: Draw
    numbers: Iterator[int]
    depth: int
    # What may be in a subprocess.
    shapes: tuple[Callable[["Draft"], Graph], ...]
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)

    def node(self, kind: str, **more: object) -> str:
        if kind == "catch":
            more = {**self.trigger(), **more}
        if kind == "receive":
            more["trigger"] = "message"
        if kind == "subprocess":
            inner = replace(self, depth=self.depth - 1, nodes={}, flows={})
            more["inside"] = self.draw(st.sampled_from(self.shapes))(inner)
        id_ = f"{kind}{next(self.numbers)}"
        self.nodes[id_] = Node(id=id_, kind=kind, **more)
        return id_

    def trigger(self) -> dict[str, object]:
        if self.draw(st.booleans()):
            return {"trigger": "message"}
        return {"trigger": "timer", "hours": self.draw(st.integers(1, 3))}

    def flow(self, source: str, target: str, condition: str = "") -> str:
        id_ = f"flow{next(self.numbers)}"
        self.flows[id_] = Flow(id=id_, source=source, target=target, condition=condition)
        return id_

    def event_on(self, host: str) -> str:
        """Draw a boundary event; one that doesn't interrupt may happen twice by its clock."""
        interrupting, trigger = self.draw(st.booleans()), self.trigger()
        rounds = 1 if interrupting or trigger["trigger"] == "message" else self.draw(st.integers(1, 2))
        return self.node("boundary", host=host, interrupting=interrupting, rounds=rounds, **trigger)

    def condition(self) -> str:
        return self.draw(st.sampled_from(list(CONDITIONS)))

    def passes(self, source: str, target: str) -> bool:
        """Tell whether a token in `source` may come to `target` without waiting on the way."""
        seen, ahead = set(), [source]
        while ahead:
            id_ = ahead.pop()
            if id_ == target:
                return True
            if id_ not in seen and self.nodes[id_].kind not in WAITING:
                seen.add(id_)
                ahead.extend(flow.target for flow in self.flows.values() if flow.source == id_)
        return False

    def done(self) -> Graph:
        return Graph(nodes=dict(self.nodes), flows=dict(self.flows))


# --- blocks: one way in, one way out ---


def _step(draft: Draft, depth: int) -> Ends:
    kinds = ["task", "job", "receive", "catch", *(["subprocess"] if draft.depth and depth else [])]
    id_ = draft.node(draft.draw(st.sampled_from(kinds)))
    return id_, id_


def _sequence(draft: Draft, depth: int) -> Ends:
    (first, out), (into, last) = _block(draft, depth - 1), _block(draft, depth - 1)
    draft.flow(out, into)
    return first, last


def _split(kind: str) -> Callable[[Draft, int], Ends]:
    def made(draft: Draft, depth: int) -> Ends:
        fork, join = draft.node(kind), draft.node(kind)
        flows = []
        for _ in range(draft.draw(st.integers(2, 3))):
            into, out = _block(draft, depth - 1)
            flows.append(draft.flow(fork, into, draft.condition() if flows and kind in CHOOSING else ""))
            draft.flow(out, join)
        if kind in CHOOSING:
            draft.nodes[fork] = replace(draft.nodes[fork], default=flows[0])
        return fork, join

    return made


def _loop(draft: Draft, depth: int) -> Ends:
    merge, again = draft.node("exclusive"), draft.node("exclusive")
    (into, out), step = _block(draft, depth - 1), draft.node("task")
    draft.flow(merge, into)
    draft.flow(out, step)
    draft.flow(step, again)
    draft.flow(again, merge, "n > 1")
    last = draft.node("task")
    draft.nodes[again] = replace(draft.nodes[again], default=draft.flow(again, last))
    return merge, last


def _disturbed(draft: Draft, depth: int) -> Ends:
    """Draw an activity with an event on it that goes on behind it, or beside it if it doesn't interrupt."""
    kinds = ACTIVITIES if draft.depth else ACTIVITIES[:-1]
    host = draft.node(draft.draw(st.sampled_from(kinds)))
    event = draft.event_on(host)
    into, out = _block(draft, depth - 1)
    draft.flow(event, into)
    if not draft.nodes[event].interrupting:
        draft.flow(out, draft.node("end"))
        return host, host
    merge = draft.node("exclusive")
    draft.flow(host, merge)
    draft.flow(out, merge)
    return host, merge


BLOCKS = (_step, _sequence, _split("exclusive"), _split("parallel"), _split("inclusive"), _loop, _disturbed)


def _block(draft: Draft, depth: int) -> Ends:
    return (draft.draw(st.sampled_from(BLOCKS)) if depth > 0 else _step)(draft, depth)


def _blocks(draft: Draft) -> Graph:
    into, out = _block(draft, draft.depth + 1)
    draft.flow(draft.node("start"), into)
    draft.flow(out, draft.node("end"))
    return draft.done()


# --- graphs that nobody would draw ---


def _tangled(draft: Draft) -> Graph:
    """Draw blocks, and some flows across."""
    _blocks(draft)
    _add_flows(draft, draft.draw(st.integers(1, 4)))
    _choose(draft)
    return draft.done()


KINDS = (
    *ACTIVITIES[:-1],
    "task",
    "catch",
    *("exclusive", "parallel", "inclusive") * 2,
    "inclusive",
    "end",
    "terminate",
)


def _any_graph(draft: Draft) -> Graph:
    """Draw elements, each behind an earlier one, and more flows between any two."""
    kinds = (*KINDS, "subprocess") if draft.depth else KINDS
    draft.node("start")
    for kind in draft.draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=4 + 2 * draft.depth)):
        source = draft.draw(st.sampled_from([id_ for id_, node in draft.nodes.items() if node.kind not in LAST]))
        id_ = draft.node(kind)
        draft.flow(source, id_)
        if kind in ACTIVITIES and draft.draw(st.integers(0, 3)) == 0:
            _lead_on(draft, draft.event_on(id_))
    _add_flows(draft, draft.draw(st.integers(1, 2 + len(draft.nodes))))
    _choose(draft)
    return draft.done()


def _knotted(draft: Draft) -> Graph:
    """Draw joins that wait for each other, some of them for ever."""
    fork, join_kinds = draft.node("parallel"), st.sampled_from(["inclusive", "inclusive", "parallel"])
    joins = [draft.node(draft.draw(join_kinds)) for _ in range(draft.draw(st.integers(2, 3)))]
    draft.flow(draft.node("start"), fork)
    for join in joins:
        before, behind = draft.node("task"), draft.node("task")
        draft.flow(fork, before)
        draft.flow(before, join)
        draft.flow(join, behind)
        draft.flow(behind, draft.draw(st.sampled_from(["", *joins])) or draft.node("end"))
    _add_flows(draft, draft.draw(st.integers(0, 2)))
    _choose(draft)
    return draft.done()


def _lead_on(draft: Draft, event: str) -> None:
    targets = [id_ for id_, node in draft.nodes.items() if node.kind not in {"start", "boundary"}]
    draft.flow(event, draft.draw(st.sampled_from(targets)))


def _add_flows(draft: Draft, number: int) -> None:
    """Add flows from anywhere to anywhere, but none that closes a circle without a wait."""
    sources = [id_ for id_, node in draft.nodes.items() if node.kind not in LAST]
    targets = [id_ for id_, node in draft.nodes.items() if node.kind not in {"start", "boundary"}]
    for _ in range(number):
        source, target = draft.draw(st.sampled_from(sources)), draft.draw(st.sampled_from(targets))
        if not draft.passes(target, source) or WAITING & {draft.nodes[source].kind}:
            draft.flow(source, target)


def _choose(draft: Draft) -> None:
    """Give conditions and defaults to what chooses; a gateway may be left without a way out, an activity may not."""
    for node in list(draft.nodes.values()):
        flows = [flow for flow in draft.flows.values() if flow.source == node.id]
        if len(flows) < 2 or not (node.kind in CHOOSING or (node.kind in ACTIVITIES and draft.draw(st.booleans()))):
            continue
        default = draft.draw(st.sampled_from(flows)).id
        if node.kind in CHOOSING and draft.draw(st.integers(0, 7)) == 7:
            default = ""
        draft.nodes[node.id] = replace(node, default=default)
        for flow in flows:
            condition = flow.condition or draft.condition()
            draft.flows[flow.id] = replace(flow, condition="" if flow.id == default else condition)


@st.composite
def block_structured(draw: Draw) -> Graph:
    return _blocks(Draft(draw, count(1), 2, (_blocks,)))


@st.composite
def unstructured(draw: Draw) -> Graph:
    shape = draw(st.sampled_from([_tangled, _knotted, _any_graph, _any_graph]))
    return shape(Draft(draw, count(1), draw(st.integers(0, 2)), (_blocks, _tangled, _knotted, _any_graph)))


# --- as XML ---


def written(graph: Graph) -> bytes:
    """Write a drawing as a file with one process."""
    return model(*_parts(graph), definitions=[element("message", "call", name="call")])


def _parts(graph: Graph) -> Iterator[str]:
    yield from (_WRITERS[node.kind](node) for node in graph.nodes.values())
    for flow in graph.flows.values():
        body = f"<bpmn:conditionExpression><![CDATA[{flow.condition}]]></bpmn:conditionExpression>"
        ends = {"sourceRef": flow.source, "targetRef": flow.target}
        yield element("sequenceFlow", flow.id, body if flow.condition else "", **ends)


def _with_default(xml: str, node: Node) -> str:
    return xml.replace(f' id="{node.id}"', f' id="{node.id}" default="{node.default}"', 1) if node.default else xml


def _definition(node: Node) -> str:
    if node.trigger == "message":
        return message_reference("call")
    return timer(cycle=f"R{node.rounds}/PT{node.hours}H") if node.rounds > 1 else timer(duration=f"PT{node.hours}H")


def _subprocess(node: Node) -> str:
    return element("subProcess", node.id, *_parts(node.inside))


_WRITERS: dict[str, Callable[[Node], str]] = {
    "start": lambda node: element("startEvent", node.id),
    "end": lambda node: end(node.id),
    "terminate": lambda node: end(node.id, "<bpmn:terminateEventDefinition/>"),
    "task": lambda node: _with_default(user_task(node.id), node),
    "job": lambda node: _with_default(service_task(node.id), node),
    "receive": lambda node: _with_default(element("receiveTask", node.id, messageRef="call"), node),
    "subprocess": lambda node: _with_default(_subprocess(node), node),
    "catch": lambda node: element("intermediateCatchEvent", node.id, _definition(node)),
    "boundary": lambda node: boundary(node.id, node.host, _definition(node), interrupting=node.interrupting),
    **{kind: lambda node: gateway(node.kind, node.id, node.default) for kind in ("exclusive", "parallel", "inclusive")},
}
