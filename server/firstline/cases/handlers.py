"""What cases hear of the engine."""

from uuid import UUID

from firstline import clock, events
from firstline.cases import actions
from firstline.cases.events import CaseChanged
from firstline.cases.models import Case
from firstline.processes import events as process_events
from firstline.sources import events as source_events


def on_instance_ended(event: process_events.InstanceEnded) -> None:
    """Close the case whose process ended; a called process ends nothing."""
    case_id = event.business_id
    if case_id is None:
        return
    if Case.objects.filter(id=case_id, instance_id=event.instance_id).exists() or _just_started(case_id):
        actions.close_case(case_id=case_id, outcome=event.outcome or actions.OUTCOME_DONE, now=clock.now())


def on_instance_migrated(event: process_events.InstanceMigrated) -> None:
    """Let the case follow its process to another release."""
    if event.business_id is not None:
        actions.follow_release(case_id=event.business_id, instance_id=event.instance_id, release_id=event.release_id)


def _just_started(case_id: UUID) -> bool:
    """Tell whether the process ran to its end within the transaction that opened the case."""
    return Case.objects.filter(id=case_id, instance_id=None, release__isnull=False).exists()


def on_task_changed(
    event: process_events.TaskCreated | process_events.TaskCompleted | process_events.TaskCancelled,
) -> None:
    """Tell whoever shows the case that a step began or ended."""
    _changed(event.business_id)


def on_task_completed(event: process_events.TaskCompleted) -> None:
    """Note that a step has kept what the procedure had promised."""
    if event.business_id is not None:
        actions.keep_promises_of_step(
            case_id=event.business_id, instance_id=event.instance_id, element_id=event.element_id, now=clock.now()
        )


def on_incident(event: process_events.IncidentRaised | process_events.IncidentResolved) -> None:
    """Tell whoever shows the case that it can't go on, or can again."""
    _changed(event.business_id)


def on_command(
    event: source_events.CommandConfirmed | source_events.CommandWaiting | source_events.CommandStopped,
) -> None:
    """Tell whoever shows the case how far a change in a back-office system has come."""
    _changed(event.case_id)


def _changed(case_id: UUID | None) -> None:
    if case_id is not None:
        events.announce(CaseChanged(case_id=case_id))
