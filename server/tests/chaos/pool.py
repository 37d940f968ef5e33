"""Crash runs in several processes at once, each with a database and an outside world of its own."""

import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from .scratch import Scratch

if TYPE_CHECKING:
    from .crashes import Ran

_TASKS = 10


def run_all(seeds: Sequence[int], scratch: Scratch, processes: int) -> Iterator["Ran"]:
    """Play all, in any order."""
    # Started anew, not forked: each gets a Django of its own.
    context = get_context("spawn")
    databases = context.Queue()
    for number in range(processes):
        databases.put(scratch.copy(f"chaos_{number}"))
    with context.Pool(processes, _begin, [databases]) as pool:
        yield from pool.imap_unordered(_run, seeds, chunksize=_TASKS)


def _begin(databases: Any) -> None:
    os.environ["DATABASE_URL"] = databases.get()
    # Here nothing dies but Python: what is committed needn't have reached the disk.
    os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
    from . import outside

    os.environ[outside.FOLDER] = tempfile.mkdtemp(dir=os.environ["FIRSTLINE_HOME"])
    import django

    django.setup()
    # Jobs fail here as they should.
    logging.disable(logging.CRITICAL)


def _run(seed: int) -> "Ran":
    from .crashes import run
    from .points import points

    return run(seed, points())
