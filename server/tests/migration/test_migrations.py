"""Open cases move to another release: tried first, then moved with progress, and taken back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from firstline import clock, crashpoints
from firstline.audit import queries as audit
from firstline.cases import actions as case_actions
from firstline.cases.models import Case, StepDraft
from firstline.errors import FirstlineError
from firstline.migration import actions, batches, queries
from firstline.migration.models import Migration, Move, Phase, State
from firstline.outbox.models import OutboxEntry
from firstline.procedures.models import Release
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from firstline.processes.models import Instance, Timer
from tests.conftest import COMPLAINT, House

from .versions import another_complaint, deploy

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(house: House, tmp_path: Path) -> Release:
    return deploy(another_complaint(tmp_path))


@pytest.fixture
def third(house: House, tmp_path: Path) -> Release:
    """A version in which nothing tells that the step is the same one."""
    return deploy(another_complaint(tmp_path, name="Look into it", version="3"))


def first() -> Release:
    return Release.objects.get(procedure_key="complaint", sequence=1)


def drawn_up(house: House, release: Release) -> Migration:
    made = actions.draw_up(
        from_release_id=first().id,
        release_id=release.id,
        principal=house.principal(house.owner),
        now=clock.now(),
    )
    return Migration.objects.get(id=made)


def tried(house: House, migration: Migration) -> Migration:
    actions.start_check(migration_id=migration.id, principal=house.principal(house.owner), now=clock.now())
    house.run_worker()
    return Migration.objects.get(id=migration.id)


def moved(house: House, migration: Migration) -> Migration:
    actions.start_move(
        migration_id=migration.id, reason="the law changed", principal=house.principal(house.owner), now=clock.now()
    )
    house.run_worker()
    return Migration.objects.get(id=migration.id)


def reverted(house: House, migration: Migration) -> Migration:
    actions.start_revert(
        migration_id=migration.id, reason="too early", principal=house.principal(house.owner), now=clock.now()
    )
    house.run_worker()
    return Migration.objects.get(id=migration.id)


def test_cases_move_to_the_new_release_and_go_on_there_to_their_end(house: House, second: Release) -> None:
    case, fresh = house.back_office_case(), house.case("complaint")
    due_at = Timer.objects.get().due_at
    migration = tried(house, drawn_up(house, second))
    assert (migration.phase, migration.movable, migration.blocked) == (Phase.CHECKED, 2, 0)
    assert {one.code for one in queries.findings(migration, "en")} == {"event_renewed"}
    assert Case.objects.get(id=case.id).release_id == first().id
    migration = moved(house, migration)
    assert (migration.phase, migration.movable, migration.moved) == (Phase.MOVED, 0, 2)
    assert {one.release_id for one in Case.objects.all()} == {second.id}
    assert Timer.objects.get().due_at == due_at - timedelta(days=2)
    step = house.step(case)
    assert (step.element_id, step.name) == ("look_into", "Investigate")
    answers = {"investigation_findings": "Billed twice.", "complaint_upheld": "yes", "investigation_result": "upheld"}
    case_actions.save_draft(principal=house.principal(house.clerk), task_id=step.id, answers=answers, now=clock.now())
    house.complete(fresh, COMPLAINT, by=house.agent)
    house.run_worker()
    assert house.step(fresh).element_id == "look_into"


def test_a_draft_keeps_its_answers_and_its_place(house: House, second: Release) -> None:
    case = house.case("complaint")
    task_id, principal = house.step(case).id, house.principal(house.agent)
    case_actions.save_draft(principal=principal, task_id=task_id, answers={"wish": "refund"}, now=clock.now())
    before = StepDraft.objects.get()
    moved(house, tried(house, drawn_up(house, second)))
    after = StepDraft.objects.get()
    assert (after.answers, after.trail) == (before.answers, before.trail)


def test_a_dry_run_writes_nothing_and_says_for_each_case_why_not(house: House, third: Release) -> None:
    case, fresh = house.back_office_case(), house.case("complaint")
    told = process_queries.facts_of(case.instance_id)
    migration = tried(house, drawn_up(house, third))
    assert (migration.movable, migration.blocked) == (1, 1)
    (hindrance,) = [one for one in queries.findings(migration, "en") if one.blocks]
    assert (hindrance.code, hindrance.name, hindrance.instances) == ("gone", "Investigate", 1)
    (row,) = queries.moves(migration, state="", finding_id=hindrance.id, after=None, limit=10)
    assert row.instance_id == case.instance_id
    assert "no place" in row.message
    assert process_queries.facts_of(case.instance_id) == told
    assert {one.release_id for one in Case.objects.filter(id__in=[case.id, fresh.id])} == {first().id}


def test_what_a_person_maps_finds_its_place(house: House, third: Release) -> None:
    case = house.back_office_case()
    migration = drawn_up(house, third)
    (row,) = [row for row in queries.mapping_of(migration, "en") if not row.place_id]
    assert (row.id, row.reason) == ("investigate", "gone")
    assert ("look_into", "Look into it") in [(place.id, place.name) for place in row.choices]
    with pytest.raises(actions.BadMapping) as refused:
        actions.map_elements(migration_id=migration.id, mapped={"investigate": "redress_due"}, now=clock.now())
    assert [one["element_id"] for one in refused.value.fields["problems"]] == ["investigate"]
    actions.map_elements(migration_id=migration.id, mapped={"investigate": "look_into"}, now=clock.now())
    migration = moved(house, tried(house, Migration.objects.get(id=migration.id)))
    assert migration.moved == 1
    assert house.step(case).name == "Look into it"


def test_cases_move_back_but_for_those_that_have_gone_on(house: House, second: Release) -> None:
    waiting, going = house.case("complaint"), house.case("complaint")
    migration = moved(house, tried(house, drawn_up(house, second)))
    house.complete(going, COMPLAINT, by=house.agent)
    house.run_worker()
    migration = reverted(house, migration)
    assert (migration.phase, migration.reverted, migration.kept) == (Phase.REVERTED, 1, 1)
    assert Case.objects.get(id=waiting.id).release_id == first().id
    assert Case.objects.get(id=going.id).release_id == second.id
    (kept,) = queries.moves(migration, state="kept", finding_id=None, after=None, limit=10)
    assert (kept.instance_id, "gone on since" in kept.message) == (going.instance_id, True)
    assert house.step(waiting).element_id == "receive_complaint"
    assert house.step(going).element_id == "look_into"


def test_every_act_has_its_reason_in_the_trail(house: House, second: Release) -> None:
    house.case("complaint")
    migration = tried(house, drawn_up(house, second))
    with pytest.raises(actions.ReasonMissing):
        actions.start_move(
            migration_id=migration.id, reason=" ", principal=house.principal(house.owner), now=clock.now()
        )
    reverted(house, moved(house, migration))
    entries = [(row.action, row.actor, row.reason) for row in audit.entries_about(migration.id)]
    assert entries == [
        ("migration.reverted", "Owner", "too early"),
        ("migration.started", "Owner", "the law changed"),
        ("migration.checked", "Owner", ""),
    ]
    assert audit.first_broken() is None


def test_a_case_that_ended_meanwhile_stays(house: House, second: Release) -> None:
    case = house.case("complaint")
    migration = tried(house, drawn_up(house, second))
    process_actions.cancel_instance(instance_id=case.instance_id, reason="by hand")
    migration = moved(house, migration)
    assert (migration.moved, migration.failed) == (0, 1)
    assert Move.objects.get().message == "The instance has ended."


def test_what_fails_unexpectedly_never_stops_the_others(
    house: House, second: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [house.case("complaint") for _ in range(3)]
    migration = tried(house, drawn_up(house, second))
    real = batches.migrating.migrate_instance

    def broken(*, instance_id: UUID, **more: object) -> object:
        if instance_id == cases[1].instance_id:
            raise RuntimeError("a bug")
        return real(instance_id=instance_id, **more)

    monkeypatch.setattr(batches.migrating, "migrate_instance", broken)
    migration = moved(house, migration)
    assert (migration.moved, migration.failed) == (2, 1)
    assert Move.objects.get(state=State.FAILED).message == "RuntimeError: a bug"
    assert Case.objects.get(id=cases[1].id).release_id == first().id


def test_nothing_goes_on_after_a_stop(house: House, second: Release) -> None:
    house.case("complaint")
    migration = tried(house, drawn_up(house, second))
    principal = house.principal(house.owner)
    actions.start_move(migration_id=migration.id, reason="now", principal=principal, now=clock.now())
    actions.stop(migration_id=migration.id, principal=principal, now=clock.now())
    house.run_worker()
    migration = Migration.objects.get(id=migration.id)
    assert (migration.phase, migration.movable, migration.moved) == (Phase.MOVED, 1, 0)
    assert moved(house, migration).moved == 1


def test_only_releases_of_one_procedure_are_compared(house: House) -> None:
    other = Release.objects.exclude(procedure_key="complaint").first()
    assert other is not None
    with pytest.raises(FirstlineError) as refused:
        drawn_up(house, other)
    assert refused.value.code == "bad-releases"


@pytest.mark.parametrize("point", ["migration.check.before_write", "migration.move.before_commit"])
def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(house: House, second: Release, point: str) -> None:
    cases = [house.case("complaint") for _ in range(3)]
    migration = drawn_up(house, second)
    with crashpoints.crash_at(point, time=2 if "move" in point else 1):
        crashes = 0
        try:
            migration = moved(house, tried(house, migration))
        except crashpoints.Crash:
            crashes = 1
    assert crashes == 1
    # Whoever has moved is noted, and nobody else has.
    stands = dict(Instance.objects.values_list("id", "deployment_id"))
    assert {one.instance_id for one in Move.objects.filter(state=State.MOVED)} == {
        id_ for id_, deployment_id in stands.items() if deployment_id == migration.target_id
    }
    with clock.fixed(clock.now() + timedelta(hours=1)):
        house.run_worker()
        migration = Migration.objects.get(id=migration.id)
        if migration.phase == Phase.CHECKED:
            migration = moved(house, migration)
    assert (migration.phase, migration.moved, migration.movable) == (Phase.MOVED, 3, 0)
    assert Move.objects.filter(state=State.MOVED).count() == 3
    for case in cases:
        kinds = [row.kind for row in process_queries.history(case.instance_id)]
        assert kinds.count("InstanceMigrated") == 1
    assert {one.release_id for one in Case.objects.all()} == {second.id}
    assert not OutboxEntry.objects.filter(kind="migration").exclude(state="done").exists()


@pytest.mark.django_db(transaction=True)
def test_what_another_worker_has_in_hand_is_not_moved_twice(house: House, second: Release) -> None:
    house.case("complaint")
    migration = tried(house, drawn_up(house, second))
    Migration.objects.filter(id=migration.id).update(phase=Phase.MOVING)
    migration.refresh_from_db()
    move = Move.objects.get()
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        Move.objects.select_for_update().get(id=move.id)

        def work() -> object:
            try:
                return batches.run(migration_id=migration.id, run_number=migration.run)
            finally:
                connection.close()

        # It comes back while the row is still in hand here.
        assert elsewhere.submit(work).result(timeout=300) is batches.After.MORE
    assert Instance.objects.get().deployment_id == migration.source_id
    assert batches.run(migration_id=migration.id, run_number=migration.run) is batches.After.MORE
    assert Instance.objects.get().deployment_id == migration.target_id


def test_many_instances_move_in_batches(house: House, second: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    for _ in range(5):
        house.case("complaint")
    migration = moved(house, tried(house, drawn_up(house, second)))
    assert (migration.movable, migration.moved) == (0, 5)
    assert len({str(json.dumps(one)) for one in Move.objects.values_list("sequences", flat=True)}) == 5
    assert set(Instance.objects.values_list("deployment_id", flat=True)) == {migration.target_id}
