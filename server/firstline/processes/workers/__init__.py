"""Jobs in the hands of workers outside: handed out with a lease, answered once.

A job may be handed out several times, when a lease runs out or an attempt fails: what a worker does must stand that, or use the
job's key. Its result is taken from the one who holds the newest lease while it holds, and once. Whoever comes late hears so, and changes
nothing.
"""

from firstline.processes.workers._answers import (
    AnsweredOtherwise,
    JobGone,
    LeaseLost,
    complete,
    extend,
    fail,
    throw_error,
)
from firstline.processes.workers._handing_out import HandedOut, hand_out
from firstline.processes.workers._seen import note_seen

__all__ = [
    "AnsweredOtherwise",
    "HandedOut",
    "JobGone",
    "LeaseLost",
    "complete",
    "extend",
    "fail",
    "hand_out",
    "note_seen",
    "throw_error",
]
