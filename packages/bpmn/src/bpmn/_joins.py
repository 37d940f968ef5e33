"""Joins that wait while a token elsewhere can still come over an empty flow: inclusive gateways, complex ones until reset.

Source: BPMN 2.0.2, clauses 13.4.3 and 13.4.5. They are released when nothing else moves in the step.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._evaluate import Failure, flow_holds, holds
from bpmn._program import InclusiveJoin, Node
from bpmn._rows import ElementInstance, Join

if TYPE_CHECKING:
    from bpmn._run import Run

_RESETTING: Mapping[str, object] = {"waitingForStart": False}


def release(run: "Run") -> bool:
    """Let the next join go on that may; False = none."""
    while run.touched:
        scope_id, scope = next(iter(run.touched.items()))
        for node in scope.inclusive_joins:
            join = run.state.find_join(scope_id, node.id)
            if join is None or node.inclusive is None:
                continue
            if join.taken and _may_go(run, node, scope, join, node.inclusive):
                _reset(run, node, join)
                return True
            if not join.taken and not _is_complex(node) and _may_go(run, node, scope, join, node.inclusive):
                run.begin(node, run.join(node, scope_id, waiting_flows(node, join)))
                return True
        del run.touched[scope_id]
    return False


def waiting_flows(node: Node, join: Join) -> tuple[str, ...]:
    """List the flows over which a token waits, in the order of the model: a store needn't keep another."""
    return tuple([flow.id for flow in node.incoming if flow.id in join.waiting])


def waiting_tokens(node: Node, join: Join) -> tuple[str, ...]:
    """List the flow of every token that waits, in the order of the model."""
    return tuple([flow.id for flow in node.incoming for _ in range(join.waiting.get(flow.id, 0))])


def _is_complex(node: Node) -> bool:
    return node.tag == "complexGateway"


def _may_go(run: "Run", node: Node, scope: Node, join: Join, rule: InclusiveJoin) -> bool:
    """Tell whether no token can still come over an empty flow that hasn't given its token yet."""
    filled = sum(rule.bit_of[flow_id] for flow_id in join.waiting)
    counted = filled
    for flow_id in join.taken:
        counted |= rule.bit_of[flow_id]
    for element_id in _occupied(run, node, scope, join.scope_id):
        reach = rule.reach.get(element_id, 0)
        if reach & ~counted and not reach & filled:
            return False
    return True


def _occupied(run: "Run", node: Node, scope: Node, scope_id: str) -> Iterable[str]:
    for other in scope.joins:
        if other is not node:
            waiting = run.state.find_join(scope_id, other.id)
            if waiting is not None and waiting.waiting:
                yield other.id
    yield from run.state.children.occupied(scope_id)


# --- complex gateways ---


def activate(run: "Run", node: Node, scope_id: str) -> None:
    """Let a complex gateway take its tokens if its activation condition holds now."""
    join = run.state.find_join(scope_id, node.id)
    if join is None or join.taken or not join.waiting:
        return
    flow_ids = waiting_flows(node, join)
    count = sum(join.waiting.values())
    failure: Failure | None = None
    try:
        scope = run.state.elements.get(scope_id)
        if node.activation and not holds(
            run, node.activation, scope, f"of gateway '{node.id}'", {"activationCount": count}
        ):
            return
    except Failure as raised:
        # An incident needs a place: the tokens that are there go in, and a retry lets them out.
        failure = raised
    at = run.join(node, scope_id, flow_ids)
    if len(flow_ids) < len(node.incoming):
        run.emit(facts.GatewayActivated(scope_id, node.id, flow_ids))
    if failure is not None:
        run.fail(at, "begin", failure)
    else:
        run.begin(node, at)


def _reset(run: "Run", node: Node, join: Join) -> None:
    """Take the tokens that came late, and go on over flows with conditions that hold after the start."""
    flow_ids = tuple(flow_id for flow_id in waiting_flows(node, join) if flow_id not in join.taken)
    if not flow_ids:
        run.emit(facts.GatewayReset(join.scope_id, node.id))
        return
    at = run.join(node, join.scope_id, flow_ids)
    run.emit(facts.GatewayReset(join.scope_id, node.id))
    leave_reset(run, node, at)
    activate(run, node, join.scope_id)


def leave_reset(run: "Run", node: Node, at: ElementInstance) -> None:
    """Let what came late go on over the flows whose conditions hold after the start; none = its way ends here."""
    try:
        flows = [flow for flow in node.outgoing if flow.condition and flow_holds(run, flow, at, _RESETTING)]
    except Failure as failure:
        run.fail(at, "reset", failure)
    else:
        run.leave(node, at, flows)


def reset_all(run: "Run", node: Node, scope_id: str) -> bool:
    """Reset the complex gateways of a scope in which no token is left; False = there was none to reset."""
    found = False
    for gateway in node.joins:
        if _is_complex(gateway):
            join = run.state.find_join(scope_id, gateway.id)
            if join is not None and join.taken:
                run.emit(facts.GatewayReset(scope_id, gateway.id))
                found = True
    return found
