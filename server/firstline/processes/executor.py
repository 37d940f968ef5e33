"""Takes due timers, inbox entries, starts and long steps in small batches; one that fails never stops the others."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.processes import actions
from firstline.processes.adapters import inbox
from firstline.processes.models import InboxEntry, Instance, StartWait, Timer

log = logging.getLogger(__name__)
_turn = inbox.Turn()
# What comes when the instance isn't there yet.
_BEGINNINGS = frozenset({InboxEntry.Kind.START, InboxEntry.Kind.BEGIN})


@transaction.atomic
def run_due(limit: int = 50) -> int:
    """Do up to `limit` of what is due, and go on with one long step, committed together; returns how many were done.

    What another worker has in hand is left to it. A failure becomes an incident of its instance, and the rest goes on.
    """
    done = sum(_take(entry) for entry in _turn.take(limit))
    done += sum(_trigger(timer) for timer in _timers(limit - done))
    done += sum(_begin(wait) for wait in _starts(limit - done))
    # One stretch of a long step is as much as a batch of other things, and comes behind them.
    done += sum(_take(entry) for entry in inbox.paused(1))
    crash_point("processes.due.before_commit")
    transaction.on_commit(_after_commit)
    return done


def _after_commit() -> None:
    crash_point("processes.due.after_commit")


def _timers(limit: int) -> list[Timer]:
    """Find due timers whose instances nobody has in hand, and lock those."""
    due = Timer.objects.filter(due_at__lte=clock.now(), is_held=False).order_by("due_at", "id")
    # What came before the timer was due is taken before it, unless it can't be taken now.
    entries = InboxEntry.objects.filter(instance_id=OuterRef("instance_id"))
    before = entries.filter(created_at__lt=OuterRef("due_at")).exclude(kind=InboxEntry.Kind.GO_ON)
    due = due.filter(~Exists(before) | Exists(entries.filter(is_held=True)))
    # The instance, not the timer: whoever makes a step locks the instance first, so nobody waits for each other.
    free = due.select_related("instance").select_for_update(skip_locked=True, no_key=True, of=("instance",))
    return list(free[: max(limit, 0)])


def _starts(limit: int) -> list[StartWait]:
    """Lock timers of start events that are due."""
    due = StartWait.objects.filter(due_at__lte=clock.now()).order_by("due_at", "id")
    return list(due.select_for_update(skip_locked=True)[: max(limit, 0)])


def _begin(wait: StartWait) -> bool:
    actions.trigger_start(wait)
    return True


def _take(entry: InboxEntry) -> bool:
    if entry.kind in _BEGINNINGS:
        instance = Instance.objects.filter(id=entry.instance_id).first()
    else:
        instance = _lock(entry.instance_id)
        if instance is None and Instance.objects.filter(id=entry.instance_id).exists():
            return False
    if instance is not None and instance.suspended_at and entry.kind != InboxEntry.Kind.CANCEL:
        actions.keep_back(entry)
        return True
    return _attempt(entry, lambda: actions.take_from_inbox(entry, instance))


def _trigger(timer: Timer) -> bool:
    # An earlier timer of this batch may have moved the instance on: the step needs it as it is now.
    instance = _lock(timer.instance_id)
    if instance is not None and instance.suspended_at:
        actions.keep_back(timer)
        return True
    return instance is not None and _attempt(timer, lambda: actions.trigger_timer(timer, instance))


def _lock(instance_id: UUID) -> Instance | None:
    free = Instance.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return free.select_related("deployment").filter(id=instance_id).first()


def _attempt(item: InboxEntry | Timer, do: Callable[[], None]) -> bool:
    try:
        with transaction.atomic():
            do()
    except OperationalError:
        # A deadlock with another worker: its turn comes again.
        log.warning("%s %s has to wait", type(item).__name__, item.pk)
        return False
    except Exception as bug:
        log.exception("%s %s failed", type(item).__name__, item.pk)
        _hold(item, f"{type(bug).__name__}: {bug}")
    return True


def _hold(item: InboxEntry | Timer, message: str) -> None:
    """Hold an item, whatever the house makes of the news: what can't be held would come up first for ever."""
    try:
        with transaction.atomic():
            actions.hold(item, message=message)
    except OperationalError:
        raise
    except Exception:
        log.exception("Nobody could be told that %s %s failed", type(item).__name__, item.pk)
        actions.hold(item, message=message, is_told=False)
