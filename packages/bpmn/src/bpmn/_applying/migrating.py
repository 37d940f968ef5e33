"""What facts about a migration to another program do to the state."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._rows import Join
from bpmn._state import State


def _instance_migrated(state: State, fact: facts.InstanceMigrated) -> None:
    state.edit_head().process_id = fact.process_id


def _element_mapped(state: State, fact: facts.ElementMapped) -> None:
    row = state.elements.edit(fact.id)
    row.element_id = fact.element_id
    if row.incident_id:
        state.incidents.edit(row.incident_id).element_id = fact.element_id
    if fact.scope_id is not None and "children" in state.made:
        state.children.remove(fact.scope_id, fact.id, fact.from_element_id)
        state.children.add(fact.scope_id, fact.id, fact.element_id)


def _wait_mapped(state: State, fact: facts.WaitMapped) -> None:
    state.waits.edit((fact.kind, fact.id)).element_id = fact.element_id


def _join_mapped(state: State, fact: facts.JoinMapped) -> None:
    old = state.joins.get((fact.scope_id, fact.from_element_id))
    waiting = {fact.flows[flow_id]: number for flow_id, number in old.waiting.items()}
    taken = tuple(fact.flows[flow_id] for flow_id in old.taken)
    state.joins.drop((fact.scope_id, fact.from_element_id))
    state.joins.put((fact.scope_id, fact.element_id), Join(fact.scope_id, fact.element_id, waiting, taken))


def _compensable_mapped(state: State, fact: facts.CompensableMapped) -> None:
    state.compensables.edit((fact.scope_id, str(fact.order))).element_id = fact.element_id


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.InstanceMigrated: _instance_migrated,
    facts.ElementMapped: _element_mapped,
    facts.WaitMapped: _wait_mapped,
    facts.JoinMapped: _join_mapped,
    facts.CompensableMapped: _compensable_mapped,
}
