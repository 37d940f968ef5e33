"""Ours, with three steps that are nothing but steps instead of a complaint's: three tasks completed, as pgbench's floor is three transactions.

`firstline_tasks.py URL CALLERS INSTANCES ROUNDS`
"""

from importlib import import_module
from typing import Any

import ours
from firstline_complaint import main

_TASKS = 3


def tasks(web: ours.Web, instances: int) -> float:
    """Complete the first tasks of each instance; beginning them isn't measured."""
    asking: Any = import_module("asking")
    web.ask("start", ["TASKS"] * instances)
    web.took = []
    took = 0.0
    for number in range(_TASKS):
        found = asking.open_tasks(f"t{number}")
        took += web.ask("task", found)
    return took


if __name__ == "__main__":
    main(", three tasks", tasks)
