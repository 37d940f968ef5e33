"""Everybody around a case: the house that works, workers outside, and time, which passes when nothing is left to do."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import Any
from uuid import UUID

from django.db import connection

from firstline import clock, crashpoints
from firstline.outbox import executor as outbox
from firstline.outbox import queries as outbox_queries
from firstline.processes import executor, housekeeping, queries, workers
from firstline.processes.models import HistoryFact, Instance

from . import outside, tally
from .case import Case
from .targets import back_office

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_LEASE = timedelta(minutes=1)
_MOMENT = timedelta(milliseconds=1)
_LATER = timedelta(days=400)
# So often nothing may happen although something is left to be asked for.
_MOST_IDLE = 8
_MOST_ROUNDS = 2_000


class Stuck(Exception):
    """Nothing is due any more, or it goes on for ever."""


# What is due for the executor, the outbox, and workers outside.
_DUE = """
SELECT EXISTS (SELECT FROM processes_inboxentry WHERE NOT is_held)
    OR EXISTS (SELECT FROM processes_timer WHERE NOT is_held AND due_at <= %(now)s)
    OR EXISTS (SELECT FROM processes_startwait WHERE due_at <= %(now)s),
  EXISTS (SELECT FROM outbox_outboxentry WHERE state = 'waiting' AND greatest(due_at, leased_until) <= %(now)s),
  EXISTS (SELECT FROM processes_job JOIN processes_instance i ON i.id = instance_id
    WHERE is_external AND type = 'outside' AND state = 'open' AND next_attempt_at <= %(now)s AND suspended_at IS NULL)
"""


def _due(now: datetime) -> tuple[bool, bool, bool]:
    """Look what there is to do, as cheaply as workers who sleep until then."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now})
        row: tuple[bool, bool, bool] = cursor.fetchone()
    return row


class World:
    """Everybody around a case, the workers too; time passes when nothing is left to do."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.now = _NOON
        self.wrong: Counter[str] = Counter()
        # What a worker outside has said, or is about to say, until it is answered.
        self._answers: list[tuple[UUID, outside.Answer]] = []
        # What a worker has to say that comes back late, by the key of its job.
        self._late: dict[str, tuple[UUID, outside.Answer]] = {}

    def live(self) -> None:
        idle = 0
        for _ in range(_MOST_ROUNDS):
            with clock.fixed(self.now):
                done = self._survive()
            idle = 0 if done else idle + 1
            if idle and not self._pass_time() and (idle > _MOST_IDLE or not self.case.pending):
                return
        raise Stuck(f"the case of {self.case.prefix} finds no end")

    def grow_old(self) -> Counter[str]:
        """Let so much time pass that nobody wants to know of the case any more."""
        with clock.fixed(self.now + _LATER):
            while True:
                try:
                    if not housekeeping.delete_instances(now=clock.now()):
                        break
                except crashpoints.Crash:
                    continue
        kept = Instance.objects.count() + HistoryFact.objects.count()
        return Counter({"rows of old instances": kept}) if kept else Counter()

    def _survive(self) -> int:
        try:
            return self.case.tick() + self._work()
        except crashpoints.Crash:
            self.wrong += tally.states_unlike_facts()
            return 1
        except back_office.Away:
            # On a machine with much to do a system may take too long for a preview.
            return 1

    def _work(self) -> int:
        done = self._answer()
        while number := sum(work() for work in self._due()) + self._answer():
            done += number
        return done

    def _due(self) -> Iterator[Callable[[], int]]:
        """Give those who have something to do."""
        workers_of_all = (executor.run_due, outbox.deliver_due, self._hand_out)
        yield from compress(workers_of_all, _due(clock.now()))

    # --- workers outside ---

    def _hand_out(self) -> int:
        jobs = workers.hand_out(
            types=["outside"], worker="w", limit=3, lease=_LEASE, variables=None, key_id=None, now=clock.now()
        )
        for job in jobs:
            answer = outside.call(job.key, job.headers, job.variables)
            if "late" in job.headers and job.key not in self._late:
                self._late[job.key] = (job.lease_id, answer)
            else:
                self._answers.append((job.lease_id, answer))
                self._come_back_late(job.key)
            if "slow" in job.headers:
                workers.extend(lease_id=job.lease_id, lease=_LEASE * 2)
        return len(jobs)

    def _come_back_late(self, key: str) -> None:
        """Say what the first worker, whose lease is over, has to say; nobody may take it."""
        if key in self._late:
            try:
                _tell(*self._late[key])
            except workers.LeaseLost:
                return
            self.wrong["the answer of a late worker was taken"] += 1

    def _answer(self) -> int:
        """Say everything until it is answered; what the lease no longer allows is dropped."""
        answered = 0
        for lease_id, answer in list(self._answers):
            with contextlib.suppress(workers.LeaseLost, workers.JobGone):
                _tell(lease_id, answer)
            self._answers.remove((lease_id, answer))
            answered += 1
        return answered

    # --- time ---

    def _pass_time(self) -> bool:
        """Go on to when something is due next; False when nothing is, and only a moment passes."""
        with clock.fixed(self.now):
            moments = [
                queries.next_due_at(),
                outbox_queries.next_due_at(),
                queries.next_job_due_at(["outside"], after=self.now),
            ]
        later = [moment for moment in moments if moment is not None and moment < self.now + _LATER]
        self.now = max(min(later, default=self.now), self.now + _MOMENT)
        return bool(later)


def _tell(lease_id: UUID, answer: outside.Answer) -> Any:
    if answer.refusal:
        return workers.throw_error(lease_id=lease_id, code=answer.refusal, message="", variables={})
    if answer.failure:
        left = None if answer.may_pass else 0
        return workers.fail(lease_id=lease_id, message=answer.failure, retries_left=left)
    return workers.complete(lease_id=lease_id, variables=answer.gives)
