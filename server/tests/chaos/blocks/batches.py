"""What is done for many at once: one that can't be done never stops the others, and what came of it is told of each."""

from functools import partial

from django.db.models import QuerySet

from bpmn.testing import each, element, timer
from firstline import clock
from firstline.operations import batches
from firstline.operations.models import Batch
from firstline.processes import actions, queries
from firstline.processes.models import Incident
from tests.chaos.blocks import starts
from tests.chaos.case import OPERATOR, Case
from tests.chaos.draft import Draft, Ends, Request

# --- what is due together ---


def poisoned(draft: Draft) -> Ends:
    """Of some instances whose timers are due together, one always fails (see `wiring`), until somebody has mended it."""
    other, times = draft.another("begun"), draft.dice.randint(2, 3)
    pause, task = other.new("pause"), other.task("poisoned")
    other.add(element("intermediateCatchEvent", pause, timer(duration=draft.pace.of(1))))
    other.enters(pause)
    other.others.append(other.closed((pause, pause), (task, task)))
    other.ends()
    other.happens(times)
    other.happens_too(f"kept {other.process} poison = True")
    other.happens_too(f"kept {other.process} mended = True")
    other.happens_too(f"kept {other.process} poison = False", times - 1)
    for number in range(times):
        starts.by_hand(draft, other, release=draft.prefix, poison=not number)
    return starts.beside(draft)


# --- what is tried again together ---


def tried_together(draft: Draft) -> Ends:
    """All incidents of a kind are tried again: first in vain, and after something was mended with success."""
    other, items = draft.another("begun"), list(range(draft.dice.randint(2, 4)))
    id_ = other.service("together", body=each(f"={items}", "item"), times=len(items), breaks="yes")
    other.enters(id_, times=len(items) + 1)
    other.keeps("mended", value=True)
    other.others.append(other.closed((id_, id_)))
    other.ends()
    for came_of_it in ("failed", "succeeded"):
        other.happens_too(f"batch {came_of_it} {other.process}", times=len(items))
    starts.by_hand(draft, other, release=draft.prefix)
    draft.asks(
        Request(
            do=partial(_try_all, other.process),
            is_due=lambda case: _incidents(other.process).count() == len(items),
            is_done=lambda case: _batches(other.process) > 0,
        )
    )
    draft.asks(
        Request(
            do=partial(_mend_and_try_all, other.process),
            is_due=lambda case: _is_tried_before(other.process),
            is_done=lambda case: _batches(other.process) > 1,
        )
    )
    return starts.beside(draft)


def _incidents(process: str) -> QuerySet[Incident]:
    return Incident.objects.filter(process_id=process, resolved_at=None)


def _batches(process: str) -> int:
    return Batch.objects.filter(process_id=process).count()


def _is_tried_before(process: str) -> bool:
    """Tell whether a batch is over, and time has passed since: in the runs with a crash, the clock stands still meanwhile."""
    return Batch.objects.filter(process_id=process, finished_at__lt=clock.now()).exists()


def _try_all(process: str, case: Case) -> None:
    batches.start_batch(principal=OPERATOR, incidents=_incidents(process), reason="again")


def _mend_and_try_all(process: str, case: Case) -> None:
    for instance_id in case.instances(process):
        # Who repeats this because nobody answered looks how far it is.
        if not queries.variables_of_instance(instance_id).get("mended"):
            actions.set_variables(instance_id=instance_id, variables={"mended": True})
    _try_all(process, case)
