"""Elements that wait for one thing, as a task or a job: they begin by one fact, and end by another.

What the general way says and changes in several moves, each for any element, is done here in one. The facts, and the state that
is left, are the same; the tests play every model both ways.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpmn import _ending, _passing, facts
from bpmn._applying.elements import drop_element, enter_element
from bpmn._applying.waits import open_wait
from bpmn._evaluate import Failure
from bpmn._program import Flow, Node, Quick, Waiting
from bpmn._rows import ElementInstance
from bpmn._variables import propagate, take_result

if TYPE_CHECKING:
    from bpmn._run import Run


def quick_way(node: Node) -> Quick | None:
    """Find how a token that comes to an element begins to wait there; None = the general way."""
    differs = node.joining is not None or node.inner is not None or node.takes
    return _standing(node.behaviour) if isinstance(node.behaviour, Waiting) and not differs else None


def ends_simply(node: Node) -> bool:
    """Tell whether nothing but the flows behind it has to do with the element's end."""
    around = node.scope
    if around is None or around.container is not None or node.container is not None:
        return False
    maps = node.outputs or node.data_outputs
    return not (maps or node.conditional or node.compensable) and node.completion_quantity == 1


def _standing(behaviour: Waiting) -> Quick:
    """Put a token into an element that waits for one thing."""
    kind, make_opening = behaviour.kind, behaviour.opening

    def stand(run: "Run", node: Node, scope_id: str, flow: Flow | None) -> None:
        entered = facts.ElementEntered(run.new_id(), node.id, scope_id, None if flow is None else flow.id)
        run.facts.append(entered)
        row = enter_element(run.state, entered)
        if node.listens and not run.prepare(node, row):
            # It hasn't begun.
            run.entries_left += 1
            return
        try:
            opening = make_opening(run, node, row)
        except Failure as failure:
            run.fail(row, "begin", failure)
            return
        run.facts.append(opening)
        open_wait(run.state, kind, opening, row)

    return stand


def done(
    run: "Run",
    node: Node,
    at: ElementInstance,
    wait: tuple[str, str],
    told: facts.TaskCompleted | facts.JobCompleted,
    variables: Mapping[str, object],
) -> None:
    """Say that what `at` waits for is done, take the variables that it brought, and leave."""
    if not node.ends_simply or at.incident_id or at.errand:
        run.emit(told)
        take_result(run, node, at, variables)
        run.finish(node, at)
        return
    run.facts.append(told)
    run.state.waits.drop(wait)
    if variables:
        propagate(run, at, variables)
    if len(at.waits) > 1:
        _ending.stop_waiting(run, at, [other for other in at.waits if other != wait])
    leave(run, node, at)


def leave(run: "Run", node: Node, at: ElementInstance) -> None:
    """Leave an element that ends simply and waits for nothing any more."""
    scope_id = at.scope_id or ""
    drop_element(run.state, at.id, scope_id, node.id)
    _passing.leave(run, node, at.id, scope_id, node.outgoing, 1)
