"""What facts about what is waited for do to the state."""

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import facts
from bpmn._rows import ElementInstance, Wait
from bpmn._state import State


def _wait_opened(kind: str) -> Callable[[State, Any], None]:
    def applied(state: State, fact: facts.Opening) -> None:
        _open(state, kind, fact)

    return applied


def _open(state: State, kind: str, fact: facts.Opening) -> Wait:
    return open_wait(state, kind, fact, state.elements.edit(fact.element_instance_id))


def open_wait(state: State, kind: str, fact: facts.Opening, row: ElementInstance) -> Wait:
    """Let an element instance wait for what the fact says; `row` is to be changed."""
    key = (kind, fact.id)
    wait = state.waits.rows[key] = Wait(kind, fact.id, fact.element_instance_id, fact.element_id)
    row.waits += (key,)
    return wait


def _timer_scheduled(state: State, fact: facts.TimerScheduled) -> None:
    wait = _open(state, "timer", fact)
    wait.due_at, wait.interval, wait.repetitions_left = fact.due_at, fact.interval, fact.repetitions_left


def _signal_subscribed(state: State, fact: facts.SignalSubscribed) -> None:
    _open(state, "signal", fact).name = fact.name
    state.signals.add((fact.name,), fact.id)


def _condition_subscribed(state: State, fact: facts.ConditionSubscribed) -> None:
    wait = _open(state, "condition", fact)
    wait.part = fact.part
    wait.watches = tuple((scope_id, name) for scope_id in fact.scope_ids for name in fact.names)
    for watch in wait.watches:
        state.conditions.add(watch, fact.id)


def _wait_closed(kind: str) -> Callable[[State, Any], None]:
    def applied(
        state: State,
        fact: facts.JobCompleted
        | facts.TaskCompleted
        | facts.TimerTriggered
        | facts.ConditionMet
        | facts.OfferClosed
        | facts.CallCompleted
        | facts.CallFailed,
    ) -> None:
        _close(state, kind, fact.id, fact.element_instance_id)

    return applied


def _wait_cancelled(state: State, fact: facts.WaitCancelled) -> None:
    _close(state, fact.kind, fact.id, fact.element_instance_id)


def _message_received(state: State, fact: facts.MessageReceived) -> None:
    if not fact.still_open:
        _close(state, "message", fact.id, fact.element_instance_id)


def _signal_caught(state: State, fact: facts.SignalCaught) -> None:
    if not fact.still_open:
        _close(state, "signal", fact.id, fact.element_instance_id)


def _condition_changed(state: State, fact: facts.ConditionChanged) -> None:
    state.waits.edit(("condition", fact.id)).holds = fact.holds


def _close(state: State, kind: str, id_: str, element_instance_id: str) -> None:
    key = (kind, id_)
    close_wait(state, key)
    element = state.elements.edit(element_instance_id)
    element.waits = tuple([wait for wait in element.waits if wait != key]) if len(element.waits) > 1 else ()


def close_wait(state: State, key: tuple[str, str]) -> None:
    """Take away the row of a wait; that of its element instance is another matter."""
    kind, id_ = key
    if kind in _INDEXED:
        wait = state.waits.get(key)
        if kind == "signal":
            state.signals.remove((wait.name,), id_)
        for watch in wait.watches:
            state.conditions.remove(watch, id_)
    state.waits.drop(key)


def _job_retried(state: State, fact: facts.JobRetried) -> None:
    state.waits.edit(("job", fact.id)).round = fact.round


_INDEXED = frozenset({"signal", "condition"})


APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.JobCreated: _wait_opened("job"),
    facts.JobCompleted: _wait_closed("job"),
    facts.JobRetried: _job_retried,
    facts.TaskCreated: _wait_opened("task"),
    facts.TaskCompleted: _wait_closed("task"),
    facts.TimerScheduled: _timer_scheduled,
    facts.TimerTriggered: _wait_closed("timer"),
    facts.MessageSubscribed: _wait_opened("message"),
    facts.MessageReceived: _message_received,
    facts.SignalSubscribed: _signal_subscribed,
    facts.SignalCaught: _signal_caught,
    facts.ConditionSubscribed: _condition_subscribed,
    facts.ConditionChanged: _condition_changed,
    facts.ConditionMet: _wait_closed("condition"),
    facts.StepsOffered: _wait_opened("offer"),
    facts.OfferClosed: _wait_closed("offer"),
    facts.CallStarted: _wait_opened("call"),
    facts.CallCompleted: _wait_closed("call"),
    facts.CallFailed: _wait_closed("call"),
    facts.WaitCancelled: _wait_cancelled,
}
