"""One step of one instance, as every action makes it."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from bpmn import Rejection, Step, commands
from firstline import clock
from firstline.errors import Conflict
from firstline.processes.adapters import steps
from firstline.processes.adapters.locking import lock
from firstline.processes.models import (
    Instance,
)


class Refused(Conflict):
    """The instance can't do that in the state in which it is; `fields["reason"]` says why, for programs."""

    code = "refused"


class Suspended(Refused):
    """The instance is suspended: nothing happens to it but what operators do."""


def locked(instance_id: UUID) -> Instance:
    instance = lock("instance", instance_id)
    if instance is None:
        raise Instance.DoesNotExist
    return instance


def demand(instance: Instance, command: commands.Command, *, now: datetime | None = None) -> Step:
    result = step(instance, command, now=now)
    if isinstance(result, Rejection):
        raise refused(result)
    return result


def step(instance: Instance, command: commands.Command, *, now: datetime | None = None) -> Step | Rejection:
    (result,) = steps.carry_out([steps.Wanted(instance, command)], now=now or clock.now())
    return result


def refused(rejection: Rejection) -> Refused:
    if rejection.code == "suspended":
        said = _(
            "What is behind this is suspended for now, so nothing was changed. Try again later, or ask your team lead."
        )
        return Suspended(said, reason=rejection.code)
    return Refused(rejection.message, reason=rejection.code)
