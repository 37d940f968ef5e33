"""What the library's own tests play in memory, played from rows in PostgreSQL as well: the conformance suite, and processes made at random."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, note
from hypothesis import strategies as st
from packages.bpmn.tests.blocks import play_to_the_end, processes
from packages.bpmn.tests.generating import block_structured, examples, unstructured
from packages.bpmn.tests.playing import Game

from bpmn import commands
from bpmn.testing import boundary, end, gateway, model, path, start, timer, user_task
from firstline import ids
from firstline.processes.models import ElementInstance, HistoryStep, Join, Task, Timer, Variable

from .conftest import NOON
from .stored import StoredPlay

ROOT = Path(__file__).parents[3]
RUNNER = ROOT / "packages/bpmn/conformance"
SUITE = Path(os.environ.get("FIRSTLINE_DATA") or ROOT.parent / "shared/data") / "bpmn/conformance"

pytestmark = pytest.mark.django_db


def undone(play: Callable[[], None]) -> None:
    """Play, and leave nothing in the database."""
    with transaction.atomic():
        play()
        transaction.set_rollback(True)


@examples(60)
@given(graph=unstructured(), data=st.data())
def test_any_graph_goes_as_the_token_game_says(graph: Any, data: Any) -> None:
    def play() -> None:
        game = Game(graph, data.draw, StoredPlay)
        game.play_a_while()
        game.cancel()

    undone(play)


@examples(30)
@given(graph=block_structured(), data=st.data())
def test_blocks_go_as_the_token_game_says(graph: Any, data: Any) -> None:
    undone(lambda: Game(graph, data.draw, StoredPlay).play_to_the_end())


@examples(12)
@given(graph=st.one_of(unstructured(), block_structured()), data=st.data())
def test_tokens_that_operators_move_or_cancel_go_on_as_the_token_game_says(graph: Any, data: Any) -> None:
    def play() -> None:
        game = Game(graph, data.draw, StoredPlay)
        for _ in range(4):
            game.play(data.draw(st.integers(0, 4)))
            if game.can_be_operated:
                game.operate()

    undone(play)


@examples(25)
@given(xml=processes(), data=st.data())
def test_every_process_ends_with_no_row_left(xml: bytes, data: Any) -> None:
    note(xml.decode())
    undone(lambda: play_to_the_end(StoredPlay(xml), data.draw))


FORK = model(
    start(), gateway("parallel", "fork"), user_task("a"), user_task("b"), user_task("c"), boundary("late", "c", timer(duration="PT1H")),
    gateway("parallel", "sync"), end(), end("over"), path("start", "fork", "a", "sync", "end"), path("fork", "b", "sync"),
    path("fork", "c", "sync"), path("late", "over"),
)  # fmt: skip
# What may go wrong with the rows of an instance: each is lost, or says something else.
HARM: dict[str, Callable[[UUID], object]] = {
    "an element is lost": lambda of: ElementInstance.objects.filter(instance_id=of, element_id="b").delete(),
    "an element has another token": lambda of: ElementInstance.objects.filter(instance_id=of, scope_id=None).update(
        tokens=9
    ),
    "a variable is lost": lambda of: Variable.objects.filter(instance_id=of, name="x").delete(),
    "a variable has another value": lambda of: Variable.objects.filter(instance_id=of, name="x").update(value=2),
    "a join has forgotten who waits": lambda of: Join.objects.filter(instance_id=of).update(waiting={}),
    "a join is lost": lambda of: Join.objects.filter(instance_id=of).delete(),
    "a task is lost": lambda of: Task.objects.filter(instance_id=of, element_id="b").delete(),
    "a timer is due at another time": lambda of: Timer.objects.filter(instance_id=of).update(
        due_at=NOON + timedelta(days=9)
    ),
    "a timer is there twice": lambda of: Timer(
        **Timer.objects.filter(instance_id=of).values().get() | {"id": ids.new_id()}
    ).save(),
    "a step is missing in the history": lambda of: HistoryStep.objects.filter(instance_id=of, sequence=1).delete(),
}


@pytest.mark.parametrize("harm", HARM)
def test_rows_that_are_not_what_memory_holds_are_noticed_at_the_next_step(harm: str) -> None:
    play = StoredPlay(FORK)
    play.start(x=1)
    play.do(commands.CompleteTask(task_id=play.wait("task", "a"), variables={}))
    HARM[harm](UUID(play.instance_id))
    # By comparison; or it isn't even found.
    with pytest.raises((AssertionError, KeyError)):
        play.do(commands.SetVariables(variables={"y": 1}))


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(RUNNER))
    import run  # type: ignore[import-not-found]  # a script beside the library

    yield run
    for name in ("run", "translate", "world"):
        sys.modules.pop(name, None)


@pytest.mark.data
@pytest.mark.skipif(not SUITE.exists(), reason=f"the conformance suite isn't in {SUITE}; set FIRSTLINE_DATA")
def test_every_conformance_case_passes_from_rows(runner: Any) -> None:
    result = runner.run(SUITE, StoredPlay)
    assert [one for one in result["cases"] if not one["passed"]] == []
    assert result == json.loads((RUNNER / "result.json").read_text())
