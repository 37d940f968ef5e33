"""What facts about tokens that wait for each other do to the state."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._applying.elements import put_element
from bpmn._rows import Join
from bpmn._state import State


def token_arrived(state: State, fact: facts.TokenArrived) -> Join:
    """Let a token wait at a gateway."""
    scope_id, element_id, flow_id = fact.scope_id, fact.element_id, fact.flow_id
    key = (scope_id, element_id)
    if state.find_join(scope_id, element_id) is None:
        row = state.joins.rows[key] = Join(scope_id, element_id)
    else:
        row = state.joins.edit(key)
    row.waiting[flow_id] = row.waiting.get(flow_id, 0) + 1
    return row


def _tokens_joined(state: State, fact: facts.TokensJoined) -> None:
    take_tokens(state, fact.scope_id, fact.element_id, fact.flow_ids)
    put_element(state, fact)
    state.elements.edit(fact.scope_id).tokens -= len(fact.flow_ids) - 1


def _tokens_discarded(state: State, fact: facts.TokensDiscarded) -> None:
    if fact.element_id:
        take_tokens(state, fact.scope_id, fact.element_id, fact.flow_ids)
    state.elements.edit(fact.scope_id).tokens -= len(fact.flow_ids)


def take_tokens(state: State, scope_id: str, element_id: str, flow_ids: tuple[str, ...]) -> None:
    """Take tokens away that wait at a join."""
    row = state.joins.edit((scope_id, element_id))
    waiting = row.waiting
    for flow_id in flow_ids:
        waiting[flow_id] -= 1
        if not waiting[flow_id]:
            del waiting[flow_id]
    if not waiting and not row.taken:
        state.joins.drop((scope_id, element_id))


def _gateway_activated(state: State, fact: facts.GatewayActivated) -> None:
    key = (fact.scope_id, fact.element_id)
    if state.find_join(*key) is None:
        state.joins.put(key, Join(*key))
    state.joins.edit(key).taken = fact.flow_ids


def _gateway_reset(state: State, fact: facts.GatewayReset) -> None:
    row = state.joins.edit((fact.scope_id, fact.element_id))
    row.taken = ()
    if not row.waiting:
        state.joins.drop((fact.scope_id, fact.element_id))


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.TokenArrived: token_arrived,
    facts.TokensJoined: _tokens_joined,
    facts.TokensDiscarded: _tokens_discarded,
    facts.GatewayActivated: _gateway_activated,
    facts.GatewayReset: _gateway_reset,
}
