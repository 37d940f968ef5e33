"""Writes of migrations: drawn up, mapped, begun, stopped."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bpmn.migration import MappingProblems
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.errors import Conflict, FirstlineError
from firstline.migration.models import Migration, Phase, State
from firstline.outbox import actions as outbox
from firstline.procedures import queries as procedure_queries
from firstline.processes import mapping
from firstline.processes import queries as process_queries

MAX_REASON = 2000


class BadMapping(FirstlineError):
    """Elements can't be mapped so; `fields["problems"]` lists each with code, element id and sentence."""

    code = "bad-mapping"
    status = 422


class NotNow(Conflict):
    """The migration isn't where this can be done."""

    code = "not-now"


class ReasonMissing(FirstlineError):
    """Nobody moves what runs without saying why."""

    code = "reason-missing"
    status = 422


@transaction.atomic
def draw_up(*, from_release_id: str, release_id: str, principal: Principal, now: datetime) -> UUID:
    """Begin a migration between two releases of one process; nothing moves before it is started."""
    source, target = (process_queries.deployment_of(one) for one in (from_release_id, release_id))
    procedures = {procedure_queries.procedure_key_of(one) for one in (from_release_id, release_id)}
    if source is None or target is None or source == target or len(procedures) > 1:
        raise FirstlineError(_("Choose two different releases of the same procedure."), code="bad-releases")
    made = Migration.objects.create(
        source_id=source,
        target_id=target,
        from_release_id=from_release_id,
        release_id=release_id,
        made_by=principal.id,
        made_at=now,
        changed_at=now,
    )
    return made.id


@transaction.atomic
def map_elements(*, migration_id: UUID, mapped: Mapping[str, str], now: datetime) -> None:
    """Choose which element takes the place of which; what was tried with another mapping is forgotten. Raises: BadMapping, NotNow."""
    migration = _locked(migration_id, Phase.DRAFT, Phase.CHECKED)
    try:
        mapping.plans(migration.source_id, migration.target_id, mapping.as_mapped(mapped))
    except MappingProblems as error:
        problems = [{"element_id": one.element_id, "message": one.message} for one in error.problems]
        raise BadMapping(str(error), problems=problems) from error
    migration.mapped = dict(mapped)
    _forget(migration)
    _save(migration, Phase.DRAFT, now)


@transaction.atomic
def start_check(*, migration_id: UUID, principal: Principal, now: datetime) -> None:
    """Try it for every running instance; nothing is written to any. Raises: NotNow."""
    migration = _locked(migration_id, Phase.DRAFT, Phase.CHECKED)
    _forget(migration)
    _begin(migration, Phase.CHECKING, now)
    _note(principal, migration, "migration.checked", "")


@transaction.atomic
def start_move(*, migration_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """Move every instance that can. Raises: NotNow, ReasonMissing."""
    migration = _locked(migration_id, Phase.CHECKED, Phase.MOVED)
    if not migration.movable:
        raise NotNow(_("No instance of this migration can move. Look at the reasons, and change the mapping."))
    migration.reason = _given(reason)
    _begin(migration, Phase.MOVING, now)
    _note(principal, migration, "migration.started", migration.reason)


@transaction.atomic
def start_revert(*, migration_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """Take back every move of an instance that hasn't gone on since. Raises: NotNow, ReasonMissing."""
    migration = _locked(migration_id, Phase.MOVED, Phase.REVERTED)
    if not migration.moved:
        raise NotNow(_("No instance is left that could move back."))
    given = _given(reason)
    migration.moves.filter(state=State.MOVED).update(tries=0)
    _begin(migration, Phase.REVERTING, now)
    _note(principal, migration, "migration.reverted", given)


_STOPPED = {Phase.CHECKING: Phase.DRAFT, Phase.MOVING: Phase.MOVED, Phase.REVERTING: Phase.REVERTED}


@transaction.atomic
def stop(*, migration_id: UUID, principal: Principal, now: datetime) -> None:
    """Stop after the instance that is in hand; what has moved stays where it is. Raises: NotNow."""
    migration = _locked(migration_id, *_STOPPED)
    migration.run += 1
    _save(migration, _STOPPED[Phase(migration.phase)], now)
    _note(principal, migration, "migration.stopped", "")


def _locked(migration_id: UUID, *phases: Phase) -> Migration:
    migration = Migration.objects.select_for_update().get(id=migration_id)
    if migration.phase not in phases:
        raise NotNow(_("The migration has gone on meanwhile. Look at it again."))
    return migration


def _given(reason: str) -> str:
    text = reason.replace("\x00", "").strip()[:MAX_REASON]
    if not text:
        raise ReasonMissing(_("Say why; it is kept with the migration."))
    return text


def _forget(migration: Migration) -> None:
    migration.moves.all().delete()
    migration.findings.all().delete()
    migration.cursor, migration.cursor_process = None, ""
    migration.movable = migration.blocked = 0


def _begin(migration: Migration, phase: Phase, now: datetime) -> None:
    migration.run += 1
    _save(migration, phase, now)
    outbox.put(
        kind="migration",
        key=f"migration:{migration.id}:{migration.run}",
        payload={"migration_id": str(migration.id), "run": migration.run},
    )


def _save(migration: Migration, phase: Phase, now: datetime) -> None:
    migration.phase, migration.changed_at = phase, now
    migration.save()


def _note(principal: Principal, migration: Migration, action: Action, reason: str) -> None:
    data = {"from": migration.from_release_id, "to": migration.release_id, "mapped": migration.mapped}
    audit.record(
        actor_id=principal.id, actor=principal.name, action=action, about=migration.id, reason=reason, data=data
    )
