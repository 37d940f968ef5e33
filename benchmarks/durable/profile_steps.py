"""Statements, and time of the processor on both sides, of each kind of step; one caller, nothing at the same time."""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from asking import begin, handle, open_tasks, register, running
from django.db import connection

from firstline.outbox import executor as outbox

_TICKS = os.sysconf("SC_CLK_TCK")


def profile(instances: int, *, shown: bool) -> dict[str, object]:
    """Work complaints off one after the other."""
    statements: dict[str, list[list[str]]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)

    def measured(name: str, do: Callable[[], object]) -> None:
        began = time.thread_time()
        with counting() as said:
            do()
        seconds[name].append(time.thread_time() - began)
        statements[name].append(said)

    before = server_seconds()
    for _ in range(instances):
        measured("start", lambda: begin("COMPLAINT"))
        (task,) = open_tasks("register")
        measured("register", lambda task=task: register(task))
        measured("job lookup", outbox.deliver_due)
        (task,) = open_tasks("handle")
        measured("handle", lambda task=task: handle(task))
        measured("job pay", outbox.deliver_due)
    assert not running()
    if shown:
        for name, found in statements.items():
            print(f"--- {name}", *found[-1], sep="\n")
    counts = {name: statistics.median(map(len, found)) for name, found in statements.items()}
    own = {name: statistics.median(found) * 1000 for name, found in seconds.items()}
    return {
        "statements": counts | {"all": sum(counts.values())},
        "own_ms": {name: round(value, 3) for name, value in (own | {"all": sum(own.values())}).items()},
        "server_ms": round((server_seconds() - before) / instances * 1000, 3),
    }


@contextmanager
def counting() -> Iterator[list[str]]:
    """Note every statement that is sent."""
    said: list[str] = []
    plain = psycopg.Cursor.execute

    def execute(self: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        said.append(query.decode() if isinstance(query, bytes) else str(query))
        return plain(self, query, *arguments, **more)

    psycopg.Cursor.execute = execute  # type: ignore[method-assign] -- a probe
    try:
        yield said
    finally:
        psycopg.Cursor.execute = plain  # type: ignore[method-assign] -- as above


def server_seconds() -> float:
    """Say how long the processor has worked for this connection on the server's side, which is the same machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
