"""How often something can be done in a second of processor time. Every engine measures itself with this."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle

from cases import CASES, TABLE, Case, questions, same

_BATCH_SECONDS = 0.04
_BATCHES = 5
Call = Callable[[], object]
Inputs = dict[str, object]


def rate(call: Call) -> float:
    """Give calls per second of processor time: the median of a few batches, after one to warm up."""
    count = 1
    while (seconds := _seconds(call, count)) < _BATCH_SECONDS:
        count = max(count * 2, int(count * _BATCH_SECONDS / max(seconds, 1e-9)))
    return count / statistics.median(_seconds(call, count) for _ in range(_BATCHES))


def _seconds(call: Call, count: int) -> float:
    turns = range(count)
    began = time.process_time()
    for _ in turns:
        call()
    return time.process_time() - began


def say(**found: object) -> None:
    """Report one thing to the command, as a line of JSON."""
    print(json.dumps(found), flush=True)


def measure(case: Case, ways: Callable[[Case], Iterator[tuple[str, Call]]], note: str = "") -> None:
    """Check and measure each way to evaluate a case; a peer that can't do it says why."""
    try:
        for way, call in ways(case):
            found = call()
            if not same(found, case.result):
                say(case=case.name, way=way, refused=f"gave {found!r:.60}")
            else:
                say(case=case.name, way=way, rate=rate(call), note=note)
    except Exception as error:  # noqa: BLE001 -- whatever a peer raises is its answer
        say(case=case.name, refused=f"{type(error).__name__}: {error!s:.80}".splitlines()[0])


def measure_all(ways: Callable[[Case], Iterator[tuple[str, Call]]]) -> None:
    """Check and measure every case."""
    for case in CASES:
        measure(case, ways)


def measure_table(
    way: str, decide: Callable[[Inputs], object], *, prepare: Callable[[Inputs], Inputs] = dict, note: str = ""
) -> None:
    """Check and measure the table over all its questions; `prepare` turns inputs before anything is measured."""
    asked = [(prepare(inputs), wanted) for inputs, wanted in questions()]
    try:
        for inputs, wanted in asked:
            if (found := decide(inputs)) != wanted:
                say(case=TABLE, way=way, refused=f"gave {found!r:.60}")
                return
    except Exception as error:  # noqa: BLE001 -- whatever a peer raises is its answer
        say(case=TABLE, way=way, refused=f"{type(error).__name__}: {error!s:.80}".splitlines()[0])
        return
    turns = cycle([inputs for inputs, _ in asked])
    say(case=TABLE, way=way, rate=rate(lambda: decide(next(turns))), note=note)
