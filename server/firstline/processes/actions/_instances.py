"""Instances are started, changed and ended; operators do what they want to them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bpmn import Rejection, commands
from firstline import clock, ids
from firstline.errors import FirstlineError
from firstline.processes import rules
from firstline.processes.actions._step import demand, locked, refused, step
from firstline.processes.adapters import together
from firstline.processes.models import (
    Instance,
)

# Of a long step, so that an operator waits for seconds at most.
_MOST_STRETCHES = 20


class UnknownProcess(FirstlineError):
    """No deployment has this process."""

    code = "unknown-process"
    status = 404


def start_instance(
    *,
    release_id: str,
    process_id: str,
    business_id: UUID | None,
    variables: Mapping[str, Any],
    start_element_id: str | None = None,
) -> UUID:
    """Start a process of a release and run it until it waits. Raises: UnknownProcess, Refused."""
    instance_id = ids.new_id()

    def begin(find: together.FindDeployment) -> Instance:
        deployment = find(release_id, process_id)
        if deployment is None:
            raise UnknownProcess(_("The release has no process '%(id)s'. Deploy it first.") % {"id": process_id})
        return Instance(
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
        raise refused(result)
    return instance_id


@transaction.atomic
def set_variables(*, instance_id: UUID, variables: Mapping[str, Any], element_instance_id: UUID | None = None) -> None:
    """Change variables of a running instance, in the scope that has each, else in the instance. Raises: Refused."""
    place = str(element_instance_id) if element_instance_id else None
    command = commands.SetVariables(variables=rules.as_variables(variables), element_instance_id=place)
    demand(locked(instance_id), command)


@transaction.atomic
def cancel_instance(*, instance_id: UUID, reason: str) -> None:
    """End an instance now: its tasks, jobs, timers and called instances are withdrawn. Raises: Refused."""
    demand(locked(instance_id), commands.Cancel(reason=reason))


@transaction.atomic
def operate(*, instance_id: UUID, command: rules.OperatorCommand) -> None:
    """Do to an instance what an operator wants; one in the middle of a long step goes on with that first, as far as is bearable.

    Raises: Refused, with the reason.
    """
    instance = locked(instance_id)
    result = step(instance, command)
    for _stretch in range(_MOST_STRETCHES):
        if not (isinstance(result, Rejection) and result.code == "busy" and instance.pending):
            break
        if isinstance(step(instance, commands.GoOn()), Rejection):
            break
        result = step(instance, command)
    if isinstance(result, Rejection):
        raise refused(result)
