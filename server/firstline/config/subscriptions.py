"""Who hears what, who delivers what, who works on what: the wiring of the house, on one screen."""

from collections.abc import Callable
from typing import Any

# An event's class -> who hears it, inside the transaction that announces it.
SUBSCRIPTIONS: dict[type, tuple[Callable[[Any], None], ...]] = {}

# The kind of an outbox entry -> the function that delivers it (dotted path, loaded at first use).
OUTBOX_HANDLERS: dict[str, str] = {}

# The type of a service task -> the function that does the job.
JOB_WORKERS: dict[str, str] = {}
