"""Ours: 16 callers in two web processes, and the product's worker, which carries out the two jobs of each complaint.

`firstline_complaint.py URL CALLERS INSTANCES ROUNDS`
"""

import os
import sys
import time
from importlib import import_module
from importlib.metadata import version

import house
import ours
from crowd import begins, tell


def main() -> None:
    url, callers, instances, rounds = sys.argv[1], *map(int, sys.argv[2:])
    os.environ["DATABASE_URL"] = url
    house.make_new()
    asking = import_module("asking")
    asking.deploy()
    web = ours.Web(callers, processes=2)
    with ours.worker():
        for _ in range(rounds):
            web.took = []
            begins()
            began = time.perf_counter()
            web.ask("start", ["COMPLAINT"] * instances)
            for name in ("register", "handle"):
                ours.until(lambda name=name: asking.arrived(name, instances))
                web.ask(name, asking.open_tasks(name))
            ours.until(lambda: not asking.running())
            tell(f"Firstline {version('firstline')}", time.perf_counter() - began, web.took)
    web.close()


if __name__ == "__main__":
    main()
