"""The processes that are measured go the way that they say, with ours, and grow to their end."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def _load(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def engine() -> Iterator[ModuleType]:
    """Load our side as the command does, beside modules of the same names elsewhere."""
    names = ("timing", "shapes", "measure", "firstline_engine")
    before = {name: sys.modules.get(name) for name in names}
    _load("timing", "../harness/timing.py")
    _load("shapes", "shapes.py")
    _load("measure", "measure.py")
    yield _load("firstline_engine", "engines/firstline.py")
    for name, module in before.items():
        sys.modules.pop(name)
        if module is not None:
            sys.modules[name] = module


def test_every_shape_goes_through_its_elements(engine: ModuleType) -> None:
    engine.check_all()


def test_a_restored_complaint_goes_on(engine: ModuleType) -> None:
    assert '"element_id":"handle"' in engine.step_after_restore()


def test_everything_that_grows_ends() -> None:
    growth = _load("growth", "growth.py")
    found = {subject.name: subject.measure(16) for subject in growth.SUBJECTS}
    assert found == {
        "multi-instance, parallel": 19,
        "multi-instance, sequential": 19,
        "multi-instance of tasks": 19,
        "loop over a gateway": 50,
        "standard loop": 20,
        "long model, compiled and run": 16,
        "branches with an inclusive join": 20,
        # Pauses change nothing.
        "multi-instance, parallel, with pauses": 19,
        "loop over a gateway, with pauses": 50,
        "standard loop, with pauses": 20,
    }
