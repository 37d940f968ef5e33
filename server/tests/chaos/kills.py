"""Cases in a real house whose workers, web server, PostgreSQL and systems are killed with kill -9, while people and workers outside go on asking."""

import faulthandler
import itertools
import logging
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2 as httpx
import psycopg
from django.db import Error, connections
from django.db.models import Sum

from firstline.accounts import actions as account_actions
from firstline.accounts.principals import Principal
from firstline.errors import FirstlineError
from firstline.processes.models import Instance
from firstline.runtime.supervise import python
from tests.conftest import free_port
from tests.crash.house import House, wait_until

from . import outside, tally
from .case import Case
from .laborers import Laborers
from .report import Killed
from .scenario import REAL_TIME, case_of
from .scratch import Scratch
from .targets import back_office, stores

WORKERS = 3
_PERSONS = 3
# Cases that each person has in hand.
_AT_ONCE = 3
_BETWEEN_SECONDS = (1.0, 4.0)
# So long nothing at all may change when nobody is killed any more, and so long a thread may take to hear an answer; a net, not a measure.
_PATIENCE_SECONDS = 300.0
_TOLD_EVERY = 20
_SYSTEMS = "systems"
_WEIGHTS = {"PostgreSQL": 2, "the web server": 2, "the systems written to": 2, "a worker": 5}
_KILLED_AS = {"the web server": "web", "the systems written to": _SYSTEMS}
_AWAY = (Error, psycopg.Error)
# More than the pool has connections.
_MOST_KILLED = 50

Asked = TypeVar("Asked")


def run(kills: int, seed: int, scratch: Scratch, of: Collection[str], *, say: Callable[[str], None]) -> Killed:
    """Kill so often while there are cases with one of the blocks `of` each, let everything come to its end, and take stock."""
    # What the driver says of the deaths of others is known.
    logging.disable(logging.CRITICAL)
    key = account_actions.make_api_key(
        principal=Principal(kind="staff", name="Ada"), name="worker", scopes=["jobs:outside"]
    )[1]
    port = free_port()
    persons = [Person(itertools.count(seed * 1_000_000 + number * 10_000), of) for number in range(_PERSONS)]
    api = free_port()
    stores.set_up(scratch.home / "targets", scratch.url, f"http://127.0.0.1:{api}")
    house = House(
        scratch.home,
        _environment(scratch),
        port,
        workers=WORKERS,
        others={_SYSTEMS: python("-m", "tests.chaos.targets.api", str(api))},
    )
    address = f"http://127.0.0.1:{port}"
    with house, Laborers(address, key) as laborers, _working(persons):
        wait_until(
            partial(_answers, address),
            seconds=_PATIENCE_SECONDS,
            what=f"an answer of the web server; see {scratch.home}",
        )
        killed = _kill(kills, seed, scratch, house, say)
        for person in persons:
            person.is_evening.set()
        say(f"{kills} kills; the cases that are open come to their end")
        late = _patiently(partial(_wait_for, persons))
    cases = [case for person in persons for case in person.cases]
    lost, doubled = _patiently(partial(_stock, cases))
    for person in persons:
        lost += person.refused
    doubled += laborers.wrong
    blocks = Counter(block for case in cases for block in set(case.blocks))
    return Killed(kills=killed, cases=len(cases), blocks=blocks, lost=lost + late, doubled=doubled)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/", trust_env=False, timeout=20).status_code == 200
    except httpx.TransportError:
        return False


def _environment(scratch: Scratch) -> dict[str, str]:
    folder = scratch.home / "outside"
    folder.mkdir()
    os.environ[outside.FOLDER] = str(folder)
    server = str(Path(__file__).parents[2])
    return {
        "DATABASE_URL": scratch.url,
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, (server, os.environ.get("PYTHONPATH", "")))),
        "FIRSTLINE_HOME": str(scratch.home),
        "FIRSTLINE_LEASE_SECONDS": "2",
    }


def _kill(kills: int, seed: int, scratch: Scratch, house: House, say: Callable[[str], None]) -> Counter[str]:
    dice = random.Random(seed)
    killed: Counter[str] = Counter()
    # Everybody dies at least once, also in a short run.
    whom = [*dice.sample(sorted(_WEIGHTS), k=len(_WEIGHTS))]
    whom += dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=max(0, kills - len(whom)))
    for number, name in enumerate(whom[:kills], 1):
        time.sleep(dice.uniform(*_BETWEEN_SECONDS))
        if name == "PostgreSQL":
            scratch.kill()
            scratch.start()
        else:
            house.kill(_KILLED_AS.get(name) or dice.choice(house.names_of_workers))
        killed[name] += 1
        if number % _TOLD_EVERY == 0:
            say(f"{number} of {kills} kills")
    return killed


@dataclass
class Person:
    """Has some cases in hand at once, looks after each in turn, and begins another when one is over."""

    seeds: Iterator[int]
    of: Collection[str]
    cases: list[Case] = field(default_factory=list)
    open: list[Case] = field(default_factory=list)
    # What should have been done.
    refused: Counter[str] = field(default_factory=Counter)
    # No new case from now on.
    is_evening: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        while not self.is_over.is_set() and not (self.is_evening.is_set() and not self.open):
            self._begin_some()
            for case in list(self.open):
                self._look_after(case)
            self.is_over.wait(0.05)
        connections.close_all()

    def _begin_some(self) -> None:
        while len(self.open) < _AT_ONCE and not self.is_evening.is_set():
            case = case_of(next(self.seeds), pace=REAL_TIME, of=self.of)
            self.cases.append(case)
            self.open.append(case)

    def _look_after(self, case: Case) -> None:
        try:
            case.tick()
            if case.is_over:
                self.open.remove(case)
        except _AWAY:
            # No answer: asked again the next time.
            connections.close_all()
            self.is_over.wait(0.1)
        except FirstlineError as refusal:
            self._give_up(case, f"an answer other than '{refusal}' to what {case.prefix} wants")
        except Exception as error:  # noqa: BLE001 -- whatever it is, the other cases go on
            self._give_up(
                case, f"an answer to {case.prefix}, which is looked after without {type(error).__name__}: {error}"
            )

    def _give_up(self, case: Case, why: str) -> None:
        self.open.remove(case)
        self.refused[why] += 1


@contextmanager
def _working(persons: list[Person]) -> Iterator[None]:
    threads = [threading.Thread(target=person.work, daemon=True) for person in persons]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for person in persons:
            person.is_over.set()
        for thread in threads:
            thread.join(_PATIENCE_SECONDS)
        if any(thread.is_alive() for thread in threads):
            faulthandler.dump_traceback()


def _wait_for(persons: list[Person]) -> Counter[str]:
    """Wait until all cases are over, as long as anything still happens; what isn't then is lost."""
    # What this thread is connected to was killed.
    connections.close_all()
    open_cases = partial(_open_cases, persons)
    for what in (open_cases, tally.left_over):
        before, until = _progress(what), time.monotonic() + _PATIENCE_SECONDS
        while what():
            if (now := _progress(what)) != before:
                before, until = now, time.monotonic() + _PATIENCE_SECONDS
            if time.monotonic() > until:
                faulthandler.dump_traceback()
                return Counter(line for case in open_cases() for line in tally.standing(case)) or Counter(what())
            time.sleep(0.1)
    return Counter()


def _patiently(ask: Callable[[], Asked]) -> Asked:
    """Ask again as often as the pool hands out a connection that was killed."""
    for _ in range(_MOST_KILLED):
        try:
            return ask()
        except _AWAY:
            connections.close_all()
    return ask()


def _open_cases(persons: list[Person]) -> list[Case]:
    return [case for person in persons for case in person.open]


def _progress(what: Callable[[], Collection[object]]) -> tuple[int, int]:
    """Measure what grows or shrinks as long as anything happens."""
    return len(what()), Instance.objects.aggregate(told=Sum("sequence"))["told"] or 0


def _stock(cases: list[Case]) -> tuple[Counter[str], Counter[str]]:
    lost, doubled = Counter[str](), tally.left_over() + tally.broken_histories() + back_office.wrong()
    for case in cases:
        said, found = +case.said, tally.happened(case)
        lost += said - found
        doubled += found - said
    return lost, doubled
