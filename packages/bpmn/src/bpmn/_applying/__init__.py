"""What each fact does to the state: nothing else changes it."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._applying import compensation, elements, incidents, instances, joins, migrating, waits
from bpmn._state import State


def apply(state: State, fact: facts.Fact) -> None:
    """Change `state` as `fact` says. On a complete state, all facts in order rebuild an instance."""
    APPLIERS[type(fact)](state, fact)


def _nothing(state: State, fact: facts.Fact) -> None:
    """Told for the history alone."""


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    **instances.APPLIERS,
    **elements.APPLIERS,
    **joins.APPLIERS,
    **compensation.APPLIERS,
    **waits.APPLIERS,
    **incidents.APPLIERS,
    **migrating.APPLIERS,
    facts.TokenMoved: _nothing,
    facts.SteppedBack: _nothing,
    facts.DecisionMade: _nothing,
    facts.ErrorThrown: _nothing,
    facts.EscalationThrown: _nothing,
    facts.SignalThrown: _nothing,
    facts.MessageThrown: _nothing,
    facts.JobFailed: _nothing,
    facts.CallEscalated: _nothing,
    facts.TaskRenewed: _nothing,
}
