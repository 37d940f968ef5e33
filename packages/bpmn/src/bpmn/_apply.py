"""What each fact does to the state: nothing else changes it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bpmn import facts
from bpmn._rows import Compensable, ElementInstance, Errand, Incident, Instance, Join, Rounds, Wait
from bpmn._state import State


def apply(state: State, fact: facts.Fact) -> None:
    """Change `state` as `fact` says. On a complete state, all facts in order rebuild an instance."""
    APPLIERS[type(fact)](state, fact)


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


def enter_element(state: State, fact: facts.ElementEntered) -> ElementInstance:
    """Give an element that a token is in its row."""
    row = _put_element(state, fact)
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


def _put_element(state: State, fact: facts.ElementEntered | facts.TokensJoined) -> ElementInstance:
    id_, element_id, scope_id = fact.id, fact.element_id, fact.scope_id
    row = state.elements.rows[id_] = ElementInstance(id_, element_id, scope_id)
    if "children" in state.made:
        state.children.add(scope_id, id_, element_id)
    if not state.knows_all:
        state.born.add(id_)
    return row


def _element_left(state: State, fact: facts.ElementLeft) -> None:
    row = _drop_element(state, fact)
    if row.round:
        _count(state, fact.scope_id, ended=1)
    if len(fact.flow_ids) != 1:
        state.elements.edit(fact.scope_id).tokens += len(fact.flow_ids) - 1


def _element_cancelled(state: State, fact: facts.ElementCancelled) -> None:
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
    _put_element(state, fact)
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


def _token_placed(state: State, fact: facts.TokenPlaced) -> None:
    state.elements.edit(fact.scope_id).tokens += 1


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


def _rounds_began(state: State, fact: facts.RoundsBegan) -> None:
    state.elements.edit(fact.id).rounds = Rounds(fact.total, fact.list_id)
    state.begin_scope(fact.list_id)
    for number, item in enumerate(fact.items, 1):
        state.variables.set(fact.list_id, f"in {number}", item)


def _mode_changed(state: State, fact: facts.ModeChanged) -> None:
    state.elements.edit(fact.id).mode = fact.mode


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


def _variable_set(state: State, fact: facts.VariableSet) -> None:
    state.variables.set(fact.scope_id, fact.name, fact.value)


def _nothing(state: State, fact: facts.Fact) -> None:
    """Told for the history alone."""


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


# --- migration ---


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


_INDEXED = frozenset({"signal", "condition"})

APPLIERS: Mapping[type, Callable[[State, Any], object]] = {
    facts.InstanceStarted: _instance_started,
    facts.InstanceEnded: _instance_ended,
    facts.Paused: _paused,
    facts.Resumed: _resumed,
    facts.InstanceSuspended: _instance_suspended,
    facts.InstanceResumed: _instance_resumed,
    facts.ElementEntered: enter_element,
    facts.ElementLeft: _element_left,
    facts.ElementCancelled: _element_cancelled,
    facts.TokenArrived: token_arrived,
    facts.TokensJoined: _tokens_joined,
    facts.TokensDiscarded: _tokens_discarded,
    facts.TokenMoved: _nothing,
    facts.TokenPlaced: _token_placed,
    facts.SteppedBack: _nothing,
    facts.GatewayActivated: _gateway_activated,
    facts.GatewayReset: _gateway_reset,
    facts.RoundsBegan: _rounds_began,
    facts.ModeChanged: _mode_changed,
    facts.CompensationKept: _compensation_kept,
    facts.CompensationTriggered: _compensation_triggered,
    facts.HandlerBegan: _handler_began,
    facts.CompensationForgotten: _compensation_forgotten,
    facts.ElementReopened: _element_reopened,
    facts.VariableSet: _variable_set,
    facts.DecisionMade: _nothing,
    facts.ErrorThrown: _nothing,
    facts.EscalationThrown: _nothing,
    facts.SignalThrown: _nothing,
    facts.MessageThrown: _nothing,
    facts.JobCreated: _wait_opened("job"),
    facts.JobCompleted: _wait_closed("job"),
    facts.JobFailed: _nothing,
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
    facts.CallEscalated: _nothing,
    facts.CallCompleted: _wait_closed("call"),
    facts.CallFailed: _wait_closed("call"),
    facts.WaitCancelled: _wait_cancelled,
    facts.IncidentRaised: _incident_raised,
    facts.IncidentRepeated: _incident_repeated,
    facts.IncidentResolved: _incident_resolved,
    facts.InstanceMigrated: _instance_migrated,
    facts.ElementMapped: _element_mapped,
    facts.WaitMapped: _wait_mapped,
    facts.TaskRenewed: _nothing,
    facts.JoinMapped: _join_mapped,
    facts.CompensableMapped: _compensable_mapped,
}
