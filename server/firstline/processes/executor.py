"""Takes due timers, inbox entries, starts and long steps in small batches; one that fails never stops the others."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.processes import actions
from firstline.processes.adapters import inbox, steps
from firstline.processes.adapters.locking import lock_free
from firstline.processes.adapters.taking import known_to, taking
from firstline.processes.models import InboxEntry, Instance, StartWait, Timer

log = logging.getLogger(__name__)
_turn = inbox.Turn()
_Due = tuple[InboxEntry | Timer, Instance | None]


@transaction.atomic
def run_due(limit: int = 50) -> int:
    """Do up to `limit` of what is due, and go on with one long step, committed together; returns how many were done.

    What another worker has in hand is left to it. A failure becomes an incident of its instance, and the rest goes on.
    """
    due: list[InboxEntry | Timer] = [*_turn.take(limit)]
    due += _timers(limit - len(due))
    done = sum(_take(wave) for wave in _waves(due))
    done += sum(_begin(wait) for wait in _starts(limit - done))
    # One stretch of a long step is as much as a batch of other things, and comes behind them.
    done += _take(inbox.paused(1))
    crash_point("processes.due.before_commit")
    transaction.on_commit(_after_commit)
    return done


def _waves(due: list[InboxEntry | Timer]) -> Iterator[list[InboxEntry | Timer]]:
    """Part what is due so that no instance is in a part twice: what comes first may move it on."""
    while due:
        wave = {item.instance_id: item for item in reversed(due)}
        first = {id(item) for item in wave.values()}
        yield [item for item in due if id(item) in first]
        due = [item for item in due if id(item) not in first]


def _after_commit() -> None:
    crash_point("processes.due.after_commit")


def _timers(limit: int) -> list[Timer]:
    """Find due timers whose instances nobody has in hand, and lock those."""
    found = [timer.id for timer in _lock_timers(limit)]
    # Whoever had an instance in hand until just now may have held its timer, which the lock of the instance doesn't tell.
    return list(Timer.objects.filter(id__in=found, is_held=False).order_by("due_at", "id")) if found else []


def _lock_timers(limit: int) -> list[Timer]:
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


def _take(wave: Sequence[InboxEntry | Timer]) -> int:
    """Take everything together; when something in it fails, one by one, so that the rest isn't spoiled."""
    due, done = _ready(wave)
    if len(due) > 1:
        try:
            with transaction.atomic():
                _carry_out(due)
        except Exception:
            log.info("Something in a batch of %s failed; it is done one by one", len(due), exc_info=True)
            # What was undone has changed what is known of the instances.
            due, _ = _ready([item for item, _ in due])
        else:
            return done + len(due)
    return done + sum(_attempt(item, partial(_carry_out, [(item, instance)])) for item, instance in due)


def _ready(wave: Sequence[InboxEntry | Timer]) -> tuple[list[_Due], int]:
    """Lock what instances nobody has in hand; those that are suspended keep theirs for later, and how many do is said too.

    What is called by a suspended instance begins later, too.
    """
    found = lock_free(item.instance_id for item in wave) if wave else {}
    missing = [item.instance_id for item in wave if item.instance_id not in found]
    busy = set(Instance.objects.filter(id__in=missing).values_list("id", flat=True)) if missing else set()
    waiting = _called_by_suspended(wave)
    due: list[_Due] = []
    kept_back = 0
    for item in wave:
        instance = found.get(item.instance_id)
        is_suspended = instance.suspended_at is not None if instance else item.pk in waiting
        if is_suspended and not _is_for_suspended(item):
            actions.keep_back(item)
            kept_back += 1
        elif item.instance_id not in busy:
            due.append((item, instance))
    return due, kept_back


def _is_for_suspended(item: InboxEntry | Timer) -> bool:
    return isinstance(item, InboxEntry) and item.kind in {InboxEntry.Kind.CANCEL, InboxEntry.Kind.SUSPENSION}


def _called_by_suspended(wave: Sequence[InboxEntry | Timer]) -> set[UUID]:
    """Find calls whose callers are suspended: the callers say when they are no more, behind them in the same inbox."""
    calls = [item for item in wave if isinstance(item, InboxEntry) and item.kind == InboxEntry.Kind.START]
    callers = {UUID(item.payload["caller_id"]) for item in calls}
    suspended = Instance.objects.filter(id__in=callers, suspended_at__isnull=False).values_list("id", flat=True)
    found = {str(id_) for id_ in suspended} if callers else set()
    return {item.id for item in calls if item.payload["caller_id"] in found}


def _carry_out(due: Sequence[_Due]) -> None:
    """Do these, each of another instance, and write everything that follows together."""
    # Before the steps, which may want others of their kind.
    InboxEntry.objects.filter(id__in=[item.id for item, _ in due if isinstance(item, InboxEntry)]).delete()
    known = known_to(item for item, _ in due)
    begun = [(taker := taking(item, instance, known), next(taker, None)) for item, instance in due]
    asking = [(taker, wanted) for taker, wanted in begun if wanted is not None]
    results = steps.carry_out([wanted for _, wanted in asking], now=clock.now()) if asking else []
    for (taker, _), result in zip(asking, results, strict=True):
        with suppress(StopIteration):
            taker.send(result)
    for item, _ in due:
        actions.close_held(item.incident_id)


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
