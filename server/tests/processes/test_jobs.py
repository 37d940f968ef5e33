"""Jobs of service tasks, carried out by the outbox."""

from datetime import timedelta

import pytest

from bpmn.testing import (
    boundary,
    each,
    element,
    end,
    error_definition,
    error_reference,
    mapping,
    model,
    path,
    service_task,
    start,
    user_task,
    zeebe,
)
from firstline import clock, crashpoints
from firstline.errors import FirstlineError
from firstline.outbox import executor as outbox
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import Delivery
from firstline.processes import actions, handlers, queries
from firstline.processes.adapters import rows
from firstline.processes.ports import BpmnError, JobFailed, TryAgain

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db


def saving(*ext: str) -> bytes:
    headers = zeebe("taskHeaders", zeebe("header", key="command", value="billing.save"))
    return model(
        start(),
        service_task("save", headers, *ext),
        boundary("refused", "save", error_reference("e")),
        user_task("repair"),
        end(),
        path("start", "save", "end"),
        path("refused", "repair"),
        definitions=[error_definition("e", "REFUSED")],
    )


def test_a_worker_gets_the_job_and_gives_variables(run, workers):
    got = []
    workers["work"] = lambda job: got.append(job) or {"receipt": 7}
    instance_id = run(saving(mapping(inputs={"amount": "=total * 2"}, outputs={"saved": "=receipt"})), total=5)
    (waiting,) = queries.open_jobs(instance_id)
    assert (waiting.state, waiting.attempts, waiting.headers) == ("open", 0, {"command": "billing.save"})
    assert outbox.deliver_due() == 1
    (job,) = got
    assert (job.type, job.element_id, job.business_id, job.attempt) == ("work", "save", CASE, 1)
    assert (job.variables, job.key, job.instance_id) == ({"amount": 10, "total": 5}, str(job.id), instance_id)
    assert queries.instance(instance_id).outcome == "completed"
    assert queries.variables_of_instance(instance_id)["saved"] == 7
    assert queries.open_jobs(instance_id) == []


def test_a_job_that_must_wait_says_why_and_until_when(run, workers):
    attempts = []

    def down(job):
        attempts.append(job.attempt)
        if len(attempts) < 3:
            raise TryAgain("billing doesn't answer", timedelta(minutes=1))

    workers["work"] = down
    instance_id = run(saving())
    outbox.deliver_due()
    (waiting,) = queries.open_jobs(instance_id)
    assert (waiting.attempts, waiting.last_error) == (1, "billing doesn't answer")
    assert waiting.next_attempt_at == NOON + timedelta(minutes=1)
    assert outbox.deliver_due() == 0
    for minutes in (1, 2):
        with clock.fixed(NOON + timedelta(minutes=minutes)):
            assert outbox.deliver_due() == 1
    assert attempts == [1, 2, 3]
    assert queries.instance(instance_id).outcome == "completed"
    assert queries.incidents(instance_id=instance_id) == []


@pytest.mark.parametrize(
    "error", [BpmnError("REFUSED", "no", {"why": "closed"}), FirstlineError("the account is closed", code="REFUSED")]
)
def test_an_error_is_caught_at_the_task(run, workers, error):
    def refuse(job):
        raise error

    workers["work"] = refuse
    instance_id = run(saving())
    outbox.deliver_due()
    assert [task.element_id for task in queries.open_tasks(instance_id=instance_id)] == ["repair"]
    assert queries.open_jobs(instance_id) == []
    assert OutboxEntry.objects.get().state == "done"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (JobFailed("the file is broken"), "the file is broken"),
        (BpmnError("OTHER", "strange"), "Nothing catches the error 'OTHER': strange"),
    ],
)
def test_what_cannot_be_done_is_an_incident_and_goes_out_again(run, workers, error, message):
    keys = []

    def fail(job):
        keys.append(job.key)
        if len(keys) == 1:
            raise error

    workers["work"] = fail
    instance_id = run(saving())
    outbox.deliver_due()
    (incident,) = queries.open_incidents(instance_id=instance_id)
    assert incident.message == message
    assert queries.open_jobs(instance_id)[0].state == "failed"
    assert outbox.deliver_due() == 0
    assert actions.retry_incident(incident_id=incident.id) is False
    assert outbox.deliver_due() == 1
    assert keys[0] == keys[1]
    assert queries.open_incidents() == []
    assert queries.instance(instance_id).outcome == "completed"


def test_a_bug_in_a_worker_is_tried_as_often_as_the_model_says(run, workers):
    attempts = []

    def buggy(job):
        attempts.append(job.attempt)
        raise ZeroDivisionError("oops")

    workers["work"] = buggy
    task = element(
        "serviceTask",
        "save",
        "<bpmn:extensionElements><zeebe:taskDefinition type='work' retries='2'/></bpmn:extensionElements>",
    )
    instance_id = run(model(start(), task, end(), path("start", "save", "end")))
    for minutes in range(4):
        with clock.fixed(NOON + timedelta(minutes=minutes)):
            outbox.deliver_due()
    assert attempts == [1, 2]
    (incident,) = queries.open_incidents(instance_id=instance_id)
    assert incident.message == "ZeroDivisionError: oops"


def test_variables_that_cannot_be_kept_are_an_incident(run, workers):
    workers["work"] = lambda job: {"x": "a\x00b"}
    instance_id = run(saving())
    outbox.deliver_due()
    (incident,) = queries.open_incidents(instance_id=instance_id)
    assert "NUL" in incident.message


def test_a_job_completed_twice_is_harmless(run, workers):
    calls = []
    workers["work"] = lambda job: calls.append(job.key)
    instance_id = run(saving())
    entry = OutboxEntry.objects.get()
    delivery = Delivery(id=entry.id, key=entry.key, payload=entry.payload, about=entry.about, attempt=1, now=NOON)
    handlers.run_job(delivery)
    handlers.run_job(delivery)
    assert len(calls) == 1
    (job_id,) = calls
    assert actions.complete_job(job_id=job_id, variables={}) is False
    assert actions.fail_job(job_id=job_id, message="late") is False
    assert queries.instance(instance_id).outcome == "completed"


def test_a_job_of_a_cancelled_instance_is_left_alone(run, workers):
    called = []
    workers["work"] = called.append
    actions.cancel_instance(instance_id=run(saving()), reason="x")
    assert outbox.deliver_due() == 1
    assert called == []


# --- several at once ---


@pytest.fixture(autouse=True)
def _everything_is_quick(monkeypatch):
    monkeypatch.setattr(handlers, "_QUICK_SECONDS", float("inf"))
    monkeypatch.setattr(handlers, "_slow", set())


def outcomes(*instances):
    return [queries.instance(one).outcome for one in instances]


@pytest.mark.django_db(transaction=True)
def test_results_of_jobs_that_are_due_together_are_taken_in_one_transaction(run, workers, monkeypatch):
    workers["work"] = lambda job: {"receipt": job.variables["number"]}
    instances = [run(saving(mapping(outputs={"saved": "=receipt"})), number=number) for number in range(5)]
    written = []
    plain = rows.execute
    monkeypatch.setattr(rows, "execute", lambda *said: written.append(said) or plain(*said))
    assert outbox.deliver_due() == 5
    assert len(written) == 1
    assert outcomes(*instances) == ["completed"] * 5
    assert [queries.variables_of_instance(one)["saved"] for one in instances] == list(range(5))
    assert {entry.state for entry in OutboxEntry.objects.all()} == {"done"}


@pytest.mark.django_db(transaction=True)
def test_of_jobs_that_are_due_together_one_that_fails_spoils_none(run, workers):
    def work(job):
        match job.variables["how"]:
            case "later":
                raise TryAgain("the system is down", timedelta(minutes=1))
            case "refused":
                raise BpmnError("REFUSED", "no")
            case "never":
                raise JobFailed("the file is broken")
            case "unkeepable":
                return {"x": "a\x00b"}
            case "bug":
                raise ZeroDivisionError
        return {}

    workers["work"] = work
    hows = ["good", "later", "refused", "never", "unkeepable", "bug", "good"]
    instances = {number: run(saving(), how=how) for number, how in enumerate(hows)}
    assert outbox.deliver_due() == len(hows)
    assert outcomes(*instances.values()) == ["completed", "", "", "", "", "", "completed"]
    assert queries.open_jobs(instances[1])[0].last_error == "the system is down"
    assert [task.element_id for task in queries.open_tasks(instance_id=instances[2])] == ["repair"]
    assert queries.open_incidents(instance_id=instances[3])[0].message == "the file is broken"
    assert "NUL" in queries.open_incidents(instance_id=instances[4])[0].message
    assert queries.open_jobs(instances[5])[0].attempts == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_that_is_done_waits_for_a_job_of_a_type_that_was_slow(run, workers, monkeypatch):
    monkeypatch.setattr(handlers, "_QUICK_SECONDS", -1)
    seen, instances = [], []
    workers["work"] = lambda job: seen.append(outcomes(*instances).count("completed"))
    instances += [run(saving()) for _ in range(3)]
    outbox.deliver_due()
    assert seen == [0, 1, 2]
    assert handlers._slow == {"work"}


@pytest.mark.django_db(transaction=True)
def test_a_type_that_is_quick_again_is_done_together_again(run, workers, monkeypatch):
    monkeypatch.setattr(handlers, "_slow", {"work"})
    workers["work"] = lambda job: {}
    run(saving())
    outbox.deliver_due()
    assert handlers._slow == set()


@pytest.mark.django_db(transaction=True)
def test_jobs_of_one_instance_are_taken_in_one_transaction_too(run, workers):
    workers["work"] = lambda job: {"answer": job.variables["item"]}
    many = each("=[1, 2, 3]", "item", outputCollection="all", outputElement="=answer")
    work = "<bpmn:extensionElements><zeebe:taskDefinition type='work'/></bpmn:extensionElements>"
    instance_id = run(model(start(), element("serviceTask", "save", work + many), end(), path("start", "save", "end")))
    assert outbox.deliver_due() == 3
    assert outcomes(instance_id) == ["completed"]
    assert queries.variables_of_instance(instance_id)["all"] == [1, 2, 3]


@pytest.mark.parametrize(
    "point", ["processes.job.worked", "processes.step.before_commit", "processes.step.after_commit"]
)
@pytest.mark.django_db(transaction=True)
def test_after_a_crash_among_several_each_result_is_taken_once(run, workers, point):
    keys = []
    workers["work"] = lambda job: keys.append(job.key)
    instances = [run(saving()) for _ in range(3)]
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at(point):
        outbox.deliver_due()
    with clock.fixed(NOON + timedelta(minutes=3)):
        while outbox.deliver_due():
            pass
    assert outcomes(*instances) == ["completed"] * 3
    assert len(set(keys)) == 3
