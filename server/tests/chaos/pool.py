"""Crash runs in several processes at once, each with a database and an outside world of its own."""

import faulthandler
import gc
import logging
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .scratch import Scratch

if TYPE_CHECKING:
    from .crashes import Ran

# Seeds that are played by one process, one after another.
_AT_ONCE = 20
# A net, not a measure: where a process stands for so long, its stack is printed and all ends.
_NET_SECONDS = 1_200
# What a process needs for as long as it lives.
_kept = ExitStack()


def run_all(seeds: Sequence[int], scratch: Scratch, processes: int, of: Collection[str]) -> Iterator["Ran"]:
    """Play all, in any order; each with one of the blocks `of` at least."""
    # Started anew, not forked: each gets a Django of its own.
    context = get_context("spawn")
    databases = context.Queue()
    for number in range(processes):
        databases.put(scratch.copy(f"chaos_{number}"))
    pool = ProcessPoolExecutor(processes, context, _begin, (databases,))
    try:
        played = [pool.submit(_run, seeds[first : first + _AT_ONCE], of) for first in range(0, len(seeds), _AT_ONCE)]
        for one in as_completed(played):
            yield from one.result()
    finally:
        # Who ends it early doesn't wait for all that was to come.
        pool.shutdown(cancel_futures=True)


def _begin(databases: Any) -> None:
    os.environ["DATABASE_URL"] = databases.get()
    # Here nothing dies but Python: what is committed needn't have reached the disk.
    os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
    from . import outside

    os.environ[outside.FOLDER] = tempfile.mkdtemp(dir=os.environ["FIRSTLINE_HOME"])
    _serve_targets()
    import django

    django.setup()
    # What a case leaves behind is small: looking for it seldom saves a tenth of the time.
    gc.set_threshold(200_000, 50, 50)
    # Jobs fail here as they should.
    logging.disable(logging.CRITICAL)


def _serve_targets() -> None:
    """Have four systems of its own, which end with the process."""
    from .targets import api, stores

    address = _kept.enter_context(api.serving())
    stores.set_up(Path(tempfile.mkdtemp(dir=os.environ["FIRSTLINE_HOME"])), os.environ["DATABASE_URL"], address)
    stores.keep_open()


def _run(seeds: Sequence[int], of: Collection[str]) -> list["Ran"]:
    from .crashes import runs
    from .points import points

    faulthandler.dump_traceback_later(_NET_SECONDS, exit=True)
    try:
        return list(runs(seeds, points(), of))
    finally:
        faulthandler.cancel_dump_traceback_later()
