"""What facts about the whole instance do to the state."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._rows import ElementInstance, Instance
from bpmn._state import State


def _instance_started(state: State, fact: facts.InstanceStarted) -> None:
    state.instance = Instance(fact.instance_id, fact.process_id, fact.business_id, fact.call_id)
    state.elements.rows[fact.instance_id] = ElementInstance(fact.instance_id, fact.process_id, None)
    state.begin_scope(fact.instance_id)


def _instance_ended(state: State, fact: facts.InstanceEnded) -> None:
    state.edit_head().outcome = fact.outcome
    state.elements.drop(fact.instance_id)
    state.end_scope(fact.instance_id)
    state.forget_all()


def _paused(state: State, fact: facts.Paused) -> None:
    state.edit_head().pending = fact.pending


def _resumed(state: State, fact: facts.Resumed) -> None:
    state.edit_head().pending = None


def _instance_suspended(state: State, fact: facts.InstanceSuspended) -> None:
    state.edit_head().suspended = True


def _instance_resumed(state: State, fact: facts.InstanceResumed) -> None:
    state.edit_head().suspended = False


def _caller_suspended(state: State, fact: facts.CallerSuspended) -> None:
    state.edit_head().caller_suspended = True


def _caller_resumed(state: State, fact: facts.CallerResumed) -> None:
    state.edit_head().caller_suspended = False


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.InstanceStarted: _instance_started,
    facts.InstanceEnded: _instance_ended,
    facts.Paused: _paused,
    facts.Resumed: _resumed,
    facts.InstanceSuspended: _instance_suspended,
    facts.InstanceResumed: _instance_resumed,
    facts.CallerSuspended: _caller_suspended,
    facts.CallerResumed: _caller_resumed,
}
