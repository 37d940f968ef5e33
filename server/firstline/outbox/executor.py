"""Carries out what the outbox holds: in small batches, at least once, one failure never stopping the others."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.outbox import actions, rules
from firstline.outbox.ports import Deliver, Delivery, GiveUp, TryAgain

# What this process is carrying out right now; a slow mail server may take longer than a lease.
_in_hand: dict[UUID, Delivery] = {}
_lock = threading.Lock()

log = logging.getLogger(__name__)


def deliver_due(*, limit: int = 20) -> int:
    """Deliver up to `limit` due effects; returns how many were taken."""
    taken = actions.take_due(now=clock.now(), limit=limit)
    crash_point("outbox.taken")
    with _holding([delivery for _kind, delivery in taken]):
        for kind, delivery in taken:
            _deliver(kind, delivery)
    return len(taken)


def renew_leases() -> None:
    """Keep what this process is carrying out; called every so often while leases run, it ends with the process."""
    with _lock:
        deliveries = list(_in_hand.values())
    for delivery in deliveries:
        actions.renew_lease(delivery=delivery, now=clock.now())


@contextmanager
def _holding(deliveries: list[Delivery]) -> Iterator[None]:
    with _lock:
        _in_hand.update({delivery.id: delivery for delivery in deliveries})
    try:
        yield
    finally:
        with _lock:
            for delivery in deliveries:
                _in_hand.pop(delivery.id, None)


def _deliver(kind: str, delivery: Delivery) -> None:
    handlers: dict[str, str] = import_module(settings.FIRSTLINE_SUBSCRIPTIONS).OUTBOX_HANDLERS
    try:
        if kind not in handlers:
            raise GiveUp(f"Nobody delivers '{kind}'; name its deliverer in config/subscriptions.py.")  # noqa: TRY301
        deliver: Deliver = import_string(handlers[kind])
        is_settled = deliver(delivery)
    except TryAgain as wait:
        after = wait.after if wait.after is not None else rules.back_off(delivery.attempt)
        actions.postpone(delivery=delivery, message=str(wait), due_at=clock.now() + after)
    except GiveUp as end:
        actions.give_up(delivery=delivery, message=str(end), now=clock.now())
    except Exception as bug:
        # A bug in one deliverer must not stop the others; it is tried again, slower and slower, and is seen in the log.
        log.exception("Delivering %s %s failed", kind, delivery.id)
        message = f"{type(bug).__name__}: {bug}"
        actions.postpone(delivery=delivery, message=message, due_at=clock.now() + rules.back_off(delivery.attempt))
    else:
        crash_point("outbox.delivered")
        if not is_settled:
            actions.settle(delivery=delivery, now=clock.now())
        crash_point("outbox.settled")
