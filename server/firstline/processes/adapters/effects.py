"""What the facts of a step ask of the world: outbox rows, inbox rows of other instances, events. All in the step's transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bpmn import facts
from firstline import codec, ids
from firstline.events import announce
from firstline.outbox import actions as outbox
from firstline.outbox.models import OutboxEntry
from firstline.processes import events
from firstline.processes.adapters import correlation, starts, workers
from firstline.processes.adapters.programs import has_process
from firstline.processes.adapters.writing import Place
from firstline.processes.models import Call, InboxEntry, Instance, Job, Listener, Timer

# How long a message that an instance has thrown waits for a catcher.
_MESSAGES_LIVE = timedelta(days=1)
# Rows of one statement.
_AT_ONCE = 1_000


def want(at: Place, fact: facts.Fact) -> None:
    """Put the rows that a fact wants to those that its step writes."""
    wanted = _WANTED.get(type(fact))
    if wanted is not None:
        wanted(at, fact)


def carry_out(made: Sequence[tuple[Instance, tuple[facts.Fact, ...]]], *, now: datetime) -> None:
    """Let the messages and signals of steps that are written reach others, then tell the house what happened."""
    correlation.take_buffered(
        ((instance, fact) for instance, told in made for fact in told if isinstance(fact, facts.MessageSubscribed)),
        now=now,
    )
    for instance, told in made:
        _carry_out(instance, told, now)


def _carry_out(instance: Instance, told: tuple[facts.Fact, ...], now: datetime) -> None:
    for fact in told:
        reach = _REACHING.get(type(fact))
        if reach is not None:
            reach(instance, fact, now)
    # Subscribers may act on the engine again, so every row of this step is written before they hear of it.
    happened = (_TOLD[type(fact)](instance, fact) for fact in told if type(fact) in _TOLD)
    announce(*(event for event in happened if event is not None))


# --- wanted ---


def send(*, instance_id: UUID, kind: InboxEntry.Kind, payload: dict[str, Any], now: datetime) -> None:
    """Put something into the inbox of an instance."""
    InboxEntry.objects.create(instance_id=instance_id, kind=kind, payload=payload, created_at=now)
    outbox.wake_workers("steps")


def _send(at: Place, to: UUID | str, kind: InboxEntry.Kind, payload: dict[str, Any]) -> None:
    """Put something into the inbox of an instance, with the rows of the step."""
    columns = {"id": ids.new_text(), "instance_id": to, "kind": kind, "payload": codec.encode(payload)}
    at.rows.insert(InboxEntry, columns["id"], columns | {"created_at": at.now})
    outbox.wake_workers("steps")


def _job(at: Place, fact: facts.JobCreated | facts.JobRetried) -> None:
    if isinstance(fact, facts.JobCreated) and at.rows.inserted(Job, fact.id) is None:
        return
    if type_ := workers.external_type(fact):
        workers.tell_workers(type_)
        return
    round_ = fact.round if isinstance(fact, facts.JobRetried) else 0
    entry = outbox.entry(
        kind="job",
        key=job_key(fact.id, round_),
        payload={"job_id": fact.id, "round": round_},
        about=at.instance.business_id,
        now=at.now,
    )
    at.rows.insert(OutboxEntry, entry["key"], entry)
    outbox.wake_workers("effects")


def job_key(job_id: UUID | str, round_: int) -> str:
    """Name a job in the outbox."""
    return f"job:{job_id}:{round_}"


def _timer(at: Place, fact: facts.TimerScheduled) -> None:
    # Whoever sleeps until the next due time must learn of an earlier one.
    if fact.due_at - at.now < outbox.LONGEST_NAP:
        outbox.wake_workers("steps")


def _call(at: Place, fact: facts.CallStarted) -> None:
    call = at.rows.inserted(Call, fact.id) or {}
    payload = {
        "call_id": fact.id,
        "caller_id": at.instance_id,
        "process_id": fact.process_id,
        "binding": fact.binding,
        "version_tag": fact.version_tag,
        "variables": dict(fact.variables),
    }
    _send(at, call["called_id"], InboxEntry.Kind.START, payload)


def _escalation(at: Place, fact: facts.EscalationThrown) -> None:
    if fact.caught_by is not None or fact.call_id is None or at.instance.caller_id is None:
        return
    payload = {
        "call_id": fact.call_id,
        "escalation_code": fact.escalation_code,
        "variables": dict(fact.variables),
    }
    _send(at, at.instance.caller_id, InboxEntry.Kind.ESCALATION, payload)


def _cancelled(at: Place, fact: facts.WaitCancelled) -> None:
    if fact.kind != "call":
        return
    begun = at.rows.inserted(Call, fact.id)
    called_id = begun["called_id"] if begun else Call.objects.values_list("called_id", flat=True).get(id=fact.id)
    at.rows.delete(Call, fact.id)
    _send(at, called_id, InboxEntry.Kind.CANCEL, {"reason": "the caller went on without it"})


def _result(at: Place, fact: facts.InstanceEnded) -> None:
    # A called instance that is cancelled from its caller has nobody to tell; the caller's inbox finds the call gone.
    if at.instance.caller_id is None or fact.call_id is None:
        return
    payload = {
        "call_id": fact.call_id,
        "outcome": fact.outcome,
        "error_code": fact.error_code,
        "error_message": fact.error_message,
        "variables": dict(fact.variables),
    }
    _send(at, at.instance.caller_id, InboxEntry.Kind.CALL_ENDED, payload)


def _suspension(
    at: Place, fact: facts.InstanceSuspended | facts.InstanceResumed | facts.CallerSuspended | facts.CallerResumed
) -> None:
    """Let the instances that it has called do likewise."""
    for called_id in Call.objects.filter(instance_id=at.instance.id).values_list("called_id", flat=True):
        _send(at, called_id, InboxEntry.Kind.SUSPENSION, {})


def _paused(at: Place, fact: facts.Paused) -> None:
    """Let it go on behind what else is due; once, also when an action of somebody made the step."""
    if not InboxEntry.objects.filter(instance_id=at.instance.id, kind=InboxEntry.Kind.GO_ON).exists():
        _send(at, at.instance_id, InboxEntry.Kind.GO_ON, {})


_WANTED: Mapping[type, Callable[[Place, Any], None]] = {
    facts.JobCreated: _job,
    facts.JobRetried: _job,
    facts.TimerScheduled: _timer,
    facts.CallStarted: _call,
    facts.EscalationThrown: _escalation,
    facts.WaitCancelled: _cancelled,
    facts.InstanceEnded: _result,
    facts.InstanceSuspended: _suspension,
    facts.InstanceResumed: _suspension,
    facts.CallerSuspended: _suspension,
    facts.CallerResumed: _suspension,
    facts.Paused: _paused,
}


# --- reaching others ---


def _signal(instance: Instance, fact: facts.SignalThrown, now: datetime) -> None:
    # This instance has heard it already.
    broadcast(name=fact.name, variables=dict(fact.variables), but_for=instance.id, now=now)


def broadcast(*, name: str, variables: dict[str, Any], but_for: UUID | None, now: datetime) -> None:
    """Let every instance but one hear a signal that listens now, and begin what begins with it."""
    listening = Listener.objects.filter(kind=Listener.Kind.SIGNAL, name=name)
    if but_for is not None:
        listening = listening.exclude(instance_id=but_for)
    of_all: dict[str, Any] = {
        "kind": InboxEntry.Kind.SIGNAL,
        "payload": {"name": name, "variables": variables},
        "created_at": now,
    }
    heard_by = list(listening.order_by("instance_id").values_list("instance_id", flat=True).distinct())
    for first in range(0, len(heard_by), _AT_ONCE):
        InboxEntry.objects.bulk_create(
            InboxEntry(instance_id=id_, **of_all) for id_ in heard_by[first : first + _AT_ONCE]
        )
    if heard_by:
        outbox.wake_workers("steps")
    starts.begin_by_signal(name, variables, now=now)


def _message(instance: Instance, fact: facts.MessageThrown, now: datetime) -> None:
    # A pool whose process doesn't run here says nothing about who may take it.
    leads_here = has_process(instance.deployment_id, fact.process_id)
    correlation.publish(
        message_id=fact.id,
        name=fact.name,
        key=fact.key,
        variables=dict(fact.variables),
        expires_at=now + _MESSAGES_LIVE,
        now=now,
        deployment_id=instance.deployment_id,
        process_id=fact.process_id if leads_here else "",
        target_id=fact.target_id if leads_here else "",
    )


def _conversation(instance: Instance, fact: facts.InstanceEnded, now: datetime) -> None:
    if instance.message_key:
        correlation.end_conversation(instance, now=now)


def _came_meanwhile(instance: Instance, fact: facts.InstanceResumed | facts.CallerResumed, now: datetime) -> None:
    """Let what was held back while the instance was suspended come now; what a failure holds stays held."""
    if instance.suspended_at is not None:
        return
    InboxEntry.objects.filter(instance_id=instance.id, incident_id=None).update(is_held=False)
    Timer.objects.filter(instance_id=instance.id, incident_id=None).update(is_held=False)
    jobs = list(Job.objects.filter(instance_id=instance.id))
    outbox.hurry_keys(keys=[job_key(job.id, job.round) for job in jobs], now=now)
    for type_ in {job.type for job in jobs if job.is_external}:
        workers.tell_workers(type_)


_REACHING: Mapping[type, Callable[[Instance, Any, datetime], None]] = {
    facts.SignalThrown: _signal,
    facts.MessageThrown: _message,
    facts.InstanceEnded: _conversation,
    facts.InstanceResumed: _came_meanwhile,
    facts.CallerResumed: _came_meanwhile,
}


# --- told ---


def _task_created(instance: Instance, fact: facts.TaskCreated) -> events.TaskCreated:
    return events.TaskCreated(
        task_id=UUID(fact.id),
        instance_id=instance.id,
        business_id=instance.business_id,
        element_id=fact.element_id,
        name=fact.name,
        form_id=fact.form_id,
        assignee=fact.assignee,
        candidate_groups=fact.candidate_groups,
        due_at=fact.due_at,
    )


def _task_completed(instance: Instance, fact: facts.TaskCompleted) -> events.TaskCompleted:
    return events.TaskCompleted(
        task_id=UUID(fact.id),
        instance_id=instance.id,
        business_id=instance.business_id,
        element_id=fact.element_id,
        completed_by=UUID(fact.completed_by) if fact.completed_by else None,
    )


def _task_cancelled(instance: Instance, fact: facts.WaitCancelled) -> events.TaskCancelled | None:
    if fact.kind != "task":
        return None
    return events.TaskCancelled(
        task_id=UUID(fact.id),
        instance_id=instance.id,
        business_id=instance.business_id,
        element_id=fact.element_id,
    )


def _ended(instance: Instance, fact: facts.InstanceEnded) -> events.InstanceEnded:
    return events.InstanceEnded(instance_id=instance.id, business_id=instance.business_id, outcome=fact.outcome)


def _incident_raised(instance: Instance, fact: facts.IncidentRaised) -> events.IncidentRaised:
    return events.IncidentRaised(
        incident_id=UUID(fact.id),
        instance_id=instance.id,
        business_id=instance.business_id,
        element_id=fact.element_id,
        kind=fact.kind,
        message=fact.message,
    )


def _incident_resolved(instance: Instance, fact: facts.IncidentResolved) -> events.IncidentResolved:
    return events.IncidentResolved(
        incident_id=UUID(fact.id),
        instance_id=instance.id,
        business_id=instance.business_id,
        element_id=fact.element_id,
    )


_TOLD: Mapping[type, Callable[[Instance, Any], object]] = {
    facts.TaskCreated: _task_created,
    facts.TaskCompleted: _task_completed,
    facts.WaitCancelled: _task_cancelled,
    facts.IncidentRaised: _incident_raised,
    facts.IncidentResolved: _incident_resolved,
    facts.InstanceEnded: _ended,
}
