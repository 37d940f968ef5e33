"""Every write of the engine: one transaction, one step of one instance."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

import bpmn
from bpmn import Rejection, Step, commands
from firstline import clock, ids
from firstline.crashpoints import crash_point
from firstline.errors import Conflict, FirstlineError
from firstline.events import announce
from firstline.outbox import actions as outbox
from firstline.processes import events, rules
from firstline.processes.adapters import correlation, effects, starts, steps, together
from firstline.processes.adapters.locking import lock
from firstline.processes.adapters.programs import deployment_of
from firstline.processes.adapters.workers import tell_workers
from firstline.processes.models import (
    Deployment,
    InboxEntry,
    Incident,
    Instance,
    Job,
    StartWait,
    Task,
    Timer,
)

# Of ids, names and keys that come from outside.
MAX_TEXT = 200
# Deployments wait for each other, so that one of them is the newest; any number that nobody else uses.
_DEPLOY_LOCK = 7_250_003
# Of a long step, so that an operator waits for seconds at most.
_MOST_STRETCHES = 20


class ModelRefused(FirstlineError):
    """The model has mistakes; `fields["problems"]` lists each with code, element id and sentence."""

    code = "model-refused"
    status = 422


class UnknownProcess(FirstlineError):
    """No deployment has this process."""

    code = "unknown-process"
    status = 404


class TaskGone(Conflict):
    """The task is done, or the instance went on without it."""

    code = "task-gone"


class IncidentClosed(Conflict):
    """The incident is resolved already."""

    code = "incident-closed"


class BadMessage(FirstlineError):
    """A message that nobody could wait for."""

    code = "bad-message"


class Refused(Conflict):
    """The instance can't do that in the state in which it is; `fields["reason"]` says why, for programs."""

    code = "refused"


class Suspended(Refused):
    """The instance is suspended: nothing happens to it but what operators do."""


# --- deployments -----------------------------------------------------------------------------------------------------


@transaction.atomic
def deploy(*, release_id: str, xml: bytes | str) -> UUID:
    """Keep a model of a release; the same one a second time is the same deployment.

    What begins its processes by itself begins this version from now on, and no older one. Raises: ModelRefused.
    """
    data = xml.encode() if isinstance(xml, str) else xml
    try:
        model = _compiled(data)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DEPLOY_LOCK])
        if found := starts.clashes(model, now=clock.now()):
            raise bpmn.ModelProblems(found)  # noqa: TRY301 -- told as those of the model itself
    except bpmn.ModelProblems as error:
        problems = [
            {"code": problem.code, "element_id": problem.element_id, "message": problem.message}
            for problem in error.problems
        ]
        raise ModelRefused(str(error), problems=problems) from error
    now = clock.now()
    deployment, made = Deployment.objects.get_or_create(
        release_id=release_id,
        digest=hashlib.sha256(data).hexdigest(),
        defaults={
            "xml": data.decode(),
            "process_ids": sorted(model.processes),
            "version_tags": {key: one.version_tag for key, one in model.processes.items() if one.version_tag},
            "deployed_at": now,
        },
    )
    if made:
        messages = starts.replace(deployment, model, now=now)
        correlation.take_buffered_by_starts(messages, now=now)
    crash_point("processes.deploy.before_commit")
    return deployment.id


def _compiled(data: bytes) -> bpmn.Model:
    """Compile a model that can run here. Raises: ModelProblems."""
    model = bpmn.compile_model(data)
    if found := rules.starts_that_never_happen(model):
        raise bpmn.ModelProblems(found)
    return model


# --- instances -------------------------------------------------------------------------------------------------------


def start_instance(
    *,
    release_id: str,
    process_id: str,
    business_id: UUID | None,
    variables: Mapping[str, Any],
    start_element_id: str | None = None,
) -> UUID:
    """Start a process of a release and run it until it waits. Raises: UnknownProcess, Refused."""
    deployment = deployment_of(release_id, process_id)
    if deployment is None:
        raise UnknownProcess(_("The release has no process '%(id)s'. Deploy it first.") % {"id": process_id})
    instance_id = ids.new_id()
    begin = partial(
        Instance,
        id=instance_id,
        deployment_id=deployment,
        process_id=process_id,
        business_id=business_id,
        started_at=clock.now(),
    )
    command = commands.Start(
        instance_id=str(instance_id),
        business_id=str(business_id or ""),
        variables=rules.as_variables(variables),
        start_element_id=start_element_id,
    )
    result = together.ask_to_begin(begin, command)
    if isinstance(result, Rejection):
        raise _refused(result)
    return instance_id


@transaction.atomic
def set_variables(*, instance_id: UUID, variables: Mapping[str, Any], element_instance_id: UUID | None = None) -> None:
    """Change variables of a running instance, in the scope that has each, else in the instance. Raises: Refused."""
    place = str(element_instance_id) if element_instance_id else None
    command = commands.SetVariables(variables=rules.as_variables(variables), element_instance_id=place)
    _demand(_locked(instance_id), command)


@transaction.atomic
def cancel_instance(*, instance_id: UUID, reason: str) -> None:
    """End an instance now: its tasks, jobs, timers and called instances are withdrawn. Raises: Refused."""
    _demand(_locked(instance_id), commands.Cancel(reason=reason))


# --- operators ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def operate(*, instance_id: UUID, command: rules.OperatorCommand) -> None:
    """Do to an instance what an operator wants; one in the middle of a long step goes on with that first, as far as is bearable.

    Raises: Refused, with the reason.
    """
    instance = _locked(instance_id)
    result = _step(instance, command)
    for _stretch in range(_MOST_STRETCHES):
        if not (isinstance(result, Rejection) and result.code == "busy" and instance.pending):
            break
        if isinstance(_step(instance, commands.GoOn()), Rejection):
            break
        result = _step(instance, command)
    if isinstance(result, Rejection):
        raise _refused(result)


# --- tasks -----------------------------------------------------------------------------------------------------------


def complete_task(*, task_id: UUID, variables: Mapping[str, Any], completed_by: UUID | None) -> None:
    """Complete a person's step; the instance goes on until it waits again. Raises: TaskGone, Refused."""
    command = commands.CompleteTask(
        task_id=str(task_id), variables=rules.as_variables(variables), completed_by=str(completed_by or "")
    )
    result = together.ask("task", task_id, command)
    if result is None or (isinstance(result, Rejection) and result.code == "unknown_task"):
        raise _task_gone()
    if isinstance(result, Rejection):
        raise _refused(result)


@transaction.atomic
def claim_task(*, task_id: UUID, by: UUID) -> None:
    """Take a task that nobody has, or that one has already. Raises: TaskGone, Conflict."""
    task = _open_task(task_id)
    if task.assignee and task.assignee != str(by):
        raise Conflict(_("Somebody else has taken this task. Look at the list again."), code="task-taken")
    _assign(task, str(by))


@transaction.atomic
def unclaim_task(*, task_id: UUID) -> None:
    """Give a task back to its team. Raises: TaskGone."""
    _assign(_open_task(task_id), "")


@transaction.atomic
def assign_task(*, task_id: UUID, assignee: str) -> None:
    """Give a task to somebody, whoever has it. Raises: TaskGone."""
    _assign(_open_task(task_id), assignee)


@transaction.atomic
def offer_task(*, task_id: UUID, candidate_groups: Sequence[str]) -> None:
    """Leave a task to other teams; nobody has it then. Raises: TaskGone."""
    task = _open_task(task_id)
    task.candidate_groups = list(candidate_groups)
    task.save(update_fields=["candidate_groups"])
    _assign(task, "")


def _assign(task: Task, assignee: str) -> None:
    if task.assignee == assignee:
        return
    task.assignee = assignee
    task.save(update_fields=["assignee"])
    announce(
        events.TaskAssigned(
            task_id=task.id, instance_id=task.instance_id, business_id=task.business_id, assignee=assignee
        )
    )


def _open_task(task_id: UUID) -> Task:
    task = Task.objects.select_for_update().filter(id=task_id, state=Task.State.OPEN).first()
    if task is None:
        raise _task_gone()
    return task


def _task_gone() -> TaskGone:
    return TaskGone(_("This task is done already, or the case has moved on. Look at it again."))


# --- messages --------------------------------------------------------------------------------------------------------


@transaction.atomic
def publish_message(
    *,
    message_id: str,
    name: str,
    key: str,
    variables: Mapping[str, Any],
    time_to_live: timedelta = timedelta(),
) -> None:
    """Give a message to the instance that waits for its name and key; else let it begin one; else keep it while it lives.

    A key of "" is for those who wait for the name alone.
    The same `message_id` a second time changes nothing. Raises: BadMessage.
    """
    if not all(0 < len(text) <= MAX_TEXT for text in (message_id, name)) or len(key) > MAX_TEXT:
        raise BadMessage(
            _("A message needs an id and a name of 1 to %(n)s characters, and a key no longer.") % {"n": MAX_TEXT}
        )
    now = clock.now()
    correlation.lock_to_publish([(name, key)])
    correlation.publish(
        message_id=message_id,
        name=name,
        key=key,
        variables=rules.as_variables(variables),
        expires_at=now + time_to_live,
        now=now,
    )
    crash_point("processes.message.before_commit")


@transaction.atomic
def broadcast_signal(*, name: str, variables: Mapping[str, Any]) -> None:
    """Let every instance hear a signal that listens now, and begin an instance of every process that begins with it."""
    effects.broadcast(name=name, variables=rules.as_variables(variables), but_for=None, now=clock.now())


# --- steps that somebody chooses ---------------------------------------------------------------------------------------


@transaction.atomic
def begin_step(*, offer_id: UUID, element_id: str, variables: Mapping[str, Any] | None = None) -> None:
    """Begin one of the steps that an ad-hoc subprocess offers. Raises: Refused."""
    command = commands.BeginStep(
        offer_id=str(offer_id), element_id=element_id, variables=rules.as_variables(variables or {})
    )
    _demand(_offering(offer_id), command)


@transaction.atomic
def close_offer(*, offer_id: UUID) -> None:
    """Begin no more steps of an ad-hoc subprocess; it ends with those under way. Raises: Refused."""
    _demand(_offering(offer_id), commands.CloseOffer(offer_id=str(offer_id)))


def _offering(offer_id: UUID) -> Instance:
    instance = lock("listener", offer_id)
    if instance is None:
        raise Refused(_("These steps are no longer offered. Look at the case again."), reason="unknown_offer")
    return instance


# --- incidents -------------------------------------------------------------------------------------------------------


@transaction.atomic
def retry_incident(*, incident_id: UUID, variables: Mapping[str, Any] | None = None) -> bool:
    """Try again where an instance stopped, with variables changed first if some are given.

    Returns whether the step has succeeded; a job, or what the executor does, is tried soon, and closes the incident then.
    Raises: IncidentClosed, Refused.
    """
    incident = Incident.objects.filter(id=incident_id).first()
    if incident is None or incident.resolved_at is not None:
        raise _incident_closed()
    if incident.stage == "held":
        _release(incident)
        return False
    instance = _locked(incident.instance_id)
    result = _step(
        instance, commands.ResolveIncident(incident_id=str(incident_id), variables=rules.as_variables(variables or {}))
    )
    if isinstance(result, Rejection):
        if result.code == "unknown_incident":
            raise _incident_closed()
        raise _refused(result)
    return Incident.objects.filter(id=incident_id).exclude(resolved_at=None).exists()


def _incident_closed() -> IncidentClosed:
    return IncidentClosed(_("This incident is resolved already. Look at the case again."))


# --- the executor's own ----------------------------------------------------------------------------------------------


def hold(entry: InboxEntry | Timer, *, message: str, is_told: bool = True) -> None:
    """Note that something due can't be done, and that nobody tries again until a person says so.

    `is_told` False leaves out the event, for when hearing of it fails as well.
    """
    now = clock.now()
    # What a bug says may hold what no text in the database can.
    message = message.replace("\x00", "").encode(errors="replace").decode()
    incident = Incident.objects.filter(id=entry.incident_id).first() if entry.incident_id else None
    if incident is None:
        incident = _new_incident(entry, message, now)
        if is_told:
            announce(
                events.IncidentRaised(
                    incident_id=incident.id,
                    instance_id=incident.instance_id,
                    business_id=incident.business_id,
                    element_id=incident.element_id,
                    kind=incident.kind,
                    message=incident.message,
                )
            )
    else:
        incident.message, incident.failed_again_at = message, now
        incident.save(update_fields=["message", "failed_again_at"])
    entry.is_held, entry.incident_id = True, incident.id
    entry.save(update_fields=["is_held", "incident_id"])


def keep_back(entry: InboxEntry | Timer) -> None:
    """Keep what comes to a suspended instance until it is resumed."""
    entry.is_held = True
    entry.save(update_fields=["is_held"])


def _new_incident(entry: InboxEntry | Timer, message: str, now: datetime) -> Incident:
    said = entry.payload if isinstance(entry, InboxEntry) else {}
    # What hasn't started yet is its caller's affair; what begins by itself has nobody, and says itself what it will be.
    of = said.get("caller_id", entry.instance_id)
    instance = Instance.objects.filter(id=of).first()
    return Incident.objects.create(
        instance_id=of,
        business_id=instance.business_id if instance else None,
        deployment_id=instance.deployment_id if instance else said.get("deployment_id"),
        process_id=instance.process_id if instance else said.get("process_id", ""),
        element_id=entry.element_id if isinstance(entry, Timer) else said.get("element_id", ""),
        kind="bug",
        message=message,
        stage="held",
        raised_at=now,
    )


def _release(incident: Incident) -> None:
    Timer.objects.filter(incident_id=incident.id).update(is_held=False)
    entries = InboxEntry.objects.filter(incident_id=incident.id)
    entries.update(is_held=False)
    # What came behind them; in a second statement, which sees what the first had to wait for.
    InboxEntry.objects.filter(instance_id__in=entries.values("instance_id"), is_held=True).update(is_held=False)
    outbox.wake_workers("steps")


def close_held(incident_id: UUID | None) -> None:
    """Close the incident of something that was held and has been done now."""
    incident = Incident.objects.filter(id=incident_id, resolved_at=None).first() if incident_id else None
    if incident is None:
        return
    incident.resolved_at, incident.resolution = clock.now(), "retried"
    incident.save(update_fields=["resolved_at", "resolution"])
    announce(
        events.IncidentResolved(
            incident_id=incident.id,
            instance_id=incident.instance_id,
            business_id=incident.business_id,
            element_id=incident.element_id,
        )
    )


def trigger_start(wait: StartWait) -> None:
    """Begin an instance by a timer that is due; its row is locked."""
    starts.happen(wait, now=clock.now())
    crash_point("processes.start.triggered")


# --- jobs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a job gave; `settles` is the entry of the outbox that asked for it."""

    job_id: UUID
    variables: Mapping[str, Any]
    settles: UUID | None = None


def complete_job(*, job_id: UUID, variables: Mapping[str, Any]) -> bool:
    """Take the result of a job; returns False when it was taken before, or nobody waits for it any more."""
    (answer,) = complete_jobs([JobResult(job_id=job_id, variables=variables)])
    return answer()


def complete_jobs(results: Sequence[JobResult]) -> list[Callable[[], bool]]:
    """Take the results of jobs in one transaction; what is returned gives the answer to each, as `complete_job` does.

    One that fails holds up none of the others.
    """
    asked = [
        together.Asked(
            commands.CompleteJob(job_id=str(one.job_id), variables=rules.as_variables(one.variables)),
            "job",
            one.job_id,
            settles=one.settles,
        )
        for one in results
    ]
    together.serve(asked)
    return [partial(_job_answer, one) for one in asked]


def fail_job(*, job_id: UUID, message: str) -> bool:
    """Make a job an incident; returns False when nobody waits for it any more."""
    return _job_step(job_id, commands.FailJob(job_id=str(job_id), message=message))


def throw_job_error(*, job_id: UUID, code: str, message: str, variables: Mapping[str, Any]) -> bool:
    """Throw a BPMN error at the task of a job; returns False when nobody waits for it any more."""
    command = commands.ThrowJobError(
        job_id=str(job_id), error_code=code, message=message, variables=rules.as_variables(variables)
    )
    return _job_step(job_id, command)


def note_attempt(*, job_id: UUID, message: str, next_attempt_at: datetime, is_failure: bool) -> None:
    """Note why a job has to wait and when it is tried again; `is_failure` counts against its retries."""
    job = Job.objects.filter(id=job_id).first()
    if job is None:
        return
    job.attempts += 1
    job.failures += is_failure
    job.last_error, job.next_attempt_at = message[:2000], next_attempt_at
    job.save(update_fields=["attempts", "failures", "last_error", "next_attempt_at"])


@transaction.atomic
def give_to_workers(*, job_id: UUID) -> None:
    """Leave a job to workers outside: who did it here is gone since it began."""
    job = Job.objects.filter(id=job_id, state=Job.State.OPEN).first()
    if job is None:
        return
    job.is_external, job.next_attempt_at = True, clock.now()
    job.save(update_fields=["is_external", "next_attempt_at"])
    tell_workers(job.type)


def _job_step(job_id: UUID, command: commands.Command) -> bool:
    asked = together.Asked(command, "job", job_id)
    together.serve([asked])
    return _job_answer(asked)


def _job_answer(asked: together.Asked) -> bool:
    result = together.answer(asked)
    if isinstance(result, Rejection) and result.code != "unknown_job":
        raise _refused(result)
    return isinstance(result, Step)


# --- one step --------------------------------------------------------------------------------------------------------


def _locked(instance_id: UUID) -> Instance:
    instance = lock("instance", instance_id)
    if instance is None:
        raise Instance.DoesNotExist
    return instance


def _demand(instance: Instance, command: commands.Command, *, now: datetime | None = None) -> Step:
    result = _step(instance, command, now=now)
    if isinstance(result, Rejection):
        raise _refused(result)
    return result


def _step(instance: Instance, command: commands.Command, *, now: datetime | None = None) -> Step | Rejection:
    (result,) = steps.carry_out([steps.Wanted(instance, command)], now=now or clock.now())
    return result


def _refused(rejection: Rejection) -> Refused:
    if rejection.code == "suspended":
        said = _(
            "What is behind this is suspended for now, so nothing was changed. Try again later, or ask your team lead."
        )
        return Suspended(said, reason=rejection.code)
    return Refused(rejection.message, reason=rejection.code)
