"""What facts about compensation do to the state."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._rows import Compensable, ElementInstance, Errand
from bpmn._state import State


def _compensation_kept(state: State, fact: facts.CompensationKept) -> None:
    row = Compensable(fact.scope_id, fact.order, fact.element_id, fact.element_instance_id, fact.round, fact.inside)
    state.compensables.put((fact.scope_id, str(fact.order)), row)
    state.elements.edit(fact.scope_id).compensable = fact.order
    if fact.is_scope:
        state.elements.edit(fact.element_instance_id).mode = "kept"


def _compensation_triggered(state: State, fact: facts.CompensationTriggered) -> None:
    state.compensables.drop((fact.scope_id, str(fact.order)))


def _handler_began(state: State, fact: facts.HandlerBegan) -> None:
    errand = Errand(fact.thrower_id, fact.scope_id, fact.next_order, fact.only_activity_id)
    state.elements.edit(fact.id).errand = errand


def _compensation_forgotten(state: State, fact: facts.CompensationForgotten) -> None:
    state.compensables.drop((fact.scope_id, str(fact.order)))
    state.end_scope(fact.element_instance_id)


def _element_reopened(state: State, fact: facts.ElementReopened) -> None:
    errand = Errand(fact.thrower_id, fact.scope_id, fact.next_order, fact.only_activity_id)
    row = ElementInstance(fact.id, fact.element_id, fact.scope_id, mode="reopened", compensable=fact.inside)
    row.errand, row.round = errand, fact.round
    state.elements.put(fact.id, row)
    if "children" in state.made:
        state.children.add(fact.scope_id, fact.id, fact.element_id)
    state.elements.edit(fact.scope_id).tokens += 1
    state.reopen_scope(fact.id)


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.CompensationKept: _compensation_kept,
    facts.CompensationTriggered: _compensation_triggered,
    facts.HandlerBegan: _handler_began,
    facts.CompensationForgotten: _compensation_forgotten,
    facts.ElementReopened: _element_reopened,
}
