"""What a fact means for rows beside the state proper: tasks, jobs, timers, subscriptions, calls, incidents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bpmn import Program, facts
from firstline import ids
from firstline.processes.adapters.loading import WAITS
from firstline.processes.adapters.workers import is_done_here
from firstline.processes.models import (
    Call,
    Compensable,
    ElementInstance,
    Incident,
    Instance,
    Job,
    Listener,
    Subscription,
    Task,
    Timer,
    Variable,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when facts are written."""

    instance: Instance
    program: Program
    now: datetime


def write(at: Place, fact: facts.Fact) -> None:
    """Write what a fact means, if it means anything here."""
    writer = _WRITERS.get(type(fact))
    if writer is not None:
        writer(at, fact)


def _ended(at: Place, fact: facts.InstanceEnded) -> None:
    at.instance.outcome = fact.outcome
    at.instance.ended_at = at.now
    ElementInstance.objects.filter(instance_id=at.instance.id).delete()
    Variable.objects.filter(instance_id=at.instance.id).delete()
    Compensable.objects.filter(instance_id=at.instance.id).delete()


def _task_created(at: Place, fact: facts.TaskCreated) -> None:
    Task.objects.create(
        **_place(at, fact),
        business_id=at.instance.business_id,
        name=fact.name[:300],
        form_id=fact.form_id,
        assignee=fact.assignee,
        candidate_groups=list(fact.candidate_groups),
        candidate_users=list(fact.candidate_users),
        due_at=fact.due_at,
        created_at=at.now,
    )


def _task_completed(at: Place, fact: facts.TaskCompleted) -> None:
    by = UUID(fact.completed_by) if fact.completed_by else None
    Task.objects.filter(id=fact.id).update(state=Task.State.COMPLETED, ended_at=at.now, completed_by=by)


def _job_created(at: Place, fact: facts.JobCreated) -> None:
    Job.objects.create(
        **_place(at, fact),
        type=fact.type,
        retries=fact.retries,
        headers=dict(fact.headers),
        is_external=not is_done_here(fact.type),
        next_attempt_at=at.now,
        created_at=at.now,
    )


def _job_failed(at: Place, fact: facts.JobFailed) -> None:
    state = Job.State.OPEN if fact.retries_left > 0 else Job.State.FAILED
    Job.objects.filter(id=fact.id).update(state=state, last_error=fact.message[:2000], next_attempt_at=None)


def _job_retried(at: Place, fact: facts.JobRetried) -> None:
    Job.objects.filter(id=fact.id).update(
        state=Job.State.OPEN, round=fact.round, attempts=0, failures=0, next_attempt_at=at.now
    )


def _timer_scheduled(at: Place, fact: facts.TimerScheduled) -> None:
    Timer.objects.create(
        **_place(at, fact),
        due_at=fact.due_at,
        interval=fact.interval,
        repetitions_left=fact.repetitions_left,
    )


def _subscribed(at: Place, fact: facts.MessageSubscribed) -> None:
    stays = at.program.by_id[fact.element_id].stays_open
    Subscription.objects.create(**_place(at, fact), name=fact.name, key=fact.key, stays_open=stays, created_at=at.now)


def _listens_for_signal(at: Place, fact: facts.SignalSubscribed) -> None:
    Listener.objects.create(**_place(at, fact), kind=Listener.Kind.SIGNAL, name=fact.name, created_at=at.now)


def _listens_for_condition(at: Place, fact: facts.ConditionSubscribed) -> None:
    watches = [f"{scope_id} {name}" for scope_id in fact.scope_ids for name in fact.names]
    Listener.objects.create(
        **_place(at, fact), kind=Listener.Kind.CONDITION, watches=watches, part=fact.part, created_at=at.now
    )


def _condition_changed(at: Place, fact: facts.ConditionChanged) -> None:
    Listener.objects.filter(id=fact.id).update(holds=fact.holds)


def _signal_caught(at: Place, fact: facts.SignalCaught) -> None:
    if not fact.still_open:
        Listener.objects.filter(id=fact.id).delete()


def _steps_offered(at: Place, fact: facts.StepsOffered) -> None:
    Listener.objects.create(
        **_place(at, fact), kind=Listener.Kind.OFFER, step_ids=list(fact.step_ids), created_at=at.now
    )


def _call_started(at: Place, fact: facts.CallStarted) -> None:
    Call.objects.create(**_place(at, fact), called_id=ids.new_id())


def _place(at: Place, fact: facts.Opening) -> dict[str, Any]:
    return {
        "id": UUID(fact.id),
        "instance_id": at.instance.id,
        "element_instance_id": UUID(fact.element_instance_id),
        "element_id": fact.element_id,
    }


def _wait_cancelled(at: Place, fact: facts.WaitCancelled) -> None:
    if fact.kind == "task":
        Task.objects.filter(id=fact.id).update(state=Task.State.CANCELLED, ended_at=at.now)
    elif fact.kind != "call":
        # A call's row tells whom to cancel; the effect takes it away.
        WAITS[fact.kind].objects.filter(id=fact.id).delete()


def _message_received(at: Place, fact: facts.MessageReceived) -> None:
    if not fact.still_open:
        Subscription.objects.filter(id=fact.id).delete()


def _incident_raised(at: Place, fact: facts.IncidentRaised) -> None:
    Incident.objects.create(
        id=UUID(fact.id),
        instance_id=at.instance.id,
        business_id=at.instance.business_id,
        element_instance_id=UUID(fact.element_instance_id),
        element_id=fact.element_id,
        kind=fact.kind,
        message=fact.message,
        stage=fact.stage,
        raised_at=at.now,
    )


def _incident_repeated(at: Place, fact: facts.IncidentRepeated) -> None:
    Incident.objects.filter(id=fact.id).update(
        kind=fact.kind, message=fact.message, stage=fact.stage, failed_again_at=at.now
    )


def _incident_resolved(at: Place, fact: facts.IncidentResolved) -> None:
    Incident.objects.filter(id=fact.id).update(resolved_at=at.now, resolution=fact.how)


def _closed(kind: str) -> Callable[[Place, Any], None]:
    def close(at: Place, fact: Any) -> None:
        WAITS[kind].objects.filter(id=fact.id).delete()

    return close


_WRITERS: Mapping[type, Callable[[Place, Any], None]] = {
    facts.InstanceEnded: _ended,
    facts.TaskCreated: _task_created,
    facts.TaskCompleted: _task_completed,
    facts.JobCreated: _job_created,
    facts.JobCompleted: _closed("job"),
    facts.JobFailed: _job_failed,
    facts.JobRetried: _job_retried,
    facts.TimerScheduled: _timer_scheduled,
    facts.TimerTriggered: _closed("timer"),
    facts.MessageSubscribed: _subscribed,
    facts.MessageReceived: _message_received,
    facts.SignalSubscribed: _listens_for_signal,
    facts.SignalCaught: _signal_caught,
    facts.ConditionSubscribed: _listens_for_condition,
    facts.ConditionChanged: _condition_changed,
    facts.ConditionMet: _closed("condition"),
    facts.StepsOffered: _steps_offered,
    facts.OfferClosed: _closed("offer"),
    facts.CallStarted: _call_started,
    facts.CallCompleted: _closed("call"),
    facts.CallFailed: _closed("call"),
    facts.WaitCancelled: _wait_cancelled,
    facts.IncidentRaised: _incident_raised,
    facts.IncidentRepeated: _incident_repeated,
    facts.IncidentResolved: _incident_resolved,
}
