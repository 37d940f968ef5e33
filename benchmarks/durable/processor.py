"""How long the processor has worked: for us, and for the server of the database. Tells more than the clock where others work, too."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")
# Of one second.
_QUIET_SECONDS = 0.05


def seconds() -> tuple[float, float]:
    """Give the seconds of this process and of those that it started, and those of the server, ended ones included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    postmaster = int(_fields(backend)[1])
    return _of_family(os.getpid()), _of_family(postmaster)


def until_quiet() -> None:
    """Wait until nothing works any more: who has just begun reads its own code first."""
    before, after = None, seconds()
    while before is None or sum(after) - sum(before) > _QUIET_SECONDS:
        time.sleep(1.0)
        before, after = after, seconds()


def _of_family(pid: int) -> float:
    return sum(sum(map(int, _fields(one)[11:15])) for one in _family(pid)) / _TICKS


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _fields(pid: int) -> list[str]:
    """Read what the system knows of a process, from its state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return ["0"] * 15
