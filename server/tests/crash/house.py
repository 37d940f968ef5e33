"""A real web server and a real worker, which are killed and started again."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from firstline.runtime.supervise import python
from firstline.runtime.web import web_command


@dataclass
class Program:
    arguments: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    # Of the web server: the process that answers; the other one only starts it.
    serving: frozenset[int] = frozenset()


@dataclass
class House:
    """Keeps web server and workers running, as `firstline serve` does, and counts the deaths."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    smtp_port: int = 0
    workers: int = 1
    # Other programs to keep running, by their names.
    others: Mapping[str, list[str]] = field(default_factory=dict)
    deaths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._over = threading.Event()
        web = Program(web_command(host="127.0.0.1", port=self.port, workers=1))
        workers = {name: Program(python("-m", "firstline", "worker")) for name in self.names_of_workers}
        others = {name: Program(arguments) for name, arguments in self.others.items()}
        self._programs = {"web": web, **workers, **others}

    @property
    def names_of_workers(self) -> list[str]:
        return ["worker"] if self.workers == 1 else [f"worker {number}" for number in range(1, self.workers + 1)]

    def __enter__(self) -> Self:
        for name in self._programs:
            self._start(name)
        self._watch = threading.Thread(target=self._restart_dead, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        for program in self._programs.values():
            self._end(program, signal.SIGKILL)

    def kill(self, name: str) -> None:
        """Kill a program now, all of it, without a warning."""
        with self._lock:
            self._end(self._programs[name], signal.SIGKILL)
            self.deaths.append(name)
            self._start(name)

    def arm(self, name: str, point: str) -> None:
        """Start a program anew so that it kills itself at a point."""
        with self._lock:
            self._end(self._programs[name], signal.SIGTERM)
            self._start(name, FIRSTLINE_KILL_AT=point)

    def _start(self, name: str, **more: str) -> None:
        program = self._programs[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            program.process = subprocess.Popen(
                program.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment, **more},
                start_new_session=True,
            )
        program.serving = frozenset()

    def _end(self, program: Program, number: int) -> None:
        if program.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(program.process.pid, number)
        try:
            program.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(program.process.pid, signal.SIGKILL)
            program.process.wait()

    def _restart_dead(self) -> None:
        while not self._over.wait(0.05):
            with self._lock:
                for name, program in self._programs.items():
                    if self._is_dead(program):
                        self._end(program, signal.SIGKILL)
                        self.deaths.append(name)
                        self._start(name)

    def _is_dead(self, program: Program) -> bool:
        assert program.process is not None
        if program.process.poll() is not None:
            return True
        children = _children(program.process.pid)
        gone = bool(program.serving - children)
        program.serving = children or program.serving
        return gone


def _children(pid: int) -> frozenset[int]:
    try:
        return frozenset(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return frozenset()


@dataclass(frozen=True, kw_only=True)
class Kill:
    """Who is killed in a run: after some seconds, or at a point in the code."""

    name: str
    after_seconds: float = 0.0
    point: str = ""

    def begin(self, house: House) -> threading.Timer | None:
        if self.point:
            house.arm(self.name, self.point)
            return None
        timer = threading.Timer(self.after_seconds, house.kill, [self.name])
        timer.start()
        return timer


WEB_POINTS = (
    "cases.open.before_start",
    "cases.step.before_engine",
    "cases.step.after_engine",
    "processes.step.saved",
    "processes.step.after_commit",
)
WORKER_POINTS = (
    "outbox.taken",
    "processes.job.worked",
    "sources.command.before_write",
    "sources.sql.before_commit",
    "sources.sql.after_commit",
    "sources.rest.after_answer",
    "sources.command.confirmed",
    "correspondence.bundle.before_commit",
    "correspondence.send.after_smtp",
    "outbox.delivered",
)


def kill_of(seed: int) -> Kill:
    """Draw who is killed in a run, and when."""
    dice = random.Random(seed * 104_729)
    name = "worker" if seed % 2 else "web"
    if seed % 4 < 2:
        return Kill(name=name, after_seconds=dice.uniform(0.05, 2.5))
    points = WORKER_POINTS if name == "worker" else WEB_POINTS
    return Kill(name=name, point=points[seed // 4 % len(points)])


def wait_until(happened: Callable[[], object], *, seconds: float, what: str) -> None:
    """Wait for something that other processes bring about."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"after {seconds:.0f} s still not: {what}"
        time.sleep(0.05)
