"""What an element instance waits for, in the old program and in the new one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._elements.ad_hoc_subprocess import AdHocSubprocess
from bpmn._elements.event_based_gateway import EventBasedGateway
from bpmn._elements.user_task import UserTask
from bpmn._program import Node
from bpmn._rows import ElementInstance, Wait

if TYPE_CHECKING:
    from bpmn.migration._moving import _Move


def move(move_: "_Move", old: Node, new: Node, at: ElementInstance) -> tuple[Node, ...]:
    """Map or withdraw everything that is waited for; gives the events for which the wait begins, or begins anew."""
    again: dict[str, Node] = {}
    for kind, id_ in at.waits:
        wait = move_.run.state.waits.get((kind, id_))
        if wait.element_id == old.id:
            _move_own(move_, old, new, wait, again)
        else:
            _move_event(move_, new, wait, again)
    return (*again.values(), *_added(move_, old, new, at))


# --- the element's own ---


def _move_own(move_: "_Move", old: Node, new: Node, wait: Wait, again: dict[str, Node]) -> None:
    if wait.kind == "offer":
        _move_offer(move_, old, new, wait)
    elif wait.kind in {"task", "job", "call"} or _is_written_alike(old, new):
        _map(move_, wait, new)
        if wait.kind == "task":
            _renew_task(move_, old, new, wait)
    else:
        _begin_anew(move_, old, new, wait, again)


def _renew_task(move_: "_Move", old: Node, new: Node, wait: Wait) -> None:
    before, after = old.behaviour, new.behaviour
    if not isinstance(before, UserTask) or not isinstance(after, UserTask):
        return
    # A form that is computed was computed when the task was created.
    form_id = after.form_id if isinstance(after.form_id, str) and after.form_id != before.form_id else None
    if form_id is not None or (new.name or new.id) != (old.name or old.id):
        name = new.name or new.id
        move_.run.emit(facts.TaskRenewed(wait.id, wait.element_instance_id, new.id, name, form_id))


def _move_offer(move_: "_Move", old: Node, new: Node, wait: Wait) -> None:
    before, after = _step_ids(old), _step_ids(new)
    if before == after:
        _map(move_, wait, new)
        return
    rounds = move_.run.state.elements.get(wait.element_instance_id).rounds
    if rounds is not None and rounds.total and _is_sequential(old):
        move_.find("steps", old.id, f"Steps of '{old.id}' are under way one after another, and they are others now.")
    _withdraw(move_, wait)
    steps = facts.StepsOffered(move_.run.new_id(), wait.element_instance_id, new.id, after, _is_sequential(new))
    move_.run.emit(steps)


def _step_ids(node: Node) -> tuple[str, ...]:
    return tuple(step.id for step in node.starts)


def _is_sequential(node: Node) -> bool:
    return isinstance(node.behaviour, AdHocSubprocess) and node.behaviour.is_sequential


# --- events around and inside it ---


def _move_event(move_: "_Move", new: Node, wait: Wait, again: dict[str, Node]) -> None:
    event = move_.plan.old.by_id[wait.element_id]
    place = move_.plan.place_of(event)
    if place is None or place not in _events(new):
        _withdraw(move_, wait)
        _note(move_, "event_withdrawn", event.id, f"'{event.id}' is no longer waited for.")
    elif _is_written_alike(event, place):
        _map(move_, wait, place)
    else:
        _begin_anew(move_, event, place, wait, again)


def _begin_anew(move_: "_Move", event: Node, place: Node, wait: Wait, again: dict[str, Node]) -> None:
    if event.is_parallel:
        move_.find("parts", event.id, f"'{event.id}' waits for several things, and they are others now.")
    if place.id not in again:
        _note(move_, "event_renewed", event.id, f"'{event.id}' waits for something else now, and begins anew.")
    _withdraw(move_, wait)
    again[place.id] = place


def _added(move_: "_Move", old: Node, new: Node, at: ElementInstance) -> Iterator[Node]:
    """List the events of the new program that take the place of none around this element instance."""
    if not _listens(move_, old, at):
        return
    known = {move_.plan.pairs[event.id].new_id for event in _events(old)}
    for event in _events(new):
        if event.id not in known and event.triggers and not (event.is_event_start and at.mode == "interrupted"):
            _note(move_, "event_added", event.id, f"'{event.id}' is waited for from now on.")
            yield event


def _listens(move_: "_Move", node: Node, at: ElementInstance) -> bool:
    """Tell whether the element has begun to wait for events: one that failed before does so when it is tried again."""
    if at.incident_id and move_.run.state.incidents.get(at.incident_id).stage == "enter":
        return False
    return bool(at.waits) or not isinstance(node.behaviour, EventBasedGateway)


def _events(node: Node) -> tuple[Node, ...]:
    if isinstance(node.behaviour, EventBasedGateway):
        return (*node.listens, *(flow.target for flow in node.outgoing))
    return node.listens


def _is_written_alike(event: Node, place: Node) -> bool:
    return [trigger.definition for trigger in event.triggers] == [trigger.definition for trigger in place.triggers]


# --- facts ---


def _map(move_: "_Move", wait: Wait, place: Node) -> None:
    if wait.element_id != place.id:
        move_.run.emit(facts.WaitMapped(wait.id, wait.kind, wait.element_instance_id, place.id, wait.element_id))


def _withdraw(move_: "_Move", wait: Wait) -> None:
    move_.run.emit(facts.WaitCancelled(wait.id, wait.kind, wait.element_instance_id, wait.element_id))


def _note(move_: "_Move", code: str, element_id: str, message: str) -> None:
    move_.find(code, element_id, message, blocks=False)
