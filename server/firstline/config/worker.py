"""The worker: drains timers, inbox and outbox, and listens for mail. Any number may run; each is expendable."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import psycopg
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection

from firstline import clock
from firstline.channels.email import service as mail_service
from firstline.outbox import executor as outbox_executor
from firstline.outbox import queries as outbox_queries
from firstline.outbox.actions import LONGEST_NAP, WAKE_CHANNEL
from firstline.processes import executor as process_executor
from firstline.processes import housekeeping
from firstline.processes import queries as process_queries
from firstline.push.hub import listening_address
from firstline.sources import reconciliation

log = logging.getLogger(__name__)

SHORTEST_NAP_SECONDS = 0.02
DELIVERERS = 4
HOUSEKEEPING_SECONDS = 60.0
# Less than what the supervisor waits before it kills.
STOP_SECONDS = 6.0


class Bell:
    """Wakes the loops when another process has committed work for them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def ring(self) -> None:
        """Wake everybody."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    @property
    def rings(self) -> int:
        """How often it rang; taken before looking for work, so that a ring meanwhile isn't missed."""
        return self._rings

    def wait(self, *, heard: int, seconds: float) -> None:
        """Sleep until it rings again, or for `seconds`."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != heard, timeout=seconds)


def run(stop: threading.Event) -> None:
    """Work until `stop` is set."""
    bell = Bell()
    mail = mail_service.start()
    threads = [
        threading.Thread(target=_listen, args=(stop, bell), name="bell", daemon=True),
        threading.Thread(target=_keep_leases, args=(stop,), name="leases", daemon=True),
        threading.Thread(target=_keep_house, args=(stop,), name="housekeeping", daemon=True),
        threading.Thread(
            target=_loop, args=(stop, bell, _run_engine, process_queries.next_due_at), name="engine", daemon=True
        ),
        *(
            threading.Thread(
                target=_loop,
                args=(stop, bell, _deliver, outbox_queries.next_due_at),
                name=f"deliverer-{n}",
                daemon=True,
            )
            for n in range(DELIVERERS)
        ),
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    bell.ring()
    threads.append(threading.Thread(target=mail.stop, name="mail stop", daemon=True))
    threads[-1].start()
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(timeout=max(0.0, deadline - time.monotonic()))


def _run_engine() -> int:
    return process_executor.run_due(limit=50)


def _deliver() -> int:
    # One at a time per thread: a slow system holds up one deliverer, not what others could carry out.
    return outbox_executor.deliver_due(limit=1)


def _loop(
    stop: threading.Event, bell: Bell, work: Callable[[], int], next_due_at: Callable[[], datetime | None]
) -> None:
    while not stop.is_set():
        heard = bell.rings
        try:
            if work():
                continue
            seconds = _nap(next_due_at())
        except OperationalError:
            log.warning("The database is away; trying again in a second.")
            seconds = 1.0
        except Exception:
            log.exception("The worker stumbled; it goes on.")
            seconds = 1.0
        # Only now: as long as there is work, the connection is kept.
        connection.close()
        bell.wait(heard=heard, seconds=seconds)
    connection.close()


def _keep_leases(stop: threading.Event) -> None:
    while not stop.wait(settings.FIRSTLINE_LEASE_SECONDS / 4):
        try:
            outbox_executor.renew_leases()
        except DatabaseError:
            log.warning("Leases couldn't be renewed; trying again soon.")
        finally:
            connection.close()


def _keep_house(stop: threading.Event) -> None:
    is_more = True
    while not stop.wait(0 if is_more else HOUSEKEEPING_SECONDS):
        try:
            is_more = housekeeping.keep_house(now=clock.now())
            reconciliation.start_when_due(now=clock.now())
        except DatabaseError:
            log.warning("The house couldn't be kept; trying again soon.", exc_info=True)
            is_more = False
        finally:
            connection.close()


def _nap(due_at: datetime | None) -> float:
    if due_at is None:
        return LONGEST_NAP.total_seconds()
    return min(LONGEST_NAP.total_seconds(), max(SHORTEST_NAP_SECONDS, (due_at - clock.now()).total_seconds()))


def _listen(stop: threading.Event, bell: Bell) -> None:
    while not stop.is_set():
        try:
            with psycopg.connect(listening_address(), autocommit=True) as listening:
                listening.execute(f"LISTEN {WAKE_CHANNEL}")
                bell.ring()
                while not stop.is_set():
                    for _ in listening.notifies(timeout=1.0, stop_after=1):
                        bell.ring()
        except psycopg.Error:
            stop.wait(1.0)
