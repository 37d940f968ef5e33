"""What facts about incidents do to the state."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._rows import Incident
from bpmn._state import State


def _incident_raised(state: State, fact: facts.IncidentRaised) -> None:
    state.incidents.put(fact.id, _incident(fact))
    state.elements.edit(fact.element_instance_id).incident_id = fact.id


def _incident_repeated(state: State, fact: facts.IncidentRepeated) -> None:
    state.incidents.put(fact.id, _incident(fact))


def _incident(fact: facts.IncidentRaised | facts.IncidentRepeated) -> Incident:
    return Incident(fact.id, fact.element_instance_id, fact.element_id, fact.kind, fact.message, fact.stage)


def _incident_resolved(state: State, fact: facts.IncidentResolved) -> None:
    state.incidents.drop(fact.id)
    if state.elements.find(fact.element_instance_id) is not None:
        state.elements.edit(fact.element_instance_id).incident_id = None


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.IncidentRaised: _incident_raised,
    facts.IncidentRepeated: _incident_repeated,
    facts.IncidentResolved: _incident_resolved,
}
