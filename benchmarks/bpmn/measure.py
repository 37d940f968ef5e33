"""How often something can be done in a second of processor time. Every engine in Python measures itself with this."""

import gc
import json
import time
from collections import Counter
from collections.abc import Callable

from shapes import SHAPES, Shape

_BATCH_SECONDS = 0.05
_BATCHES = 15


def rate(call: Callable[[], object]) -> float:
    """Give calls per second of processor time in the best of a few batches, after one to warm up.

    What makes a batch slower than another is the machine, on which others work too.
    """
    count = 1
    while (seconds := _seconds(call, count)) < _BATCH_SECONDS:
        count = max(count * 2, int(count * _BATCH_SECONDS / max(seconds, 1e-9)))
    return count / min(_seconds(call, count) for _ in range(_BATCHES))


def milliseconds(call: Callable[[], object]) -> float:
    """Give the processor time of one call."""
    return 1000 / rate(call)


def _seconds(call: Callable[[], object], count: int) -> float:
    turns = range(count)
    gc.collect()
    began = time.process_time()
    for _ in turns:
        call()
    return time.process_time() - began


def say(**found: object) -> None:
    """Report one thing to the command, as a line of JSON."""
    print(json.dumps(found), flush=True)


def check(shape: Shape, visited: Counter[str]) -> None:
    """Refuse to measure an engine that went another way."""
    wanted = Counter(shape.visited)
    if visited != wanted:
        raise SystemExit(f"{shape.name}: too often {dict(visited - wanted)}, too seldom {dict(wanted - visited)}")


def measure_all(run: Callable[[str], object]) -> None:
    """Measure one instance of each shape from its start to its end."""
    for shape in SHAPES:
        say(shape=shape.name, rate=rate(lambda name=shape.name: run(name)), nodes=len(shape.visited))
