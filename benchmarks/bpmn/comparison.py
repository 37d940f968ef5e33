"""Compare BPMN engines: `.venv/bin/python benchmarks/bpmn` measures all, writes RESULTS.md and results.json.

The engines take turns, a few rounds long, so that a busy moment of the machine doesn't hit one of them alone; what
counts is the median of the rounds, in instances per second of processor time on one core. Then ours alone: how time and
memory grow with the work of one instance.
"""

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import page
import turns
from growth import SUBJECTS
from installing import Engine, set_up_all
from peers import ENGINES, HERE, OURS
from report import report
from shapes import as_json

Found = dict[str, list[float]]


def main() -> None:
    """Read the command line, measure, write."""
    arguments = turns.arguments("bpmn", __doc__)
    engines = [engine for engine in ENGINES if not arguments.only or engine.name in arguments.only]
    results = compare(engines, arguments.homes, arguments.rounds)
    if OURS in {engine.name for engine in engines}:
        results["growth"] = grow()
    results |= {"machine": turns.machine(), "rounds": arguments.rounds}
    text = report(results)
    print(text)
    if not arguments.only:
        page.write(HERE, text, results)


def compare(engines: list[Engine], homes: Path, rounds: int) -> dict[str, object]:
    """Run the engines in turns; give the median of each figure by engine, and why some have none."""
    missing = set_up_all(engines, homes)
    found: dict[str, Found] = {engine.name: defaultdict(list) for engine in engines}
    versions: dict[str, str] = {}
    with turns.handed_out(as_json()) as shapes:
        for number in range(1, rounds + 1):
            for engine, lines, failed in turns.one_round(number, engines, missing, homes, shapes):
                refused = _note(engine.name, lines, found[engine.name], versions)
                if failed or refused:
                    missing[engine.name] = failed or refused
    medians = {
        name: {key: statistics.median(numbers) for key, numbers in figures.items()} for name, figures in found.items()
    }
    return {"figures": medians, "missing": missing, "versions": versions}


def _note(name: str, lines: turns.Said, found: Found, versions: dict[str, str]) -> str:
    """Note what an engine said; give what it refused."""
    refused = ""
    for said in lines:
        if "version" in said:
            versions[name] = said["version"]
        elif "refused" in said:
            refused = f"{said['shape']}: {said['refused']}"
        elif "rate" in said:
            found[said["shape"]].append(said["rate"])
        elif "bytes" in said:
            found[f"bytes at {said['state']}"].append(said["bytes"])
        elif "step" in said:
            found["milliseconds a step"].append(said["step"])
    return refused


def grow() -> dict[str, list[dict[str, float]]]:
    """Measure ours at an eighth, a quarter, half and all of each subject, each in a process of its own."""
    found = {}
    for subject in SUBJECTS:
        print(subject.name, flush=True)
        found[subject.name] = [_grown(subject.name, subject.most // part) for part in (8, 4, 2, 1)]
    return found


def _grown(name: str, size: int) -> dict[str, float]:
    ended = turns.run_pinned([sys.executable, "-P", HERE / "growth.py", name, str(size)], HERE, HERE)
    ended.check_returncode()
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures
