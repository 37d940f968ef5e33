"""The conformance suite beside the project: no case that passed may fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bpmn import compile_model

HERE = Path(__file__).parents[1] / "conformance"
SUITE = Path(os.environ.get("FIRSTLINE_DATA") or HERE.parents[3] / "shared/data") / "bpmn/conformance"


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import run

    yield run
    for name in ("run", "translate", "world"):
        sys.modules.pop(name, None)


@pytest.mark.data
@pytest.mark.skipif(not SUITE.exists(), reason=f"the conformance suite isn't in {SUITE}; set FIRSTLINE_DATA")
def test_every_case_passes_that_passed(runner):
    result = runner.run(SUITE)
    assert [one for one in result["cases"] if not one["passed"]] == []
    assert result == json.loads((HERE / "result.json").read_text())


def test_a_folder_without_tests_is_told():
    done = subprocess.run([sys.executable, HERE / "run.py", HERE], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no tests.json" in done.stdout


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ('test.contains("a")', 'contains(test, "a")'),
        (' !test.contains("a") ', 'not(contains(test, "a"))'),
        ("integerVariable<3", "integerVariable<3"),
        ("${integerVariable}", "integerVariable"),
        ("activationCount >= 1", "activationCount >= 1"),
        ('test.contains("a")>', 'contains(test, "a")'),
        ("a == 1 && b == 2", "a = 1 and b = 2"),
    ],
)
def test_conditions_become_feel(runner, theirs, ours):
    import translate

    assert translate.to_feel(theirs) == ours


def test_the_engine_knows_nothing_of_the_suite():
    source = "".join(path.read_text() for path in Path(compile_model.__code__.co_filename).parent.rglob("*.py"))
    for word in (".contains(", "CREATE_LOG_FILE", "SCRIPT_", "integerVariable"):
        assert word not in source
