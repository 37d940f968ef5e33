"""The engine dies at every point of its code, and nothing is lost or doubled. `make chaos` lets it die thousands of times."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bpmn import compile_model
from firstline import ids

from . import outside
from .blocks import BLOCKS, WRITING
from .case import Case
from .crashes import _draw, case_of_run, play_calmly, runs
from .points import NEEDS, points
from .report import Report
from .scenario import case_of
from .targets import api, stores
from .targets.stores import server_address

# Each point once.
RUNS = len(points())


@pytest.fixture
def _outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    for name, folder in ((outside.FOLDER, "outside"), (stores.FOLDER, "targets")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    with api.serving() as address:
        stores.set_up(tmp_path / "targets", server_address(), address)
        yield
        stores.tear_down()


@pytest.mark.usefixtures("_outside")
@pytest.mark.django_db(transaction=True)
def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    report = Report(points=points())
    for ran in runs(range(RUNS), points()):
        report.add(ran)
    assert report.is_fine, "\n".join(report.lines())
    assert report.runs == RUNS


@pytest.mark.usefixtures("_outside")
@pytest.mark.django_db(transaction=True)
def test_a_house_that_loses_or_doubles_is_found_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a house that dies after a worker has called the outside: it forgets to ask again, or asks with another key."""
    caplog.set_level(logging.CRITICAL)
    seed = points().index("processes.job.worked")
    with monkeypatch.context() as forgetful:
        forgetful.setattr("firstline.outbox.actions._lease", lambda: timedelta(days=1_000))
        (lost,) = runs([seed], points())
    with monkeypatch.context() as confused:
        count = outside._count
        confused.setattr(
            "tests.chaos.outside._count", lambda key, what: (count(str(ids.new_id()), what), count(key, what))[1]
        )
        (doubled,) = runs([seed], points())
    case = case_of_run(seed, points())
    assert lost.lost[f"completed {case.main}"] == 1
    assert any(what.startswith("applied ") for what in doubled.doubled)
    assert not doubled.lost


@pytest.mark.usefixtures("_outside")
@pytest.mark.django_db(transaction=True)
def test_a_write_that_is_made_twice_or_never_is_found_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of workers that don't look before they write again, and don't look whether it has arrived."""
    caplog.set_level(logging.CRITICAL)
    seed = next(seed for seed in range(1_000) if _erp_alone_loses(case_of(seed, blocks=["written"])))
    with monkeypatch.context() as hasty:
        hasty.setattr("firstline.sources.rules.commands.is_as_wanted", lambda *_: False)
        twice = play_calmly(case_of(seed, blocks=["written"]))
    with monkeypatch.context() as careless:
        careless.setattr("firstline.sources.rules.commands.not_as_wanted", lambda *_: [])
        careless.setattr("tests.chaos.targets.moods.Moody.write", lambda *_, **__: None)
        never = play_calmly(case_of(seed, blocks=["written"]))
    assert any(what.startswith("written twice with one key: erp") for what in twice.wrong)
    assert any(what.startswith("stands billing ") for what in never.said - never.found)
    assert "confirmed and never written: billing.move" in never.wrong


def _erp_alone_loses(case: Case) -> bool:
    """Tell whether a case loses answers of the ERP, and no other: such workers find no end where a system knows their key."""
    said = "".join(case.said)
    is_plain = [one for one in case.blocks if one in WRITING] == ["written"]
    return is_plain and "~erp=lost2" in said and not re.search(r"~(?!erp)\w+=[^~]*lost", said)


@pytest.mark.usefixtures("_outside")
@pytest.mark.django_db(transaction=True)
def test_what_one_process_writes_twice_is_taken_back_each_for_itself() -> None:
    played = play_calmly(case_of(3, blocks=["taken back", "taken back"]))
    assert (played.said - played.found, played.found - played.said, +played.wrong) == ({}, {}, {})


def test_every_seed_has_its_own_case_again_and_again() -> None:
    for seed in range(20):
        first, again, other = case_of(seed), case_of(seed), case_of(seed + 1)
        assert (first.models, first.said) == (again.models, again.said)
        assert first.said != other.said


def test_a_run_of_the_write_back_writes_whatever_point_it_dies_at() -> None:
    for seed in range(4 * RUNS):
        assert set(WRITING) & set(case_of_run(seed, points(), WRITING).blocks)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_says_what_must_happen_in_a_model_without_mistakes(block: str) -> None:
    case = case_of(7, blocks=[block, block])
    for xml in case.models:
        compile_model(xml)
    assert case.said[f"completed {case.main}"] == 1
    assert all(number >= 0 for number in case.said.values())


def test_where_a_case_does_not_come_to_a_point_it_dies_at_another() -> None:
    for seed in range(20):
        drawn = _draw(Random(seed), "there", Counter({"here": 2}))
        assert {name for name, _times in drawn} == {"here"}
        assert _draw(Random(seed), "here", Counter({"here": 2}))[0][0] == "here"


def test_what_a_point_needs_is_there() -> None:
    assert NEEDS.keys() <= set(points())
    assert {block for needed in NEEDS.values() for block in needed} <= BLOCKS.keys()


def test_the_table_tells_what_was_lost_and_how_to_see_it_again() -> None:
    from .crashes import Ran

    report = Report(points=("a", "b"), way=" WRITES=1")
    for seed, point in enumerate(("a", "a")):
        report.add(Ran(seed=seed, blocks=(), crashed_at=(point,), lost=Counter(), doubled=Counter()))
    assert report.never_crashed == ["b"]
    assert not report.is_fine
    lost, doubled = Counter({"applied x": 1}), Counter({"applied y": 2})
    told = report.add(Ran(seed=2, blocks=("job", "job"), crashed_at=("b",), lost=lost, doubled=doubled))
    assert [one.split(" (")[0] for one in told] == ["lost: 1 x applied x", "doubled: 2 x applied y"]
    assert report.so_far == "3 crashes at 2 of 2 points, lost 1, doubled 1"
    table = "\n".join(report.lines())
    assert report.never_crashed == []
    assert "1 x applied x (make chaos RUNS=1 SEED=2 KILLS=0 WRITES=1)" in table
    assert "2 x applied y" in table
    assert re.search(r"runs with 'job' +1\n", table)
    assert not report.is_fine
