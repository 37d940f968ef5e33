"""How often something can be done in a second of processor time. Every engine in Python measures itself with this."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """`seconds` each takes at least, `number` of them; `choose` says which counts, `prepare` is done before each, uncounted."""

    seconds: float
    number: int
    choose: Callable[[list[float]], float]
    prepare: Callable[[], object] = lambda: None


def rate(call: Callable[[], object], batches: Batches) -> float:
    """Give calls per second of processor time in the batch that counts, after one to warm up."""
    count = 1
    while (seconds := _seconds(call, count, batches)) < batches.seconds:
        count = max(count * 2, int(count * batches.seconds / max(seconds, 1e-9)))
    return count / batches.choose([_seconds(call, count, batches) for _ in range(batches.number)])


def _seconds(call: Callable[[], object], count: int, batches: Batches) -> float:
    turns = range(count)
    batches.prepare()
    began = time.process_time()
    for _ in turns:
        call()
    return time.process_time() - began


def say(**found: object) -> None:
    """Report one thing to the command, as a line of JSON."""
    print(json.dumps(found), flush=True)
