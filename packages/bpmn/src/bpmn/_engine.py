"""The engine: one command, one slice of state, the facts that follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn import commands, facts
from bpmn._elements.call_activity import CallActivity
from bpmn._program import Node, Program
from bpmn._run import Decide, Failure, Run
from bpmn._state import ElementInstance, Key, State, Unknown, Wait
from bpmn._triggers import timer
from bpmn._values import storable_variables
from bpmn.errors import CodecError
from bpmn.facts import EFFECTS, Fact

STEP_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Step:
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


@dataclass(frozen=True, slots=True)
class Rejection:
    """The command can't be carried out in this state, and changed nothing; often someone else was faster."""

    code: str
    message: str


class _Rejected(Exception):
    def __init__(self, code: str, message: str) -> None:
        self.rejection = Rejection(code, message)


def advance(
    program: Program,
    state: State,
    command: commands.Command,
    now: datetime,
    ids: Callable[[], str],
    *,
    decide: Decide | None = None,
    limit: int = STEP_LIMIT,
) -> Step | NeedMore | Rejection:
    """Carry out one command on one instance and move its tokens until each waits for something.

    Pure: `state` (complete, or a slice) isn't changed; equal arguments give equal facts. Units: `now` is aware; `limit` is
    how many elements one step may enter before it counts as endless and becomes an incident.
    """
    run = Run(program, state.fork(), now, ids, decide, limit)
    try:
        _COMMANDS[type(command)](run, command)
        run.drain()
    except Unknown as unknown:
        return NeedMore(tuple(dict.fromkeys(unknown.keys)))
    except _Rejected as rejected:
        return rejected.rejection
    return Step(tuple(run.facts), run.state)


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
        case commands.CompleteCall(call_id=id_) | commands.FailCall(call_id=id_):
            return (("wait", "call", id_),)
        case commands.ResolveIncident(incident_id=id_):
            return (("incident", id_),)
        case _:
            return ()


# --- commands ---


def _start(run: Run, command: commands.Start) -> None:
    if run.state.instance is not None:
        raise _Rejected("already_started", "The instance has started already.")
    node = run.program.root.start
    if command.start_element_id is not None:
        starts = (start.node for start in run.program.starts)
        node = next((start for start in starts if start.id == command.start_element_id), None)
    if node is None:
        raise _Rejected("no_start_event", "The process has no such start event.")
    variables = _kept(command.variables)
    id_ = command.instance_id
    run.emit(facts.InstanceStarted(id_, run.program.process_id, command.business_id, command.call_id))
    run.set_local(id_, variables)
    run.enter(node, id_)


def _complete_task(run: Run, command: commands.CompleteTask) -> None:
    variables = _kept(command.variables)
    _, node, at = _waiting(run, "task", command.task_id)
    run.emit(facts.TaskCompleted(command.task_id, at.id, at.element_id, command.completed_by))
    run.take_result(node, at, variables)
    run.finish(node, at)


def _complete_job(run: Run, command: commands.CompleteJob) -> None:
    variables = _kept(command.variables)
    _, node, at = _waiting(run, "job", command.job_id)
    run.emit(facts.JobCompleted(command.job_id, at.id, at.element_id))
    run.take_result(node, at, variables)
    run.finish(node, at)


def _fail_job(run: Run, command: commands.FailJob) -> None:
    _, _, at = _waiting(run, "job", command.job_id)
    run.emit(facts.JobFailed(command.job_id, at.id, at.element_id, command.message, command.retries_left))
    if command.retries_left <= 0:
        run.fail(at, "job", Failure("job", command.message))


def _throw_job_error(run: Run, command: commands.ThrowJobError) -> None:
    variables = _kept(command.variables)
    _, _, at = _waiting(run, "job", command.job_id)
    try:
        run.throw(at, command.error_code, command.message, variables)
    except Failure as failure:
        run.emit(facts.JobFailed(command.job_id, at.id, at.element_id, failure.message, 0))
        run.fail(at, "job", failure)


def _trigger_timer(run: Run, command: commands.TriggerTimer) -> None:
    wait, node, at = _waiting(run, "timer", command.timer_id)
    if wait.due_at is None or wait.due_at > run.now:
        raise _Rejected("not_due", "The timer isn't due yet.")
    run.emit(facts.TimerTriggered(wait.id, at.id, wait.element_id))
    if wait.interval and wait.repetitions_left != 0:
        due = facts.TimerScheduled(wait.id, at.id, wait.element_id, wait.due_at, wait.interval, wait.repetitions_left)
        run.emit(timer.again(due, run.new_id()))
    _happened(run, wait, node, at, {}, "timer")


def _deliver_message(run: Run, command: commands.DeliverMessage) -> None:
    variables = _kept(command.variables)
    wait, node, at = _waiting(run, "message", command.subscription_id)
    stays = wait.element_id != node.id and not run.program.by_id[wait.element_id].interrupting
    run.emit(facts.MessageReceived(wait.id, at.id, wait.element_id, command.message_id, stays))
    _happened(run, wait, node, at, variables, "message")


def _happened(
    run: Run, wait: Wait, node: Node, at: ElementInstance, variables: Mapping[str, object], what: str
) -> None:
    """Go on at the element that waited, or at the boundary event on it."""
    if wait.element_id != node.id:
        run.catch(run.program.by_id[wait.element_id], at, variables, f"{what} {wait.element_id}")
    else:
        run.take_result(node, at, variables)
        run.finish(node, at)


def _complete_call(run: Run, command: commands.CompleteCall) -> None:
    variables = _kept(command.variables)
    _, node, at = _waiting(run, "call", command.call_id)
    run.emit(facts.CallCompleted(command.call_id, at.id, at.element_id))
    if isinstance(node.behaviour, CallActivity):
        node.behaviour.returned(run, node, at, variables)


def _fail_call(run: Run, command: commands.FailCall) -> None:
    _, _, at = _waiting(run, "call", command.call_id)
    run.emit(facts.CallFailed(command.call_id, at.id, at.element_id, command.error_code, command.message))
    if not command.error_code:
        run.fail(at, "begin", Failure("call", command.message))
        return
    try:
        run.throw(at, command.error_code, command.message)
    except Failure as failure:
        run.fail(at, "begin", failure)


def _resolve_incident(run: Run, command: commands.ResolveIncident) -> None:
    variables = _kept(command.variables)
    incident = run.state.incidents.find(command.incident_id)
    if incident is None:
        raise _Rejected("unknown_incident", "The incident is closed already.")
    at = run.state.elements.get(incident.element_instance_id)
    node = run.node_of(at)
    if variables:
        run.propagate(at, variables)
    said = len(run.facts)
    _RETRIES[incident.stage](run, node, at)
    failed = any(isinstance(fact, facts.IncidentRepeated) for fact in run.facts[said:])
    left = run.state.elements.find(at.id) is None
    # A job's incident closes when the job succeeds, not when it is sent out again.
    if not failed and not left and incident.stage != "job":
        run.emit(facts.IncidentResolved(incident.id, at.id, at.element_id, "retried"))


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
}


def _set_variables(run: Run, command: commands.SetVariables) -> None:
    at = run.state.elements.find(command.element_instance_id or _head_id(run))
    if at is None:
        raise _Rejected("unknown_element_instance", "That element instance is no longer there.")
    run.propagate(at, _kept(command.variables))


def _cancel(run: Run, command: commands.Cancel) -> None:
    run.empty_scope(run.program.root, _head_id(run), command.reason)
    run.end_instance("cancelled", "", command.reason)


def _head_id(run: Run) -> str:
    head = run.state.instance
    if head is None or head.outcome:
        raise _Rejected("ended", "The instance has ended.")
    return head.id


def _waiting(run: Run, kind: str, id_: str) -> tuple[Wait, Node, ElementInstance]:
    wait = run.state.waits.find((kind, id_))
    if wait is None:
        raise _Rejected(f"unknown_{kind}", f"Nobody waits for this {kind} any more.")
    at = run.state.elements.get(wait.element_instance_id)
    return wait, run.node_of(at), at


def _kept(variables: Mapping[str, object]) -> dict[str, object]:
    try:
        return storable_variables(variables)
    except CodecError as error:
        raise _Rejected("bad_variable", str(error)) from error


_COMMANDS: Mapping[type, Callable[[Run, Any], None]] = {
    commands.Start: _start,
    commands.CompleteTask: _complete_task,
    commands.CompleteJob: _complete_job,
    commands.FailJob: _fail_job,
    commands.ThrowJobError: _throw_job_error,
    commands.TriggerTimer: _trigger_timer,
    commands.DeliverMessage: _deliver_message,
    commands.CompleteCall: _complete_call,
    commands.FailCall: _fail_call,
    commands.ResolveIncident: _resolve_incident,
    commands.SetVariables: _set_variables,
    commands.Cancel: _cancel,
}
