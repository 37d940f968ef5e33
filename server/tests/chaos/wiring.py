"""Who hears what in a house where nothing but processes runs (see firstline.config.subscriptions)."""

from collections.abc import Callable
from typing import Any

from firstline.outbox import actions as outbox
from firstline.processes import queries
from firstline.processes.events import InstanceEnded, TaskCreated
from firstline.processes.models import Instance


def tell_of_end(event: InstanceEnded) -> None:
    """Want the outside to be told."""
    process_id = Instance.objects.values_list("process_id", flat=True).get(id=event.instance_id)
    what = f"{process_id} {event.outcome}"
    outbox.put(kind="end", key=f"end:{event.instance_id}", payload={"what": what})


def be_poisoned(event: TaskCreated) -> None:
    """Have a bug that a person has to mend."""
    if event.element_id.startswith("poisoned"):
        variables = queries.variables_of_instance(event.instance_id)
        if variables["poison"] and not variables.get("mended"):
            raise RuntimeError("a bug")


SUBSCRIPTIONS: dict[type, tuple[Callable[[Any], None], ...]] = {
    InstanceEnded: (tell_of_end,),
    TaskCreated: (be_poisoned,),
}
OUTBOX_HANDLERS = {
    "job": "firstline.processes.handlers.run_job",
    "end": "tests.chaos.outside.hear",
    "migration": "firstline.migration.handlers.run",
    "operations.batch": "firstline.operations.handlers.run_batch",
    "sources.reconcile": "tests.chaos.targets.hands.compare",
    "sources.repair": "tests.chaos.targets.hands.repair",
}
OUTBOX_TOGETHER = {"job": "firstline.processes.handlers.run_jobs"}
JOB_WORKERS = {
    "work": "tests.chaos.outside.work",
    "tell": "tests.chaos.telling.tell",
    "source-command": "tests.chaos.targets.hands.write",
    "source-compensate": "tests.chaos.targets.hands.take_back",
}
JOBS_IN_STEP = frozenset({"tell"})
DECIDE = "firstline.decisions.actions.decide_for_instance"
CASE_PANELS = ()
OPEN_BUSINESS = "tests.chaos.wiring.about_nothing"


def about_nothing(**of: object) -> None:
    """What begins by itself here belongs to no case."""
