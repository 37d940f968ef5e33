"""What begins instances of a process by itself: messages, signals and moments, each heard by the newest deployment alone.

An instance is begun through the inbox, under the id that it will have: who sends its beginning commits it once, and it is taken once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import bpmn
from bpmn import Model
from firstline import ids
from firstline.outbox.actions import wake_workers
from firstline.processes.adapters.programs import program_of
from firstline.processes.models import Conversation, Deployment, InboxEntry, Message, StartWait


def replace(deployment: Deployment, model: Model, *, now: datetime) -> list[str]:
    """Let what begins the processes of a deployment begin this version from now on; returns the names of messages that may.

    A timer that is the same as before goes on where that one is: a date that has come doesn't come again, a cycle keeps its
    rhythm. A duration counts from the deployment.
    """
    before = {
        (wait.process_id, wait.element_id, wait.part): wait
        # Locked, as a worker may be about to begin an instance of the version before.
        for wait in StartWait.objects.select_for_update().filter(process_id__in=list(model.processes))
    }
    StartWait.objects.filter(id__in=[wait.id for wait in before.values()]).delete()
    waits = [
        _wait(deployment, program.process_id, found, before.get((program.process_id, found.element_id, found.part)))
        for program in model.processes.values()
        for found in bpmn.start_waits(program, now)
    ]
    StartWait.objects.bulk_create(waits)
    if any(wait.due_at is not None for wait in waits):
        wake_workers("steps")
    return sorted({wait.name for wait in waits if wait.kind == StartWait.Kind.MESSAGE})


def clashes(model: Model, *, now: datetime) -> tuple[bpmn.Problem, ...]:
    """Find start events whose message another process begins with already: nobody could say which of them is meant."""
    begins = {
        (found.name, program.process_id): found.element_id
        for program in model.processes.values()
        for found in bpmn.start_waits(program, now)
        if found.kind == "message"
    }
    others = StartWait.objects.filter(kind=StartWait.Kind.MESSAGE, name__in=[name for name, _ in begins])
    known = set(others.exclude(process_id__in=list(model.processes)).values_list("name", "process_id")) | set(begins)
    return tuple(
        bpmn.Problem("start_message_taken", element_id, _CLASH.format(name, process_id, other))
        for (name, process_id), element_id in begins.items()
        for other in sorted(other for taken, other in known if taken == name and other != process_id)
    )


_CLASH = (
    "The message '{0}' can't begin the process '{1}', since it begins '{2}' already. Give one of them a name of its own; a process that is no "
    "longer wanted stops listening when a version of it without this start event is deployed."
)


def _wait(deployment: Deployment, process_id: str, found: bpmn.StartWait, before: StartWait | None) -> StartWait:
    due_at, left = found.due_at, found.repetitions_left
    if before is not None and before.written == found.written and not found.written.startswith("timeDuration"):
        due_at, left = before.due_at, before.repetitions_left
    return StartWait(
        deployment=deployment,
        process_id=process_id,
        element_id=found.element_id,
        part=found.part,
        kind=found.kind,
        name=found.name,
        has_key=found.has_key,
        written=found.written,
        due_at=due_at,
        interval=found.interval,
        repetitions_left=left,
    )


def happen(wait: StartWait, *, now: datetime) -> None:
    """Begin an instance by a timer that is due, and schedule its next round; the row is locked."""
    if wait.due_at is None:
        return
    again = bpmn.due_again(wait.due_at, wait.interval, wait.repetitions_left, now=now)
    wait.due_at, wait.repetitions_left = again or (None, 0)
    wait.save(update_fields=["due_at", "repetitions_left"])
    _begin(ids.new_id(), wait, now=now, variables={})


def begin_by_signal(name: str, variables: Mapping[str, Any], *, now: datetime) -> None:
    """Begin an instance at every start event that waits for a signal."""
    for wait in StartWait.objects.filter(kind=StartWait.Kind.SIGNAL, name=name).order_by("id"):
        _begin(ids.new_id(), wait, now=now, variables=dict(variables))


def begin_by_message(message: Message, *, now: datetime) -> UUID | None:
    """Begin an instance by a message that nobody else waits for; returns its id, None when the message begins nothing now.

    Needs the lock of its name and key.
    """
    wait = (
        _where_the_flow_leads(message, message.deployment_id, now) if message.deployment_id else _of_name(message.name)
    )
    if wait is None:
        return None
    instance_id = ids.new_id()
    if wait.has_key and message.key and not _converses(wait, message, instance_id):
        return None
    _begin(instance_id, wait, now=now, message=str(message.id))
    return instance_id


def _of_name(name: str) -> StartWait | None:
    """Find who begins with a message from anywhere; of several, the one deployed last."""
    return StartWait.objects.filter(kind=StartWait.Kind.MESSAGE, name=name).order_by("-deployment_id", "part").first()


def _where_the_flow_leads(message: Message, deployment_id: UUID, now: datetime) -> StartWait | None:
    """Find the start event that a message flow leads to, in the very deployment of its sender."""
    deployment = Deployment.objects.only("id").get(id=deployment_id)
    program = program_of(deployment.id, message.process_id)
    for found in bpmn.start_waits(program, now):
        is_meant = message.target_id in {"", found.element_id}
        if found.kind == "message" and found.name == message.name and is_meant:
            return _wait(deployment, message.process_id, found, None)
    return None


def _converses(wait: StartWait, message: Message, instance_id: UUID) -> bool:
    """Open the conversation of a message; False when it goes on in another instance."""
    _, is_new = Conversation.objects.get_or_create(
        process_id=wait.process_id, name=message.name, key=message.key, defaults={"instance_id": instance_id}
    )
    return is_new


def _begin(instance_id: UUID, wait: StartWait, *, now: datetime, **by: Any) -> None:
    payload = {
        "deployment_id": str(wait.deployment_id),
        "process_id": wait.process_id,
        "element_id": wait.element_id,
        "part": wait.part,
        **by,
    }
    InboxEntry.objects.create(instance_id=instance_id, kind=InboxEntry.Kind.BEGIN, payload=payload, created_at=now)
    wake_workers("steps")
