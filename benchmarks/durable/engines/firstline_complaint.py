"""Ours: 16 callers in two web processes, and the product's worker.

`firstline_complaint.py URL CALLERS INSTANCES ROUNDS`; the two jobs of each complaint are done within the steps that come to them, or by the
worker (`firstline_by_worker.py`).
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

import house
import ours
from crowd import begins, tell


def main(what: str, one_round: Callable[[ours.Web, int], float]) -> None:
    """Tell how long each round took."""
    url, callers, instances, rounds = sys.argv[1], *map(int, sys.argv[2:])
    os.environ["DATABASE_URL"] = url
    house.make_new()
    import_module("asking").deploy()
    web = ours.Web(callers, processes=2)
    with ours.worker():
        for _ in range(rounds):
            begins()
            tell(f"Firstline {version('firstline')}{what}", one_round(web, instances), web.took)
    web.close()


def complaints(web: ours.Web, instances: int) -> float:
    """Work complaints off; gives the seconds until every one has ended."""
    asking: Any = import_module("asking")
    web.took = []
    began = time.perf_counter()
    web.ask("start", ["COMPLAINT"] * instances)
    for name in ("register", "handle"):
        ours.until(lambda name=name: asking.arrived(name, instances))
        web.ask(name, asking.open_tasks(name))
    ours.until(lambda: not asking.running())
    return time.perf_counter() - began


if __name__ == "__main__":
    main("", complaints)
