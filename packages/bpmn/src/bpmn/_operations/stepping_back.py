"""Undoing the activity that led to a token: its compensation handler runs, then it begins anew."""

from typing import TYPE_CHECKING

from bpmn import _compensation, _ending, commands, facts
from bpmn._operations import places, waiting
from bpmn._operations.tokens import standing
from bpmn._rejection import Rejected
from bpmn._rows import Compensable, ElementInstance, Errand

if TYPE_CHECKING:
    from bpmn._run import Run


def step_back(run: "Run", command: commands.StepBack) -> None:
    """Compensate the last activity from which the token may have come, and put the token there again."""
    at = standing(run, command.element_instance_id)
    row = _last_before(run, at)
    if row is None:
        message = f"No activity that led to '{at.element_id}' has a compensation in the model; move the token instead."
        raise Rejected("nothing_to_undo", message)
    place = places.find(run, at, row.element_id)
    waiting.refuse_stranding(run, at, place)
    run.emit(facts.SteppedBack(at.id, at.element_id, row.element_id, command.reason))
    _ending.cancel(run, at, command.reason)
    back = run.stand_at(place.node, place.scope_id)
    run.change_mode(back, "returning", command.reason)
    # Order 0: nothing of what ended before is undone as well.
    _compensation.compensate_one(run, row, Errand(back.id, row.scope_id, 0, row.element_id))


def _last_before(run: "Run", at: ElementInstance) -> Compensable | None:
    """Find what ended last of all from which flows lead to the token."""
    scope_id = at.scope_id or ""
    for order in range(run.state.elements.get(scope_id).compensable, 0, -1):
        row = _compensation.find(run, scope_id, order)
        if row is not None and not row.round and _leads_to(run, row.element_id, at.element_id):
            return row
    return None


def _leads_to(run: "Run", source_id: str, target_id: str) -> bool:
    beyond = waiting.flows_beyond(run.program.by_id[source_id])
    return any(node.id == target_id for node in beyond.values())
