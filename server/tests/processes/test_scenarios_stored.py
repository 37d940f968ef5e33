"""What the library's own tests play in memory, played from rows in PostgreSQL as well: the conformance suite, and processes made at random."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, note
from hypothesis import strategies as st
from packages.bpmn.tests.blocks import play_to_the_end, processes
from packages.bpmn.tests.generating import block_structured, examples, unstructured
from packages.bpmn.tests.playing import Game

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
