"""Where a process may die, as the code names it; and which blocks let it come there, where not every process does."""

from collections.abc import Mapping
from functools import cache

from tests.crash.points import calls

# Parts of the engine, by how the names of their points begin.
_ENGINE = ("processes.", "outbox.", "decisions.decide.", "migration.", "operations.")
# Parts of the write-back; the other connectors' points are those of their contract (tests/sources/connectors).
_WRITING = ("sources.command.", "sources.sql.", "sources.rest.", "sources.reconciliation.", "sources.repair.")
_IN_THE_HOUSE = ("job",)
_OUTSIDE = ("outside",)
_SENT = ("message",)
_MOVED = ("migrated",)
_TRIED = ("tried together",)
_WRITTEN = ("written",)
_PUT_RIGHT = ("put right",)

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
    "processes.signal.before_commit": ("by broadcast",),
    "processes.start.triggered": ("by time",),
    "processes.step.job_done": ("in step",),
    "sources.command.after_write": _WRITTEN,
    "sources.command.before_confirm": _WRITTEN,
    "sources.command.before_write": _WRITTEN,
    "sources.command.confirmed": _WRITTEN,
    "sources.command.noted": _WRITTEN,
    "sources.command.read": _WRITTEN,
    "sources.command.written": _WRITTEN,
    "sources.reconciliation.checked": _PUT_RIGHT,
    "sources.repair.confirmed": _PUT_RIGHT,
    "sources.rest.after_answer": _WRITTEN,
    "sources.rest.before_send": _WRITTEN,
    "sources.sql.after_commit": _WRITTEN,
    "sources.sql.before_commit": _WRITTEN,
    "sources.sql.key_taken": _WRITTEN,
}


@cache
def points() -> tuple[str, ...]:
    """List the crash points of the engine and of the write-back, read from their code."""
    named = {call.args[0].value for _file, call in calls()}
    return tuple(sorted(name for name in named if name.startswith(_ENGINE + _WRITING)))
