"""The store of the documentation does what a store must: every step as in memory, and nothing is left behind."""

import importlib.util
import sqlite3
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn import Step, apply, codec, commands, compile_model, facts
from bpmn.testing import START_OF_TIME, Play, end, model, path, script_task, service_task, start, user_task

from .blocks import play_to_the_end, processes
from .generating import examples

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def sqlite_store():
    specification = importlib.util.spec_from_file_location("sqlite_store", DOCS / "sqlite_store.py")
    module = sys.modules["sqlite_store"] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield module
    del sys.modules["sqlite_store"]


class Ids:
    """Numbers that begin anew when a step is tried again with more of the state, as those of `Play` do."""

    def __init__(self) -> None:
        self.used = 0
        self.numbers = count(1)

    def begin(self) -> None:
        self.numbers = count(self.used + 1)

    def __call__(self) -> str:
        return f"{next(self.numbers):06}"


class Twin(Play):
    """Plays in memory and on the store, and compares every step."""

    module = None

    def __init__(self, xml: bytes, **settings_: object) -> None:
        super().__init__(xml, **settings_)
        self.database = sqlite3.connect(":memory:")
        self.ids = Ids()
        self.store = self.module.SqliteStore(self.database, self.ids, pause_after=self._pause_after)

    def do(self, command: commands.Command) -> tuple[facts.Fact, ...]:
        told = self._do_on_both(command)
        while self.is_paused:
            told += self._do_on_both(commands.GoOn())
        return told

    def _do_on_both(self, command: commands.Command) -> tuple[facts.Fact, ...]:
        self.ids.used = self._used
        step = self.store.carry_out(self.program, self.instance_id, command, self.now)
        told = super().do(command)
        assert isinstance(step, Step)
        assert step.facts == told
        assert self.store.history(self.instance_id) == self.facts
        return told

    def left(self) -> dict[str, int]:
        names = ("rows", "places", "listeners", "variables")
        return {name: self.database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


@pytest.fixture
def twin(sqlite_store, monkeypatch):
    plain = sqlite_store.advance

    def advance(program, state, command, now, ids, **settings_):
        ids.begin()
        return plain(program, state, command, now, ids, **settings_)

    monkeypatch.setattr(sqlite_store, "advance", advance)
    monkeypatch.setattr(Twin, "module", sqlite_store)
    return Twin


@pytest.mark.parametrize("pause_after", [None, 2])
def test_random_processes_run_on_the_store_as_in_memory(twin, pause_after):
    @examples(40)
    @given(xml=processes(), data=st.data())
    def run(xml, data):
        play = twin(xml, pause_after=pause_after)
        play_to_the_end(play, data.draw)
        assert play.left() == {"rows": 0, "places": 0, "listeners": 0, "variables": 0}
        play.database.close()

    run()


def test_incidents_and_jobs_run_on_the_store(twin):
    xml = model(
        start(), service_task("ask"), script_task("look", "1 / n", "r"), end(), path("start", "ask", "look", "end")
    )
    play = twin(xml)
    play.start(n=0)
    job = play.wait("job", "ask")
    play.do(commands.FailJob(job_id=job, message="down", retries_left=0))
    play.resolve()
    play.do(commands.CompleteJob(job_id=job, variables={"answer": "yes"}))
    while play.incidents():
        play.resolve(n=2)
    assert play.outcome == "completed"
    play.database.close()


def test_what_the_store_holds_is_what_the_facts_rebuild(twin):
    play = twin(model(start(), user_task("a"), user_task("b"), end(), path("start", "a", "b", "end")))
    play.start(amount=5)
    play.complete_task("a", ok=True)
    replayed = play.__class__.module.State()
    for fact in play.store.history("i"):
        apply(replayed, fact)
    assert codec.state_to_data(replayed) == codec.state_to_data(play.state)
    assert play.left() == {"rows": 3, "places": 1, "listeners": 0, "variables": 2}
    play.database.close()


def test_a_step_that_fails_in_the_middle_leaves_no_trace(sqlite_store, monkeypatch):
    database = sqlite3.connect(":memory:")
    numbers = count(1)
    store = sqlite_store.SqliteStore(database, lambda: str(next(numbers)))
    program = compile_model(model(start(), user_task("a"), end(), path("start", "a", "end"))).processes["p"]
    with monkeypatch.context() as patched:
        patched.setattr(store, "_append", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.carry_out(program, "i", commands.Start(instance_id="i"), START_OF_TIME)
    assert database.execute("SELECT count(*) FROM instances").fetchone() == (0,)
    assert isinstance(store.carry_out(program, "i", commands.Start(instance_id="i"), START_OF_TIME), Step)
    assert [type(fact).__name__ for _, fact in store.take_effects()] == ["TaskCreated"]
    assert list(store.take_effects()) == []
    database.close()
