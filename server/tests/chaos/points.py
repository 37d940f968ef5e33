"""Where a process may die, as the code names it; and which blocks let it come there, where not every process does."""

from collections.abc import Mapping
from functools import cache

from tests.crash.points import calls

# Parts of the engine, by how the names of their points begin.
_ENGINE = ("processes.", "outbox.", "decisions.decide.", "migration.", "operations.")
_IN_THE_HOUSE = ("job",)
_OUTSIDE = ("outside",)
_SENT = ("message",)
_MOVED = ("migrated",)
_TRIED = ("tried together",)

NEEDS: Mapping[str, tuple[str, ...]] = {
    "decisions.decide.before_commit": ("decided",),
    "migration.check.before_write": _MOVED,
    "migration.move.before_commit": _MOVED,
    "operations.batch.before_commit": _TRIED,
    "operations.batch.tried": _TRIED,
    "processes.due.after_commit": ("pause",),
    "processes.due.before_commit": ("pause",),
    "processes.job.begun": _IN_THE_HOUSE,
    "processes.job.worked": _IN_THE_HOUSE,
    "processes.job.taken": _IN_THE_HOUSE,
    "processes.jobs.before_handing_out": _OUTSIDE,
    "processes.jobs.handed_out": _OUTSIDE,
    "processes.lease.before_commit": _OUTSIDE,
    "processes.lease.answered": _OUTSIDE,
    "processes.message.before_commit": _SENT,
    "processes.start.triggered": ("by time",),
}


@cache
def points() -> tuple[str, ...]:
    """List the crash points of the engine, read from its code."""
    named = {call.args[0].value for _file, call in calls()}
    return tuple(sorted(name for name in named if name.startswith(_ENGINE)))
