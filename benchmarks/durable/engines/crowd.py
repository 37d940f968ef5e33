"""Callers of an engine that is a library in Python: spread over processes, each waits for its acknowledgement before it goes on."""

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

Request = Callable[[Any], object]
PROCESSES = 2


class Crowd:
    """`callers` threads in two processes, as web servers have them."""

    def __init__(self, callers: int) -> None:
        self._threads = callers // PROCESSES
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(PROCESSES, mp_context=spawn)
        self.seconds = 0.0
        self.took: list[float] = []
        # Nobody waits for a process to begin.
        list(self._pool.map(time.sleep, [0.5] * PROCESSES))

    def ask(self, request: Request, subjects: Sequence[Any]) -> None:
        """Make one request about each subject."""
        began = time.perf_counter()
        shares = [subjects[place::PROCESSES] for place in range(PROCESSES)]
        asked = [self._pool.submit(ask_in_threads, self._threads, request, share) for share in shares]
        self.took += [seconds for one in asked for seconds in one.result()]
        self.seconds += time.perf_counter() - began

    def tell(self, version: str) -> None:
        """Report this round, and begin anew."""
        tell(version, self.seconds, self.took)
        self.seconds, self.took = 0.0, []

    def close(self) -> None:
        self._pool.shutdown()


def ask_in_threads(threads: int, request: Request, subjects: Iterable[Any]) -> list[float]:
    """Make requests, as many at once as there are threads; gives how long each took."""

    def timed(subject: Any) -> float:
        began = time.perf_counter()
        request(subject)
        return time.perf_counter() - began

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(timed, subjects))


@contextmanager
def opened(callers: int) -> Iterator[Crowd]:
    """Give a crowd, and send it home."""
    crowd = Crowd(callers)
    try:
        yield crowd
    finally:
        crowd.close()


def begins() -> None:
    """Say that a round begins."""
    print(json.dumps({"begins": True}), flush=True)


def tell(version: str, seconds: float, took: Sequence[float]) -> None:
    """Report a round: how long it took, and each of its requests."""
    percent = statistics.quantiles(took, n=100)
    said = {"version": version, "seconds": seconds, "requests": len(took)}
    print(json.dumps(said | {"p50_ms": percent[49] * 1000, "p99_ms": percent[98] * 1000}), flush=True)
