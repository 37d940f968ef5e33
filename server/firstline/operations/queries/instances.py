"""Instances in lists, and where one of them stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from bpmn import Program
from firstline.accounts.principals import Principal
from firstline.cases.access import visible_cases
from firstline.operations.access import visible_instances
from firstline.operations.queries.versions import element_names
from firstline.processes.adapters.programs import program_of
from firstline.processes.models import ElementInstance, Incident, Instance, Join

ENDED = ("completed", "cancelled", "terminated", "error")
STATES = ("running", "incident", "suspended", *ENDED)
MAX_TOKENS = 200
MAX_PLACES = 3
MAX_CALLED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRow:
    """An instance in a list."""

    id: UUID
    deployment_id: UUID
    process_id: str
    business_id: UUID | None
    case_number: str
    # One of STATES.
    state: str
    started_at: datetime
    ended_at: datetime | None
    # Where tokens are, a few of them.
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token in an element, or one that waits at a gateway (`flow_id`) in the scope `id`."""

    id: UUID
    element_id: str
    name: str
    tag: str
    since: datetime | None
    has_incident: bool
    # How far inside subprocesses, from 0.
    depth: int = 0
    flow_id: str = ""

    @property
    def indents(self) -> range:
        """One for each subprocess around it."""
        return range(self.depth)


# --- lists -----------------------------------------------------------------------------------------------------------


def of_version(
    *, principal: Principal, deployment_id: UUID, process_id: str, state: str, before: UUID | None, limit: int
) -> list[InstanceRow]:
    """List instances of a version in a state, the newest first."""
    found = visible_instances(principal).filter(deployment_id=deployment_id, process_id=process_id)
    return _rows(_page(_in_state(found, state), before, limit), principal)


def _in_state(found: QuerySet[Instance], state: str) -> QuerySet[Instance]:
    if state == "running":
        return found.filter(outcome="")
    if state == "suspended":
        return found.filter(suspended_at__isnull=False)
    return found.filter(outcome=state)


def _page(found: QuerySet[Instance], before: UUID | None, limit: int) -> list[Instance]:
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def troubled(
    *, principal: Principal, deployment_id: UUID, process_id: str, before: UUID | None, limit: int
) -> list[InstanceRow]:
    """List instances of a version that have an open incident, the newest first: found by the incidents, however few they are."""
    incidents = Incident.objects.filter(deployment_id=deployment_id, process_id=process_id, resolved_at=None)
    if before is not None:
        incidents = incidents.filter(instance_id__lt=before)
    ids = incidents.order_by("-instance_id").values_list("instance_id", flat=True).distinct()
    found = visible_instances(principal).filter(id__in=list(ids[:limit]))
    return _rows(list(found.order_by("-id")), principal)


def found_by(*, principal: Principal, text: str, limit: int) -> list[InstanceRow]:
    """Find instances by their own id, or by the number of their case."""
    found = visible_instances(principal)
    if (id_ := as_uuid(text)) is not None:
        rows = list(found.filter(id=id_)) or list(found.filter(business_id=id_).order_by("-id")[:limit])
    else:
        cases = list(visible_cases(principal).filter(number__iexact=text).values_list("id", flat=True)[:2])
        rows = list(found.filter(business_id__in=cases).order_by("-id")[:limit])
    return _rows(rows, principal)


def called_by(instance_id: UUID, *, principal: Principal) -> list[InstanceRow]:
    """List the instances that one has called, the newest first."""
    called = visible_instances(principal).filter(caller_id=instance_id, caller_id__isnull=False)
    return _rows(list(called.order_by("-id")[:MAX_CALLED]), principal)


def rows(instances: Sequence[Instance], *, principal: Principal) -> list[InstanceRow]:
    """Describe instances that this principal may see."""
    return _rows(instances, principal)


def as_uuid(text: str) -> UUID | None:
    """Read an id; None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _rows(found: Sequence[Instance], principal: Principal) -> list[InstanceRow]:
    ids = [one.id for one in found]
    numbers = case_numbers((one.business_id for one in found), principal)
    stuck = set(Incident.objects.filter(instance_id__in=ids, resolved_at=None).values_list("instance_id", flat=True))
    places = _places(found)
    return [
        InstanceRow(
            id=one.id,
            deployment_id=one.deployment_id,
            process_id=one.process_id,
            business_id=one.business_id,
            case_number=numbers.get(one.business_id, "") if one.business_id else "",
            state=state_of(one, has_incident=one.id in stuck),
            started_at=one.started_at,
            ended_at=one.ended_at,
            places=places.get(one.id, ()),
        )
        for one in found
    ]


def case_numbers(case_ids: Iterable[UUID | None], principal: Principal) -> dict[UUID, str]:
    """Give the numbers of cases that this principal may see."""
    wanted = {id_ for id_ in case_ids if id_ is not None}
    return dict(visible_cases(principal).filter(id__in=wanted).values_list("id", "number")) if wanted else {}


def state_of(instance: Instance, *, has_incident: bool) -> str:
    """Say in one word how an instance is."""
    if instance.outcome:
        return instance.outcome
    if instance.suspended_at is not None:
        return "suspended"
    return "incident" if has_incident else "running"


def _places(found: Sequence[Instance]) -> dict[UUID, tuple[str, ...]]:
    by_id = {one.id: one for one in found if not one.outcome}
    standing: dict[UUID, dict[str, None]] = {}
    tokens = ElementInstance.objects.filter(instance_id__in=by_id).exclude(scope_id=None).order_by("instance_id", "id")
    for instance_id, element_id in tokens.values_list("instance_id", "element_id")[: len(by_id) * MAX_TOKENS]:
        standing.setdefault(instance_id, {})[element_id] = None
    return {
        id_: tuple(element_names(by_id[id_].deployment_id, by_id[id_].process_id).get(one, one) for one in elements)[
            :MAX_PLACES
        ]
        for id_, elements in standing.items()
    }


# --- one instance ----------------------------------------------------------------------------------------------------


def tokens_of(instance: Instance) -> list[TokenRow]:
    """List where tokens are, those inside a subprocess behind it; those that wait at a gateway last."""
    program = program_of(instance.deployment_id, instance.process_id)
    found = ElementInstance.objects.filter(instance_id=instance.id).exclude(scope_id=None).order_by("id")
    inside: dict[UUID, list[ElementInstance]] = {}
    for one in found[:MAX_TOKENS]:
        inside.setdefault(one.scope_id or instance.id, []).append(one)
    return [*_inside(program, inside, instance.id, 0), *_at_gateways(program, instance.id)]


def _inside(
    program: Program, inside: Mapping[UUID, list[ElementInstance]], scope_id: UUID, depth: int
) -> list[TokenRow]:
    rows: list[TokenRow] = []
    for one in inside.get(scope_id, ()):
        node = program.by_id.get(one.element_id)
        name = " ".join(node.name.split()) if node else ""
        rows.append(
            TokenRow(
                id=one.id,
                element_id=one.element_id,
                name=name or one.element_id,
                tag=node.tag if node else "",
                since=one.entered_at,
                has_incident=one.incident_id is not None,
                depth=depth,
            )
        )
        rows += _inside(program, inside, one.id, depth + 1)
    return rows


def _at_gateways(program: Program, instance_id: UUID) -> list[TokenRow]:
    return [
        TokenRow(
            id=join.scope_id,
            element_id=join.element_id,
            name=(program.by_id[join.element_id].name if join.element_id in program.by_id else "") or join.element_id,
            tag=program.by_id[join.element_id].tag if join.element_id in program.by_id else "",
            since=None,
            has_incident=False,
            flow_id=flow_id,
        )
        for join in Join.objects.filter(instance_id=instance_id).order_by("scope_id", "element_id")[:MAX_TOKENS]
        for flow_id, count in join.waiting.items()
        for _ in range(min(count, MAX_TOKENS))
    ]


def targets_of(instance: Instance) -> list[tuple[str, str]]:
    """List the elements that a token could be put to: id and name, in the order of the model."""
    program = program_of(instance.deployment_id, instance.process_id)
    found = []
    for node in program.nodes:
        begins_by_event = node.attached_to is not None or node.is_event_start or node.is_event_subprocess
        if node.scope is None or begins_by_event or node.is_for_compensation:
            continue
        found.append((node.id, " ".join(node.name.split()) or node.id))
    return found
