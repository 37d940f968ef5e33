"""Conditions that are waited for: looked at again when a variable changes that they read."""

from typing import TYPE_CHECKING

from bpmn import _events, facts
from bpmn._evaluate import Failure
from bpmn._program import Node
from bpmn._rows import ElementInstance, Wait
from bpmn._triggers.condition import Condition

if TYPE_CHECKING:
    from bpmn._run import Run

_ENDLESS = "Conditions let events happen again and again without end, as each changes what another waits for."


def look_again(run: "Run", scope_id: str, name: str) -> None:
    """Look at every condition that reads the variable and sees the scope; without a scope, at the one of that id."""
    if not scope_id:
        look(run, name)
        return
    for id_ in run.state.conditions.ids((scope_id, name)):
        look(run, id_)


def look_all(run: "Run", node: Node, at: ElementInstance) -> None:
    """Look at every condition that an element instance waits for."""
    for kind, id_ in run.state.elements.get(at.id).waits:
        if kind == "condition":
            look(run, id_)


def look(run: "Run", id_: str) -> None:
    """Let the event happen if its condition holds, and didn't when last looked at."""
    wait = run.state.waits.find(("condition", id_))
    if wait is None:
        return
    host = run.state.elements.get(wait.element_instance_id)
    event = run.program.by_id[wait.element_id]
    trigger = event.triggers[wait.part]
    if not isinstance(trigger, Condition):
        raise TypeError(f"{wait.element_id} waits for no condition")
    try:
        holds = trigger.holds(run, host, event)
    except Failure as failure:
        run.fail(host, "condition", failure)
        return
    if holds and not wait.holds:
        run.happenings_left -= 1
        if run.happenings_left < 0:
            run.fail(host, "condition", Failure("endless", _ENDLESS))
            return
    if holds != wait.holds:
        _changed(run, wait, event, host, holds=holds)


def _changed(run: "Run", wait: Wait, event: Node, host: ElementInstance, *, holds: bool) -> None:
    if event.stays_open:
        run.emit(facts.ConditionChanged(wait.id, host.id, event.id, holds))
    else:
        run.emit(facts.ConditionMet(wait.id, host.id, event.id))
    if holds:
        _events.happen(run, event, host, {}, f"condition {event.id}")
