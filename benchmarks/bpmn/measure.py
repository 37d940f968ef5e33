"""Every shape, checked and measured. Every engine in Python measures itself with this."""

import gc
from collections import Counter
from collections.abc import Callable

from shapes import SHAPES, Shape
from timing import Batches, rate, say

__all__ = ["check", "measure_all", "milliseconds", "say"]

# The best one: what makes a batch slower than another is the machine, on which others work too.
BATCHES = Batches(seconds=0.05, number=15, choose=min, prepare=gc.collect)


def milliseconds(call: Callable[[], object]) -> float:
    """Give the processor time of one call."""
    return 1000 / rate(call, BATCHES)


def check(shape: Shape, visited: Counter[str]) -> None:
    """Refuse to measure an engine that went another way."""
    wanted = Counter(shape.visited)
    if visited != wanted:
        raise SystemExit(f"{shape.name}: too often {dict(visited - wanted)}, too seldom {dict(wanted - visited)}")


def measure_all(run: Callable[[str], object]) -> None:
    """Measure one instance of each shape from its start to its end."""
    for shape in SHAPES:
        say(shape=shape.name, rate=rate(lambda name=shape.name: run(name), BATCHES), nodes=len(shape.visited))
