"""Runs several processes as one: started together, restarted when one dies, stopped together, nothing left behind."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

STOP_SECONDS = 8
RESTART_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


class AlreadyRunning(Exception):
    """Another Firstline runs on this home folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process: its name for the log, what it runs, and with which environment on top of ours."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, *, logs: Path, say: Callable[[str], None] = print) -> None:
        self._logs = logs
        self._say = say
        self._running: dict[str, tuple[Program, subprocess.Popen[bytes]]] = {}
        self._stopping = False

    def start(self, program: Program) -> None:
        """Start a program; what it says goes to a log of its own."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{program.name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 -- our own programs
                list(program.arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **program.environment},
                # Ctrl-C is for us; what it ends is ended by us, in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 -- one call that is safe between fork and exec
            )
        self._running[program.name] = (program, process)

    def run(self) -> None:
        """Watch over the programs until Ctrl-C or SIGTERM, then stop them."""
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)
        try:
            while not self._stopping:
                time.sleep(0.2)
                self._restart_dead()
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop all programs, gently first."""
        for _, process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _restart_dead(self) -> None:
        for name, (program, process) in list(self._running.items()):
            if process.poll() is not None and not self._stopping:
                self._say(f"{name} ended with {process.returncode}; starting it again (see {self._logs / name}.log)")
                time.sleep(RESTART_SECONDS)
                self.start(program)


def hold_home(home: Path) -> None:
    """Note that this process runs Firstline on `home`, until it ends.

    Raises: AlreadyRunning.
    """
    file = (home / "running").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRunning(f"Firstline runs already on {home}. `firstline stop` ends it.") from None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    _held.append(file)


_held: list[object] = []  # the lock lasts as long as the file is open


def stop_running(home: Path) -> bool:
    """Stop the Firstline that runs on `home`, and wait for its end; False when none runs."""
    path = home / "running"
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int(file.read()), signal.SIGTERM)
            fcntl.flock(file, fcntl.LOCK_EX)
            return True
    return False


def python(*arguments: str) -> list[str]:
    """Write a command line for the Python that runs now."""
    return [sys.executable, *arguments]


def _die_with_parent() -> None:
    """Ask the kernel (Linux) to end this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
