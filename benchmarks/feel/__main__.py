"""Compare FEEL engines: `.venv/bin/python benchmarks/feel` measures all, writes RESULTS.md and results.json.

The engines take turns, a few rounds long, so that a busy moment of the machine doesn't hit one of them alone; what
counts is the median of the rounds, in calls per second of processor time on one core.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cases import as_json
from peers import ENGINES, HERE, Engine, set_up
from report import report

_TIMEOUT_SECONDS = 600
ROOT = HERE.parent.parent


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="benchmarks/feel", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often every engine has its turn (3)")
    parser.add_argument("--only", nargs="*", metavar="ENGINE", help="only these; nothing is written then")
    parser.add_argument(
        "--homes", type=Path, default=ROOT / "var" / "peers", help="where peers are installed (var/peers)"
    )
    arguments = parser.parse_args()
    engines = [engine for engine in ENGINES if not arguments.only or engine.name in arguments.only]
    text = ""
    for results in measure(engines, arguments.homes, arguments.rounds):
        # After every round, so that a run that is broken off leaves what it found.
        results["machine"] = machine()
        text = report(results)
        if not arguments.only:
            (HERE / "RESULTS.md").write_text(text)
            (HERE / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    print(text)


def measure(engines: list[Engine], homes: Path, rounds: int) -> Iterator[dict[str, object]]:
    """Run the engines in turns; give after each round the rates by engine, case and way, and what they said besides."""
    missing = {engine.name: reason for engine in engines if (reason := set_up(engine, homes))}
    rates: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    said: dict[str, dict[str, str]] = {engine.name: {} for engine in engines}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as cases:
        cases.write(as_json())
        cases.flush()
        for number in range(1, rounds + 1):
            for engine in engines:
                if engine.name in missing:
                    continue
                print(f"round {number}: {engine.name}", flush=True)
                _run(engine, homes, Path(cases.name), rates, said[engine.name])
            yield {"rounds": number, "rates": _medians(rates), "said": said, "missing": missing}


def _medians(rates: dict[tuple[str, str, str], list[float]]) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (name, case, way), all_rates in rates.items():
        found.setdefault(name, {}).setdefault(case, {})[way] = round(statistics.median(all_rates), 1)
    return found


def _run(
    engine: Engine, homes: Path, cases: Path, rates: dict[tuple[str, str, str], list[float]], said: dict[str, str]
) -> None:
    environment = os.environ | {"PYTHONPATH": str(HERE)}
    folder = homes / "node" if engine.node else HERE
    pinned = [] if not hasattr(os, "sched_getaffinity") else ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
    try:
        ended = subprocess.run(
            [*pinned, *engine.command(homes, cases)],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said["failed"] = str(error)[:200]
        return
    if ended.returncode:
        said["failed"] = ended.stderr.strip().splitlines()[-1][:200] if ended.stderr.strip() else "it failed"
    for line in ended.stdout.splitlines():
        found = json.loads(line) if line.startswith("{") else {}
        if "version" in found:
            said["version"] = found["version"]
            said["note"] = found.get("note", "")
        elif "refused" in found:
            said[f"refused {found['case']}"] = found["refused"]
        elif found:
            rates[engine.name, found["case"], found["way"]].append(found["rate"])
            if found.get("note"):
                said[f"note {found['case']}"] = found["note"]


def machine() -> dict[str, object]:
    """Say what the figures were measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "node": subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip(),
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    main()
