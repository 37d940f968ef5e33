"""The worker: drains timers, inbox and outbox, and listens for mail. Any number may run; each is expendable."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from django.db import OperationalError, connection

from firstline import clock
from firstline.channels.email import service as mail_service
from firstline.outbox import executor as outbox_executor
from firstline.outbox import queries as outbox_queries
from firstline.outbox.actions import WAKE_CHANNEL
from firstline.processes import executor as process_executor
from firstline.processes import queries as process_queries

log = logging.getLogger(__name__)

LONGEST_NAP_SECONDS = 10.0
SHORTEST_NAP_SECONDS = 0.02
DELIVERERS = 4


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
    mail.stop()
    for thread in threads:
        thread.join(timeout=6)


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
        finally:
            connection.close()
        bell.wait(heard=heard, seconds=seconds)


def _nap(due_at: datetime | None) -> float:
    if due_at is None:
        return LONGEST_NAP_SECONDS
    return min(LONGEST_NAP_SECONDS, max(SHORTEST_NAP_SECONDS, (due_at - clock.now()).total_seconds()))


def _listen(stop: threading.Event, bell: Bell) -> None:
    while not stop.is_set():
        try:
            with psycopg.connect(**connection_parameters(), autocommit=True) as listening:
                listening.execute(f"LISTEN {WAKE_CHANNEL}")
                bell.ring()
                while not stop.is_set():
                    for _ in listening.notifies(timeout=1.0, stop_after=1):
                        bell.ring()
        except psycopg.OperationalError:
            stop.wait(1.0)


def connection_parameters() -> dict[str, Any]:
    """Say where Django's database is, for a connection outside of Django's pool."""
    known = connection.get_connection_params()
    return {key: known[key] for key in ("dbname", "user", "password", "host", "port") if known.get(key)}
