"""Processes begin by time."""

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.processes.adapters import starts
from firstline.processes.models import (
    StartWait,
)


def trigger_start(wait: StartWait) -> None:
    """Begin an instance by a timer that is due; its row is locked."""
    starts.happen(wait, now=clock.now())
    crash_point("processes.start.triggered")
