"""What has happened, as things that can be counted: what is missing was lost, what is there too often was doubled."""

from collections import Counter
from collections.abc import Iterator

from django.db import connection
from django.db.models import Value

from bpmn import codec
from firstline.decisions.models import Evaluation
from firstline.migration.models import Move
from firstline.operations.models import BatchItem
from firstline.outbox.models import OutboxEntry
from firstline.processes import queries
from firstline.processes.adapters.programs import program_of
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.models import (
    Call,
    Compensable,
    Conversation,
    ElementInstance,
    HistoryFact,
    InboxEntry,
    Incident,
    Instance,
    Job,
    Join,
    Listener,
    Message,
    StartWait,
    Subscription,
    Task,
    Timer,
    Variable,
)

from . import outside
from .case import Case
from .draft import shown
from .targets import back_office

_ENTERED = ("ElementEntered", "TokensJoined")
# Where a long step pauses is nobody's concern.
_PAUSES = ("Paused", "Resumed")


def happened(case: Case) -> Counter[str]:
    """Count what a case can say of itself beforehand: ends, elements, effects, variables."""
    found: Counter[str] = Counter()
    for one in _instances(case):
        found[f"{one.outcome or 'running'} {one.process_id}"] += 1
        found.update(
            f"kept {one.process_id} {name} = {shown(value)}"
            for name, value in queries.variables_of_instance(one.id).items()
        )
    for process, kind, element_id in _told(case):
        if kind in _ENTERED:
            found[f"entered {process} {element_id}"] += 1
    found.update(_done_together(case))
    found.update(back_office.happened(f"{case.prefix}_"))
    found.update({f"applied {what}": n for what, n in outside.applied().items() if what.startswith(f"{case.prefix}_")})
    return found


def _done_together(case: Case) -> Counter[str]:
    """Count decisions, and what came of each part of a migration or a batch."""
    process = {one.id: one.process_id for one in _instances(case)}
    of_case = {"instance_id__in": list(process)}
    decided = Evaluation.objects.filter(**of_case).values_list("instance_id", "element_id")
    moves = Move.objects.filter(**of_case).values_list("instance_id", "state")
    items = BatchItem.objects.filter(**of_case).values_list("instance_id", "state")
    return Counter(
        [
            *(f"decided {process[of]} {element_id}" for of, element_id in decided),
            *(f"move {state} {process[of]}" for of, state in moves),
            *(f"batch {state} {process[of]}" for of, state in items),
        ]
    )


def told(case: Case) -> Counter[str]:
    """Count every fact of a case, to compare two runs of it."""
    return Counter(f"{kind} {process} {element_id}" for process, kind, element_id in _told(case) if kind not in _PAUSES)


def _instances(case: Case) -> list[Instance]:
    return list(Instance.objects.filter(process_id__startswith=f"{case.prefix}_"))


def _told(case: Case) -> Iterator[tuple[str, str, str]]:
    process = {one.id: one.process_id for one in _instances(case)}
    found = HistoryFact.objects.filter(instance_id__in=list(process))
    for instance_id, kind, element_id in found.values_list("instance_id", "kind", "element_id"):
        yield process[instance_id], kind, element_id


def standing(case: Case) -> list[str]:
    """Say where each instance of a case stands, and what is still wanted of it."""
    lines = [f"an end of {case.prefix}, of which {len(case.pending)} things are still wanted"]
    for one in _instances(case):
        if one.outcome:
            continue
        of = {"instance_id": one.id}
        at = sorted(ElementInstance.objects.filter(**of).values_list("element_id", flat=True))
        inbox = sorted(InboxEntry.objects.filter(**of).values_list("kind", "is_held"))
        incidents = list(Incident.objects.filter(**of, resolved_at=None).values_list("element_id", "stage", "message"))
        told = f"suspended {one.suspended_at}, inbox {inbox}, incidents {incidents}"
        lines.append(f"an end of {one.process_id}, which stands at {at} after {one.sequence} facts: {told}")
    return lines


# --- what must not be ---

_LEFT = {
    "element instance": ElementInstance.objects.all(),
    "variable": Variable.objects.all(),
    "join": Join.objects.all(),
    "compensable": Compensable.objects.all(),
    "task": Task.objects.filter(state="open"),
    "job": Job.objects.all(),
    "timer": Timer.objects.all(),
    "subscription": Subscription.objects.all(),
    "listener": Listener.objects.all(),
    "call": Call.objects.all(),
    "conversation": Conversation.objects.all(),
    "inbox entry": InboxEntry.objects.all(),
    "incident": Incident.objects.filter(resolved_at=None),
    "effect": OutboxEntry.objects.exclude(state="done"),
    "message": Message.objects.filter(delivered_at=None),
    "beginning by time": StartWait.objects.exclude(due_at=None),
}


def left_over() -> Counter[str]:
    """Count what should be gone when all have ended."""
    each = [
        rows.order_by().annotate(what=Value(f"left over: {name}")).values_list("what") for name, rows in _LEFT.items()
    ]
    return Counter(what for (what,) in each[0].union(*each[1:], all=True))


def broken_histories() -> Counter[str]:
    """Count histories with a gap, or another end than the instance's row says."""
    statement = """
        SELECT i.process_id, i.sequence, count(f.sequence), max(f.sequence), min(f.sequence)
        FROM processes_instance i LEFT JOIN processes_fact f ON f.instance_id = i.id GROUP BY i.id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    return Counter(
        f"history of {process} has gaps" for process, newest, n, last, first in rows if not (newest == n == last and first == 1)
    )  # fmt: skip


def states_unlike_facts() -> Counter[str]:
    """Count running instances whose rows say something else than their facts."""
    found: Counter[str] = Counter()
    for one in Instance.objects.filter(outcome=""):
        state = PostgresStore(one, program_of(one.deployment_id, one.process_id)).begin()
        # Larger ones are loaded in parts.
        if state.is_complete and codec.state_to_data(state) != codec.state_to_data(queries.state_at(one.id)):
            found[f"rows of {one.process_id} aren't what its facts say"] += 1
    return found
