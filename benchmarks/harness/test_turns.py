"""Engines take turns in processes of their own; what one says is heard, and what goes wrong is told."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
_MEASURES = """
from timing import Batches, rate, say

print("a line of its own")
say(case="int", rate=rate(int, Batches(seconds=0.001, number=3, choose=min)))
"""


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(HERE))
    yield importlib.import_module("turns")
    for name in ("installing", "turns", "timing", "page"):
        sys.modules.pop(name, None)


def test_every_engine_has_its_turn(turns: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "engines"
    folder.mkdir()
    (folder / "good.py").write_text(_MEASURES)
    (folder / "bad.py").write_text("raise SystemExit('no such case')")
    engines = [turns.Engine(name=name, script=folder / f"{name}.py") for name in ("good", "bad", "gone")]
    with turns.handed_out("{}") as given:
        heard = {
            engine.name: (said, failed)
            for engine, said, failed in turns.one_round(1, engines, {"gone"}, tmp_path, given)
        }
    assert heard.keys() == {"good", "bad"}
    assert heard["bad"] == ([], "no such case")
    ((said,), failed) = heard["good"]
    assert (said["case"], said["rate"] > 0, failed) == ("int", True, "")
    assert capsys.readouterr().out == "round 1: good\nround 1: bad\n"
