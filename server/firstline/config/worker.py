"""The worker: drains timers, inbox and outbox, and listens for mail. Any number may run; each is expendable."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import psycopg
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection

from firstline import clock
from firstline.api import actions as api_actions
from firstline.channels.email import service as mail_service
from firstline.config.clearing import Night
from firstline.config.deliverers import Bell, Deliverers
from firstline.outbox import executor as outbox_executor
from firstline.outbox.actions import LONGEST_NAP, WAKE_CHANNEL, Work
from firstline.processes import executor as process_executor
from firstline.processes import housekeeping
from firstline.processes import queries as process_queries
from firstline.push.hub import listening_address
from firstline.relationship import sweeping
from firstline.sources import reconciliation

log = logging.getLogger(__name__)

SHORTEST_NAP_SECONDS = 0.02
DELIVERERS = 4
HOUSEKEEPING_SECONDS = 60.0
# What was taken and hasn't begun after this long is given to others.
BEHIND_SECONDS = 1.0
# Less than what the supervisor waits before it kills.
STOP_SECONDS = 6.0


def run(stop: threading.Event) -> None:
    """Work until `stop` is set."""
    bells: dict[Work, Bell] = {"steps": Bell(), "effects": Bell()}
    deliverers = Deliverers(bells["effects"])
    mail = mail_service.start()
    threads = [
        threading.Thread(target=_listen, args=(stop, bells), name="bell", daemon=True),
        threading.Thread(target=_keep_leases, args=(stop,), name="leases", daemon=True),
        threading.Thread(target=_keep_house, args=(stop,), name="housekeeping", daemon=True),
        threading.Thread(
            target=_loop,
            args=(stop, bells["steps"], _run_engine, process_queries.next_due_at),
            name="engine",
            daemon=True,
        ),
        *(
            threading.Thread(
                target=_loop,
                args=(stop, bells["effects"], deliverers.engage().work, deliverers.next_due_at),
                name=f"deliverer-{n}",
                daemon=True,
            )
            for n in range(DELIVERERS)
        ),
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for bell in bells.values():
        bell.ring()
    threads.append(threading.Thread(target=mail.stop, name="mail stop", daemon=True))
    threads[-1].start()
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(timeout=max(0.0, deadline - time.monotonic()))


def _run_engine() -> int:
    return process_executor.run_due(limit=50)


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
    renewed_at = time.monotonic()
    while not stop.wait(BEHIND_SECONDS):
        try:
            outbox_executor.give_back_late(before=time.monotonic() - BEHIND_SECONDS)
            if time.monotonic() - renewed_at > settings.FIRSTLINE_LEASE_SECONDS / 4:
                renewed_at = time.monotonic()
                outbox_executor.renew_leases()
        except DatabaseError:
            log.warning("Leases couldn't be renewed; trying again soon.")
        finally:
            connection.close()


def _keep_house(stop: threading.Event) -> None:
    is_more, night = True, Night()
    while not stop.wait(0 if is_more else HOUSEKEEPING_SECONDS):
        try:
            is_more = housekeeping.keep_house(now=clock.now())
            api_actions.forget_answers(now=clock.now())
            reconciliation.start_when_due(now=clock.now())
            sweeping.start_when_due(now=clock.now())
            night.clear_when_due(now=clock.now(), stop=stop)
        except DatabaseError:
            log.warning("The house couldn't be kept; trying again soon.", exc_info=True)
            is_more = False
        finally:
            connection.close()


def _nap(due_at: datetime | None) -> float:
    if due_at is None:
        return LONGEST_NAP.total_seconds()
    return min(LONGEST_NAP.total_seconds(), max(SHORTEST_NAP_SECONDS, (due_at - clock.now()).total_seconds()))


def _listen(stop: threading.Event, bells: Mapping[Work, Bell]) -> None:
    while not stop.is_set():
        try:
            with psycopg.connect(listening_address(), autocommit=True) as listening:
                listening.execute(f"LISTEN {WAKE_CHANNEL}")
                _ring(bells.values())
                while not stop.is_set():
                    for heard in listening.notifies(timeout=1.0, stop_after=1):
                        # Who doesn't say for whom, as other versions don't, means everybody.
                        _ring([bell for work, bell in bells.items() if work == heard.payload] or bells.values())
        except psycopg.Error:
            stop.wait(1.0)


def _ring(bells: Iterable[Bell]) -> None:
    for bell in bells:
        bell.ring()
