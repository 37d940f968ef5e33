"""What a step and the picking of due work cost beside a million waiting instances: `.venv/bin/python benchmarks/durable/flat.py`.

Two scratch databases are made on the server that DATABASE_URL names (or on the embedded one), one of them with a million instances
that wait: each at a task, with a timer of the future, and for a message. A process works on each, and they take turns, so that
a busy moment of the machine hits both. What counts is the least that a thing took in any of the rounds.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from firstline.runtime import database

HERE = Path(__file__).parent
NAMES = ("empty", "full")
MANY = 1_000_000
# Django wants to be set up before its models are imported.
_WORKER = "import sys, django; django.setup(); import flat_worker; flat_worker.work(int(sys.argv[1]))"


def main() -> None:
    """Make the databases, let them take turns, print both and the ratio."""
    parser = argparse.ArgumentParser(prog="benchmarks/durable/flat.py", description=__doc__)
    parser.add_argument(
        "--instances",
        type=int,
        default=MANY,
        help=f"how many wait in the full one ({MANY}); with fewer nothing is written",
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each has its turn (5)")
    asked = parser.parse_args()
    text = _page(compare(asked.instances, asked.rounds), asked)
    print(text)
    if asked.instances == MANY:
        (HERE / "FLAT.md").write_text(text)


def compare(instances: int, rounds: int) -> dict[str, dict[str, float]]:
    """Give the least seconds of each thing, by database."""
    database.ensure()
    best: dict[str, dict[str, float]] = {name: {} for name in NAMES}
    with _scratch(database.database_url()) as addresses:
        workers = {
            name: _worker(address, instances if name == "full" else 0)
            for name, address in zip(NAMES, addresses, strict=True)
        }
        for _ in range(rounds):
            for name, worker in workers.items():
                for what, seconds in _turn(worker).items():
                    best[name][what] = min(seconds, best[name].get(what, seconds))
        for worker in workers.values():
            worker.communicate("")
    return best


@contextmanager
def _scratch(address: str) -> Iterator[list[str]]:
    """Make two databases beside the one of an address, and drop them in the end."""
    names = [f"flat_{name}_{os.getpid()}" for name in NAMES]
    with psycopg.connect(address, autocommit=True) as server:
        try:
            for name in names:
                server.execute(f"CREATE DATABASE {name}")
            yield [urlunsplit(urlsplit(address)._replace(path=f"/{name}")) for name in names]
        finally:
            for name in names:
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _worker(address: str, instances: int) -> "subprocess.Popen[str]":
    environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "firstline.config.settings"}
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(instances)],
        env=environment,
        cwd=Path(__file__).parent,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    _line(worker)
    return worker


def _turn(worker: "subprocess.Popen[str]") -> dict[str, float]:
    if worker.stdin is None:
        raise ValueError("a worker is asked through its input")
    worker.stdin.write("measure\n")
    worker.stdin.flush()
    return json.loads(_line(worker))


def _line(worker: "subprocess.Popen[str]") -> str:
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise SystemExit("A worker ended before its turn; what went wrong stands above.")
    return line


def _page(best: dict[str, dict[str, float]], asked: argparse.Namespace) -> str:
    lines = [
        "# Flat cost",
        "",
        f"`.venv/bin/python benchmarks/durable/flat.py`: milliseconds, the least of {asked.rounds} rounds in turns, in an empty database",
        f"and beside {asked.instances:,} instances that wait, each with a task, a future timer and a subscription.",
        f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
        "",
        "| | empty | full | ratio |",
        "|---|---:|---:|---:|",
    ]
    for what, empty in best["empty"].items():
        full = best["full"][what]
        lines.append(f"| {what} | {empty * 1000:.2f} | {full * 1000:.2f} | {full / empty:.2f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
