"""What can't go on is held, and tried again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bpmn import Rejection, commands
from firstline import clock
from firstline.errors import Conflict
from firstline.events import announce
from firstline.outbox import actions as outbox
from firstline.processes import events, rules
from firstline.processes.actions._step import locked, refused, step
from firstline.processes.models import (
    InboxEntry,
    Incident,
    Instance,
    Timer,
)


class IncidentClosed(Conflict):
    """The incident is resolved already."""

    code = "incident-closed"


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
    instance = locked(incident.instance_id)
    result = step(
        instance, commands.ResolveIncident(incident_id=str(incident_id), variables=rules.as_variables(variables or {}))
    )
    if isinstance(result, Rejection):
        if result.code == "unknown_incident":
            raise _incident_closed()
        raise refused(result)
    return Incident.objects.filter(id=incident_id).exclude(resolved_at=None).exists()


def _incident_closed() -> IncidentClosed:
    return IncidentClosed(_("This incident is resolved already. Look at the case again."))


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
