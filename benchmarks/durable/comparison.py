"""Compare durable engines: `.venv/bin/python benchmarks/durable` measures all, writes RESULTS.md and results.json.

The same complaints, on the same PostgreSQL (fsync on), each engine with all of its history. 16 callers make three requests per
complaint (start it, register it, handle it), and each waits for the acknowledgement before it makes the next.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page
import turns
from peers import FLOOR, HERE, OURS, PEERS, STEPS, Peer
from server import Server, running

ROOT = HERE.parents[1]
_MODULES = [str(folder) for folder in (HERE, HERE / "engines", ROOT / "benchmarks/bpmn", ROOT / "benchmarks/harness")]
TIMEOUT_SECONDS = 1_800


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="benchmarks/durable", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted ones, after one to warm up (3)")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--scale", type=float, default=1.0, help="of how many instances are made (1.0)")
    parser.add_argument("--only", nargs="*", metavar="ENGINE", help="only these; nothing is written then")
    parser.add_argument(
        "--homes", type=Path, default=ROOT / "var" / "peers", help="where peers are installed (var/peers)"
    )
    arguments = parser.parse_args()
    chosen = [peer for peer in PEERS if not arguments.only or peer.name in arguments.only]
    with running(ROOT / "var" / "durable") as server:
        results = compare(server, chosen, arguments)
        results["machine"] = turns.machine() | {"PostgreSQL": server.version()}
    results |= {"rounds": arguments.rounds, "callers": arguments.callers}
    text = report(results)
    print(text)
    if not arguments.only:
        page.write(HERE, text, results)


def compare(server: Server, chosen: list[Peer], arguments: argparse.Namespace) -> dict[str, Any]:
    """Let each engine work its complaints off; give its figures, or why it has none."""
    figures: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    for peer in chosen:
        print(peer.name, flush=True)
        reason = peer.set_up(arguments.homes)
        try:
            if not reason:
                figures[peer.name] = measured(server, peer, arguments)
        except (subprocess.SubprocessError, RuntimeError) as error:
            reason = str(error)[:300]
        if reason:
            missing[peer.name] = reason
    return {"figures": figures, "missing": missing}


def measured(server: Server, peer: Peer, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one engine; the first round isn't counted."""
    instances = max(1, int(peer.instances * arguments.scale))
    # All of ours make the same database.
    name = f"{re.split('[ -]', peer.name)[0].lower()}_durable"
    numbers = [str(number) for number in (arguments.callers, instances, arguments.rounds + 1)]
    rounds = list(heard(server, name, peer.command(arguments.homes, server.fresh(name), numbers)))[1:]
    if len(rounds) != arguments.rounds:
        raise RuntimeError(f"{peer.name} told {len(rounds)} rounds instead of {arguments.rounds}")
    done = [said.get("instances", instances) for said in rounds]
    rates = [number / said["seconds"] for number, said in zip(done, rounds, strict=True)]
    return {
        "version": rounds[0]["version"],
        "instances_per_second": statistics.median(rates),
        "least": min(rates),
        "most": max(rates),
        "p50_ms": statistics.median(said["p50_ms"] for said in rounds),
        "p99_ms": statistics.median(said["p99_ms"] for said in rounds),
        "log_bytes": statistics.median(said["log"] / number for number, said in zip(done, rounds, strict=True)),
        "table_bytes": statistics.median(said["tables"] / number for number, said in zip(done, rounds, strict=True)),
    }


def heard(server: Server, name: str, command: Any) -> Iterator[dict[str, Any]]:
    """Run a program; give what it says of each round, with the bytes that were written meanwhile."""
    before = (0, 0)
    with subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HERE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*_MODULES, os.environ.get("PYTHONPATH", "")])},
    ) as program:
        assert program.stdout
        assert program.stderr
        for line in program.stdout:
            if not line.startswith("{"):
                continue
            said = json.loads(line)
            now = (server.written(), server.size(name))
            if "seconds" in said:
                yield said | {"log": now[0] - before[0], "tables": now[1] - before[1]}
            before = now
        failed = program.stderr.read()
    if program.returncode:
        raise RuntimeError(
            failed.strip().splitlines()[-1][:300] if failed.strip() else f"it ended with {program.returncode}"
        )


def _machine(found: dict[str, Any]) -> str:
    """Name the machine; the load is what the run itself left at its end."""
    parts = f"{found['cpu']}, {found['cores']} cores, {found['system']}, Python {found['python']}"
    return f"{parts}, PostgreSQL {found['PostgreSQL']}; load {found['load']:.1f} when the run ended."


def report(results: dict[str, Any]) -> str:
    """Write the page."""
    figures = results["figures"]
    ours = figures.get(OURS, {}).get("instances_per_second")
    rows = [_row(one, ours) for one in figures.values()]
    head = [
        "",
        "complaints/s",
        "least to most",
        "ours is",
        "request p50 ms",
        "p99 ms",
        "log bytes/complaint",
        "table bytes/complaint",
    ]
    told = (
        f"`.venv/bin/python benchmarks/durable`: {results['rounds']} rounds after one to warm up, median; "
        f"{results['callers']} callers, each waits for its acknowledgement. {_machine(results['machine'])}\n"
    )
    missing = [f"{name}: {reason}\n" for name, reason in results["missing"].items()]
    goals = page.table(["what is aimed at", "wanted", "is"], targets(figures))
    lines = ["# Durable engines\n", told, page.table(head, rows), goals, *missing, NOTES]
    return "\n".join(lines)


# By how many times ours is to do more complaints a second.
TARGETS = {"Camunda 7": 3.0, "SpiffWorkflow": 20.0, FLOOR: 0.5}


def targets(figures: dict[str, Any]) -> list[list[str]]:
    """Say of each aim what is wanted and what was reached, for the engines that were measured."""
    ours = figures.get(OURS)
    if ours is None:
        return []
    rows = [
        [f"complaints/s, against {name}", f"{wanted:g}×", f"{_ratio(ours, figures[name], 'instances_per_second'):.2f}×"]
        for name, wanted in TARGETS.items()
        if name in figures
    ]
    if STEPS in figures and FLOOR in figures:
        ratio = _ratio(figures[STEPS], figures[FLOOR], "instances_per_second")
        rows.append([f"steps/s, against {FLOOR}", f"{TARGETS[FLOOR]:g}×", f"{ratio:.2f}×"])
    if "Camunda 7" in figures:
        for name, what in (("log_bytes", "log"), ("table_bytes", "tables")):
            is_ = _ratio(ours, figures["Camunda 7"], name)
            rows.append([f"bytes of the {what}, against Camunda 7", "less than 1×", f"{is_:.2f}×"])
    return rows


def _ratio(ours: dict[str, Any], theirs: dict[str, Any], name: str) -> float:
    return float(ours[name] / theirs[name])


def _row(one: dict[str, Any], ours: float | None) -> list[str]:
    rate = one["instances_per_second"]
    spread = f"{one['least']:.0f}–{one['most']:.0f}"
    ratio = f"{ours / rate:.2f}×" if ours else ""
    bytes_ = [f"{one[name]:,.0f}" for name in ("log_bytes", "table_bytes")]
    return [one["version"], f"{rate:.1f}", spread, ratio, f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.2f}", *bytes_]


NOTES = f"""The requests come in three phases (all starts, all registrations, all decisions), so that finding a task isn't measured.
The two service tasks are done within the request by all engines, and every complaint has ended when it is counted; "jobs by the worker" leaves
them to ours, in transactions of their own after the request's. The decision table is a method in Java in Camunda and Flowable, and a table
that is evaluated here and in SpiffWorkflow. DBOS knows no BPMN: its steps are written in Python. {FLOOR} is no engine: three transactions
per complaint, each reads a row of 2 kB for update and writes it, three facts and a job, which is the least a durable engine does in a
step. "Three tasks" are three such steps and nothing else: tasks that are completed. Table bytes include indexes and what an engine leaves
dead until the next vacuum.
"""
