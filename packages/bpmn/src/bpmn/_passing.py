"""Elements that a token passes: they begin and end at once, and nothing else has to do with them.

Most elements of most processes are such: gateways, scripts, decisions, events that neither wait nor throw. Between its two
facts nothing can see such an element, so no row is made for it. The facts, and the state that is left, are those of the
general way (`Run.open` and what follows); the tests play every model both ways.
"""

from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._apply import APPLIERS
from bpmn._evaluate import Failure
from bpmn._program import Flow, Node, Passing

if TYPE_CHECKING:
    from bpmn._run import Run


def way_through(node: Node) -> Passing | None:
    """Find how a token passes an element; None = the element takes the general way."""
    around = node.scope
    if around is None or around.container is not None or node.is_scope or not isinstance(node.behaviour, Passing):
        return None
    maps = node.needs_preparing or node.outputs or node.data_outputs
    chooses = node.conditional and not node.tag.endswith("Gateway")
    if maps or chooses or node.compensable or node.completion_quantity != 1:
        return None
    return node.behaviour


def enter(run: "Run", passing: Passing, node: Node, scope_id: str, flow: Flow | None) -> None:
    """Let a token pass that came over `flow`, or begins here."""
    entered = facts.ElementEntered(run.new_id(), node.id, scope_id, flow.id if flow is not None else None)
    _pass(run, passing, node, entered, 0 if flow is None else 1)


def _pass(run: "Run", passing: Passing, node: Node, entered: facts.ElementEntered, tokens: int) -> None:
    id_, scope_id = entered.id, entered.scope_id
    run.facts.append(entered)
    try:
        flows = passing.through(run, node, id_, scope_id)
    except Failure as failure:
        # It stops here, so it gets its row after all.
        APPLIERS[type(entered)](run.state, entered)
        run.fail(run.state.elements.get(id_), "begin", failure)
        return
    run.facts.append(facts.ElementLeft(id_, node.id, scope_id, tuple([flow.id for flow in flows])))
    if len(flows) != tokens:
        run.state.elements.edit(scope_id).tokens += len(flows) - tokens
    if run.touched or (node.scope is not None and node.scope.inclusive_joins):
        run.touch(scope_id, node, id_)
    for flow in flows:
        run.tokens.append((flow, scope_id))
    if not flows:
        run.unfinished.append(scope_id)
