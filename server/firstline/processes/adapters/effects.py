"""What the facts of a step ask of the world: outbox rows, inbox rows of other instances, events. All in the step's transaction."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bpmn import facts
from firstline.events import announce
from firstline.outbox import actions as outbox
from firstline.processes import events
from firstline.processes.adapters import correlation, workers
from firstline.processes.models import Call, InboxEntry, Instance, Listener

# How long a message that an instance has thrown waits for a catcher.
_MESSAGES_LIVE = timedelta(days=1)


def carry_out(instance: Instance, told: Iterable[facts.Fact], *, now: datetime) -> None:
    """Want every effect of a step, then tell the house what happened."""
    told = tuple(told)
    for fact in told:
        want = _WANTED.get(type(fact))
        if want is not None:
            want(instance, fact, now)
    # Subscribers may act on the engine again, so every row of this step is written before they hear of it.
    for fact in told:
        tell = _TOLD.get(type(fact))
        if tell is not None:
            event = tell(instance, fact)
            if event is not None:
                announce(event)


# --- wanted ---


def send(*, instance_id: UUID, kind: InboxEntry.Kind, payload: dict[str, Any], now: datetime) -> None:
    """Put something into the inbox of an instance."""
    InboxEntry.objects.create(instance_id=instance_id, kind=kind, payload=payload, created_at=now)
    outbox.wake_workers()


def _job(instance: Instance, fact: facts.JobCreated | facts.JobRetried, now: datetime) -> None:
    if type_ := workers.external_type(fact):
        workers.tell_workers(type_)
        return
    round_ = fact.round if isinstance(fact, facts.JobRetried) else 0
    key = f"job:{fact.id}:{round_}"
    outbox.put(
        kind="job", key=key, payload={"job_id": fact.id, "round": round_}, due_at=now, about=instance.business_id
    )


def _timer(instance: Instance, fact: facts.TimerScheduled, now: datetime) -> None:
    # Whoever sleeps until the next due time must learn of an earlier one.
    outbox.wake_workers()


def _subscription(instance: Instance, fact: facts.MessageSubscribed, now: datetime) -> None:
    correlation.take_buffered(UUID(fact.id), now=now)


def _call(instance: Instance, fact: facts.CallStarted, now: datetime) -> None:
    called_id = Call.objects.values_list("called_id", flat=True).get(id=fact.id)
    payload = {
        "call_id": fact.id,
        "caller_id": str(instance.id),
        "process_id": fact.process_id,
        "variables": dict(fact.variables),
    }
    send(instance_id=called_id, kind=InboxEntry.Kind.START, payload=payload, now=now)


def _signal(instance: Instance, fact: facts.SignalThrown, now: datetime) -> None:
    """Let every other instance hear it that listens now; this one has heard it already."""
    listening = Listener.objects.filter(kind=Listener.Kind.SIGNAL, name=fact.name).exclude(instance_id=instance.id)
    payload = {"name": fact.name, "variables": dict(fact.variables)}
    for instance_id in listening.order_by("instance_id").values_list("instance_id", flat=True).distinct():
        send(instance_id=instance_id, kind=InboxEntry.Kind.SIGNAL, payload=payload, now=now)


def _escalation(instance: Instance, fact: facts.EscalationThrown, now: datetime) -> None:
    if fact.caught_by is not None or fact.call_id is None or instance.caller_id is None:
        return
    payload = {
        "call_id": fact.call_id,
        "escalation_code": fact.escalation_code,
        "variables": dict(fact.variables),
    }
    send(instance_id=instance.caller_id, kind=InboxEntry.Kind.ESCALATION, payload=payload, now=now)


def _message(instance: Instance, fact: facts.MessageThrown, now: datetime) -> None:
    correlation.publish(
        message_id=fact.id,
        name=fact.name,
        key=fact.key,
        variables=dict(fact.variables),
        expires_at=now + _MESSAGES_LIVE,
        now=now,
    )


def _cancelled(instance: Instance, fact: facts.WaitCancelled, now: datetime) -> None:
    if fact.kind != "call":
        return
    call = Call.objects.get(id=fact.id)
    call.delete()
    payload = {"reason": "the caller went on without it"}
    send(instance_id=call.called_id, kind=InboxEntry.Kind.CANCEL, payload=payload, now=now)


def _result(instance: Instance, fact: facts.InstanceEnded, now: datetime) -> None:
    # A called instance that is cancelled from its caller has nobody to tell; the caller's inbox finds the call gone.
    if instance.caller_id is None or fact.call_id is None:
        return
    payload = {
        "call_id": fact.call_id,
        "outcome": fact.outcome,
        "error_code": fact.error_code,
        "error_message": fact.error_message,
        "variables": dict(fact.variables),
    }
    send(instance_id=instance.caller_id, kind=InboxEntry.Kind.CALL_ENDED, payload=payload, now=now)


_WANTED: Mapping[type, Callable[[Instance, Any, datetime], None]] = {
    facts.JobCreated: _job,
    facts.JobRetried: _job,
    facts.TimerScheduled: _timer,
    facts.MessageSubscribed: _subscription,
    facts.CallStarted: _call,
    facts.SignalThrown: _signal,
    facts.EscalationThrown: _escalation,
    facts.MessageThrown: _message,
    facts.WaitCancelled: _cancelled,
    facts.InstanceEnded: _result,
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
