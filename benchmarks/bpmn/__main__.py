"""Compare BPMN engines: `.venv/bin/python benchmarks/bpmn` measures all, writes RESULTS.md and results.json.

The engines take turns, a few rounds long, so that a busy moment of the machine doesn't hit one of them alone; what
counts is the median of the rounds, in instances per second of processor time on one core. Then ours alone: how time and
memory grow with the work of one instance.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from growth import SUBJECTS
from peers import ENGINES, HERE, OURS, Engine, set_up
from report import report
from shapes import as_json

_TIMEOUT_SECONDS = 600
ROOT = HERE.parent.parent
Found = dict[str, list[float]]


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="benchmarks/bpmn", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often every engine has its turn (3)")
    parser.add_argument("--only", nargs="*", metavar="ENGINE", help="only these; nothing is written then")
    parser.add_argument(
        "--homes", type=Path, default=ROOT / "var" / "peers", help="where peers are installed (var/peers)"
    )
    arguments = parser.parse_args()
    engines = [engine for engine in ENGINES if not arguments.only or engine.name in arguments.only]
    results = compare(engines, arguments.homes, arguments.rounds)
    if OURS in {engine.name for engine in engines}:
        results["growth"] = grow()
    results |= {"machine": machine(), "rounds": arguments.rounds}
    text = report(results)
    print(text)
    if not arguments.only:
        (HERE / "RESULTS.md").write_text(text)
        (HERE / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def compare(engines: list[Engine], homes: Path, rounds: int) -> dict[str, object]:
    """Run the engines in turns; give the median of each figure by engine, and why some have none."""
    missing = {engine.name: reason for engine in engines if (reason := set_up(engine, homes))}
    found: dict[str, Found] = {engine.name: defaultdict(list) for engine in engines}
    versions: dict[str, str] = {}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as shapes:
        shapes.write(as_json())
        shapes.flush()
        for number in range(1, rounds + 1):
            for engine in engines:
                if engine.name in missing:
                    continue
                print(f"round {number}: {engine.name}", flush=True)
                failed = _run(engine, homes, Path(shapes.name), found[engine.name], versions)
                if failed:
                    missing[engine.name] = failed
    medians = {
        name: {key: statistics.median(numbers) for key, numbers in figures.items()} for name, figures in found.items()
    }
    return {"figures": medians, "missing": missing, "versions": versions}


def _run(engine: Engine, homes: Path, shapes: Path, found: Found, versions: dict[str, str]) -> str:
    """Let an engine measure itself; give what went wrong."""
    folder = engine.home(homes) if engine.node else HERE
    try:
        ended = subprocess.run(
            [*_pinned(), *engine.command(homes, shapes)],
            env=os.environ | {"PYTHONPATH": str(HERE)},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)[:200]
    refused = ""
    for line in ended.stdout.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if "version" in said:
            versions[engine.name] = said["version"]
        elif "refused" in said:
            refused = f"{said['shape']}: {said['refused']}"
        elif "rate" in said:
            found[said["shape"]].append(said["rate"])
        elif "bytes" in said:
            found[f"bytes at {said['state']}"].append(said["bytes"])
        elif "step" in said:
            found["milliseconds a step"].append(said["step"])
    if ended.returncode:
        return ended.stderr.strip().splitlines()[-1][:200] if ended.stderr.strip() else "it failed"
    return refused


def grow() -> dict[str, list[dict[str, float]]]:
    """Measure ours at an eighth, a quarter, half and all of each subject, each in a process of its own."""
    found = {}
    for subject in SUBJECTS:
        print(subject.name, flush=True)
        found[subject.name] = [_grown(subject.name, subject.most // part) for part in (8, 4, 2, 1)]
    return found


def _grown(name: str, size: int) -> dict[str, float]:
    command = [*_pinned(), sys.executable, "-P", HERE / "growth.py", name, str(size)]
    environment = os.environ | {"PYTHONPATH": str(HERE)}
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=_TIMEOUT_SECONDS
    )
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures


def _pinned() -> list[str]:
    return [] if not hasattr(os, "sched_getaffinity") else ["taskset", "-c", str(max(os.sched_getaffinity(0)))]


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


if __name__ == "__main__":
    main()
