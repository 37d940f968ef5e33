"""Instances: started, led on, told about, remembered."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection

from bpmn import codec
from bpmn.testing import (
    boundary,
    condition,
    element,
    end,
    extensions,
    gateway,
    mapping,
    model,
    path,
    script_task,
    service_task,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)
from firstline import clock
from firstline.config import subscriptions
from firstline.errors import Conflict, FirstlineError
from firstline.processes import actions, events, executor, queries
from firstline.processes.adapters import steps
from firstline.processes.models import ElementInstance, Timer, Variable

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db
ANN = UUID("01890000-0000-7000-8000-0000000000aa")


def one(*ext: str) -> bytes:
    return model(start(), user_task("check", *ext), end(), path("start", "check", "end"))


def test_a_model_with_mistakes_is_refused_with_all_of_them():
    with pytest.raises(actions.ModelRefused) as caught:
        actions.deploy(
            release_id="r", xml=model(start(), element("serviceTask", "t"), user_task("u"), path("start", "t"))
        )
    codes = {(problem["code"], problem["element_id"]) for problem in caught.value.fields["problems"]}
    assert codes == {("job_type", "t"), ("unreachable", "u")}


def test_a_start_that_could_never_happen_is_refused():
    when = element("startEvent", "when", condition("=n > 1"))
    xml = model(start(), when, user_task("u"), end(), path("start", "u", "end"), path("when", "u"))
    with pytest.raises(actions.ModelRefused, match="no variables to look at") as caught:
        actions.deploy(release_id="r", xml=xml)
    assert [(one["code"], one["element_id"]) for one in caught.value.fields["problems"]] == [("start_event", "when")]


def test_deploying_twice_is_deploying_once():
    assert actions.deploy(release_id="r", xml=one()) == actions.deploy(release_id="r", xml=one())


def test_a_process_that_was_never_deployed_is_unknown():
    with pytest.raises(actions.UnknownProcess):
        actions.start_instance(release_id="r", process_id="nope", business_id=None, variables={})


def test_a_task_is_created_told_and_completed(run, heard):
    instance_id = run(
        one(zeebe("assignmentDefinition", candidateGroups="billing, contracts"), zeebe("formDefinition", formId="f"))
    )
    (task,) = queries.open_tasks(business_ids=[CASE])
    assert (task.name, task.form_id, task.candidate_groups) == ("Check", "f", ("billing", "contracts"))
    assert (task.created_at, task.is_open) == (NOON, True)
    created = events.TaskCreated(
        task_id=task.id,
        instance_id=instance_id,
        business_id=CASE,
        element_id="check",
        name="Check",
        form_id="f",
        assignee="",
        candidate_groups=("billing", "contracts"),
        due_at=None,
    )
    assert heard == [created]
    actions.complete_task(task_id=task.id, variables={"ok": True}, completed_by=ANN)
    completed, ended = heard[1:]
    assert (completed.task_id, completed.completed_by) == (task.id, ANN)
    assert ended == events.InstanceEnded(instance_id=instance_id, business_id=CASE, outcome="completed")
    assert queries.open_tasks(business_ids=[CASE]) == []
    assert queries.task(task.id).state == "completed"
    assert queries.instance(instance_id).outcome == "completed"
    assert not ElementInstance.objects.exists()
    assert not Variable.objects.exists()


def test_completing_twice_is_refused_and_changes_nothing(run, heard):
    run(one())
    (task,) = queries.open_tasks()
    actions.complete_task(task_id=task.id, variables={}, completed_by=ANN)
    said = len(heard)
    with pytest.raises(actions.TaskGone):
        actions.complete_task(task_id=task.id, variables={"x": 1}, completed_by=ANN)
    assert len(heard) == said


def test_variables_keep_their_types_and_those_of_the_house_are_turned(run):
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    values = {
        "n": Decimal("1.10"),
        "at": moment,
        "list": [1, {"a": None}],
        "nothing": None,
        "id": ANN,
        "for": timedelta(hours=1),
    }
    instance_id = run(one(), **values)
    assert queries.variables_of_instance(instance_id) == {**values, "id": str(ANN)}


def test_what_cannot_be_stored_is_refused(run):
    with pytest.raises(FirstlineError, match="NUL"):
        run(one(), x="a\x00b")
    with pytest.raises(actions.Refused, match="infinite"):
        run(one(), x=float("nan"))


def test_a_task_sees_its_own_variables_first(run):
    instance_id = run(one(mapping(inputs={"x": "=x + 1"})), x=1, y=2)
    (task,) = queries.open_tasks()
    assert queries.variables_of_task(task.id) == {"x": Decimal(2), "y": Decimal(2)}
    actions.set_variables(instance_id=instance_id, variables={"y": 3})
    assert queries.variables_of_task(task.id)["y"] == Decimal(3)
    actions.complete_task(task_id=task.id, variables={"z": 1}, completed_by=None)
    assert queries.variables_of_task(task.id) == {"x": Decimal(1), "y": Decimal(3), "z": Decimal(1)}


def test_a_task_is_claimed_by_one(run, heard):
    run(one())
    (task,) = queries.open_tasks(unassigned=True)
    actions.claim_task(task_id=task.id, by=ANN)
    actions.claim_task(task_id=task.id, by=ANN)
    assert [row.id for row in queries.open_tasks(assignee=str(ANN))] == [task.id]
    with pytest.raises(Conflict):
        actions.claim_task(task_id=task.id, by=uuid4())
    actions.unclaim_task(task_id=task.id)
    actions.assign_task(task_id=task.id, assignee="bob")
    assert queries.task(task.id).assignee == "bob"
    assert [event.assignee for event in heard if isinstance(event, events.TaskAssigned)] == [str(ANN), "", "bob"]


def test_tasks_are_found_by_team(run):
    run(one(zeebe("assignmentDefinition", candidateGroups="billing")))
    assert len(queries.open_tasks(teams=["billing", "other"])) == 1
    assert queries.open_tasks(teams=["other"]) == []


def test_cancelling_withdraws_what_is_open(run, heard):
    instance_id = run(one())
    actions.cancel_instance(instance_id=instance_id, reason="withdrawn")
    assert [type(event).__name__ for event in heard] == ["TaskCreated", "TaskCancelled", "InstanceEnded"]
    with pytest.raises(actions.Refused):
        actions.cancel_instance(instance_id=instance_id, reason="again")


@pytest.mark.parametrize("binding", ["", "latest", "versionTag"])
def test_a_decision_is_asked_for_with_its_place_and_the_version_that_is_meant(run, monkeypatch, binding):
    asked = []

    def decide(**request):
        asked.append(request)
        return {"level": 3}

    monkeypatch.setattr(subscriptions, "DECIDE", "decide")
    monkeypatch.setattr("firstline.processes.adapters.steps.import_string", lambda path: decide)
    called = {"decisionId": "d", "resultVariable": "result"} | ({"bindingType": binding} if binding else {})
    called |= {"versionTag": "2.1"} if binding == "versionTag" else {}
    task = element("businessRuleTask", "triage", extensions(zeebe("calledDecision", **called)))
    instance_id = run(model(start(), task, user_task("t"), path("start", "triage", "t")), kind="angry")
    assert asked == [
        {
            "release_id": "release",
            "decision_id": "d",
            "context": {"kind": "angry"},
            "instance_id": instance_id,
            "business_id": CASE,
            "element_id": "triage",
            "now": NOON,
            "binding": binding,
            "version_tag": called.get("versionTag", ""),
        }
    ]
    assert queries.variables_of_instance(instance_id)["result"] == {"level": Decimal(3)}


def test_a_decision_is_taken_once_however_much_state_is_asked_for(run, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "firstline.processes.adapters.steps.import_string", lambda path: lambda **request: asked.append(1) or 7
    )
    decision = element(
        "businessRuleTask", "d", extensions(zeebe("calledDecision", decisionId="d", resultVariable="deep.r"))
    )
    xml = model(
        start(),
        user_task("t"),
        decision,
        script_task("s", "other + 1", "r"),
        end(),
        path("start", "t", "d", "s", "end"),
    )
    run(xml, other=1)
    (task,) = queries.open_tasks()
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    assert asked == [1]


def test_a_failed_decision_is_an_incident_and_can_be_retried(run, heard, monkeypatch):
    def decide(**request):
        if "kind" not in request["context"]:
            raise FirstlineError("no rule fits")
        return 1

    monkeypatch.setattr("firstline.processes.adapters.steps.import_string", lambda path: decide)
    decision = element(
        "businessRuleTask", "d", extensions(zeebe("calledDecision", decisionId="triage", resultVariable="r"))
    )
    instance_id = run(model(start(), decision, user_task("t"), path("start", "d", "t")))
    (incident,) = queries.open_incidents(business_ids=[CASE])
    assert incident.message == "The decision 'triage' has no result: no rule fits"
    assert [place.has_incident for place in queries.active_elements(instance_id)] == [True]
    assert actions.retry_incident(incident_id=incident.id) is False
    assert queries.open_incidents(instance_id=instance_id)[0].failed_again_at == NOON
    assert actions.retry_incident(incident_id=incident.id, variables={"kind": "x"}) is True
    assert [type(event).__name__ for event in heard] == ["IncidentRaised", "IncidentResolved", "TaskCreated"] or [
        type(event).__name__ for event in heard
    ] == ["IncidentRaised", "TaskCreated", "IncidentResolved"]
    assert queries.incidents(instance_id=instance_id)[0].resolution == "retried"
    with pytest.raises(actions.IncidentClosed):
        actions.retry_incident(incident_id=incident.id)


def test_a_diagram_knows_where_the_tokens_are_and_what_was_passed(run):
    body = subprocess("sub", start("in"), user_task("inner"), path("in", "inner"))
    xml = model(start(), script_task("s", "1", "x"), body, end(), path("start", "s", "sub", "end"))
    instance_id = run(xml)
    assert {place.element_id for place in queries.active_elements(instance_id)} == {"sub", "inner"}
    assert queries.model_xml(instance_id) == xml.decode()
    with clock.fixed(NOON + timedelta(minutes=5)):
        (task,) = queries.open_tasks()
        actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    times = {row.element_id: row for row in queries.element_times(instance_id)}
    assert list(times) == ["start", "s", "sub", "in", "inner", "end"]
    assert (times["inner"].entered, times["inner"].seconds) == (1, 300)
    assert (times["sub"].first_entered_at, times["sub"].last_left_at) == (NOON, NOON + timedelta(minutes=5))


def test_the_state_at_any_past_moment_is_rebuilt(run):
    xml = model(
        start(),
        gateway("parallel", "fork"),
        user_task("a"),
        user_task("b"),
        gateway("parallel", "sync"),
        path("start", "fork", "a", "sync"),
        path("fork", "b", "sync"),
    )
    instance_id = run(xml, x=1)
    before = [row.sequence for row in queries.history(instance_id)][-1]
    a, b = queries.open_tasks(instance_id=instance_id)
    actions.complete_task(task_id=a.id, variables={"x": 2}, completed_by=None)
    then, now = queries.state_at(instance_id, sequence=before), queries.state_at(instance_id)
    assert {row.element_id for row in then.elements.rows.values()} == {"p", "a", "b"}
    assert (then.variables.find(str(instance_id), "x"), now.variables.find(str(instance_id), "x")) == (1, 2)
    assert {row.element_id for row in now.elements.rows.values()} == {"p", "b"}
    assert codec.state_to_data(now)["joins"][0]["waiting"] == {"a-sync": 1}
    actions.complete_task(task_id=b.id, variables={}, completed_by=None)
    assert queries.state_at(instance_id).head().outcome == "completed"


def test_history_keeps_values_apart_from_facts(run):
    instance_id = run(one(), name="Ann Miller")
    assert "Miller" not in str([row.data for row in queries.history(instance_id)])
    assert queries.variables_of_instance(instance_id) == {"name": "Ann Miller"}


def test_a_timer_happens_when_it_is_due(run, heard):
    event = boundary("late", "check", timer(duration="PT2H"))
    run(
        model(
            start(),
            user_task("check"),
            event,
            user_task("chase"),
            end(),
            path("start", "check", "end"),
            path("late", "chase"),
        )
    )
    assert queries.next_due_at() == NOON + timedelta(hours=2)
    assert executor.run_due() == 0
    with clock.fixed(NOON + timedelta(hours=2)):
        assert executor.run_due() == 1
        assert executor.run_due() == 0
    assert [task.element_id for task in queries.open_tasks()] == ["chase"]
    assert [type(event).__name__ for event in heard] == ["TaskCreated", "TaskCancelled", "TaskCreated"]
    assert queries.next_due_at() is None


def test_two_timers_of_one_instance_happen_in_one_batch(run):
    xml = model(
        start(),
        gateway("parallel", "fork"),
        element("intermediateCatchEvent", "a", timer(duration="PT1H")),
        element("intermediateCatchEvent", "b", timer(duration="PT1H")),
        gateway("parallel", "sync"),
        end(),
        path("start", "fork", "a", "sync", "end"),
        path("fork", "b", "sync"),
    )
    instance_id = run(xml)
    with clock.fixed(NOON + timedelta(hours=1)):
        assert executor.run_due() == 2
    assert queries.instance(instance_id).outcome == "completed"


def test_a_poisoned_instance_becomes_an_incident_and_stops_nobody(run, heard, monkeypatch):
    xml = model(
        start(), element("intermediateCatchEvent", "wait", timer(duration="PT1H")), end(), path("start", "wait", "end")
    )
    bad, good = run(xml), run(xml)
    real = steps.advance_over

    def poisoned(store, *arguments, **more):
        if store._instance.id == bad:
            raise ZeroDivisionError("a bug")
        return real(store, *arguments, **more)

    with clock.fixed(NOON + timedelta(hours=1)):
        with monkeypatch.context() as bug:
            bug.setattr(steps, "advance_over", poisoned)
            assert executor.run_due() == 2
            assert executor.run_due() == 0
        assert queries.instance(good).outcome == "completed"
        (incident,) = queries.open_incidents(instance_id=bad)
        assert (incident.kind, incident.element_id, incident.message) == ("bug", "wait", "ZeroDivisionError: a bug")
        assert queries.next_due_at() is None
        assert actions.retry_incident(incident_id=incident.id) is False
        assert executor.run_due() == 1
    assert queries.instance(bad).outcome == "completed"
    assert queries.open_incidents() == []
    assert [type(event).__name__ for event in heard].count("IncidentResolved") == 1


def test_a_poisoned_instance_is_held_even_when_nobody_can_be_told(run, monkeypatch):
    xml = model(
        start(), element("intermediateCatchEvent", "wait", timer(duration="PT1H")), end(), path("start", "wait", "end")
    )
    bad, good = run(xml), run(xml)
    real = steps.advance_over

    def poisoned(store, *arguments, **more):
        if store._instance.id == bad:
            raise ZeroDivisionError("what no \x00 text \ud800 may hold")
        return real(store, *arguments, **more)

    def unheard(event):
        if type(event).__name__ == "IncidentRaised":
            raise RuntimeError("a bug in who hears it")

    monkeypatch.setattr(steps, "advance_over", poisoned)
    monkeypatch.setattr("firstline.processes.actions._incidents.announce", unheard)
    with clock.fixed(NOON + timedelta(hours=1)):
        assert executor.run_due() == 2
        assert executor.run_due() == 0
    assert queries.instance(good).outcome == "completed"
    (incident,) = queries.open_incidents(instance_id=bad)
    assert incident.message == "ZeroDivisionError: what no  text ? may hold"


def test_a_loop_without_end_is_an_incident(run, settings):
    settings.FIRSTLINE_ENDLESS_AFTER, settings.FIRSTLINE_PAUSE_AFTER = 200, 90
    instance_id = run(model(start(), element("task", "t"), gateway("exclusive", "g"), path("start", "g", "t", "g")))
    assert [executor.run_due(), executor.run_due(), executor.run_due()] == [1, 1, 0]
    assert [incident.kind for incident in queries.open_incidents(instance_id=instance_id)] == ["endless"]


def test_what_a_step_opens_is_there_for_the_slices_of_the_next(run):
    """Nothing of a running instance is left behind in the tables when it ends."""
    xml = model(
        start(),
        service_task("job"),
        boundary("b", "job", timer(duration="P1D")),
        end(),
        end("e"),
        path("start", "job", "end"),
        path("b", "e"),
    )
    instance_id = run(xml)
    assert Timer.objects.filter(instance_id=instance_id).exists()
    actions.cancel_instance(instance_id=instance_id, reason="x")
    assert not Timer.objects.exists()
    assert queries.open_jobs(instance_id) == []


def test_a_step_writes_no_variable_that_it_leaves_alone(run):
    instance_id = run(one(), x="one", y="two")

    def places() -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, ctid::text FROM processes_variable WHERE instance_id = %s", [instance_id])
            return dict(cursor.fetchall())

    before = places()
    actions.set_variables(instance_id=instance_id, variables={"x": "three"})
    # A row that is written lies elsewhere afterwards.
    after = places()
    assert after["y"] == before["y"]
    assert after["x"] != before["x"]
