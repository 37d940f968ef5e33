"""What one instance waits for, what it knows, and what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firstline.decisions.forms import written
from firstline.operations import rules
from firstline.processes import queries as process_queries
from firstline.processes import rules as process_rules
from firstline.processes.models import (
    Call,
    ElementInstance,
    HistoryStep,
    Instance,
    Job,
    Listener,
    Subscription,
    Task,
    Timer,
    Variable,
)

MAX_ROWS = 200
# Longer values are shown by their beginning.
MAX_SHOWN = 2_000
# How much history is walked through to say what was passed how often.
MAX_FACTS = 20_000
_STEPS_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRow:
    """Something that an instance waits for."""

    # task, job, timer, message, signal, condition, offer or call
    kind: str
    element_id: str
    detail: str
    due_at: datetime | None = None
    # Why it hasn't happened yet.
    trouble: str = ""
    # Of a job: its worker has answered, and that is kept while the instance is suspended.
    is_answered: bool = False
    called_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableRow:
    scope_id: UUID
    # Of the scope's element; "" = the instance itself.
    scope: str
    name: str
    # As FEEL.
    text: str
    is_cut: bool
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    sequence: int
    at: datetime
    data: Mapping[str, Any]
    # Of a variable that was set: what it became; None where it was erased.
    value: str | None = None


def waits_of(instance: Instance) -> list[WaitRow]:
    """List what an instance waits for: what is due next first, what has no date last."""
    of = {"instance_id": instance.id}
    found = [
        *(
            WaitRow(kind="task", element_id=one.element_id, detail=one.name, due_at=one.due_at)
            for one in Task.objects.filter(state=Task.State.OPEN, **of)[:MAX_ROWS]
        ),
        *(
            WaitRow(
                kind="job",
                element_id=one.element_id,
                detail=one.type,
                due_at=one.next_attempt_at,
                trouble=one.last_error,
                is_answered=one.is_external and one.state == Job.State.OPEN and one.next_attempt_at is None,
            )
            for one in Job.objects.filter(**of)[:MAX_ROWS]
        ),
        *(
            WaitRow(kind="timer", element_id=one.element_id, detail=one.interval, due_at=one.due_at)
            for one in Timer.objects.filter(**of)[:MAX_ROWS]
        ),
        *(
            WaitRow(kind="message", element_id=one.element_id, detail=" · ".join(filter(None, (one.name, one.key))))
            for one in Subscription.objects.filter(**of)[:MAX_ROWS]
        ),
        *(
            WaitRow(kind=one.kind, element_id=one.element_id, detail=one.name)
            for one in Listener.objects.filter(**of)[:MAX_ROWS]
        ),
        *(
            WaitRow(kind="call", element_id=one.element_id, detail="", called_id=one.called_id)
            for one in Call.objects.filter(**of)[:MAX_ROWS]
        ),
    ]
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or instance.started_at, one.element_id))


def variables_of(instance: Instance) -> list[VariableRow]:
    """List the variables of a running instance by scope, its own first; of one that has ended, its last ones."""
    if instance.outcome:
        last = process_queries.variables_of_instance(instance.id) if instance.sequence <= MAX_FACTS else {}
        return [_variable(instance.id, "", name, value) for name, value in sorted(last.items())]
    scopes = dict(
        ElementInstance.objects.filter(instance_id=instance.id).values_list("id", "element_id")[: MAX_ROWS * 5]
    )
    rows = Variable.objects.filter(instance_id=instance.id, scope_id__in=scopes).order_by("scope_id", "name")
    return [
        _variable(one.scope_id, "" if one.scope_id == instance.id else scopes[one.scope_id], one.name, one.value)
        for one in rows[:MAX_ROWS]
    ]


def variable(instance: Instance, *, scope_id: UUID, name: str) -> VariableRow | None:
    """Read one variable of one scope whole."""
    row = Variable.objects.filter(instance_id=instance.id, scope_id=scope_id, name=name).first()
    scope = ElementInstance.objects.filter(id=scope_id, instance_id=instance.id).first()
    if row is None or scope is None:
        return None
    text = written(row.value)
    element = scope.element_id if scope.scope_id else ""
    return VariableRow(
        scope_id=scope_id, scope=element, name=name, text=text, is_cut=False, mark=rules.mark_of(row.value)
    )


def _variable(scope_id: UUID, scope: str, name: str, value: object) -> VariableRow:
    text = written(value)
    is_cut = len(text) > MAX_SHOWN
    return VariableRow(
        scope_id=scope_id,
        scope=scope,
        name=name,
        text=text[:MAX_SHOWN],
        is_cut=is_cut,
        mark="",
    )


def passed(instance: Instance) -> dict[str, int]:
    """Say how often each element was entered; nothing of an instance with a very long history."""
    if instance.sequence > MAX_FACTS:
        return {}
    return {one.element_id: one.entered for one in process_queries.element_times(instance.id)}


def timeline(instance_id: UUID, *, before: int | None, limit: int) -> list[FactRow]:
    """List what happened, the newest first, from before a fact's number on."""
    steps = HistoryStep.objects.filter(instance_id=instance_id)
    if before is not None:
        steps = steps.filter(sequence__lt=before)
    rows: list[FactRow] = []
    for step in steps.order_by("-sequence")[:_STEPS_AT_ONCE]:
        if len(rows) > limit:
            break
        for place in reversed(range(len(step.facts))):
            sequence = step.sequence + place
            if before is None or sequence < before:
                rows.append(_fact(step, place, sequence))
    return rows[:limit]


def _fact(step: HistoryStep, place: int, sequence: int) -> FactRow:
    data = step.facts[place]
    value = None
    if data["fact"] == "VariableSet":
        held = (step.values or {}).get(str(place))
        value = _short(data, held) if held is not None else None
    return FactRow(sequence=sequence, at=step.at, data=data, value=value)


def _short(data: Mapping[str, Any], held: Mapping[str, Any]) -> str:
    fact: Any = process_rules.join_fact(data, held)
    text = written(fact.value)
    return text if len(text) <= 200 else f"{text[:200]} …"
