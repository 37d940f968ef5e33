"""A whole demo, started as anybody starts it, and looked at from outside."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

GREETING = "Firstline runs at"
START_SECONDS, STOP_SECONDS = 600, 120
PORTS_IN_A_ROW = 4


@dataclass
class Demo:
    """A running demo: its home folder, its address, and who has logged in already (their cookies)."""

    home: Path
    port: int
    logins: dict[str, object] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "firstline", "demo", "--port", str(self.port), *arguments]

    def environment(self) -> dict[str, str]:
        """Nothing of the test run's own: the demo has its home, its database and its settings for itself."""
        ours = ("FIRSTLINE_", "DATABASE_URL", "DJANGO_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "FIRSTLINE_HOME": str(self.home)}

    def play_story(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command("--story"), env=self.environment(), capture_output=True, text=True, timeout=600, check=False
        )

    def processes(self) -> list[str]:
        """Name every process that belongs to this home, by its environment or its command line."""
        own, found = str(self.home).encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                if own in words or b"FIRSTLINE_HOME=" + own in (folder / "environ").read_bytes():
                    found.append(f"{folder.name} {words.decode(errors='replace')}")
            except OSError:  # it ended meanwhile, or is somebody else's
                continue
        return found


def run_demo(home: Path) -> Iterator[Demo]:
    """Start it, wait for its greeting, stop it with Ctrl-C; nothing may be left."""
    demo = Demo(home=home, port=_free_ports())
    process = subprocess.Popen(
        demo.command(), env=demo.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        _wait_for_greeting(process)
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    assert process.returncode == 0
    assert demo.processes() == []


def _wait_for_greeting(process: subprocess.Popen[str]) -> None:
    said: list[str] = []
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while not any(GREETING in line for line in said):
        try:
            said.append(lines.get(timeout=max(0.1, deadline - time.monotonic())))
        except queue.Empty:
            raise AssertionError(f"The demo didn't greet in {START_SECONDS} s:\n{''.join(said)}") from None
        assert said[-1], f"The demo ended before it greeted:\n{''.join(said)}"


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str]") -> None:
    """Pass on what it says, so that it never waits for a reader; an empty line is its end."""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.put(line)
    except ValueError:  # closed at the end
        return
    lines.put("")


def _free_ports() -> int:
    """Find ports in a row that nobody listens on, below those that the kernel hands out."""
    for first in range(20_000 + os.getpid() % 1000 * 8, 32_000, PORTS_IN_A_ROW):
        if all(_is_free(port) for port in range(first, first + PORTS_IN_A_ROW)):
            return first
    raise AssertionError("No four free ports in a row.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
