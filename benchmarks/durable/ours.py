"""Ours: each request is acknowledged when it is committed, with its whole history.

`profile` counts statements and processor time of each kind of step, `waits` of calls and messages; `complaints`, `tasks` and `outside` (jobs of workers outside) say how many a second many
callers get; `timers` says how late timers are, nobody else asking and all busy; `growth` begins and ends multi-instances of growing size. A database of its own is made on the server that
DATABASE_URL names, or on the embedded one in FIRSTLINE_HOME.
"""

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any

import house

TIMED_SECONDS = 10


def say(**figures: object) -> None:
    """Tell figures to whoever started this."""
    print(json.dumps(figures), flush=True)


class Web:
    """Callers, spread over web processes; each waits for the acknowledgement of its request before the next."""

    def __init__(self, callers: int, processes: int) -> None:
        self._each, self._processes = callers // processes, processes
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, context, house.enter)
        self.took: list[float] = []
        self.ask("start", [])

    def ask(self, request: str, subjects: list[Any]) -> float:
        """Have all requests made; gives the seconds until the last was acknowledged."""
        began = time.perf_counter()
        parts = [subjects[number :: self._processes] for number in range(self._processes)]
        for took in self._pool.map(partial(_in_turns, self._each, request), parts):
            self.took += took
        return time.perf_counter() - began

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()


def _in_turns(callers: int, request: str, subjects: list[Any]) -> list[float]:
    took: list[float] = import_module("asking").in_turns(callers, request, subjects)
    return took


@contextmanager
def worker() -> Iterator[None]:
    """Run the product's worker in a process of its own."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=_work, args=(stop,))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


def _work(stop: Any) -> None:
    house.enter()
    import_module("firstline.config.worker").run(stop)


def until(done: Callable[[], bool]) -> None:
    """Wait for the worker."""
    while not done():
        time.sleep(0.05)


def complaints(instances: int, web: Web) -> None:
    """Start, register, handle; the worker does the two jobs of each complaint meanwhile."""
    with worker():
        # A first one, and the worker's beginning, aren't measured.
        _complaints(1, web)
        import_module("processor").until_quiet()
        web.took = []
        with telling("complaints", instances, web):
            _complaints(instances, web)


def _complaints(instances: int, web: Web) -> None:
    asking = import_module("asking")
    web.ask("start", ["COMPLAINT"] * instances)
    web.ask("register", asking.open_tasks("register"))
    until(lambda: asking.arrived("handle", instances))
    web.ask("handle", asking.open_tasks("handle"))
    until(lambda: not asking.running())


def tasks(instances: int, web: Web) -> None:
    """Complete ten tasks in a row: nothing but steps."""
    asking = import_module("asking")
    web.ask("start", ["TASKS"] * instances)
    web.took = []
    with telling("steps", instances * asking.TASKS_IN_A_ROW, web):
        for number in range(asking.TASKS_IN_A_ROW):
            web.ask("task", asking.open_tasks(f"t{number}"))


def outside(instances: int, web: Web) -> None:
    """Give the results of ten jobs in a row, as workers outside do."""
    asking = import_module("asking")
    web.ask("start", ["OUTSIDE"] * instances)
    web.took = []
    leases = asking.leases()
    with telling("answers", len(leases) * asking.TASKS_IN_A_ROW, web):
        while leases:
            web.ask("answer", leases)
            leases = asking.leases()


@contextmanager
def telling(what: str, number: int, web: Web) -> Iterator[None]:
    """Say how many a second, how long a request took to be acknowledged, and how long the processor worked for each."""
    processor = import_module("processor")
    before, began = processor.seconds(), time.perf_counter()
    yield
    took, after = time.perf_counter() - began, processor.seconds()
    percent = statistics.quantiles(web.took, n=100)
    p50, p99 = (round(percent[place] * 1000, 2) for place in (49, 98))
    own, server = (round((then - first) / number * 1000, 2) for first, then in zip(before, after, strict=True))
    say(
        **{
            f"{what}_per_second": round(number / took, 1),
            "p50_ms": p50,
            "p99_ms": p99,
            "own_ms": own,
            "server_ms": server,
        }
    )


def timers(instances: int, number: int, web: Web) -> None:
    """Let timers come due while the worker has its hands full of complaints."""
    asking, clock = import_module("asking"), import_module("firstline.clock")
    with worker():
        _complaints(1, web)
        # First while nobody asks for anything else: that is what the machine can do.
        for what, load in (("alone", 0), ("busy", instances)):
            first = clock.now() + timedelta(seconds=5 + number / 100)
            web.ask("timed", asking.moments(number, first=first, seconds=TIMED_SECONDS))
            due = asking.due()
            assert clock.now() < first, "the machine has too much else to do: they were due before they were there"
            done = 0
            while load and clock.now() < first + timedelta(seconds=TIMED_SECONDS):
                _complaints(load, web)
                done += load
            until(lambda due=due: len(asking.lateness(due)) == number)
            late = sorted(asking.lateness(due))
            p50, p99 = (round(late[int(number * part)] * 1000) for part in (0.5, 0.99))
            say(timers=what, number=number, p50_ms=p50, p99_ms=p99, most_ms=round(late[-1] * 1000), complaints=done)


def growth(sizes: list[int]) -> None:
    """Begin a parallel multi-instance and complete its tasks one by one."""
    asking, executor = import_module("asking"), import_module("firstline.processes.executor")
    for size in sizes:
        began = time.process_time(), time.perf_counter()
        asking.begin("MANY", items=list(range(size)))
        while executor.run_due():
            pass
        begun = time.process_time() - began[0]
        for task_id in asking.open_tasks("t"):
            asking.complete(task_id)
        assert not asking.running()
        own, seconds = time.process_time() - began[0], time.perf_counter() - began[1]
        per_item = {"own_ms_per_item": round(own / size * 1000, 3), "ms_per_item": round(seconds / size * 1000, 3)}
        say(items=size, own_seconds_to_begin=round(begun, 3), seconds=round(seconds, 2), **per_item)


def main() -> None:
    """Read the command line, measure."""
    parser = argparse.ArgumentParser(prog="benchmarks/durable/ours.py", description=__doc__)
    parser.add_argument("what", choices=["profile", "waits", "complaints", "tasks", "outside", "timers", "growth"])
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2, help="web processes over which the callers are spread (2)")
    parser.add_argument("--statements", action="store_true", help="print the statements of the last complaint")
    parser.add_argument("--timers", type=int, default=1_000, help="that come due within 10 seconds (1,000)")
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1_000, 10_000], help="of the multi-instance")
    arguments = parser.parse_args()
    house.make_new()
    import_module("asking").deploy()
    if arguments.what in {"profile", "waits"}:
        name = {"profile": "profile_steps", "waits": "profile_waits"}[arguments.what]
        say(**import_module(name).profile(arguments.instances, shown=arguments.statements))
    elif arguments.what == "growth":
        growth(arguments.sizes)
    else:
        web = Web(arguments.callers, arguments.processes)
        do = {
            "complaints": complaints,
            "tasks": tasks,
            "outside": outside,
            "timers": partial(timers, number=arguments.timers),
        }
        do[arguments.what](arguments.instances, web=web)
        web.close()


if __name__ == "__main__":
    main()
