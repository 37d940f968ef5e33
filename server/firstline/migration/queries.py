"""Reads of migrations, for screens: plain rows, never a count of whole tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from firstline.accounts import queries as account_queries
from firstline.migration.models import Finding, Migration, Move
from firstline.procedures import queries as procedure_queries
from firstline.procedures.release import ReleaseView
from firstline.processes import mapping
from firstline.processes.models import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRow:
    """A migration in the list."""

    id: UUID
    name: str
    # Sequence numbers of the releases.
    from_sequence: int
    sequence: int
    phase: str
    movable: int
    blocked: int
    moved: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An element that may take the place of another."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """An element of the old version, and what takes its place; "" = nothing does."""

    id: str
    name: str
    tag: str
    place_id: str
    place_name: str
    # See `bpmn.migration.Pair`.
    reason: str
    choices: tuple[Place, ...]
    # The number of the pair in both drawings; 0 = it is simply itself in both.
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    id: UUID
    code: str
    element_id: str
    # As people know the element.
    name: str
    message: str
    blocks: bool
    instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    id: UUID
    instance_id: UUID
    business_id: UUID | None
    state: str
    message: str


# --- migrations ---


def migrations(language: str, *, before: tuple[datetime, UUID] | None, limit: int) -> list[MigrationRow]:
    """List migrations, the newest first."""
    found = Migration.objects.order_by("-made_at", "-id")
    if before is not None:
        at, last = before
        found = found.filter(Q(made_at__lt=at) | Q(made_at=at, id__lt=last))
    rows = list(found[:limit])
    names = procedure_queries.release_names({id_ for one in rows for id_ in _releases(one)}, language)
    people = account_queries.names_of_staff({one.made_by for one in rows if one.made_by})
    return [
        MigrationRow(
            id=one.id,
            name=names[one.release_id].name,
            from_sequence=names[one.from_release_id].sequence,
            sequence=names[one.release_id].sequence,
            phase=one.phase,
            movable=one.movable,
            blocked=one.blocked,
            moved=one.moved,
            made_by=people.get(one.made_by, "") if one.made_by else "",
            made_at=one.made_at,
        )
        for one in rows
    ]


def _releases(one: Migration) -> Iterable[str]:
    return (one.from_release_id, one.release_id)


# --- mapping ---


def mapping_of(migration: Migration, language: str) -> list[MappingRow]:
    """List the elements of the old version with what takes their place, in the order of the model."""
    old, new = (procedure_queries.release_view(one) for one in _releases(migration))
    found = mapping.elements(migration.source_id, migration.target_id, migration.mapped)
    rows, number = [], 0
    for one in found:
        number += bool(one.place_id) and not one.is_settled
        rows.append(
            MappingRow(
                id=one.id,
                name=old.element_name(one.id, language),
                tag=one.tag,
                place_id=one.place_id,
                place_name=new.element_name(one.place_id, language) if one.place_id else "",
                reason=one.reason,
                choices=tuple(_place(new, id_, language) for id_ in one.choices),
                number=number if one.place_id and not one.is_settled else 0,
            )
        )
    return rows


def _place(view: ReleaseView, id_: str, language: str) -> Place:
    return Place(id=id_, name=view.element_name(id_, language))


def added(migration: Migration, language: str) -> list[Place]:
    """List what the new version has that takes the place of nothing."""
    view = procedure_queries.release_view(migration.release_id)
    return [
        _place(view, id_, language) for id_ in mapping.added(migration.source_id, migration.target_id, migration.mapped)
    ]


# --- results ---


def findings(migration: Migration, language: str) -> list[FindingRow]:
    """List what was found in the dry run: first why instances can't move, the most frequent first."""
    old, new = (procedure_queries.release_view(one) for one in _releases(migration))
    rows = Finding.objects.filter(migration=migration).order_by("-blocks", "-instances", "id")
    return [
        FindingRow(
            id=one.id,
            code=one.code,
            element_id=one.element_id,
            name=_name(one, old, new, language),
            message=one.message,
            blocks=one.blocks,
            instances=one.instances,
        )
        for one in rows
    ]


def _name(one: Finding, old: ReleaseView, new: ReleaseView, language: str) -> str:
    # What comes with the new version is known only there.
    view = new if one.code in {"event_added", "event_fails"} else old
    return view.element_name(one.element_id, language)


def moves(
    migration: Migration, *, state: str, finding_id: UUID | None, after: UUID | None, limit: int
) -> list[MoveRow]:
    """List the instances of a migration in a state, or with a finding that blocks, a page at a time."""
    # A finding belongs to one migration.
    which = Q(finding_id=finding_id) if finding_id else Q(migration=migration, state=state)
    found = Move.objects.filter(which)
    if after is not None:
        found = found.filter(instance_id__gt=after)
    return [
        MoveRow(
            id=one.id,
            instance_id=one.instance_id,
            business_id=one.business_id,
            state=one.state,
            message=one.message,
        )
        for one in found.order_by("instance_id")[:limit]
    ]


def started_at(rows: Iterable[MoveRow]) -> Mapping[UUID, datetime]:
    """Say when instances began."""
    found = Instance.objects.filter(id__in=[one.instance_id for one in rows])
    return dict(found.values_list("id", "started_at"))
