"""Statements, and time of the processor on both sides, of calls and messages: one by one, and as many at once as the executor takes."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable

from asking import begin_called, deploy_waits, running
from profile_steps import counting, server_seconds

from firstline.processes import actions, executor

AT_ONCE = 50


def profile(instances: int, *, shown: bool) -> dict[str, object]:
    """Let a process call another, which waits for a message and returns."""
    deploy_waits()
    one_by_one = _measured(instances, 1, shown=shown)
    return {"one_by_one": one_by_one, "together": _measured(instances // AT_ONCE or 1, AT_ONCE, shown=False)}


def _measured(turns: int, at_once: int, *, shown: bool) -> dict[str, object]:
    statements: dict[str, list[list[str]]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)

    def measured(name: str, do: Callable[[], object]) -> None:
        began = time.thread_time()
        with counting() as said:
            do()
        seconds[name].append((time.thread_time() - began) / at_once)
        statements[name].append(said)

    before = server_seconds()
    for turn in range(turns):
        keys = [f"{at_once}-{turn}-{number}" for number in range(at_once)]
        for key in keys:
            measured("start", lambda key=key: begin_called(key))
        measured("call", executor.run_due)
        for key in keys:
            measured("publish", lambda key=key: _publish(key))
        measured("message", executor.run_due)
        measured("return", executor.run_due)
    assert not running()
    if shown:
        for name, found in statements.items():
            print(f"--- {name}", *found[-1], sep="\n")
    counts = {name: statistics.median(map(len, found)) for name, found in statements.items()}
    # Of what is done for each of them, all of it.
    own = {
        name: statistics.median(found) * 1000 * (at_once if name in {"start", "publish"} else 1)
        for name, found in seconds.items()
    }
    return {
        "statements": counts,
        "own_ms": {name: round(value, 3) for name, value in (own | {"all": sum(own.values())}).items()},
        "server_ms": round((server_seconds() - before) / turns / at_once * 1000, 3),
    }


def _publish(key: str) -> None:
    actions.publish_message(message_id=key, name="answer", key=key, variables={"said": "yes"})
