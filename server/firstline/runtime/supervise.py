"""Runs several processes as one: started together, restarted when one dies, stopped together, nothing left behind."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

STOP_SECONDS = 8
# What ends again at once is started slower and slower; what ran for so long begins anew.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS = 1.0, 30.0, 10.0
STOPPED_WITHIN_SECONDS = 60
_PR_SET_PDEATHSIG = 1


class AlreadyRunning(Exception):
    """Another Firstline runs on this home folder, and goes on running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process: its name for the log, what it runs, and with which environment on top of ours."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class _Running:
    """A program that was started, and how often it ended again soon after."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, *, logs: Path, say: Callable[[str], None] = print) -> None:
        self._logs = logs
        self._say = say
        self._running: dict[str, _Running] = {}
        self._stopping = False

    def start(self, program: Program) -> None:
        """Start a program; what it says goes to a log of its own."""
        self._running[program.name] = _Running(
            program=program, process=self._spawn(program), started_at=time.monotonic()
        )

    def run(self) -> None:
        """Watch over the programs until Ctrl-C or SIGTERM, then stop them."""
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)
        try:
            while not self._stopping:
                time.sleep(0.2)
                for one in self._running.values():
                    self._look_after(one)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop all programs, gently first, with whatever they started themselves."""
        for one in self._running.values():
            if one.process.poll() is None:
                one.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for one in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(max(0.1, deadline - time.monotonic()))
            _kill_group(one.process)
        self._running.clear()

    def _spawn(self, program: Program) -> "subprocess.Popen[bytes]":
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{program.name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 -- our own programs
                list(program.arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **program.environment},
                # A group of its own: Ctrl-C reaches us alone, and nothing that it started outlives it.
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 -- one call that is safe between fork and exec
            )

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self, one: _Running) -> None:
        now = time.monotonic()
        if one.restart_at is None and one.process.poll() is not None:
            _kill_group(one.process)
            one.failures = 0 if now - one.started_at > STEADY_SECONDS else one.failures
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**one.failures)
            one.failures, one.restart_at = one.failures + 1, now + pause
            log = self._logs / f"{one.program.name}.log"
            self._say(
                f"{one.program.name} ended with {one.process.returncode}; it is started again in {pause:.0f} s (see {log})"
            )
        elif one.restart_at is not None and now >= one.restart_at:
            one.process, one.started_at, one.restart_at = self._spawn(one.program), now, None


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End what a program left behind, and the program itself if it didn't go."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def hold_home(home: Path) -> None:
    """Note that this process runs Firstline on `home`, until it ends.

    Raises: AlreadyRunning.
    """
    file = (home / "running").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AlreadyRunning(f"Firstline runs already on {home}. `firstline stop` ends it.") from None
    # From here on being told to end means to clean up first, also before everything runs.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    _held.append(file)


_held: list[object] = []  # the lock lasts as long as the file is open


def stop_running(home: Path) -> bool:
    """Stop the Firstline that runs on `home`, and wait for its end; False when none runs.

    Raises: AlreadyRunning when it doesn't end.
    """
    path = home / "running"
    if not path.exists():
        return False
    with path.open() as file:
        if _is_free(file):
            return False
        deadline, told = time.monotonic() + STOPPED_WITHIN_SECONDS, False
        while time.monotonic() < deadline:
            number = file.read().strip()
            if number and not told:  # it may just be writing its number down
                os.kill(int(number), signal.SIGTERM)
                told = True
            time.sleep(0.1)
            if _is_free(file):
                return True
            file.seek(0)
    raise AlreadyRunning(f"The Firstline on {home} (process {number or 'unknown'}) doesn't end; look at its logs.")


def _is_free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def python(*arguments: str) -> list[str]:
    """Write a command line for the Python that runs now."""
    return [sys.executable, *arguments]


def die_with_parent() -> None:
    """Ask the kernel (Linux) to end this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
