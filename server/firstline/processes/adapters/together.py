"""Callers that ask at the same time are served together: the first of them carries out what all want, in one transaction.

Nobody waits for others to come: whoever finds nobody at work begins at once, and what is asked meanwhile is for the next turn.
Each caller waits for the commit, and gets its own result. What can't be done together is done by its own caller, alone: when
somebody has the instance in hand, when two want the same one, when anything in the batch fails.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import translation

from bpmn import Rejection, Step, commands
from firstline import clock
from firstline.processes.adapters.locking import lock, lock_free_of
from firstline.processes.adapters.steps import Wanted, carry_out
from firstline.processes.models import Instance

log = logging.getLogger(__name__)
_MOST = 50


class Unsure(OperationalError):
    """The database went away during the commit: look whether it was done."""


@dataclass(slots=True, eq=False)
class _Asked:
    command: commands.Command
    # What knows the instance: see `locking`.
    kind: str = ""
    id: UUID | None = None
    # Or it begins; made anew for each attempt.
    begin: Callable[[], Instance] | None = None
    settles: UUID | None = None
    is_served: bool = False
    result: Step | Rejection | None = None
    is_done: bool = False
    is_unsure: bool = False


_waiting: deque[_Asked] = deque()
_turn = threading.Condition()
_is_somebody_at_work = False


def ask(kind: str, id_: UUID, command: commands.Command, *, settles: UUID | None = None) -> Step | Rejection | None:
    """Carry out a command for the instance of a task or job, committed; within a transaction of the caller's, that commits it.

    None when the task or job isn't there.
    """
    return _ask(_Asked(command, kind, id_, settles=settles))


def ask_to_begin(begin: Callable[[], Instance], command: commands.Start) -> Step | Rejection | None:
    """Begin an instance, as `ask` does; `begin` makes it."""
    return _ask(_Asked(command, begin=begin))


def _ask(asked: _Asked) -> Step | Rejection | None:
    if not connection.in_atomic_block:
        _waiting.append(asked)
        try:
            while _is_my_turn(asked):
                _work()
        finally:
            if not asked.is_served:
                # Its thread is being ended; nobody else is to begin what it asked.
                with suppress(ValueError):
                    _waiting.remove(asked)
    if asked.is_unsure:
        raise Unsure("The connection to the database was lost while this was committed. Look whether it is done.")
    return asked.result if asked.is_done else _alone(asked)


def _is_my_turn(asked: _Asked) -> bool:
    """Wait until somebody else has served the caller (False), or nobody is at work any more (True)."""
    global _is_somebody_at_work  # noqa: PLW0603 -- one at a time in a process
    with _turn:
        _turn.wait_for(lambda: asked.is_served or not _is_somebody_at_work)
        if asked.is_served:
            return False
        _is_somebody_at_work = True
        return True


def _work() -> None:
    global _is_somebody_at_work  # noqa: PLW0603 -- as above
    batch: list[_Asked] = []
    try:
        _serve(batch)
    finally:
        with _turn:
            for asked in batch:
                asked.is_served = True
            _is_somebody_at_work = False
            _turn.notify_all()


def _take() -> list[_Asked]:
    return [_waiting.popleft() for _ in range(min(len(_waiting), _MOST))]


@transaction.atomic
def _alone(asked: _Asked) -> Step | Rejection | None:
    instance = asked.begin() if asked.begin else lock(asked.kind, asked.id)
    if instance is None:
        return None
    (result,) = carry_out([Wanted(instance, asked.command, asked.settles)], now=clock.now())
    return result


def _serve(batch: list[_Asked]) -> None:
    """Carry out what can be done together of what is asked, put into `batch`; the rest of it stays undone."""
    is_written = False
    try:
        # Nobody's language in particular: those who hear of it act for all.
        with translation.override(None), transaction.atomic():
            batch += _take()
            _carry_out(batch)
            is_written = True
    except Exception:
        batch += [] if batch else _take()
        log.info("Something of %s that were asked failed; each is done alone", len(batch), exc_info=True)
    finally:
        for asked in batch:
            asked.is_unsure = is_written and not asked.is_done and asked.result is not None


def _carry_out(batch: list[_Asked]) -> None:
    served = _locked(batch)
    transaction.on_commit(partial(_note, list(served)))
    wanted = [Wanted(instance, asked.command, asked.settles) for asked, instance in served.items()]
    results = carry_out(wanted, now=clock.now()) if wanted else []
    for asked, result in zip(served, results, strict=True):
        asked.result = result


def _note(served: list[_Asked]) -> None:
    for asked in served:
        asked.is_done = True


def _locked(batch: list[_Asked]) -> dict[_Asked, Instance]:
    """Lock the instances that nobody has in hand: of each, for the first who wants it."""
    found = lock_free_of(asked.id for asked in batch if asked.id is not None)
    first: dict[UUID, tuple[_Asked, Instance]] = {}
    for asked in batch:
        instance = asked.begin() if asked.begin else found.get(asked.id) if asked.id else None
        if instance is not None:
            first.setdefault(instance.id, (asked, instance))
    return dict(first.values())
