"""Taking one token out of an element, or putting it elsewhere, because somebody says so."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bpmn import _ending, commands, facts
from bpmn._operations import places, waiting
from bpmn._operations.places import Place
from bpmn._operations.suspending import at_rest
from bpmn._program import Flow, Node
from bpmn._rejection import Rejected
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._run import Run


def cancel(run: "Run", command: commands.CancelToken) -> None:
    """Take a token out of an element for good, with everything inside it; others of its scope must be left."""
    at = standing(run, command.element_instance_id)
    scope = run.state.elements.get(at.scope_id or "")
    _refuse_the_last(run, scope, at.element_id)
    waiting.refuse_stranding(run, at, None)
    _ending.cancel(run, at, command.reason)
    # A loop goes on to its next round.
    run.unfinished.append(scope.id)


def discard(run: "Run", command: commands.DiscardToken) -> None:
    """Take away a token that waits at a gateway; others of its scope must be left."""
    at_rest(run)
    scope = run.state.elements.find(command.scope_id)
    flows = _flows_to_joins(run.node_of(scope)) if scope is not None else ()
    flow = next((flow for flow in flows if flow.id == command.flow_id), None)
    if scope is None or flow is None or not _waits_over(run, scope, flow):
        raise Rejected("unknown_token", "No token waits there any more.")
    _refuse_the_last(run, scope, flow.target.id)
    waiting.refuse_stranding_without(run, scope, flow)
    run.emit(facts.TokensDiscarded(scope.id, flow.target.id, (flow.id,), command.reason))
    # A gateway that waited for this one may go on now.
    run.touch(scope.id, flow.target, "")


def _flows_to_joins(scope: Node) -> Iterator[Flow]:
    return (flow for gateway in scope.joins for flow in gateway.incoming)


def _waits_over(run: "Run", scope: ElementInstance, flow: Flow) -> bool:
    join = run.state.find_join(scope.id, flow.target.id)
    return join is not None and flow.id in join.waiting


def _refuse_the_last(run: "Run", scope: ElementInstance, element_id: str) -> None:
    if scope.tokens == 1 and run.node_of(scope).container is None:
        message = f"'{element_id}' holds the only token of '{scope.element_id}': move it, or cancel '{scope.element_id}' itself."
        raise Rejected("last_token", message)


def move(run: "Run", command: commands.MoveToken) -> None:
    """Take a token out of one element and begin another with it."""
    at = standing(run, command.element_instance_id)
    place = places.find(run, at, command.target_id)
    waiting.refuse_stranding(run, place.leaving, place)
    run.emit(facts.TokenMoved(at.id, at.element_id, command.target_id, command.reason))
    _ending.cancel(run, place.leaving, command.reason)
    _begin(run, place)


def _begin(run: "Run", place: Place) -> None:
    scope_id = place.scope_id
    for node in place.around:
        at = run.stand_at(node, scope_id)
        if not run.prepare(node, at):
            raise Rejected(
                "not_begun", f"'{node.id}' around it can't begin: its inputs, or an event on it, prevent it."
            )
        scope_id = at.id
    if place.flow is None:
        run.enter(place.node, scope_id)
        return
    run.emit(facts.TokenPlaced(scope_id, place.flow.id))
    # No token of this scope needs to have moved, so nothing else makes an inclusive gateway look whether it may go on.
    run.touch(scope_id, place.node, "")
    if place.node.joining is not None:
        place.node.joining.arrive(run, place.node, scope_id, place.flow)
    else:
        run.enter(place.node, scope_id, place.flow)


def standing(run: "Run", id_: str) -> ElementInstance:
    """Find a token that an operator may touch. Raises: Rejected."""
    head = at_rest(run)
    at = run.state.elements.find(id_)
    if at is None:
        raise Rejected("unknown_element_instance", "That token has gone on meanwhile.")
    if at.id == head.id:
        raise Rejected("whole_instance", "That is the whole instance; cancel the instance instead.")
    for row in (at, *places.scopes_around(run, at)):
        if row.errand is not None or row.mode in {"reopened", "cancelling", "returning"}:
            raise Rejected("compensating", f"'{row.element_id}' is being undone; wait until that is over.")
    return at
