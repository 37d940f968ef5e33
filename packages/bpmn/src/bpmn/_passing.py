"""Elements that a token passes: they begin and end at once, and nothing else has to do with them.

Most elements of most processes are such: gateways, scripts, decisions, events that neither wait nor throw. Between its two
facts nothing can see such an element, so no row is made for it. The facts, and the state that is left, are those of the
general way (`Run.open` and what follows); the tests play every model both ways.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._apply import APPLIERS, take_tokens
from bpmn._evaluate import Failure
from bpmn._mappings import map_inputs, map_outputs
from bpmn._program import Flow, Node, Passing, ids_of
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._run import Run


def way_through(node: Node) -> Passing | None:
    """Find how a token passes an element; None = the element takes the general way."""
    around = node.scope
    if around is None or around.container is not None or node.is_scope or not isinstance(node.behaviour, Passing):
        return None
    is_gateway = node.tag.endswith("Gateway")
    differs = node.maps if is_gateway else node.conditional
    if differs or node.listens or node.compensable or node.completion_quantity != 1:
        return None
    return node.behaviour


def enter(run: "Run", passing: Passing, node: Node, scope_id: str, flow: Flow | None) -> None:
    """Let a token pass that came over `flow`, or begins here."""
    entered = facts.ElementEntered(run.new_id(), node.id, scope_id, flow.id if flow is not None else None)
    flows = _do(run, passing, node, entered)
    if flows is not None:
        _leave(run, node, entered, flows, 0 if flow is None else 1)


def join(run: "Run", passing: Passing, node: Node, scope_id: str, flow_ids: tuple[str, ...]) -> None:
    """Let those tokens pass as one that have waited for each other."""
    joined = facts.TokensJoined(run.new_id(), node.id, scope_id, flow_ids)
    flows = _do(run, passing, node, joined)
    if flows is not None:
        take_tokens(run.state, scope_id, node.id, flow_ids)
        _leave(run, node, joined, flows, len(flow_ids))


def _do(
    run: "Run", passing: Passing, node: Node, entered: facts.ElementEntered | facts.TokensJoined
) -> Sequence[Flow] | None:
    """Let the element do what it does; None = it failed, and stays."""
    id_, scope_id = entered.id, entered.scope_id
    run.facts.append(entered)
    stage: facts.Stage = "begin"
    try:
        if not node.maps:
            return passing.through(run, node, id_, run.state.elements.get(scope_id))
        # It has variables of its own for as long as this takes.
        run.state.begin_scope(id_)
        at = ElementInstance(id_, node.id, scope_id)
        stage = "enter"
        map_inputs(run, node, at)
        stage = "begin"
        flows = passing.through(run, node, id_, at)
        stage = "leave"
        map_outputs(run, node, at)
    except Failure as failure:
        # It gets its row after all.
        APPLIERS[type(entered)](run.state, entered)
        run.fail(run.state.elements.get(id_), stage, failure)
        return None
    run.state.end_scope(id_)
    return flows


def _leave(
    run: "Run", node: Node, entered: facts.ElementEntered | facts.TokensJoined, flows: Sequence[Flow], tokens: int
) -> None:
    """Move on what `tokens` became, over `flows`."""
    id_, scope_id = entered.id, entered.scope_id
    run.facts.append(facts.ElementLeft(id_, node.id, scope_id, ids_of(flows)))
    if len(flows) != tokens:
        run.state.elements.edit(scope_id).tokens += len(flows) - tokens
    if run.touched or (node.scope is not None and node.scope.inclusive_joins):
        run.touch(scope_id, node, id_)
    for flow in flows:
        run.tokens.append((flow, scope_id))
    if not flows:
        run.unfinished.append(scope_id)
