"""A worker, the web server, PostgreSQL and the systems written to are killed while people and workers outside go on asking. `make chaos` does so 300 times."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2]
# Of each one.
KILLS = 4
RUNS = 4

pytestmark = [pytest.mark.kill, pytest.mark.xdist_group("kill")]


def test_kills_of_everything_and_crashes_in_processes_of_their_own_lose_nothing_and_double_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--runs", str(RUNS), "--kills", str(KILLS)],
        cwd=SERVER,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert re.search(rf"^runs +{RUNS}\n", done.stdout, re.MULTILINE)
    killed = dict(re.findall(r"kill -9 of (.+?) +(\d+)\n", done.stdout))
    assert killed.keys() == {"PostgreSQL", "a worker", "the web server", "the systems written to"}
    assert sum(map(int, killed.values())) == KILLS
    assert re.search(r"lost +nothing\ndoubled or left over +nothing\n", done.stdout)
