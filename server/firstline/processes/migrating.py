"""Instances move to another deployment: each with those that it called of its own one, in one transaction, or not at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from bpmn import NeedMore, State, Step, facts, migration
from firstline import clock, ids
from firstline.events import announce
from firstline.processes import events, rules
from firstline.processes.adapters import effects, moving
from firstline.processes.adapters.moving import Mapped
from firstline.processes.adapters.programs import program_of, release_of
from firstline.processes.adapters.stepping import Remembered
from firstline.processes.adapters.steps import decide_for
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.adapters.whole import load_whole
from firstline.processes.models import HistoryFact, Incident, Instance

Findings = tuple[migration.Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Which instances moved together, each with the number of its newest fact then: as long as it is that, they can move back."""

    sequences: tuple[tuple[UUID, int], ...]
    findings: Findings = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """Why an instance stayed where it was; `is_passing` = later it may be otherwise."""

    findings: Findings
    is_passing: bool = False


_BUSY = migration.Finding(code="busy", element_id="", message="A step of the instance is being made right now.")
_ENDED = migration.Finding(code="ended", element_id="", message="The instance has ended.")
_ELSEWHERE = migration.Finding(code="elsewhere", element_id="", message="The instance isn't on this version any more.")
# What is over by itself, sooner or later.
PASSING = frozenset({"busy", "paused"})


@transaction.atomic
def check_instances(*, instance_ids: Sequence[UUID], target_id: UUID, mapped: Mapped = ()) -> dict[UUID, Findings]:
    """Say for each instance whether it could move, with those that it called: it could when no finding blocks. Writes nothing."""
    families = _families(instance_ids)
    loaded = load_whole([one.id for family in families.values() if not isinstance(family, Stayed) for one in family])
    now = clock.now()
    return {
        id_: family.findings
        if isinstance(family, Stayed)
        else tuple(found for one in family for found in _checked(one, loaded.get(one.id), target_id, mapped, now))
        for id_, family in families.items()
    }


@transaction.atomic
def migrate_instance(*, instance_id: UUID, source_id: UUID, target_id: UUID, mapped: Mapped = ()) -> Moved | Stayed:
    """Move an instance of the deployment `source_id`, with those that it called of that one, if all of them can."""
    family = _families([instance_id])[instance_id]
    if isinstance(family, Stayed):
        return family
    if family[0].deployment_id != source_id:
        return Stayed(findings=(_ELSEWHERE,))
    now, loaded = clock.now(), load_whole([one.id for one in family])
    found = tuple(finding for one in family for finding in _checked(one, loaded.get(one.id), target_id, mapped, now))
    if any(finding.blocks for finding in found):
        return _stayed(found)
    for one in family:
        _migrate(one, loaded.get(one.id), target_id, mapped, now)
    return Moved(sequences=tuple((one.id, one.sequence) for one in family), findings=found)


@transaction.atomic
def revert_instances(*, sequences: Sequence[tuple[UUID, int]], source_id: UUID) -> Moved | Stayed:
    """Move instances back that moved together, to the deployment `source_id`, if nothing has happened to any since."""
    found = {one.id: one for one in _locked([id_ for id_, _ in sequences])}
    if len(found) < len(sequences):
        return Stayed(findings=(_BUSY,), is_passing=True)
    if any(found[id_].sequence != sequence for id_, sequence in sequences):
        message = "The instance has gone on since; it stays on the new version."
        return Stayed(findings=(migration.Finding(code="moved_on", element_id="", message=message),))
    now = clock.now()
    for id_, _ in sequences:
        refusal = _revert(found[id_], source_id, now)
        if refusal is not None:
            # Nothing may be half back.
            transaction.set_rollback(True)
            return Stayed(findings=refusal.findings)
    return Moved(sequences=tuple((one.id, one.sequence) for one in found.values()))


# --- who moves together ---


def _families(instance_ids: Sequence[UUID]) -> dict[UUID, list[Instance] | Stayed]:
    """Lock instances, each with all that it called of its own deployment, the caller first."""
    free = {one.id: one for one in _locked(instance_ids)}
    families = {id_: _begun(free.get(id_)) for id_ in instance_ids}
    callers = {id_: id_ for id_, family in families.items() if not isinstance(family, Stayed)}
    while callers:
        called = Instance.objects.filter(caller_id__in=list(callers), outcome="")
        found = list(called.values_list("id", "caller_id", "deployment_id"))
        free = {one.id: one for one in _locked([id_ for id_, _, _ in found])} if found else {}
        callers = dict(_joined(families, callers, found, free))
    return families


def _begun(instance: Instance | None) -> list[Instance] | Stayed:
    if instance is None:
        return Stayed(findings=(_BUSY,), is_passing=True)
    return Stayed(findings=(_ENDED,)) if instance.outcome else [instance]


def _joined(
    families: dict[UUID, list[Instance] | Stayed],
    callers: Mapping[UUID, UUID],
    found: Iterable[tuple[UUID, UUID | None, UUID]],
    free: Mapping[UUID, Instance],
) -> Iterator[tuple[UUID, UUID]]:
    """Let called instances join their families; gives each that did, with the first of its family."""
    for id_, caller_id, deployment_id in found:
        first = callers[caller_id] if caller_id else id_
        family, one = families[first], free.get(id_)
        if isinstance(family, Stayed) or deployment_id != family[0].deployment_id:
            continue
        if one is None:
            families[first] = Stayed(findings=(_BUSY,), is_passing=True)
        elif not one.outcome:
            family.append(one)
            yield id_, first


def _locked(ids_: Sequence[UUID]) -> list[Instance]:
    """Lock instances, but for those that somebody has in hand."""
    free = Instance.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return list(free.filter(id__in=ids_).order_by("id"))


# --- one instance ---


def _checked(instance: Instance, loaded: State | None, target_id: UUID, mapped: Mapped, now: datetime) -> Findings:
    plan = moving.plans(instance.deployment_id, target_id, mapped).get(instance.process_id)
    if plan is None:
        message = f"The new version has no process '{instance.process_id}'."
        return (migration.Finding(code="no_process", element_id=instance.process_id, message=message),)
    store = PostgresStore(instance, plan.old, loaded=loaded)
    return moving.tried(store, lambda state: migration.check(plan, state, now, _new_id))[1]


def _stayed(found: Findings) -> Stayed:
    blocking = tuple(finding for finding in found if finding.blocks)
    return Stayed(findings=blocking, is_passing=all(finding.code in PASSING for finding in blocking))


def _migrate(instance: Instance, loaded: State | None, target_id: UUID, mapped: Mapped, now: datetime) -> None:
    source_id = instance.deployment_id
    plan = moving.plans(source_id, target_id, mapped)[instance.process_id]
    # What follows at once, such as a condition that holds already, is the new version's affair.
    instance.deployment_id = target_id
    store = PostgresStore(instance, plan.new, loaded=loaded)
    decide = Remembered(decide_for(instance, now))
    here, there = str(source_id), str(target_id)

    def move(state: State) -> Step | NeedMore | migration.Refusal:
        decide.rewind()
        return migration.migrate(
            plan,
            state,
            now,
            _new_id,
            version=there,
            from_version=here,
            decide=decide,
            limit=settings.FIRSTLINE_ENDLESS_AFTER,
            pause_after=settings.FIRSTLINE_PAUSE_AFTER,
        )

    state, step = moving.tried(store, move)
    if not isinstance(step, Step):
        raise RuntimeError(f"{instance.id} was found to be able to move, but: {step}")  # noqa: TRY004 -- no type is wrong
    _write(instance, store, state, step, source_id, plan.new.process_id, now)


def _revert(instance: Instance, source_id: UUID, now: datetime) -> migration.Refusal | None:
    told = list(_told_for_revert(instance.id))
    migrated = next(fact for fact in reversed(told) if isinstance(fact, facts.InstanceMigrated))
    program = program_of(source_id, migrated.from_process_id)
    store = PostgresStore(instance, program)

    def move(state: State) -> Step | NeedMore | migration.Refusal:
        return migration.revert(program, state, told, now, _new_id)

    tried: tuple[State, Step | migration.Refusal] = moving.tried(store, move)
    state, step = tried
    if isinstance(step, migration.Refusal):
        return step
    left, instance.deployment_id = instance.deployment_id, source_id
    _write(instance, store, state, step, left, program.process_id, now)
    return None


def _told_for_revert(instance_id: UUID) -> Iterator[facts.Fact]:
    """Read what a way back needs of the history: everything since the migration, and what opened waits before it."""
    told = HistoryFact.objects.filter(instance_id=instance_id)
    since = told.filter(kind=facts.InstanceMigrated.__name__).aggregate(last=Max("sequence"))["last"]
    wanted = Q(sequence__gte=since) | Q(kind__in=_KINDS_THAT_OPEN)
    for one in told.filter(wanted).order_by("sequence"):
        yield rules.join_fact(one.data, one.values)


_KINDS_THAT_OPEN = [kind.__name__ for kind in (*get_args(facts.Opening), facts.TaskRenewed, facts.ConditionChanged)]


def _write(
    instance: Instance,
    store: PostgresStore,
    state: State,
    step: Step,
    source_id: UUID,
    process_id: str,
    now: datetime,
) -> None:
    """Write a move of an instance, whose deployment is the new one already."""
    store.save(state, step, now=now)
    instance.process_id = process_id
    instance.save(update_fields=["deployment", "process_id"])
    _move_incidents(instance, step.facts)
    # First of all: whoever hears of its tasks then finds them in the release where they are.
    announce(
        events.InstanceMigrated(
            instance_id=instance.id,
            business_id=instance.business_id,
            from_release_id=release_of(source_id),
            release_id=release_of(instance.deployment_id),
        )
    )
    effects.carry_out([(instance, step.facts)], now=now)


def _move_incidents(instance: Instance, told: Iterable[facts.Fact]) -> None:
    """Let open incidents follow: to the new version, and to the places of their elements there."""
    places = {fact.id: fact.element_id for fact in told if isinstance(fact, facts.ElementMapped)}
    for incident in Incident.objects.filter(instance_id=instance.id, resolved_at=None):
        incident.deployment_id, incident.process_id = instance.deployment_id, instance.process_id
        incident.element_id = places.get(str(incident.element_instance_id), incident.element_id)
        incident.save(update_fields=["deployment_id", "process_id", "element_id"])


def _new_id() -> str:
    return str(ids.new_id())
