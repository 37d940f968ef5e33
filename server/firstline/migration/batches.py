"""The work of a migration: each instance in a transaction of its own, a few at a time; whoever comes after a crash goes on."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import F

from bpmn import migration as moves
from firstline import clock
from firstline.crashpoints import crash_point
from firstline.migration.models import Finding, Migration, Move, Phase, State
from firstline.processes import mapping, migrating
from firstline.processes import queries as process_queries
from firstline.processes.migrating import Moved, Stayed
from firstline.processes.queries import Root

log = logging.getLogger(__name__)

BATCH = 50
# Somebody who has an instance in hand for longer than this many rounds keeps it.
MOST_TRIES = 30


class After(Enum):
    """What there is to do after a batch."""

    DONE = "done"
    MORE = "more"
    # Only what somebody has in hand is left.
    BUSY = "busy"


def run(*, migration_id: UUID, run_number: int) -> After:
    """Do the next batch of whatever the migration is at; what was begun before it was stopped, or begun anew, is over."""
    migration = Migration.objects.filter(id=migration_id, run=run_number).first()
    work = _WORK.get(Phase(migration.phase)) if migration is not None else None
    return After.DONE if migration is None or work is None else work(migration)


# --- the dry run ---


def _check(migration: Migration) -> After:
    after = (migration.cursor_process, migration.cursor) if migration.cursor else None
    found = process_queries.running_roots(migration.source_id, after=after, limit=BATCH)
    results = migrating.check_instances(
        instance_ids=[one.id for one in found],
        target_id=migration.target_id,
        mapped=mapping.as_mapped(migration.mapped),
    )
    checked = [(one, results[one.id]) for one in found]
    crash_point("migration.check.before_write")
    return _write_checked(migration, checked)


@transaction.atomic
def _write_checked(migration: Migration, checked: list[tuple[Root, migrating.Findings]]) -> After:
    current = Migration.objects.select_for_update().get(id=migration.id)
    if (current.run, current.cursor) != (migration.run, migration.cursor):
        return After.MORE  # another worker was here
    if not checked:
        _end(current, Phase.CHECKED)
        return After.DONE
    known = _write_findings(current, [finding for _, findings in checked for finding in findings])
    rows = [_move_of(current, *one, known) for one in checked]
    Move.objects.bulk_create(rows)
    states = Counter(row.state for row in rows)
    current.movable += states[State.MOVABLE]
    current.blocked += states[State.BLOCKED]
    last, _ = checked[-1]
    current.cursor, current.cursor_process = last.id, last.process_id
    current.save(update_fields=["movable", "blocked", "cursor", "cursor_process"])
    return After.MORE


def _write_findings(migration: Migration, found: Iterable[moves.Finding]) -> Mapping[tuple[str, str], Finding]:
    """Count findings per code and element."""
    rows: dict[tuple[str, str], Finding] = {}
    for finding in found:
        if finding.code in migrating.PASSING:
            continue
        key = (finding.code, finding.element_id)
        if key not in rows:
            rows[key], _made = Finding.objects.get_or_create(
                migration=migration,
                code=finding.code,
                element_id=finding.element_id,
                defaults={"message": finding.message, "blocks": finding.blocks},
            )
        rows[key].instances += 1
    Finding.objects.bulk_update(rows.values(), ["instances"])
    return rows


def _move_of(
    migration: Migration, root: Root, findings: migrating.Findings, known: Mapping[tuple[str, str], Finding]
) -> Move:
    # What passes by itself is no reason not to try.
    blocking = [one for one in findings if one.blocks and one.code not in migrating.PASSING]
    return Move(
        migration=migration,
        instance_id=root.id,
        business_id=root.business_id,
        state=State.BLOCKED if blocking else State.MOVABLE,
        finding=known[blocking[0].code, blocking[0].element_id] if blocking else None,
        message=" ".join(dict.fromkeys(one.message for one in blocking)),
    )


# --- moving, and moving back ---


def _move_all(migration: Migration) -> After:
    return _each(migration, State.MOVABLE, _move, Phase.MOVED)


def _move(migration: Migration, move: Move) -> Moved | Stayed:
    return migrating.migrate_instance(
        instance_id=move.instance_id,
        source_id=migration.source_id,
        target_id=migration.target_id,
        mapped=mapping.as_mapped(migration.mapped),
    )


def _revert_all(migration: Migration) -> After:
    return _each(migration, State.MOVED, _revert, Phase.REVERTED)


def _revert(migration: Migration, move: Move) -> Moved | Stayed:
    sequences = [(UUID(id_), sequence) for id_, sequence in move.sequences]
    return migrating.revert_instances(sequences=sequences, source_id=migration.source_id)


_RESULTS: Mapping[Phase, tuple[State, State]] = {
    Phase.MOVING: (State.MOVED, State.FAILED),
    Phase.REVERTING: (State.REVERTED, State.KEPT),
}


def _each(migration: Migration, state: State, do: Callable[[Migration, Move], Moved | Stayed], then: Phase) -> After:
    waiting = Move.objects.filter(migration=migration, state=state).order_by("tries", "instance_id")
    ids = list(waiting.values_list("id", flat=True)[:BATCH])
    if not ids:
        _finish(migration, then)
        return After.DONE
    done = [_one(migration, id_, state, do) for id_ in ids]
    return After.MORE if any(done) else After.BUSY


def _one(migration: Migration, move_id: UUID, state: State, do: Callable[[Migration, Move], Moved | Stayed]) -> bool:
    """Move one instance and note the result, together; False = somebody has it in hand."""
    try:
        with transaction.atomic():
            move = Move.objects.select_for_update(skip_locked=True).filter(id=move_id, state=state).first()
            if move is None or not Migration.objects.filter(id=migration.id, run=migration.run).exists():
                return True
            settled = _settle(migration, move, do(migration, move))
            crash_point("migration.move.before_commit")
            return settled
    except OperationalError:
        log.warning("The move %s has to wait", move_id)
        return False
    except Exception as bug:
        log.exception("The move %s failed", move_id)
        _give_up(migration, move_id, state, f"{type(bug).__name__}: {bug}")
        return True


def _settle(migration: Migration, move: Move, result: Moved | Stayed) -> bool:
    good, bad = _RESULTS[Phase(migration.phase)]
    if isinstance(result, Moved):
        move.sequences = [[str(id_), sequence] for id_, sequence in result.sequences]
        _note(move, good, "")
        return True
    message = " ".join(dict.fromkeys(finding.message for finding in result.findings))
    move.tries += 1
    if result.is_passing and move.tries < MOST_TRIES:
        move.save(update_fields=["tries"])
        return False
    _note(move, bad, message)
    return True


@transaction.atomic
def _give_up(migration: Migration, move_id: UUID, state: State, message: str) -> None:
    move = Move.objects.select_for_update().filter(id=move_id, state=state).first()
    if move is not None:
        _note(move, _RESULTS[Phase(migration.phase)][1], message.replace("\x00", ""))


def _note(move: Move, state: State, message: str) -> None:
    before = State(move.state)
    move.state, move.message = state, message
    move.save()
    # The names of the counters are those of the states.
    counters = {before.value: F(before.value) - 1, state.value: F(state.value) + 1}
    Migration.objects.filter(id=move.migration_id).update(**counters)


@transaction.atomic
def _finish(migration: Migration, phase: Phase) -> None:
    current = Migration.objects.select_for_update().get(id=migration.id)
    if current.run == migration.run:
        _end(current, phase)


def _end(migration: Migration, phase: Phase) -> None:
    migration.phase, migration.changed_at = phase, clock.now()
    migration.save(update_fields=["phase", "changed_at"])


_WORK: Mapping[Phase, Callable[[Migration], After]] = {
    Phase.CHECKING: _check,
    Phase.MOVING: _move_all,
    Phase.REVERTING: _revert_all,
}
