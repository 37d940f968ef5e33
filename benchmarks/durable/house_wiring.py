"""What a complaint needs beside the engine; nobody hears of its events."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dmn

sys.path.insert(0, str(Path(__file__).parent.parent / "bpmn"))

from shapes import CUSTOMER, decision_xml

SUBSCRIPTIONS: dict[type, tuple[Any, ...]] = {}
OUTBOX_HANDLERS = {"job": "firstline.processes.handlers.run_job"}
OUTBOX_TOGETHER = {"job": "firstline.processes.handlers.run_jobs"}
JOB_WORKERS = {"op_lookup": "house_wiring.look_up", "op_pay": "house_wiring.pay"}
# As the other engines call them; `JOBS_BY_WORKER=1` leaves them to the worker.
JOBS_IN_STEP = frozenset() if os.environ.get("JOBS_BY_WORKER") else frozenset(JOB_WORKERS)
DECIDE = "house_wiring.decide"
OPEN_BUSINESS = "house_wiring.open_business"

_DECISIONS = dmn.load(decision_xml("feel").encode())


def decide(*, decision_id: str, context: Mapping[str, Any], **_more: object) -> object:
    """Answer a business rule task."""
    return _DECISIONS.evaluate(decision_id, context).value


def look_up(job: object) -> Mapping[str, object]:
    """Find the customer."""
    return {"customer": CUSTOMER}


def pay(job: object) -> Mapping[str, object]:
    """Pay."""
    return {"payment": {"paid": 180}}


def open_business(**_more: object) -> None:
    """Begin nothing but the process."""
