"""Callers that ask at the same time are served together: one of them carries out what all want, in one transaction (see `gathering`).

Each caller waits for the commit, and gets its own result. What can't be done together is done by its own caller, alone: when
somebody has the instance in hand, when anything in the batch fails.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import translation

from bpmn import Rejection, State, Step, commands
from firstline import clock
from firstline.errors import FirstlineError
from firstline.processes.adapters.gathering import Gathering
from firstline.processes.adapters.locking import lock, lock_free_of
from firstline.processes.adapters.programs import deployment_of
from firstline.processes.adapters.steps import Wanted, carry_out
from firstline.processes.models import Instance

log = logging.getLogger(__name__)
_MOST = 50


class Unsure(OperationalError):
    """The database went away during the commit: look whether it was done."""


FindDeployment = Callable[[str, str], UUID | None]
Begin = Callable[[FindDeployment], Instance]


@dataclass(slots=True, eq=False)
class Asked:
    """What a caller wants, and what became of it."""

    command: commands.Command | None = None
    # What knows the instance: see `locking`.
    kind: str = ""
    id: UUID | None = None
    # Or it begins; made anew for each attempt, with what finds the deployment of a release that has a process.
    begin: Begin | None = None
    # Says what is to be done, if that is known only when the instance is locked (None = there is none); None = nothing more is.
    look: Callable[[Instance | None], Wanted | None] | None = None
    # The entry of the outbox that is settled with it.
    settles: UUID | None = None
    # Why `look` wouldn't have it.
    refusal: FirstlineError | None = None
    result: Step | Rejection | None = None
    is_done: bool = False
    is_unsure: bool = False


def ask(kind: str, id_: UUID, command: commands.Command) -> Step | Rejection | None:
    """Carry out a command for the instance of a task, committed; within a transaction of the caller's, that commits it.

    None when the task isn't there.
    """
    asked = Asked(command, kind, id_)
    serve([asked])
    return answer(asked)


def ask_to_begin(begin: Begin, command: commands.Start) -> Step | Rejection | None:
    """Begin an instance, as `ask` does; `begin` makes it. Raises: what `begin` raises."""
    asked = Asked(command, begin=begin)
    serve([asked])
    return answer(asked)


def serve(wanted: Sequence[Asked]) -> None:
    """Have done what can be done together with others; `answer` does the rest."""
    if not connection.in_atomic_block:
        gathering.serve(wanted)


def answer(asked: Asked) -> Step | Rejection | None:
    """Say what became of it; what couldn't be done together is done now. Raises: Unsure."""
    if asked.is_unsure:
        raise Unsure("The connection to the database was lost while this was committed. Look whether it is done.")
    if not asked.is_done:
        return _alone(asked)
    if asked.refusal is not None:
        raise asked.refusal
    return asked.result


@transaction.atomic
def _alone(asked: Asked) -> Step | Rejection | None:
    instance = asked.begin(deployment_of) if asked.begin else lock(asked.kind, asked.id)
    wanted = _wanted(asked, instance)
    if wanted is None:
        return None
    (result,) = carry_out([wanted], now=clock.now())
    return result


def _wanted(asked: Asked, instance: Instance | None) -> Wanted | None:
    if asked.look is not None:
        return asked.look(instance)
    if instance is None or asked.command is None:
        return None
    return Wanted(instance, asked.command, asked.settles)


def _serve(batch: Sequence[Asked]) -> None:
    """Carry out what can be done together of what is asked; the rest of it stays undone."""
    is_written = False
    try:
        # Nobody's language in particular: those who hear of it act for all.
        with translation.override(None), transaction.atomic():
            _carry_out(batch)
            is_written = True
    except IntegrityError:
        # Found out at the commit, perhaps; that was undone, then.
        is_written = False
        log.info("Something of %s that were asked was refused; each is done alone", len(batch), exc_info=True)
    except Exception:
        log.info("Something of %s that were asked failed; each is done alone", len(batch), exc_info=True)
    finally:
        for asked in batch:
            asked.is_unsure = is_written and not asked.is_done and asked.result is not None


def _carry_out(batch: Sequence[Asked]) -> None:
    waiting, known = _locked(batch)
    transaction.on_commit(partial(_note, [asked for asked, _ in waiting]))
    while waiting:
        # Each instance once: what comes first may move it on.
        first = {instance.id: (asked, instance) for asked, instance in reversed(waiting)}
        wave = [(asked, instance) for asked, instance in waiting if first[instance.id][0] is asked]
        waiting = [(asked, instance) for asked, instance in waiting if first[instance.id][0] is not asked]
        looked = [(asked, _looked(asked, instance)) for asked, instance in wave]
        wanted = [(asked, one) for asked, one in looked if one is not None]
        results = carry_out([one for _, one in wanted], now=clock.now(), known=known) if wanted else []
        # What comes now stands behind these steps.
        known = {}
        for (asked, _), result in zip(wanted, results, strict=True):
            asked.result = result


def _looked(asked: Asked, instance: Instance) -> Wanted | None:
    asked.refusal = None
    try:
        return _wanted(asked, instance)
    except FirstlineError as refusal:
        asked.refusal = refusal
        return None


def _note(served: list[Asked]) -> None:
    for asked in served:
        asked.is_done = True


def _locked(batch: Sequence[Asked]) -> tuple[list[tuple[Asked, Instance]], dict[UUID, State]]:
    """Lock the instances that nobody has in hand, and say who wants which (several may want the same one), and what their states are."""
    found = lock_free_of((asked.kind, asked.id) for asked in batch if asked.id is not None)
    find = cache(deployment_of)
    one: dict[UUID, Instance] = {}
    locked: list[tuple[Asked, Instance]] = []
    for asked in batch:
        instance = _begun(asked.begin, find) if asked.begin else found[asked.id].instance if asked.id in found else None
        if instance is not None:
            locked.append((asked, one.setdefault(instance.id, instance)))
    return locked, {held.instance.id: held.state for held in found.values() if held.state is not None}


def _begun(begin: Begin, find: FindDeployment) -> Instance | None:
    """Make an instance; whose can't begin hears why when it is tried alone."""
    try:
        return begin(find)
    except FirstlineError:
        return None


gathering = Gathering(_serve, most=_MOST)
