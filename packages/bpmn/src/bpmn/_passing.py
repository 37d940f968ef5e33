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

_Came = facts.ElementEntered | facts.TokensJoined


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


def pass_through(run: "Run", passing: Passing, node: Node, came: _Came, tokens: int) -> None:
    """Let `tokens` pass that came as one; if the element fails, it stays."""
    run.facts.append(came)
    id_, scope_id, state = came.id, came.scope_id, run.state
    if node.maps:
        flows = _through_with_variables(run, passing, node, came)
        if flows is None:
            return
    else:
        try:
            flows = passing.through(run, node, id_, state.elements.get(scope_id))
        except Failure as failure:
            _stay(run, came, "begin", failure)
            return
    if isinstance(came, facts.TokensJoined):
        take_tokens(state, scope_id, node.id, came.flow_ids)
    run.facts.append(facts.ElementLeft(id_, node.id, scope_id, ids_of(flows)))
    if len(flows) != tokens:
        state.elements.edit(scope_id).tokens += len(flows) - tokens
    if run.touched or (node.scope is not None and node.scope.inclusive_joins):
        run.touch(scope_id, node, id_)
    for flow in flows:
        run.tokens.append((flow, scope_id))
    if not flows:
        run.unfinished.append(scope_id)


def _through_with_variables(run: "Run", passing: Passing, node: Node, came: _Came) -> Sequence[Flow] | None:
    """Let the element do what it does, with variables of its own for as long as that takes; None = it failed."""
    stage: facts.Stage = "enter"
    run.state.begin_scope(came.id)
    at = ElementInstance(came.id, node.id, came.scope_id)
    try:
        map_inputs(run, node, at)
        stage = "begin"
        flows = passing.through(run, node, came.id, at)
        stage = "leave"
        map_outputs(run, node, at)
    except Failure as failure:
        _stay(run, came, stage, failure)
        return None
    run.state.end_scope(came.id)
    return flows


def _stay(run: "Run", came: _Came, stage: facts.Stage, failure: Failure) -> None:
    """Give the element its row after all: it waits for its incident to be resolved."""
    APPLIERS[type(came)](run.state, came)
    run.fail(run.state.elements.get(came.id), stage, failure)
