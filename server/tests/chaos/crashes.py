"""One run in which the house dies at a named point, and the same without that: both must come to what the models say."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import compress, groupby
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection
from django.test.utils import override_settings

from firstline import clock, crashpoints
from firstline.outbox import executor as outbox
from firstline.outbox import queries as outbox_queries
from firstline.processes import actions, executor, housekeeping, queries, workers

from . import outside, tally
from .case import Case
from .points import NEEDS
from .scenario import case_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Short enough that loops pause.
PAUSE_AFTER = 25
_LEASE = timedelta(minutes=1)
_MOMENT = timedelta(milliseconds=1)
_LATER = timedelta(days=400)
# So often nothing may happen although something is left to be asked for.
_MOST_IDLE = 8
_MOST_ROUNDS = 2_000
_RUNS_PER_CASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a run: what is there too seldom, and too often."""

    seed: int
    blocks: tuple[str, ...]
    crashed_at: tuple[str, ...]
    lost: Counter[str]
    doubled: Counter[str]

    @property
    def is_fine(self) -> bool:
        return not self.lost and not self.doubled


@dataclass
class Crashes:
    """Dies at points when they have been passed so often, each after the one before."""

    due: list[tuple[str, int]] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    _passed: Counter[str] = field(default_factory=Counter)

    def pass_by(self, name: str) -> None:
        self._passed[name] += 1
        if self.due and self.due[0][0] == name and self._passed[name] >= self.due[0][1]:
            self.due.pop(0)
            self.happened.append(name)
            raise crashpoints.Crash(name)


class Stuck(Exception):
    """Nothing is due any more, or it goes on for ever."""


def runs(seeds: Sequence[int], points: Sequence[str]) -> Iterator[Ran]:
    """Play each seed: its case with a crash, whose point and how often it is passed before come from the seed.

    Seeds that follow each other have a case in common, which is played once without a crash.
    """
    with _house():
        for number, of_case in groupby(seeds, key=_case_number):
            yield from _runs_of_case(number, list(of_case), points)


def case_of_run(seed: int, points: Sequence[str]) -> Case:
    """Draw the case of a seed: one that comes to the points of all seeds that have it."""
    number = _case_number(seed)
    seeds = range(number * _RUNS_PER_CASE, (number + 1) * _RUNS_PER_CASE)
    return case_of(number, blocks=sorted({block for one in seeds for block in NEEDS.get(_point_of(one, points), ())}))


def _case_number(seed: int) -> int:
    return seed // _RUNS_PER_CASE


def _point_of(seed: int, points: Sequence[str]) -> str:
    return points[seed % len(points)]


def _runs_of_case(number: int, seeds: Sequence[int], points: Sequence[str]) -> Iterator[Ran]:
    passed: Counter[str] = Counter()
    try:
        with crashpoints.watching(lambda name: passed.update([name])):
            calm = _played(case_of_run(seeds[0], points), Crashes())
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other runs go on
        lost = _no_end(error)
        yield from (Ran(seed=seed, blocks=(), crashed_at=(), lost=lost, doubled=Counter()) for seed in seeds)
        return
    for seed in seeds:
        yield _ran(seed, _point_of(seed, points), case_of_run(seed, points), calm, passed)


def _ran(seed: int, point: str, case: Case, calm: "Played", passed: Counter[str]) -> Ran:
    crashes = Crashes(_draw(Random(seed * 7_919 + 1), point, passed))
    try:
        wild = _played(case, crashes)
    except Exception as error:  # noqa: BLE001 -- as above
        lost, doubled = _no_end(error), Counter[str]()
    else:
        lost = (calm.said - calm.found) + (calm.found - wild.found) + (calm.told - wild.told)
        doubled = (
            (calm.found - calm.said) + (wild.found - calm.found) + (wild.told - calm.told) + calm.wrong + wild.wrong
        )
    if point not in crashes.happened:
        lost[f"a crash at {point}, which was never passed"] += 1
    return Ran(seed=seed, blocks=case.blocks, crashed_at=tuple(crashes.happened), lost=lost, doubled=doubled)


def _no_end(error: Exception) -> Counter[str]:
    return Counter({f"a run that ends: {type(error).__name__}: {error}": 1})


def _draw(dice: Random, point: str, passed: Counter[str]) -> list[tuple[str, int]]:
    """Draw at which passing of the point the house dies, and perhaps at what other point afterwards."""
    drawn = [(point, dice.randint(1, max(1, passed[point])))]
    if dice.random() < 0.3:
        other = dice.choice(sorted(passed))
        drawn.append((other, dice.randint(1, passed[other])))
    return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    said: Counter[str]
    found: Counter[str]
    told: Counter[str]
    wrong: Counter[str]


@contextmanager
def _house() -> Iterator[None]:
    with override_settings(
        FIRSTLINE_SUBSCRIPTIONS="tests.chaos.wiring", FIRSTLINE_PAUSE_AFTER=PAUSE_AFTER, FIRSTLINE_RETENTION_DAYS=30
    ):
        yield


def _played(case: Case, crashes: Crashes) -> Played:
    """Play a case to its end, take stock, and let it grow old."""
    clear()
    world = World(case)
    with crashpoints.watching(crashes.pass_by) if crashes.due else nullcontext():
        world.live()
        wrong = world.wrong + tally.left_over() + tally.broken_histories()
        found, told = tally.happened(case), tally.told(case)
        wrong += world.grow_old()
    return Played(said=+case.said, found=found, told=told, wrong=wrong)


def clear() -> None:
    """Empty the house."""
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR)
    outside.forget()


# Not TRUNCATE, which makes every table's files anew. The foreign keys are looked at when all is gone.
_CLEAR = "".join(
    f"DELETE FROM {table};"
    for table in (
        *("processes_elementinstance", "processes_variable", "processes_join", "processes_compensable"),
        *("processes_task", "processes_job", "processes_lease", "processes_workerseen", "processes_timer"),
        *("processes_subscription", "processes_listener", "processes_call", "processes_message"),
        *("processes_inboxentry", "processes_incident", "processes_historystep", "processes_conversation"),
        *("processes_startwait", "processes_instance", "processes_deployment", "outbox_outboxentry"),
        *("decisions_evaluation", "decisions_decisionmodel", "decisions_modelversion", "operations_batchitem"),
        *("operations_batch", "migration_move", "migration_finding", "migration_migration"),
    )
)


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
        self.now = NOON
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
        kept = queries.Instance.objects.count() + queries.HistoryFact.objects.count()
        return Counter({"rows of old instances": kept}) if kept else Counter()

    def _survive(self) -> int:
        try:
            return self.case.tick() + self._work()
        except crashpoints.Crash:
            self.wrong += tally.states_unlike_facts()
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
            try:
                _tell(lease_id, answer)
            except actions.Suspended:
                continue
            except (workers.LeaseLost, workers.JobGone):
                pass
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
