"""A job that is done within the step that comes to it: it does nothing but want something."""

from collections.abc import Mapping
from typing import Any

from firstline.outbox import actions as outbox
from firstline.processes.ports import Job

from .outside import count_call


def tell(job: Job) -> Mapping[str, Any]:
    """Do a job of the house within its step: what it wants is there exactly when the step is. It may go wrong the first time."""
    if "stumbles" in job.headers and count_call(f"tell {job.key}", "a stumble") == 1:
        raise RuntimeError("stumbled")
    outbox.put(kind="end", key=f"told:{job.key}", payload={"what": job.headers["of"]})
    return {job.headers["result"]: 1}
