"""Every case and the table, checked and measured. Every engine in Python measures itself with this."""

import statistics
from collections.abc import Callable, Iterator
from itertools import cycle

from cases import CASES, TABLE, Case, questions, same
from timing import Batches, rate, say

__all__ = ["Call", "measure_all", "measure_table", "say"]

BATCHES = Batches(seconds=0.04, number=5, choose=statistics.median)
Call = Callable[[], object]
Inputs = dict[str, object]


def measure(case: Case, ways: Callable[[Case], Iterator[tuple[str, Call]]], note: str = "") -> None:
    """Check and measure each way to evaluate a case; a peer that can't do it says why."""
    try:
        for way, call in ways(case):
            found = call()
            if not same(found, case.result):
                say(case=case.name, way=way, refused=f"gave {found!r:.60}")
            else:
                say(case=case.name, way=way, rate=rate(call, BATCHES), note=note)
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
    say(case=TABLE, way=way, rate=rate(lambda: decide(next(turns)), BATCHES), note=note)
