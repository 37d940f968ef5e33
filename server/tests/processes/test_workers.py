"""Jobs in the hands of workers outside: handed out with a lease, answered once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bpmn import commands
from bpmn.testing import (
    boundary,
    element,
    end,
    error_definition,
    error_reference,
    mapping,
    model,
    path,
    start,
    timer,
    user_task,
    zeebe,
)
from firstline import clock, crashpoints
from firstline.config import subscriptions
from firstline.outbox import executor as outbox
from firstline.outbox.models import OutboxEntry
from firstline.processes import actions, executor, housekeeping, queries, workers
from firstline.processes.models import HistoryFact, InboxEntry, Job, Lease

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def charging(*, retries: str = "3") -> bytes:
    headers = "<zeebe:taskHeaders>" + zeebe("header", key="account", value="main") + "</zeebe:taskHeaders>"
    task = element(
        "serviceTask",
        "charge",
        "<bpmn:extensionElements>",
        zeebe("taskDefinition", type="charge-card", retries=retries),
        headers,
        mapping(inputs={"amount": "=total * 2"}),
        "</bpmn:extensionElements>",
    )
    return model(
        start(),
        task,
        boundary("declined", "charge", error_reference("e")),
        boundary("late", "charge", timer(duration="PT1H")),
        user_task("repair"),
        end(),
        path("start", "charge", "end"),
        path("declined", "repair"),
        path("late", "repair"),
        definitions=[error_definition("e", "DECLINED")],
    )


def ask(*types: str, worker: str = "w1", limit: int = 10, lease: timedelta = MINUTE, variables=None):
    return workers.hand_out(
        types=types or ("charge-card",),
        worker=worker,
        limit=limit,
        lease=lease,
        variables=variables,
        key_id=None,
        now=clock.now(),
    )


def outcome(instance_id: UUID) -> str:
    row = queries.instance(instance_id)
    assert row is not None
    return row.outcome


def test_a_job_of_a_type_that_nobody_here_does_waits_for_a_worker(run):
    instance_id = run(charging(), total=5)
    assert not OutboxEntry.objects.exists()
    (job,) = ask()
    assert (job.type, job.element_id, job.business_id, job.process_id) == ("charge-card", "charge", CASE, "p")
    assert (job.variables, job.headers) == ({"amount": 10, "total": 5}, {"account": "main"})
    assert (job.attempt, job.retries_left, job.leased_until) == (1, 3, NOON + MINUTE)
    assert workers.complete(lease_id=job.lease_id, variables={"receipt": 7}) == {"state": "completed"}
    assert outcome(instance_id) == "completed"
    assert queries.variables_of_instance(instance_id)["receipt"] == 7


def test_only_the_variables_that_are_asked_for_are_given(run):
    run(charging(), total=5, secret="x")
    assert ask(variables=["amount", "nothing"])[0].variables == {"amount": 10}


def test_two_workers_never_hold_the_same_job(run):
    for _ in range(3):
        run(charging(), total=1)
    first, second = ask(limit=2), ask(worker="w2")
    assert (len(first), len(second)) == (2, 1)
    assert not {job.key for job in first} & {job.key for job in second}
    assert ask() == []


def test_other_types_are_left_to_others(run):
    run(charging(), total=1)
    assert ask("refund", "charge") == []


def test_a_job_is_handed_out_again_when_its_lease_runs_out_and_the_late_worker_changes_nothing(run):
    instance_id = run(charging(), total=1)
    (late,) = ask(worker="late")
    with clock.fixed(NOON + MINUTE):
        with pytest.raises(workers.LeaseLost, match="has run out"):
            workers.complete(lease_id=late.lease_id, variables={})
        (again,) = ask(worker="w2")
        assert (again.key, again.attempt) == (late.key, 2)
        for answer in (
            lambda: workers.complete(lease_id=late.lease_id, variables={"by": "late"}),
            lambda: workers.fail(lease_id=late.lease_id, message="no", retries_left=0),
            lambda: workers.throw_error(lease_id=late.lease_id, code="DECLINED", message="", variables={}),
            lambda: workers.extend(lease_id=late.lease_id, lease=MINUTE),
        ):
            with pytest.raises(workers.LeaseLost):
                answer()
        assert outcome(instance_id) == ""
        workers.complete(lease_id=again.lease_id, variables={"by": "w2"})
        with pytest.raises(workers.LeaseLost):
            workers.complete(lease_id=late.lease_id, variables={"by": "late"})
    assert queries.variables_of_instance(instance_id)["by"] == "w2"
    assert HistoryFact.objects.filter(instance_id=instance_id, kind="JobCompleted").count() == 1


def test_the_same_completion_twice_is_taken_once_and_answered_alike(run):
    instance_id = run(charging(), total=1)
    (job,) = ask()
    first = workers.complete(lease_id=job.lease_id, variables={"receipt": 7})
    with clock.fixed(NOON + timedelta(days=1)):
        assert workers.complete(lease_id=job.lease_id, variables={"receipt": 7}) == first
    with pytest.raises(workers.AnsweredOtherwise, match="as completed"):
        workers.complete(lease_id=job.lease_id, variables={"receipt": 8})
    with pytest.raises(workers.AnsweredOtherwise):
        workers.extend(lease_id=job.lease_id, lease=MINUTE)
    assert HistoryFact.objects.filter(instance_id=instance_id, kind="JobCompleted").count() == 1


def test_a_lease_is_extended_as_long_as_it_holds(run):
    run(charging(), total=1)
    (job,) = ask()
    with clock.fixed(NOON + MINUTE / 2):
        assert workers.extend(lease_id=job.lease_id, lease=2 * MINUTE) == NOON + 2.5 * MINUTE
    with clock.fixed(NOON + 2 * MINUTE):
        assert ask() == []
        assert workers.complete(lease_id=job.lease_id, variables={}) == {"state": "completed"}


def test_a_failure_is_tried_again_later_and_the_last_one_is_an_incident(run):
    instance_id, now, waits = run(charging(), total=1), NOON, []
    for attempt in (1, 2, 3):
        with clock.fixed(now):
            (job,) = ask()
            assert (job.attempt, job.retries_left) == (attempt, 4 - attempt)
            answer = workers.fail(lease_id=job.lease_id, message="no line")
            assert workers.fail(lease_id=job.lease_id, message="no line") == answer
            assert ask() == []
        (row,) = queries.open_jobs(instance_id)
        assert row.last_error == "no line"
        if row.next_attempt_at:
            waits.append(row.next_attempt_at - now)
            now = row.next_attempt_at
    assert answer == {"state": "incident"}
    assert waits == sorted(waits)
    assert len(set(waits)) == 2
    (incident,) = queries.open_incidents(instance_id=instance_id)
    assert incident.message == "no line"
    assert actions.retry_incident(incident_id=incident.id) is False
    (job,) = ask()
    assert (job.attempt, job.retries_left) == (4, 3)
    assert workers.complete(lease_id=job.lease_id, variables={}) == {"state": "completed"}
    assert queries.open_incidents(instance_id=instance_id) == []
    assert outcome(instance_id) == "completed"


def test_a_worker_may_say_how_often_and_when_to_try_again(run):
    instance_id = run(charging(), total=1)
    (job,) = ask()
    answer = workers.fail(lease_id=job.lease_id, message="maintenance", retries_left=9, retry_after=timedelta(hours=2))
    assert answer == {"state": "open", "retries_left": 9, "due_at": (NOON + timedelta(hours=2)).isoformat()}
    with clock.fixed(NOON + timedelta(hours=2)):
        (job,) = ask()
        assert job.retries_left == 9
        assert workers.fail(lease_id=job.lease_id, message="broken", retries_left=0) == {"state": "incident"}
        assert ask() == []
    assert len(queries.open_incidents(instance_id=instance_id)) == 1


def test_an_error_is_caught_at_the_task(run):
    instance_id = run(charging(), total=1)
    (job,) = ask()
    assert workers.throw_error(lease_id=job.lease_id, code="DECLINED", message="", variables={}) == {"state": "error"}
    assert [task.element_id for task in queries.open_tasks(instance_id=instance_id)] == ["repair"]


def test_an_error_that_nothing_catches_is_an_incident_and_the_job_waits_for_a_person(run):
    instance_id = run(charging(), total=1)
    (job,) = ask()
    workers.throw_error(lease_id=job.lease_id, code="OTHER", message="strange", variables={})
    (incident,) = queries.open_incidents(instance_id=instance_id)
    with clock.fixed(NOON + 2 * MINUTE):
        assert ask() == []
        actions.retry_incident(incident_id=incident.id)
        assert len(ask()) == 1


def test_a_job_that_its_process_withdrew_is_gone(run):
    run(charging(), total=1)
    (job,) = ask(lease=timedelta(days=1))
    with clock.fixed(NOON + timedelta(hours=1)):
        while executor.run_due():
            pass
        with pytest.raises(workers.JobGone, match="went on without it"):
            workers.complete(lease_id=job.lease_id, variables={})
        assert ask() == []


# --- while the instance is suspended ---


def suspended(run) -> tuple[UUID, workers.HandedOut]:
    """A job in the hands of a worker, whose instance is suspended since."""
    instance_id = run(charging(), total=5)
    (job,) = ask()
    actions.operate(instance_id=instance_id, command=commands.Suspend(reason="look"))
    return instance_id, job


def resume(instance_id: UUID) -> None:
    actions.operate(instance_id=instance_id, command=commands.Resume())
    while executor.run_due():
        pass


def test_a_result_for_a_suspended_instance_is_kept_and_taken_when_it_is_resumed(run):
    instance_id, job = suspended(run)
    moment = datetime(2026, 3, 2, 13, tzinfo=UTC)
    for _ in range(2):
        assert workers.complete(lease_id=job.lease_id, variables={"at": moment}) == {"state": "kept"}
    while executor.run_due():
        pass
    assert outcome(instance_id) == ""
    with pytest.raises(workers.AnsweredOtherwise):
        workers.extend(lease_id=job.lease_id, lease=MINUTE)
    with clock.fixed(NOON + MINUTE * 10):
        assert ask() == []
        resume(instance_id)
        assert ask() == []
    assert outcome(instance_id) == "completed"
    assert queries.variables_of_instance(instance_id)["at"] == moment
    assert not InboxEntry.objects.exists()


def test_an_answer_that_dies_before_it_is_kept_is_given_again_and_taken_once(run):
    instance_id, job = suspended(run)
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("processes.lease.before_commit"):
        workers.complete(lease_id=job.lease_id, variables={})
    assert not InboxEntry.objects.exists()
    for _ in range(2):
        workers.complete(lease_id=job.lease_id, variables={})
    resume(instance_id)
    assert outcome(instance_id) == "completed"
    assert HistoryFact.objects.filter(instance_id=instance_id, kind="JobCompleted").count() == 1


def test_an_error_for_a_suspended_instance_is_caught_when_it_is_resumed(run):
    instance_id, job = suspended(run)
    assert workers.throw_error(lease_id=job.lease_id, code="DECLINED", message="", variables={"why": "no money"}) == {
        "state": "kept"
    }
    resume(instance_id)
    assert [task.element_id for task in queries.open_tasks()] == ["repair"]
    assert queries.variables_of_instance(instance_id)["why"] == "no money"


def test_a_failure_for_a_suspended_instance_counts_and_the_last_one_is_an_incident_when_it_is_resumed(run):
    instance_id, job = suspended(run)
    assert workers.extend(lease_id=job.lease_id, lease=MINUTE * 5) == NOON + MINUTE * 5
    again = workers.fail(lease_id=job.lease_id, message="away", retries_left=1)
    assert (again["state"], again["retries_left"]) == ("open", 1)
    with clock.fixed(NOON + MINUTE):
        assert ask() == []
        resume(instance_id)
        (job,) = ask()
        actions.operate(instance_id=instance_id, command=commands.Suspend())
        assert workers.fail(lease_id=job.lease_id, message="away for good") == {"state": "kept"}
        assert queries.incidents(instance_id=instance_id) == []
        resume(instance_id)
    (incident,) = queries.incidents(instance_id=instance_id)
    assert incident.message == "away for good"


def test_what_is_kept_for_a_step_that_an_operator_took_away_is_dropped(run):
    instance_id, job = suspended(run)
    workers.complete(lease_id=job.lease_id, variables={})
    (at,) = queries.active_elements(instance_id)
    move = commands.MoveToken(element_instance_id=str(at.element_instance_id), target_id="repair")
    actions.operate(instance_id=instance_id, command=move)
    resume(instance_id)
    assert [task.element_id for task in queries.open_tasks()] == ["repair"]
    assert queries.incidents(instance_id=instance_id) == []


def test_a_result_that_cannot_be_kept_is_refused_at_once_also_while_suspended(run):
    _instance_id, job = suspended(run)
    with pytest.raises(actions.Refused) as refused:
        workers.complete(lease_id=job.lease_id, variables={"x" * 201: 1})
    assert refused.value.fields["reason"] == "bad_variable"
    assert workers.fail(lease_id=job.lease_id, message="can't say it", retries_left=0) == {"state": "kept"}


def test_what_is_kept_and_cannot_be_taken_after_all_is_an_incident(run):
    instance_id, job = suspended(run)
    workers.complete(lease_id=job.lease_id, variables={})
    entry = InboxEntry.objects.get()
    entry.payload["said"]["variables"] = {"x" * 201: 1}
    entry.save()
    resume(instance_id)
    (incident,) = queries.incidents(instance_id=instance_id)
    assert "The name of a variable" in incident.message
    assert InboxEntry.objects.get().is_held


def test_answers_stay_bounded(run, monkeypatch):
    monkeypatch.setattr("firstline.processes.workers._handing_out.MAX_HANDED_BYTES", 500)
    for _ in range(3):
        run(charging(), total=1, text="x" * 300)
    assert [len(ask()) for _ in range(4)] == [1, 1, 1, 0]


def test_a_job_whose_worker_in_the_house_was_taken_away_goes_to_those_outside(run, monkeypatch):
    monkeypatch.setattr(subscriptions, "JOB_WORKERS", {"charge-card": "firstline.nowhere"})
    instance_id = run(charging(), total=1)
    assert ask() == []
    monkeypatch.setattr(subscriptions, "JOB_WORKERS", {})
    assert outbox.deliver_due() == 1
    assert OutboxEntry.objects.get().state == "done"
    (job,) = ask()
    workers.complete(lease_id=job.lease_id, variables={})
    assert outcome(instance_id) == "completed"


def test_jobs_that_wait_outside_are_adopted_when_the_house_does_them(run, workers):
    instance_id = run(charging(), total=1)
    workers["charge-card"] = lambda job: {"by": "house"}
    assert housekeeping.adopt_jobs(now=NOON) == 1
    assert housekeeping.adopt_jobs(now=NOON) == 0
    assert outbox.deliver_due() == 1
    assert queries.variables_of_instance(instance_id)["by"] == "house"


def test_operators_see_types_that_nobody_asks_for(run):
    run(charging(), total=1)
    run(charging(), total=1)
    (row,) = queries.job_types(now=NOON)
    assert (row.type, row.waiting, row.later, row.stopped) == ("charge-card", 2, 0, 0)
    assert (row.has_no_worker, row.waiting_since) == (True, NOON)
    workers.note_seen(types=["charge-card", "refund"], worker="w1", key_id=None, now=NOON)
    (job,) = ask(limit=1)
    workers.fail(lease_id=job.lease_id, message="no", retries_left=0)
    ask(limit=1)
    charge, refund = queries.job_types(now=NOON)
    assert (charge.waiting, charge.later, charge.stopped) == (0, 1, 1)
    assert [worker.name for worker in charge.workers] == ["w1"]
    assert (refund.type, refund.waiting) == ("refund", 0)


def test_workers_are_noted_to_half_a_minute(run):
    for seconds in (0, 10, 40):
        now = NOON + timedelta(seconds=seconds)
        workers.note_seen(types=["a"], worker="w1", key_id=None, now=now)
        (row,) = queries.job_types(now=now)
        assert row.workers[0].last_asked_at == NOON + timedelta(seconds=40 if seconds == 40 else 0)


def test_old_leases_are_forgotten_unless_they_hold(run):
    run(charging(), total=1)
    run(charging(), total=1)
    done, held = ask(lease=timedelta(days=9))
    workers.complete(lease_id=done.lease_id, variables={})
    later = NOON + timedelta(days=8)
    assert housekeeping.forget_leases(now=NOON + timedelta(days=6)) == 0
    assert housekeeping.forget_leases(now=later) == 1
    assert [lease.id for lease in Lease.objects.all()] == [held.lease_id]
    assert Job.objects.count() == 1
