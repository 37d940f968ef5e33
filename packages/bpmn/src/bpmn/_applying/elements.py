"""What facts about element instances do to the state: where tokens are, and what lies in their scopes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bpmn import facts
from bpmn._rows import ElementInstance, Rounds
from bpmn._state import State


def enter_element(state: State, fact: facts.ElementEntered) -> ElementInstance:
    """Give an element that a token is in its row."""
    row = put_element(state, fact)
    if fact.flow_id is None:
        state.elements.edit(fact.scope_id).tokens += 1
    if fact.round:
        row.round = fact.round
        _count(state, fact.scope_id, begun=1)
    return row


def _count(state: State, id_: str, *, begun: int = 0, ended: int = 0) -> None:
    row = state.elements.edit(id_)
    if row.rounds is not None:
        row.rounds = replace(row.rounds, begun=row.rounds.begun + begun, ended=row.rounds.ended + ended)


def put_element(state: State, fact: facts.ElementEntered | facts.TokensJoined) -> ElementInstance:
    id_, element_id, scope_id = fact.id, fact.element_id, fact.scope_id
    row = state.elements.rows[id_] = ElementInstance(id_, element_id, scope_id)
    if "children" in state.made:
        state.children.add(scope_id, id_, element_id)
    if not state.knows_all:
        state.begin_scope(id_)
    return row


def _element_left(state: State, fact: facts.ElementLeft) -> None:
    row = _drop_element(state, fact)
    if row.round:
        _count(state, fact.scope_id, ended=1)
    if len(fact.flow_ids) != 1:
        state.elements.edit(fact.scope_id).tokens += len(fact.flow_ids) - 1


def element_cancelled(state: State, fact: facts.ElementCancelled) -> None:
    """Take away an element instance, and its token."""
    _drop_element(state, fact)
    state.elements.edit(fact.scope_id).tokens -= 1


def _drop_element(state: State, fact: facts.ElementLeft | facts.ElementCancelled) -> ElementInstance:
    row = state.elements.get(fact.id)
    if row.rounds is not None:
        state.variables.drop_scope(row.rounds.list_id)
    drop_element(state, fact.id, fact.scope_id, fact.element_id, keeps_variables=row.mode == "kept")
    return row


def drop_element(state: State, id_: str, scope_id: str, element_id: str, *, keeps_variables: bool = False) -> None:
    """Take away the row of an element that its token has left."""
    state.elements.drop(id_)
    if "children" in state.made:
        state.children.remove(scope_id, id_, element_id)
    if keeps_variables:
        state.keep_scope(id_)
    else:
        state.end_scope(id_)


def _token_placed(state: State, fact: facts.TokenPlaced) -> None:
    state.elements.edit(fact.scope_id).tokens += 1


def _rounds_began(state: State, fact: facts.RoundsBegan) -> None:
    state.elements.edit(fact.id).rounds = Rounds(fact.total, fact.list_id)
    state.begin_scope(fact.list_id)
    for number, item in enumerate(fact.items, 1):
        state.variables.set(fact.list_id, f"in {number}", item)


def _mode_changed(state: State, fact: facts.ModeChanged) -> None:
    state.elements.edit(fact.id).mode = fact.mode


def _variable_set(state: State, fact: facts.VariableSet) -> None:
    state.variables.set(fact.scope_id, fact.name, fact.value)


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.ElementEntered: enter_element,
    facts.ElementLeft: _element_left,
    facts.ElementCancelled: element_cancelled,
    facts.TokenPlaced: _token_placed,
    facts.RoundsBegan: _rounds_began,
    facts.ModeChanged: _mode_changed,
    facts.VariableSet: _variable_set,
}
