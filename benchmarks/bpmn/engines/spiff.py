"""SpiffWorkflow in memory."""

import json
from importlib.metadata import version

from measure import check, measure_all, milliseconds, say
from shapes import SHAPES
from spiff_workflows import begin, restored, run, saved, to_handle, visited


def check_all() -> None:
    """Check that every shape runs as it should."""
    for shape in SHAPES:
        workflow = run(shape.name)
        assert workflow.is_completed(), shape.name
        check(shape, visited(workflow))
    assert workflow.last_task.data["outcome"] == "closed"
    assert workflow.last_task.data["payment"] == {"paid": 180}


def without_model(text: str) -> int:
    """Count the bytes that belong to the instance, not to its model."""
    kept = {key: value for key, value in json.loads(text).items() if key not in {"spec", "subprocess_specs"}}
    return len(json.dumps(kept, separators=(",", ":")))


def step_after_restore() -> object:
    """Restore the waiting complaint, register it, save it at the next wait."""
    workflow = restored(_AT_REGISTER)
    to_handle(workflow)
    return saved(workflow)


check_all()
say(version=version("SpiffWorkflow"))
measure_all(run)
_WAITING = begin("COMPLAINT")
_AT_REGISTER = saved(_WAITING)
say(state="register", bytes=without_model(_AT_REGISTER))
to_handle(_WAITING)
say(state="handle", bytes=without_model(saved(_WAITING)))
say(step=milliseconds(step_after_restore))
