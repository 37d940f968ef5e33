"""How soon an agent sees what the systems know of the customer: `.venv/bin/python benchmarks/view [--agents 10 50 200]`.

Agents open the desk of a contact at the same moment, each of another customer, and ask five systems: two quick ones, one slow one, one
that is switched off and one that doesn't answer for twenty seconds. What a system takes by itself is the limit, asked by as many at once
without Firstline. Everything is real but the systems, which are small servers that wait: PostgreSQL, the web server with its two
processes, HTTP from login on. Then agents at work: each opens a desk at some moment of a minute.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "harness"), str(HERE.parents[1] / "server")]

import page  # noqa: E402 -- beside this folder
from systems import AT_ONCE, SECONDS, ports  # noqa: E402 -- in this folder

ROUNDS = 5
MINUTE = 60
WEB_PROCESSES = 2
_MACHINE = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Start everything, ask, print and keep the table."""
    parser = argparse.ArgumentParser(prog="benchmarks/view", description=__doc__)
    parser.add_argument("--agents", type=int, nargs="*", default=[10, 50, 200])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--keep", action="store_true", help="write RESULTS.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["FIRSTLINE_HOME"] = home
        results = {"machine": _MACHINE, "rounds": chosen.rounds, "agents": _measured(Path(home), chosen)}
    shown = _shown(results)
    print(shown)
    if chosen.keep:
        page.write(HERE, shown, results)


def _measured(home: Path, chosen: argparse.Namespace) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = [{"agents": n, "spread": 0, "rounds": chosen.rounds} for n in chosen.agents]
    asked += [{"agents": n, "spread": MINUTE, "rounds": 1} for n in chosen.agents]
    contacts = sum(one["agents"] * (one["rounds"] + 1) for one in asked)
    with _process("systems.py", "--folder", str(home)):
        made = json.loads(_output("house.py", "--agents", str(contacts), "--folder", str(home)))
        try:
            with _web(home, made) as address:
                where = {"address": address, "asked": asked, "ports": ports(home), "at_once": WEB_PROCESSES * AT_ONCE}
                (home / "asked.json").write_text(json.dumps(made | where))
                found: list[dict[str, Any]] = json.loads(_output("agents.py", str(home / "asked.json")))
                return found
        finally:
            _output("house.py", "--stop")


def _output(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


@contextmanager
def _process(script: str, *arguments: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if not process.stdout.readline():
            raise SystemExit(f"{script} didn't start")
        yield
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextmanager
def _web(home: Path, made: dict[str, Any]) -> Iterator[str]:
    from systems import free_port, until_open

    from firstline.runtime.web import web_command

    port = free_port()
    process = subprocess.Popen(
        web_command(host="127.0.0.1", port=port, workers=WEB_PROCESSES), env=os.environ | made["environment"]
    )
    try:
        until_open(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _shown(results: dict[str, Any]) -> str:
    slow = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in SECONDS.items())
    at_once = [one for one in results["agents"] if not one["spread"]]
    within = [one for one in results["agents"] if one["spread"]]
    return (
        "# The view of the customer\n\n"
        f"`.venv/bin/python benchmarks/view --keep`: {results['machine']}; half of the agents / 95 of 100 had it by then, in\n"
        f"milliseconds. The systems take: {slow}; one more is switched off.\n\n"
        "## At work: each opens a contact at some moment of one minute\n\n"
        + _table("agents at work", within)
        + f"\n## All at the very same moment, {results['rounds']} times\n\n"
        + _table("agents at once", at_once)
        + "\n*Page*: who it is, what is open, the guide, with places for the tiles. *First tile*: the first that shows data, from when\n"
        "the agent asked for the page. *All that answer*: the tiles of the three systems that answer. *Limit*: the slowest of those,\n"
        f"asked directly, {WEB_PROCESSES * AT_ONCE} at once, which is as many as two web processes let through to a system. *Over it*:\n"
        "all that answer, less the limit. *All told*: those, and a sentence in place of the two others.\n"
    )


def _table(first: str, measured: list[dict[str, Any]]) -> str:
    head = [first, "page", "first tile", "all that answer", "limit", "over it", "all told"]
    rows = []
    for one in measured:
        cut = {name: (one[name]["p50"], one[name]["p95"]) for name in ("page", "first", "answered", "limit", "told")}
        cut["over"] = (cut["answered"][0] - cut["limit"][0], cut["answered"][1] - cut["limit"][1])
        shown = (cut[name] for name in ("page", "first", "answered", "limit", "over", "told"))
        rows.append([str(one["agents"]), *(f"{middle:.0f} / {high:.0f}" for middle, high in shown)])
    return page.table(head, rows)


if __name__ == "__main__":
    main()
