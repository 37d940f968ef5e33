"""The score on the DMN Technology Compatibility Kit may only rise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RUNNER = HERE.parent / "tck"
SUITE = Path(os.environ.get("FIRSTLINE_DATA", HERE.parents[3] / "shared" / "data")) / "dmn-tck"


@pytest.mark.skipif(not SUITE.is_dir(), reason=f"There is no copy of the DMN TCK in {SUITE}: set FIRSTLINE_DATA")
def test_no_case_fails_that_passed_when_the_score_was_committed(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, RUNNER, SUITE, "--result", tmp_path / "score.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "overall:" in ran.stdout, ran.stderr
    found, committed = (
        json.loads((tmp_path / "score.json").read_text()),
        json.loads((RUNNER / "score.json").read_text()),
    )
    if found["suite_sha256"] != committed["suite_sha256"]:
        pytest.skip(f"{SUITE} is another copy of the suite than the one whose score is committed: run make tck")
    assert set(found["failures"]) <= set(committed["failures"]), ran.stdout
    assert found["overall"]["total"] == committed["overall"]["total"]
