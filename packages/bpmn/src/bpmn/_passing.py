"""Elements that a token passes: they begin and end at once, and nothing else has to do with them.

Most elements of most processes are such: gateways, scripts, decisions, events that neither wait nor throw. Between its two
facts nothing can see such an element, so no row is made for it. The facts, and the state that is left, are those of the
general way (`Run.open` and what follows); the tests play every model both ways.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._applying import APPLIERS
from bpmn._applying.joins import take_tokens
from bpmn._evaluate import Failure
from bpmn._mappings import map_inputs, map_outputs, outputs
from bpmn._program import Ending, Flow, Giving, Node, Passing, Quick, ids_of
from bpmn._rows import ElementInstance
from bpmn._variables import propagate
from bpmn.facts import ElementEntered, ElementLeft, VariableSet
from feel import Values

if TYPE_CHECKING:
    from bpmn._run import Run

_Came = facts.ElementEntered | facts.TokensJoined


def way_through(node: Node) -> Passing | None:
    """Find how a token passes an element; None = the element takes the general way."""
    return node.behaviour if isinstance(node.behaviour, Passing) and _is_alone(node) else None


def _is_alone(node: Node) -> bool:
    """Tell whether nothing else has to do with the element."""
    around = node.scope
    if around is None or around.container is not None or node.is_scope:
        return False
    is_gateway = node.tag.endswith("Gateway")
    differs = node.maps if is_gateway else node.conditional
    return not (differs or node.listens or node.compensable) and node.completion_quantity == 1


def quick_way(node: Node) -> Quick | None:
    """Find how a token that comes to an element is let through; None = the general way."""
    if node.joining is not None:
        return None
    if isinstance(node.behaviour, Ending) and node.scope is not None and _is_alone(node) and not node.maps:
        return _ending(node.behaviour, node.scope)
    if node.passing is None:
        return None
    if node.maps:
        gives_only = not node.takes and not node.data_outputs
        return _giving(node.passing) if isinstance(node.passing, Giving) and gives_only else _pass_with_variables
    return _pass_idle if node.passing.is_idle(node) else _acting(node.passing)


def _pass_idle(run: "Run", node: Node, scope_id: str, flow: Flow | None) -> None:
    """Let a token pass where nothing is done and nothing can fail."""
    id_ = run.new_id()
    run.facts.append(ElementEntered(id_, node.id, scope_id, None if flow is None else flow.id))
    leave(run, node, id_, scope_id, node.outgoing, 0 if flow is None else 1)


def _ending(behaviour: Ending, around: Node) -> Quick:
    """Let a token end, and others with it."""

    def pass_ending(run: "Run", node: Node, scope_id: str, flow: Flow | None) -> None:
        _pass_idle(run, node, scope_id, flow)
        behaviour.left(run, around, scope_id)

    return pass_ending


def _acting(passing: Passing) -> Quick:
    """Let a token pass where something is done; if that fails, it stays."""
    through = passing.through

    def pass_acting(run: "Run", node: Node, scope_id: str, flow: Flow | None) -> None:
        came = ElementEntered(run.new_id(), node.id, scope_id, None if flow is None else flow.id)
        run.facts.append(came)
        try:
            flows = through(run, node, came.id, run.state.elements.get(scope_id))
        except Failure as failure:
            _stay(run, came, "begin", failure)
        else:
            leave(run, node, came.id, scope_id, flows, 0 if flow is None else 1)

    return pass_acting


def _giving(giving: Giving) -> Quick:
    """Let a token pass that leaves behind what is mapped of what is worked out; if something fails, it stays."""

    def pass_giving(run: "Run", node: Node, scope_id: str, flow: Flow | None) -> None:
        came = ElementEntered(run.new_id(), node.id, scope_id, None if flow is None else flow.id)
        run.facts.append(came)
        scope = run.state.elements.get(scope_id)
        own = Values()
        stage: facts.Stage = "begin"
        try:
            own.update(giving.gives(run, node, came.id, scope))
            run.facts.extend([VariableSet(came.id, name, value) for name, value in own.items()])
            stage = "leave"
            left_behind = outputs(run, node, scope, scope, own)
        except Failure as failure:
            _stay(run, came, stage, failure)
            run.state.variables.of(came.id).update(own)
            return
        propagate(run, scope, left_behind)
        leave(run, node, came.id, scope_id, node.outgoing, 0 if flow is None else 1)

    return pass_giving


def _pass_with_variables(run: "Run", node: Node, scope_id: str, flow: Flow | None) -> None:
    """Let a token pass where something is done with variables of its own for as long as that takes; if it fails, it stays."""
    came = ElementEntered(run.new_id(), node.id, scope_id, None if flow is None else flow.id)
    run.facts.append(came)
    flows = _through_with_variables(run, node, came)
    if flows is not None:
        leave(run, node, came.id, scope_id, flows, 0 if flow is None else 1)


def pass_joined(run: "Run", node: Node, scope_id: str, flow_ids: tuple[str, ...]) -> None:
    """Let tokens pass that wait at an element, as one; if it fails, that one stays."""
    came = facts.TokensJoined(run.new_id(), node.id, scope_id, flow_ids)
    run.facts.append(came)
    flows = _through(run, node, came)
    if flows is not None:
        take_tokens(run.state, scope_id, node.id, flow_ids)
        leave(run, node, came.id, scope_id, flows, len(flow_ids))


def leave(run: "Run", node: Node, id_: str, scope_id: str, flows: Sequence[Flow], tokens: int) -> None:
    """Let as many tokens as there are `flows` go on, where the scope counts `tokens` of this element instance."""
    if tokens == 1 and flows is node.only_way:
        # As below, where there is nothing to decide: most that is left is left so.
        run.facts.append(ElementLeft(id_, node.id, scope_id, node.outgoing_ids))
        run.tokens.append((flows[0], scope_id))
        return
    run.facts.append(
        ElementLeft(id_, node.id, scope_id, node.outgoing_ids if flows is node.outgoing else ids_of(flows))
    )
    going = len(flows)
    if going != tokens:
        run.state.elements.edit(scope_id).tokens += going - tokens
    if run.touched or node.frees_joins:
        run.touch(scope_id, node, id_)
    if not going:
        run.unfinished.append(scope_id)
    for flow in flows:
        run.tokens.append((flow, scope_id))


def _through(run: "Run", node: Node, came: _Came) -> Sequence[Flow] | None:
    """Let the element do what it does; None = it failed."""
    if node.maps:
        return _through_with_variables(run, node, came)
    try:
        return _way(node).through(run, node, came.id, run.state.elements.get(came.scope_id))
    except Failure as failure:
        _stay(run, came, "begin", failure)
        return None


def _way(node: Node) -> Passing:
    if node.passing is None:
        raise TypeError(f"no token passes {node.id} at once")
    return node.passing


def _through_with_variables(run: "Run", node: Node, came: _Came) -> Sequence[Flow] | None:
    """Let the element do what it does, with variables of its own; None = it failed."""
    stage: facts.Stage = "enter"
    run.state.begin_scope(came.id)
    at = ElementInstance(came.id, node.id, came.scope_id)
    try:
        if node.takes:
            map_inputs(run, node, at)
        stage = "begin"
        flows = _way(node).through(run, node, came.id, at)
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
