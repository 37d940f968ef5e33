"""Changes of address, each with a crash at a named point: nothing is lost, nothing is written twice.

`FIRSTLINE_CRASH_RUNS=200 FIRSTLINE_CRASH_SEED=1000 pytest server/tests/crash/test_address_change.py` draws more and other runs; a
run's name is its seed.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from firstline.demo import generate

from .change import AddressChange, Plan, plan_of
from .invariants import check, check_nothing_waits
from .points import ON_THE_WAY
from .town import NOW, Town, town, whole_database

RUNS = int(os.environ.get("FIRSTLINE_CRASH_RUNS", "60"))
FIRST = int(os.environ.get("FIRSTLINE_CRASH_SEED", "0"))
POINTS = sorted(ON_THE_WAY)


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database, filled once for all runs and emptied after the last; pytest-django's would be emptied after each."""
    with django_db_blocker.unblock(), whole_database():
        yield


@pytest.fixture(scope="module")
def lindwerk(db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), customers=RUNS + 60, now=NOW) as made:
        yield made


def customer_for(town: Town, plan: Plan) -> generate.Customer:
    """Give each run a customer of its own: every fifth one, where the run's plan bears it, with holes in the records."""
    known = [one for one in town.world.customers if not one.story]
    holes = {"orders:missing", "billing:closed", "master:missing"}
    whole = [one for one in known if not holes & one.quirks]
    place = plan.seed - FIRST
    if place >= len(ON_THE_WAY) and place % 5 == 0 and plan.weather in {"calm", "lost"}:
        with_holes = [one for one in known if one not in whole]
        return with_holes[place // 5 % len(with_holes)]
    return whole[place]


# Two groups: each is run by one process, with a town of its own.
RUN = [
    pytest.param(n, id=f"seed-{n}", marks=pytest.mark.xdist_group(f"crash-{n % 2}")) for n in range(FIRST, FIRST + RUNS)
]


@pytest.mark.parametrize("seed", RUN)
def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(seed: int, lindwerk: Town) -> None:
    plan = plan_of(seed, POINTS)
    change = AddressChange(lindwerk, customer_for(lindwerk, plan), plan, NOW + timedelta(days=seed - FIRST))
    change.live()
    if plan.weather == "calm" and plan.time == 1:
        assert change.crashes == [plan.point], f"{plan} passed {change.passed}"
    check(change)
    check_nothing_waits()


def test_the_first_runs_crash_at_every_point_once() -> None:
    plans = [plan_of(seed, POINTS) for seed in range(len(POINTS))]
    assert {plan.point for plan in plans} == ON_THE_WAY
    assert {(plan.weather, plan.time) for plan in plans} == {("calm", 1)}
