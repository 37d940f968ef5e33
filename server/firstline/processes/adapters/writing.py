"""What a fact means for rows beside the state proper: tasks, jobs, timers, subscriptions, calls, incidents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from bpmn import Program, facts
from firstline import ids
from firstline.processes import rules
from firstline.processes.adapters.loading import WAITS
from firstline.processes.adapters.rows import Rows
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

    rows: Rows
    instance: Instance
    # Its id as text.
    instance_id: str
    program: Program
    now: datetime

    def open(self, model: type[Model], fact: facts.Opening | facts.IncidentRaised, **columns: Any) -> None:
        """Insert the row of something that an element instance waits for from now on."""
        where = {"instance_id": self.instance_id, "element_instance_id": fact.element_instance_id}
        self.rows.insert(model, fact.id, {"id": fact.id, **where, "element_id": fact.element_id, **columns})


def write(at: Place, fact: facts.Fact) -> None:
    """Write what a fact means, if it means anything here."""
    writer = _WRITERS.get(type(fact))
    if writer is not None:
        writer(at, fact)


def _ended(at: Place, fact: facts.InstanceEnded) -> None:
    at.instance.outcome = fact.outcome
    at.instance.ended_at = at.now
    if at.instance.suspended_at is not None:
        at.rows.update(Instance, at.instance_id, suspended_at=None, suspended_by="")
    if at.instance.sequence:
        for model in (ElementInstance, Variable, Compensable):
            at.rows.delete_all(model, "instance_id", at.instance_id)


def _suspends(by: Instance.SuspendedBy) -> Callable[[Place, facts.Fact], None]:
    def suspend(at: Place, fact: facts.Fact) -> None:
        is_first = at.instance.suspended_at is None
        _note_suspension(
            at, by if is_first else Instance.SuspendedBy.BOTH, at.now if is_first else at.instance.suspended_at
        )

    return suspend


def _leaves(by: Instance.SuspendedBy) -> Callable[[Place, facts.Fact], None]:
    """Let one of those go who hold the instance; `by` is who holds it still, if both did."""

    def resume(at: Place, fact: facts.Fact) -> None:
        if at.instance.suspended_by == Instance.SuspendedBy.BOTH:
            _note_suspension(at, by, at.instance.suspended_at)
        else:
            _note_suspension(at, Instance.SuspendedBy.OPERATOR, None)

    return resume


def _note_suspension(at: Place, by: Instance.SuspendedBy, since: datetime | None) -> None:
    at.instance.suspended_by, at.instance.suspended_at = by, since
    at.rows.update(Instance, at.instance_id, suspended_by=by.value, suspended_at=since)


def _task_created(at: Place, fact: facts.TaskCreated) -> None:
    at.open(
        Task,
        fact,
        business_id=at.instance.business_id,
        name=fact.name[:300],
        form_id=fact.form_id,
        assignee=fact.assignee,
        candidate_groups=list(fact.candidate_groups),
        candidate_users=list(fact.candidate_users),
        separate_from=rules.separate_from(at.program.by_id[fact.element_id].properties),
        due_at=fact.due_at,
        created_at=at.now,
    )


def _task_completed(at: Place, fact: facts.TaskCompleted) -> None:
    by = fact.completed_by or None
    at.rows.update(Task, fact.id, state=Task.State.COMPLETED, ended_at=at.now, completed_by=by)


def _job_created(at: Place, fact: facts.JobCreated) -> None:
    at.open(
        Job,
        fact,
        type=fact.type,
        retries=fact.retries,
        headers=dict(fact.headers),
        is_external=not is_done_here(fact.type),
        next_attempt_at=at.now,
        created_at=at.now,
    )


def _job_failed(at: Place, fact: facts.JobFailed) -> None:
    state = Job.State.OPEN if fact.retries_left > 0 else Job.State.FAILED
    at.rows.update(Job, fact.id, state=state, last_error=fact.message[:2000], next_attempt_at=None)


def _job_retried(at: Place, fact: facts.JobRetried) -> None:
    at.rows.update(Job, fact.id, state=Job.State.OPEN, round=fact.round, attempts=0, failures=0, next_attempt_at=at.now)


def _timer_scheduled(at: Place, fact: facts.TimerScheduled) -> None:
    at.open(
        Timer,
        fact,
        due_at=fact.due_at,
        interval=fact.interval,
        repetitions_left=fact.repetitions_left,
    )


def _subscribed(at: Place, fact: facts.MessageSubscribed) -> None:
    stays = at.program.by_id[fact.element_id].stays_open
    at.open(Subscription, fact, name=fact.name, key=fact.key, stays_open=stays, created_at=at.now)


def _listens_for_signal(at: Place, fact: facts.SignalSubscribed) -> None:
    at.open(Listener, fact, kind=Listener.Kind.SIGNAL, name=fact.name, created_at=at.now)


def _listens_for_condition(at: Place, fact: facts.ConditionSubscribed) -> None:
    watches = [f"{scope_id} {name}" for scope_id in fact.scope_ids for name in fact.names]
    at.open(Listener, fact, kind=Listener.Kind.CONDITION, watches=watches, part=fact.part, created_at=at.now)


def _condition_changed(at: Place, fact: facts.ConditionChanged) -> None:
    at.rows.update(Listener, fact.id, holds=fact.holds)


def _signal_caught(at: Place, fact: facts.SignalCaught) -> None:
    if not fact.still_open:
        at.rows.delete(Listener, fact.id)


def _steps_offered(at: Place, fact: facts.StepsOffered) -> None:
    at.open(Listener, fact, kind=Listener.Kind.OFFER, step_ids=list(fact.step_ids), created_at=at.now)


def _call_started(at: Place, fact: facts.CallStarted) -> None:
    at.open(Call, fact, called_id=str(ids.new_id()))


def _wait_cancelled(at: Place, fact: facts.WaitCancelled) -> None:
    if fact.kind == "task":
        at.rows.update(Task, fact.id, state=Task.State.CANCELLED, ended_at=at.now)
    elif fact.kind != "call":
        # A call's row tells whom to cancel; the effect takes it away.
        at.rows.delete(WAITS[fact.kind], fact.id)


def _message_received(at: Place, fact: facts.MessageReceived) -> None:
    if not fact.still_open:
        at.rows.delete(Subscription, fact.id)


def _incident_raised(at: Place, fact: facts.IncidentRaised) -> None:
    row = {"kind": fact.kind, "message": fact.message, "stage": fact.stage, "raised_at": at.now}
    row |= {"deployment_id": at.instance.deployment_id, "process_id": at.instance.process_id}
    at.open(Incident, fact, business_id=at.instance.business_id, **row)


def _incident_repeated(at: Place, fact: facts.IncidentRepeated) -> None:
    at.rows.update(Incident, fact.id, kind=fact.kind, message=fact.message, stage=fact.stage, failed_again_at=at.now)


def _incident_resolved(at: Place, fact: facts.IncidentResolved) -> None:
    at.rows.update(Incident, fact.id, resolved_at=at.now, resolution=fact.how)


def _wait_mapped(at: Place, fact: facts.WaitMapped) -> None:
    at.rows.update(WAITS[fact.kind], fact.id, element_id=fact.element_id)
    if fact.kind == "message":
        at.rows.update(Subscription, fact.id, stays_open=at.program.by_id[fact.element_id].stays_open)


def _task_renewed(at: Place, fact: facts.TaskRenewed) -> None:
    form = {} if fact.form_id is None else {"form_id": fact.form_id}
    at.rows.update(Task, fact.id, name=fact.name[:300], **form)


def _closed(kind: str) -> Callable[[Place, Any], None]:
    def close(at: Place, fact: Any) -> None:
        at.rows.delete(WAITS[kind], fact.id)

    return close


_WRITERS: Mapping[type, Callable[[Place, Any], None]] = {
    facts.InstanceEnded: _ended,
    facts.InstanceSuspended: _suspends(Instance.SuspendedBy.OPERATOR),
    facts.InstanceResumed: _leaves(Instance.SuspendedBy.CALLER),
    facts.CallerSuspended: _suspends(Instance.SuspendedBy.CALLER),
    facts.CallerResumed: _leaves(Instance.SuspendedBy.OPERATOR),
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
    facts.WaitMapped: _wait_mapped,
    facts.TaskRenewed: _task_renewed,
}
