"""Who hears what in a house where nothing but processes runs (see firstline.config.subscriptions)."""

from collections.abc import Callable
from typing import Any

from firstline.processes.events import IncidentRaised, InstanceEnded, TaskCompleted, TaskCreated

SUBSCRIPTIONS: dict[type, tuple[Callable[[Any], None], ...]] = dict.fromkeys(
    (TaskCreated, TaskCompleted, IncidentRaised, InstanceEnded), ()
)
OUTBOX_HANDLERS = {"job": "firstline.processes.handlers.run_job"}
JOB_WORKERS = {"work": "tests.chaos.outside.work"}
# No model of these runs asks for a decision.
DECIDE = ""
CASE_PANELS = ()
OPEN_BUSINESS = "tests.chaos.wiring.about_nothing"


def about_nothing(**of: object) -> None:
    """What begins by itself here belongs to no case."""
