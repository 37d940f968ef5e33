"""One run in which the house dies at a named point, and the same without that: both must come to what the models say."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from random import Random

from django.db import connection
from django.test.utils import override_settings

from firstline import crashpoints
from firstline.sources.adapters import loaded

from . import outside, tally
from .blocks import BLOCKS
from .case import Case
from .points import NEEDS
from .scenario import case_of
from .targets import back_office, moods, stores
from .world import World

# Short enough that loops pause.
PAUSE_AFTER = 25
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


def runs(seeds: Sequence[int], points: Sequence[str], of: Collection[str] = BLOCKS) -> Iterator[Ran]:
    """Play each seed: its case with a crash, whose point and how often it is passed before come from the seed.

    Each case has one of the blocks `of` at least.
    Seeds that follow each other have a case in common, which is played once without a crash.
    """
    with _house():
        for _number, of_case in groupby(seeds, key=_case_number):
            yield from _runs_of_case(list(of_case), points, of)


def play_calmly(case: Case) -> "Played":
    """Play a case without a crash."""
    with _house():
        return _played(case, Crashes())


def case_of_run(seed: int, points: Sequence[str], of: Collection[str] = BLOCKS) -> Case:
    """Draw the case of a seed: one that comes to the points of all seeds that have it."""
    number = _case_number(seed)
    seeds = range(number * _RUNS_PER_CASE, (number + 1) * _RUNS_PER_CASE)
    needed = sorted({block for one in seeds for block in NEEDS.get(_point_of(one, points), ())})
    return case_of(number, blocks=needed, of=of)


def _case_number(seed: int) -> int:
    return seed // _RUNS_PER_CASE


def _point_of(seed: int, points: Sequence[str]) -> str:
    return points[seed % len(points)]


def _runs_of_case(seeds: Sequence[int], points: Sequence[str], of: Collection[str]) -> Iterator[Ran]:
    passed: Counter[str] = Counter()
    try:
        with crashpoints.watching(lambda name: passed.update([name])):
            calm = _played(case_of_run(seeds[0], points, of), Crashes())
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other runs go on
        lost = _no_end(error)
        yield from (Ran(seed=seed, blocks=(), crashed_at=(), lost=lost, doubled=Counter()) for seed in seeds)
        return
    for seed in seeds:
        yield _ran(seed, _point_of(seed, points), partial(case_of_run, seed, points, of), calm, passed)


def _ran(seed: int, point: str, draw_case: Callable[[], Case], calm: "Played", passed: Counter[str]) -> Ran:
    drawn = _draw(Random(seed * 7_919 + 1), point, passed)
    ran = _died(seed, draw_case(), drawn, calm)
    if drawn[0][0] in ran.crashed_at:
        return ran
    # More may have been taken at once than in the calm, and the point been passed less often.
    ran = _died(seed, draw_case(), [(drawn[0][0], 1)], calm)
    if not ran.crashed_at:
        ran.lost[f"a crash at {drawn[0][0]}, which was never passed"] += 1
    return ran


def _died(seed: int, case: Case, drawn: Sequence[tuple[str, int]], calm: "Played") -> Ran:
    """Play a case, and let the house die where it was drawn."""
    crashes = Crashes(list(drawn))
    try:
        wild = _played(case, crashes)
    except Exception as error:  # noqa: BLE001 -- as above
        lost, doubled = _no_end(error), Counter[str]()
    else:
        lost = (calm.said - calm.found) + (calm.found - wild.found) + (calm.told - wild.told)
        doubled = (
            (calm.found - calm.said) + (wild.found - calm.found) + (wild.told - calm.told) + calm.wrong + wild.wrong
        )
    return Ran(seed=seed, blocks=case.blocks, crashed_at=tuple(crashes.happened), lost=lost, doubled=doubled)


def _no_end(error: Exception) -> Counter[str]:
    return Counter({f"a run that ends: {type(error).__name__}: {error}": 1})


def _draw(dice: Random, point: str, passed: Counter[str]) -> list[tuple[str, int]]:
    """Draw at which passing of the point the house dies, and perhaps at what other point afterwards.

    Where every system loses its answer, say, a case doesn't come to the point: it dies at another one (the report tells when none did).
    """
    if not passed[point]:
        point = dice.choice(sorted(+passed))
    drawn = [(point, dice.randint(1, max(1, passed[point])))]
    if dice.random() < 0.3:
        other = dice.choice(sorted(+passed))
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
        FIRSTLINE_SUBSCRIPTIONS="tests.chaos.wiring",
        FIRSTLINE_PAUSE_AFTER=PAUSE_AFTER,
        FIRSTLINE_RETENTION_DAYS=30,
        FIRSTLINE_SOURCES=stores.SOURCES,
        FIRSTLINE_SOURCES_LOOK_SECONDS=None,
        FIRSTLINE_SECRETS=os.environ[stores.FOLDER],
    ):
        loaded.forget()
        try:
            yield
        finally:
            moods.uninstall()


def _played(case: Case, crashes: Crashes) -> Played:
    """Play a case to its end, take stock, and let it grow old."""
    clear()
    world = World(case)
    with crashpoints.watching(crashes.pass_by) if crashes.due else nullcontext():
        world.live()
        wrong = world.wrong + tally.left_over() + tally.broken_histories() + back_office.wrong()
        found, told = tally.happened(case), tally.told(case)
        wrong += world.grow_old()
    return Played(said=+case.said, found=found, told=told, wrong=wrong)


def clear() -> None:
    """Empty the house."""
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR)
    outside.forget()
    stores.forget()
    for source in loaded.sources().values():
        # Where a system was away it isn't asked for a while of the real clock.
        loaded.window(source).note(success=True)


# Not TRUNCATE, which makes every table's files anew. The foreign keys are looked at when all is gone.
_CLEAR = "".join(
    f"DELETE FROM {table};"
    for table in (
        *("processes_elementinstance", "processes_variable", "processes_join", "processes_compensable"),
        *("processes_task", "processes_job", "processes_lease", "processes_workerseen", "processes_timer"),
        *("processes_subscription", "processes_listener", "processes_call", "processes_message", "processes_signal"),
        *("processes_inboxentry", "processes_incident", "processes_historystep", "processes_conversation"),
        *("processes_startwait", "processes_instance", "processes_deployment", "outbox_outboxentry"),
        *("decisions_evaluation", "decisions_decisionmodel", "decisions_modelversion", "operations_batchitem"),
        *("operations_batch", "migration_move", "migration_finding", "migration_migration"),
        *("sources_divergence", "sources_command", "sources_reading", "sources_reconciliation"),
        *("customers_identifier", "customers_customer"),
    )
)
