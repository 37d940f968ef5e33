"""Compare FEEL engines: `.venv/bin/python benchmarks/feel` measures all, writes RESULTS.md and results.json.

The engines take turns, a few rounds long, so that a busy moment of the machine doesn't hit one of them alone; what
counts is the median of the rounds, in calls per second of processor time on one core.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import page
import turns
from cases import as_json
from installing import Engine, set_up_all
from peers import ENGINES, HERE
from report import report

Rates = dict[tuple[str, str, str], list[float]]


def main() -> None:
    """Read the command line, measure, write."""
    arguments = turns.arguments("feel", __doc__)
    engines = [engine for engine in ENGINES if not arguments.only or engine.name in arguments.only]
    text = ""
    for results in measure(engines, arguments.homes, arguments.rounds):
        # After every round, so that a run that is broken off leaves what it found.
        results["machine"] = turns.machine()
        text = report(results)
        if not arguments.only:
            page.write(HERE, text, results)
    print(text)


def measure(engines: list[Engine], homes: Path, rounds: int) -> Iterator[dict[str, object]]:
    """Run the engines in turns; give after each round the rates by engine, case and way, and what they said besides."""
    missing = set_up_all(engines, homes)
    rates: Rates = defaultdict(list)
    said: dict[str, dict[str, str]] = {engine.name: {} for engine in engines}
    with turns.handed_out(as_json()) as cases:
        for number in range(1, rounds + 1):
            for engine, lines, failed in turns.one_round(number, engines, missing, homes, cases):
                if failed:
                    said[engine.name]["failed"] = failed
                _note(engine.name, lines, rates, said[engine.name])
            yield {"rounds": number, "rates": _medians(rates), "said": said, "missing": missing}


def _medians(rates: Rates) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (name, case, way), all_rates in rates.items():
        found.setdefault(name, {}).setdefault(case, {})[way] = round(statistics.median(all_rates), 1)
    return found


def _note(name: str, lines: turns.Said, rates: Rates, said: dict[str, str]) -> None:
    for found in lines:
        if "version" in found:
            said["version"] = found["version"]
            said["note"] = found.get("note", "")
        elif "refused" in found:
            said[f"refused {found['case']}"] = found["refused"]
        else:
            rates[name, found["case"], found["way"]].append(found["rate"])
            if found.get("note"):
                said[f"note {found['case']}"] = found["note"]
