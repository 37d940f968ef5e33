"""Carries out what the outbox holds: in small batches, at least once, one failure never stopping the others."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import OperationalError
from django.utils.module_loading import import_string

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.outbox import actions, rules
from firstline.outbox.ports import Deliver, DeliverTogether, Delivery, GiveUp, TryAgain
from firstline.wiring import wiring

# What this process has leased; a slow mail server may take longer than a lease.
_in_hand: dict[UUID, Delivery] = {}
# Of that, what hasn't begun, since when.
_behind: dict[UUID, float] = {}
_lock = threading.Lock()

log = logging.getLogger(__name__)


def deliver_due(*, limit: int = 20) -> int:
    """Deliver up to `limit` due effects; returns how many were taken."""
    taken = take(limit=limit)
    deliver(taken)
    return len(taken)


def take(*, limit: int) -> list[tuple[str, Delivery]]:
    """Lease up to `limit` due effects for this process: kind and delivery of each."""
    taken = actions.take_due(now=clock.now(), limit=limit)
    crash_point("outbox.taken")
    return taken


def deliver(taken: Sequence[tuple[str, Delivery]]) -> None:
    """Carry out what was taken."""
    alike: dict[str, list[Delivery]] = defaultdict(list)
    for kind, delivery in taken:
        alike[kind].append(delivery)
    with _holding([delivery for _kind, delivery in taken]):
        for kind, deliveries in alike.items():
            _deliver_all(kind, deliveries)


def renew_leases() -> None:
    """Keep what this process is carrying out; called every so often while leases run, it ends with the process."""
    with _lock:
        deliveries = list(_in_hand.values())
    for delivery in deliveries:
        actions.renew_lease(delivery=delivery, now=clock.now())


def give_back_late(*, before: float) -> None:
    """Give to others what has waited here behind something slow since before that moment (`time.monotonic`)."""
    with _lock:
        late = [_in_hand.pop(id_) for id_, since in _behind.items() if since < before]
        for delivery in late:
            del _behind[delivery.id]
    for delivery in late:
        actions.give_back(delivery=delivery)


@contextmanager
def _holding(deliveries: list[Delivery]) -> Iterator[None]:
    since = time.monotonic()
    with _lock:
        _in_hand.update({delivery.id: delivery for delivery in deliveries})
        _behind.update({delivery.id: since for delivery in deliveries})
    try:
        yield
    finally:
        with _lock:
            for delivery in deliveries:
                _in_hand.pop(delivery.id, None)
                _behind.pop(delivery.id, None)


def _is_mine(delivery: Delivery) -> bool:
    """Begin with a delivery, unless it was given to others."""
    with _lock:
        _behind.pop(delivery.id, None)
        return delivery.id in _in_hand


def _deliver_all(kind: str, deliveries: list[Delivery]) -> None:
    begun = _begin_together(kind, deliveries)
    for delivery in deliveries:
        if _is_mine(delivery):
            _deliver(kind, delivery, begun.get(delivery.id))


def _begin_together(kind: str, deliveries: list[Delivery]) -> Mapping[UUID, Deliver]:
    together: dict[str, str] = wiring().OUTBOX_TOGETHER
    if kind not in together or len(deliveries) == 1:
        return {}
    deliver: DeliverTogether = import_string(together[kind])
    try:
        return deliver(deliveries, _is_mine)
    except OperationalError:
        raise
    except Exception:
        log.exception("%s of %s couldn't be delivered together; each is tried alone", len(deliveries), kind)
        return {}


def _deliver(kind: str, delivery: Delivery, deliver: Deliver | None) -> None:
    """Deliver in the given way, or as those of its kind are."""
    try:
        is_settled = (deliver or _handler(kind))(delivery)
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


def _handler(kind: str) -> Deliver:
    handlers: dict[str, str] = wiring().OUTBOX_HANDLERS
    if kind not in handlers:
        # While versions change, another worker may know how.
        raise TryAgain(f"Nobody here delivers '{kind}'; name its deliverer in config/subscriptions.py.")
    handler: Deliver = import_string(handlers[kind])
    return handler
