"""How an instance begins: at a start event, at what is received first, or at everything that no flow leads to."""

from collections.abc import Mapping

from bpmn._elements.event_based_gateway import EventBasedGateway
from bpmn._program import Node, Program, StartEvent
from bpmn._run import Run
from bpmn._variables import set_local, take_result


def find(program: Program, element_id: str | None, part: int) -> tuple[StartEvent | None, int] | None:
    """Find the way in that a command names; (None, 0) = all that no flow leads to, None = there is no such way."""
    if element_id is None:
        for way in program.starts:
            if way.node is program.root.start:
                return way, 0
        return (None, 0) if program.root.starts else None
    ways = [one for one in program.starts if one.node.id == element_id]
    return (ways[part], part) if part < len(ways) else None


def begin(
    run: Run,
    way: tuple[StartEvent | None, int],
    id_: str,
    variables: Mapping[str, object],
    given: Mapping[str, object],
) -> None:
    """Set the variables, wait for the events of event subprocesses, and put tokens in."""
    root, (start, part) = run.program.root, way
    # What began the instance is mapped by the start event; the rest is for all to see.
    is_mapped = start is not None and bool(start.node.triggers) and bool(start.node.outputs)
    known_to_all = given if is_mapped or not variables else {**variables, **given}
    if known_to_all:
        set_local(run, id_, known_to_all)
    if root.listens:
        run.open(root, run.state.elements.get(id_))
        if run.state.elements.get(id_).mode == "interrupted":
            return
    if start is None:
        for node in root.starts:
            run.enter(node, id_)
    elif start.gateway is not None:
        _begin_at_gateway(run, start.gateway, start.node, id_)
    else:
        _begin_at(run, start.node, part, id_, variables if is_mapped else {})


def _begin_at(run: Run, node: Node, part: int, id_: str, variables: Mapping[str, object]) -> None:
    if node.tag == "startEvent" and not node.triggers:
        run.enter(node, id_)
        return
    at = run.stand_at(node, id_, round_=part + 1 if node.is_parallel else 0)
    take_result(run, node, at, variables)
    if node.is_parallel:
        run.begin(node, at)
    else:
        run.finish(node, at)


def _begin_at_gateway(run: Run, gateway: Node, event: Node, id_: str) -> None:
    """Go in behind an instantiating gateway: only at the event that happened, or at the others as well."""
    behaviour = gateway.behaviour
    is_parallel = isinstance(behaviour, EventBasedGateway) and behaviour.is_parallel
    flows = [flow for flow in gateway.outgoing if is_parallel or flow.target is event]
    run.depart(gateway, run.stand_at(gateway, id_), flows)
    for flow in flows:
        if flow.target is event:
            run.finish(event, run.stand_at(event, id_, flow))
        else:
            run.enter(flow.target, id_, flow)
