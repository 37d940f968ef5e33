"""How much memory the machine has, and what of it the embedded PostgreSQL reckons with."""

import os
from pathlib import Path

# Where Linux says what a container may use, by version 2 and 1 of its control groups; without a bound there is no number, or a huge one.
_BOUNDS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_LEAST_MB, _MOST_MB = 128, 2048
_LEAST_LOG_MB = 1024


def memory_mb() -> int:
    """Say how much memory there is for all that runs here: FIRSTLINE_MEMORY_MB, or what the machine or container has."""
    chosen = os.environ.get("FIRSTLINE_MEMORY_MB", "")
    if chosen.isdecimal():
        return int(chosen)
    bounds = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in _BOUNDS:
        written = path.read_text().strip() if path.is_file() else ""
        bounds += [int(written)] if written.isdecimal() else []
    return min(bounds) // 2**20


def server_options(memory: int) -> str:
    """Give PostgreSQL's options on a machine with so many megabytes: a quarter holds its pages, half is thought to hold files.

    Up to 2 GB are its own: beyond, the system's cache serves as well. A small machine has what PostgreSQL has by default.
    With more pages at hand it puts them in order less often, so that its log may grow: what is written to many places, as a
    file of customers is, is logged page by page after each time, five times as much.

    >>> server_options(16_000)
    '-c shared_buffers=2048MB -c effective_cache_size=8000MB -c max_wal_size=4096MB'
    >>> server_options(400)
    '-c shared_buffers=128MB -c effective_cache_size=200MB -c max_wal_size=1024MB'
    """
    own = min(max(memory // 4, _LEAST_MB), _MOST_MB)
    sizes = {
        "shared_buffers": own,
        "effective_cache_size": max(memory // 2, own),
        "max_wal_size": max(2 * own, _LEAST_LOG_MB),
    }
    return " ".join(f"-c {name}={size}MB" for name, size in sizes.items())
