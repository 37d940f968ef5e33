"""Engines taking turns, each in a process of its own on one core, and what was measured, on which machine."""

import argparse
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from installing import Engine

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 600
Said = list[dict[str, Any]]


def arguments(name: str, about: str | None) -> argparse.Namespace:
    """Read the command line: rounds, only, homes."""
    parser = argparse.ArgumentParser(prog=f"benchmarks/{name}", description=about)
    parser.add_argument("--rounds", type=int, default=3, help="how often every engine has its turn (3)")
    parser.add_argument("--only", nargs="*", metavar="ENGINE", help="only these; nothing is written then")
    homes = HERE.parents[1] / "var" / "peers"
    parser.add_argument(
        "--homes", type=lambda given: Path(given).resolve(), default=homes, help="where peers are installed (var/peers)"
    )
    return parser.parse_args()


@contextmanager
def handed_out(text: str) -> Iterator[Path]:
    """Give a file with what the engines are to do."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as given:
        given.write(text)
        given.flush()
        yield Path(given.name)


def one_round(
    number: int, engines: Iterable[Engine], missing: Container[str], homes: Path, given: Path
) -> Iterator[tuple[Engine, Said, str]]:
    """Let each engine that isn't missing measure itself; give the lines that it said, and what went wrong ("" = nothing)."""
    for engine in engines:
        if engine.name not in missing:
            print(f"round {number}: {engine.name}", flush=True)
            yield engine, *_run(engine, homes, given)


def _run(engine: Engine, homes: Path, given: Path) -> tuple[Said, str]:
    try:
        ended = run_pinned(engine.command(homes, given), engine.folder(homes), engine.script.parents[1])
    except (OSError, subprocess.SubprocessError) as error:
        return [], str(error)[:200]
    said = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    failed = ended.stderr.strip().splitlines()[-1][:200] if ended.stderr.strip() else "it failed"
    return said, failed if ended.returncode else ""


def run_pinned(command: Sequence[str | Path], folder: Path, modules: Path) -> subprocess.CompletedProcess[str]:
    """Run a program on one core; it finds the harness and the modules of one benchmark."""
    pinned = [] if not hasattr(os, "sched_getaffinity") else ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
    return subprocess.run(
        [*pinned, *command],
        env=os.environ | {"PYTHONPATH": f"{modules}{os.pathsep}{HERE}"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def machine() -> dict[str, object]:
    """Say what the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return {
        "cpu": next(names, platform.processor()),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "node": subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip(),
        "load": os.getloadavg()[0],
    }
