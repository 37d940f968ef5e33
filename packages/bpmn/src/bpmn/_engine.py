"""The engine: one command, one slice of state, the facts that follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from bpmn import _beginning, _conditions, _ending, _joins, _pausing, _waiting, commands, facts
from bpmn._elements import ad_hoc_subprocess
from bpmn._elements.call_activity import CallActivity
from bpmn._evaluate import Failure
from bpmn._events import happen, hear_signal, throw_error, throw_escalation
from bpmn._frozen import Frozen
from bpmn._operations import OPERATIONS
from bpmn._operations.suspending import refuse_while_suspended, stays_suspended
from bpmn._program import Node, Program
from bpmn._rejection import Rejected, Rejection
from bpmn._rows import ElementInstance, Instance, Wait
from bpmn._run import Decide, Perform, Run
from bpmn._state import State
from bpmn._tables import Key, Unknown
from bpmn._timers import due_again
from bpmn._values import storable_variables
from bpmn._variables import propagate, set_local, visible
from bpmn.errors import CodecError
from bpmn.facts import EFFECTS, Fact

STEP_LIMIT = 1_000_000
# A loop of jobs that are done at once is to let others in between, too.
_MOST_PERFORMED = 20


class Step(Frozen, eq=False):
    """What a command led to: the facts in order, and the state with them applied (a fork of the slice)."""

    facts: tuple[Fact, ...]
    after: State

    @property
    def effects(self) -> tuple[Fact, ...]:
        """The facts among them that ask something of the world."""
        return tuple(fact for fact in self.facts if isinstance(fact, EFFECTS))


@dataclass(frozen=True, slots=True)
class NeedMore:
    """The slice doesn't hold these keys (see `bpmn.State`): load them as well, and call again."""

    keys: tuple[Key, ...]


def advance(
    program: Program,
    state: State,
    command: commands.Command,
    now: datetime,
    ids: Callable[[], str],
    *,
    decide: Decide | None = None,
    perform: Perform | None = None,
    limit: int = STEP_LIMIT,
    pause_after: int | None = None,
) -> Step | NeedMore | Rejection:
    """Carry out one command on one instance and move its tokens until each waits for something.

    Pure: `state` (complete, or a slice) isn't changed; equal arguments give equal facts. Units: `now` is aware; `limit` is
    how many elements may be entered without waiting before that counts as endless and becomes an incident. After
    `pause_after` elements (None = never) the step stops where it is, with the fact `Paused`; the command `GoOn` goes on, and so
    does any other command once it is carried out. `perform` may do jobs as they come up, the first few of a step: that goes on as
    if `CompleteJob` had come for each.
    """
    run = Run(program, state.fork(), now, ids, decide, limit, pause_after)
    try:
        head = state.instance
        if head is not None and (head.stands_still or head.pending is not None):
            _resume(run, head, command)
        _COMMANDS[type(command)](run, command)
        run.drain()
        if perform is not None:
            _perform(run, perform)
    except Unknown as unknown:
        return NeedMore(tuple(dict.fromkeys(unknown.keys)))
    except Rejected as rejected:
        return rejected.rejection
    return Step(tuple(run.facts), run.state)


def _resume(run: Run, head: Instance, command: commands.Command) -> None:
    """Refuse what has to wait, and go on with what is pending."""
    refuse_while_suspended(head, command)
    if head.pending is not None and not stays_suspended(head, command):
        _pausing.take_up(run)


def _perform(run: Run, perform: Perform) -> None:
    """Have jobs done that came up, in their order, and those that come up by that."""
    place = performed = 0
    while place < len(run.facts) and performed < _MOST_PERFORMED:
        fact = run.facts[place]
        place += 1
        if type(fact) is not facts.JobCreated:
            continue
        head = run.state.head()
        if head.stands_still or head.pending is not None:
            return
        if run.state.waits.find(("job", fact.id)) is None:
            continue
        variables = perform(fact, partial(visible, run, run.state.elements.get(fact.element_instance_id)))
        if variables is not None:
            performed += 1
            _complete_job(run, commands.CompleteJob(job_id=fact.id, variables=variables))
            run.drain()


def first_keys(command: commands.Command) -> tuple[Key, ...]:
    """Say what a slice for `command` needs in any case, so that a store can load it with the first query."""
    match command:
        case commands.CompleteTask(task_id=id_):
            return (("wait", "task", id_),)
        case commands.CompleteJob(job_id=id_) | commands.FailJob(job_id=id_) | commands.ThrowJobError(job_id=id_):
            return (("wait", "job", id_),)
        case commands.TriggerTimer(timer_id=id_):
            return (("wait", "timer", id_),)
        case commands.DeliverMessage(subscription_id=id_):
            return (("wait", "message", id_),)
        case commands.DeliverSignal(name=name):
            return (("signal", name),)
        case commands.BeginStep(offer_id=id_) | commands.CloseOffer(offer_id=id_):
            return (("wait", "offer", id_),)
        case commands.CompleteCall(call_id=id_) | commands.FailCall(call_id=id_) | commands.EscalateCall(call_id=id_):
            return (("wait", "call", id_),)
        case commands.ResolveIncident(incident_id=id_):
            return (("incident", id_),)
        case (
            commands.CancelToken(element_instance_id=id_)
            | commands.MoveToken(element_instance_id=id_)
            | commands.StepBack(element_instance_id=id_)
        ):
            return (("element", id_),)
        case commands.DiscardToken(scope_id=id_):
            return (("element", id_),)
        case _:
            return ()


# --- commands ---


def _start(run: Run, command: commands.Start) -> None:
    if run.state.instance is not None:
        raise Rejected("already_started", "The instance has started already.")
    way = _beginning.find(run.program, command.start_element_id, command.start_part)
    if way is None:
        raise Rejected("no_start_event", "The process has no such start event.")
    variables = _kept(command.variables)
    run.instance_id = command.instance_id
    run.emit(facts.InstanceStarted(command.instance_id, run.program.process_id, command.business_id, command.call_id))
    _beginning.begin(run, way, command.instance_id, variables, _kept(command.given))


def _complete_task(run: Run, command: commands.CompleteTask) -> None:
    variables = _kept(command.variables)
    _, node, at = _wait_for(run, "task", command.task_id)
    told = facts.TaskCompleted(command.task_id, at.id, at.element_id, command.completed_by)
    _waiting.done(run, node, at, ("task", command.task_id), told, variables)


def _complete_job(run: Run, command: commands.CompleteJob) -> None:
    variables = _kept(command.variables)
    _, node, at = _wait_for(run, "job", command.job_id)
    told = facts.JobCompleted(command.job_id, at.id, at.element_id)
    _waiting.done(run, node, at, ("job", command.job_id), told, variables)


def _fail_job(run: Run, command: commands.FailJob) -> None:
    _, _, at = _wait_for(run, "job", command.job_id)
    run.emit(facts.JobFailed(command.job_id, at.id, at.element_id, command.message, command.retries_left))
    if command.retries_left <= 0:
        run.fail(at, "job", Failure("job", command.message))


def _throw_job_error(run: Run, command: commands.ThrowJobError) -> None:
    variables = _kept(command.variables)
    _, _, at = _wait_for(run, "job", command.job_id)
    try:
        throw_error(run, at, command.error_code, command.message, variables)
    except Failure as failure:
        run.emit(facts.JobFailed(command.job_id, at.id, at.element_id, failure.message, 0))
        run.fail(at, "job", failure)


def _trigger_timer(run: Run, command: commands.TriggerTimer) -> None:
    wait, _, at = _wait_for(run, "timer", command.timer_id)
    if wait.due_at is None or wait.due_at > run.now:
        raise Rejected("not_due", "The timer isn't due yet.")
    event = run.program.by_id[wait.element_id]
    run.emit(facts.TimerTriggered(wait.id, at.id, wait.element_id))
    again = due_again(wait.due_at, wait.interval, wait.repetitions_left, now=run.now)
    if again is not None:
        due_at, left = again
        run.emit(facts.TimerScheduled(run.new_id(), at.id, wait.element_id, due_at, wait.interval, left))
    happen(run, event, at, {}, f"timer {event.id}")


def _deliver_message(run: Run, command: commands.DeliverMessage) -> None:
    variables = _kept(command.variables)
    wait, _, at = _wait_for(run, "message", command.subscription_id)
    event = run.program.by_id[wait.element_id]
    run.emit(facts.MessageReceived(wait.id, at.id, event.id, command.message_id, event.stays_open))
    happen(run, event, at, variables, f"message {event.id}")


def _deliver_signal(run: Run, command: commands.DeliverSignal) -> None:
    _head_id(run)
    variables = _kept(command.variables)
    listening = run.state.signals.ids((command.name,))
    if not listening:
        raise Rejected("unknown_signal", "Nobody waits for this signal any more.")
    for id_ in listening:
        hear_signal(run, id_, variables)


def _begin_step(run: Run, command: commands.BeginStep) -> None:
    variables = _kept(command.variables)
    _, node, at = _wait_for(run, "offer", command.offer_id)
    step = next((step for step in node.starts if step.id == command.element_id), None)
    if step is None:
        raise Rejected("unknown_step", "That isn't one of the steps that are offered.")
    if ad_hoc_subprocess.is_busy(node, run.state.elements.get(at.id)):
        raise Rejected("busy", "The steps are done one at a time, and one is under way.")
    begun = run.stand_at(step, at.id)
    set_local(run, begun.id, variables)
    run.open(step, begun)


def _close_offer(run: Run, command: commands.CloseOffer) -> None:
    _, node, at = _wait_for(run, "offer", command.offer_id)
    ad_hoc_subprocess.close(run, node, at, "somebody closed the offer")
    run.unfinished.append(at.id)


def _complete_call(run: Run, command: commands.CompleteCall) -> None:
    variables = _kept(command.variables)
    _, node, at = _wait_for(run, "call", command.call_id)
    run.emit(facts.CallCompleted(command.call_id, at.id, at.element_id))
    if isinstance(node.behaviour, CallActivity):
        node.behaviour.returned(run, node, at, variables)


def _escalate_call(run: Run, command: commands.EscalateCall) -> None:
    variables = _kept(command.variables)
    _, _, at = _wait_for(run, "call", command.call_id)
    run.emit(facts.CallEscalated(command.call_id, at.id, at.element_id, command.escalation_code))
    throw_escalation(run, at, command.escalation_code, variables)


def _fail_call(run: Run, command: commands.FailCall) -> None:
    _, _, at = _wait_for(run, "call", command.call_id)
    run.emit(facts.CallFailed(command.call_id, at.id, at.element_id, command.error_code, command.message))
    if not command.error_code:
        run.fail(at, "begin", Failure("call", command.message))
        return
    try:
        throw_error(run, at, command.error_code, command.message)
    except Failure as failure:
        run.fail(at, "begin", failure)


def _resolve_incident(run: Run, command: commands.ResolveIncident) -> None:
    variables = _kept(command.variables)
    incident = run.state.incidents.find(command.incident_id)
    if incident is None:
        raise Rejected("unknown_incident", "The incident is closed already.")
    at = run.state.elements.get(incident.element_instance_id)
    node = run.node_of(at)
    if variables:
        propagate(run, at, variables)
    said = len(run.facts)
    _RETRIES[incident.stage](run, node, at)
    failed = any(isinstance(fact, facts.IncidentRepeated) for fact in run.facts[said:])
    left = run.state.elements.find(at.id) is None
    # A job's incident closes when the job succeeds, not when it is sent out again.
    if not failed and not left and incident.stage != "job":
        run.emit(facts.IncidentResolved(incident.id, at.id, at.element_id, "retried"))
        if node.is_scope:
            # It may have been all that kept the scope from ending.
            run.unfinished.append(at.id)


def _retry_job(run: Run, node: Node, at: ElementInstance) -> None:
    for kind, id_ in run.state.elements.get(at.id).waits:
        if kind == "job":
            round_ = run.state.waits.get((kind, id_)).round + 1
            run.emit(facts.JobRetried(id_, at.id, at.element_id, round_))


_RETRIES: Mapping[str, Callable[[Run, Node, ElementInstance], None]] = {
    "enter": Run.open,
    "begin": Run.begin,
    "leave": Run.finish,
    "job": _retry_job,
    "round": Run.go_round,
    "condition": _conditions.look_all,
    "reset": _joins.leave_reset,
}


def _set_variables(run: Run, command: commands.SetVariables) -> None:
    at = run.state.elements.find(command.element_instance_id or _head_id(run))
    if at is None:
        raise Rejected("unknown_element_instance", "That element instance is no longer there.")
    propagate(run, at, _kept(command.variables))


def _cancel(run: Run, command: commands.Cancel) -> None:
    _ending.empty_scope(run, run.program.root, _head_id(run), command.reason)
    _ending.end_instance(run, "cancelled", "", command.reason)


def _go_on(run: Run, command: commands.GoOn) -> None:
    _head_id(run)
    if not run.facts:
        raise Rejected("not_paused", "The instance doesn't pause: everything in it waits for something.")


def _head_id(run: Run) -> str:
    head = run.state.instance
    if head is None or head.outcome:
        raise Rejected("ended", "The instance has ended.")
    return head.id


def _wait_for(run: Run, kind: str, id_: str) -> tuple[Wait, Node, ElementInstance]:
    wait = run.state.waits.find((kind, id_))
    if wait is None:
        raise Rejected(f"unknown_{kind}", f"Nobody waits for this {kind} any more.")
    at = run.state.elements.get(wait.element_instance_id)
    return wait, run.node_of(at), at


def _kept(variables: Mapping[str, object]) -> dict[str, object]:
    try:
        return storable_variables(variables) if variables else {}
    except CodecError as error:
        raise Rejected("bad_variable", str(error)) from error


_COMMANDS: Mapping[type, Callable[[Run, Any], None]] = {
    commands.Start: _start,
    commands.CompleteTask: _complete_task,
    commands.CompleteJob: _complete_job,
    commands.FailJob: _fail_job,
    commands.ThrowJobError: _throw_job_error,
    commands.TriggerTimer: _trigger_timer,
    commands.DeliverMessage: _deliver_message,
    commands.DeliverSignal: _deliver_signal,
    commands.BeginStep: _begin_step,
    commands.CloseOffer: _close_offer,
    commands.CompleteCall: _complete_call,
    commands.EscalateCall: _escalate_call,
    commands.FailCall: _fail_call,
    commands.ResolveIncident: _resolve_incident,
    commands.SetVariables: _set_variables,
    commands.Cancel: _cancel,
    commands.GoOn: _go_on,
    **OPERATIONS,
}
