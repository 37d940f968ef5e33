"""Programs run together, end together, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firstline.runtime import supervise
from firstline.runtime.supervise import AlreadyRunning, Program, Supervisor

# A program with a child of its own; both write down who they are, and sleep.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(60)
"""
KEEPER = """
import sys
from pathlib import Path
from firstline.runtime import supervise
folder = Path(sys.argv[1])
supervise.hold_home(folder)
supervisor = supervise.Supervisor(logs=folder / "logs", say=lambda text: None)
supervisor.start(supervise.Program(name="p", arguments=[sys.executable, "-c", "import time; time.sleep(60)"], environment={}))
(folder / "child").write_text(str(supervisor._running["p"].process.pid))
supervisor.run()
"""


def wait_for(true: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_what_a_killed_program_had_started_dies_with_it_and_it_starts_anew(tmp_path: Path) -> None:
    said: list[str] = []
    note = tmp_path / "note"
    supervisor = Supervisor(logs=tmp_path / "logs", say=said.append)
    supervisor.start(Program(name="family", arguments=[sys.executable, "-c", FAMILY, str(note)], environment={}))
    try:
        wait_for(lambda: note.exists() and len(note.read_text().split()) == 2)
        parent, child = map(int, note.read_text().split())
        note.unlink()
        os.kill(parent, signal.SIGKILL)
        one = supervisor._running["family"]
        wait_for(lambda: supervisor._look_after(one) or said)
        wait_for(lambda: not is_alive(child))
        wait_for(lambda: supervisor._look_after(one) or (note.exists() and len(note.read_text().split()) == 2))
        family = [int(number) for number in note.read_text().split()]
        assert parent not in family
    finally:
        supervisor.stop()
    wait_for(lambda: not any(is_alive(number) for number in family))


def test_a_program_that_ends_at_once_is_started_slower_and_slower(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(logs=tmp_path, say=said.append)
    supervisor.start(Program(name="broken", arguments=["false"], environment={}))
    one = supervisor._running["broken"]
    for _ in range(8):
        one.process.wait()
        supervisor._look_after(one)
        one.restart_at = 0.0
        supervisor._look_after(one)
    supervisor.stop()
    assert [text.split(" in ")[1].split(" s")[0] for text in said] == ["1", "2", "4", "8", "16", "30", "30", "30"]


def keeper(folder: Path) -> subprocess.Popen[bytes]:
    started = subprocess.Popen([sys.executable, "-c", KEEPER, str(folder)])
    wait_for(lambda: (folder / "child").exists() and (folder / "child").read_text())
    return started


def test_programs_end_with_their_supervisor_however_it_ends(tmp_path: Path) -> None:
    with keeper(tmp_path) as started:
        child = int((tmp_path / "child").read_text())
        started.kill()
    wait_for(lambda: not is_alive(child))


def test_stop_ends_what_runs_on_a_home_and_waits_for_it(tmp_path: Path) -> None:
    assert not supervise.stop_running(tmp_path)
    with keeper(tmp_path) as started:
        child = int((tmp_path / "child").read_text())
        with pytest.raises(AlreadyRunning, match="firstline stop"):
            supervise.hold_home(tmp_path)
        reaper = threading.Thread(target=started.wait)
        reaper.start()
        assert supervise.stop_running(tmp_path)
        reaper.join()
        assert started.returncode == 0
        assert not is_alive(child)
    assert not supervise.stop_running(tmp_path)
