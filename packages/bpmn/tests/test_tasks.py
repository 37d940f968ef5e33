"""What each task does, as ordered facts."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bpmn import DecisionFailed, commands, facts
from bpmn.testing import (
    Play,
    Rejected,
    element,
    end,
    extensions,
    mapping,
    model,
    path,
    script_task,
    service_task,
    start,
    user_task,
    zeebe,
)


def one(task: str, id_: str = "t") -> bytes:
    return model(start(), task, end(), path("start", id_, "end"))


def test_every_fact_of_a_user_task_is_told_in_order():
    play = Play(one(user_task("t")), thorough=True)
    play.start(amount=5)
    assert play.facts == [
        facts.InstanceStarted("i", "p", "b", None),
        facts.VariableSet("i", "amount", Decimal(5)),
        facts.ElementEntered("000001", "start", "i", None),
        facts.ElementLeft("000001", "start", "i", ("start-t",)),
        facts.ElementEntered("000002", "t", "i", "start-t"),
        facts.TaskCreated("000003", "000002", "t", "T", "", "", (), (), None),
    ]
    said = play.do(commands.CompleteTask(task_id="000003", variables={"ok": True}, completed_by="ann"))
    assert said == (
        facts.TaskCompleted("000003", "000002", "t", "ann"),
        facts.VariableSet("i", "ok", True),
        facts.ElementLeft("000002", "t", "i", ("t-end",)),
        facts.ElementEntered("000005", "end", "i", "t-end"),
        facts.ElementLeft("000005", "end", "i", ()),
        facts.InstanceEnded("i", "completed", "", "", None, {}),
    )


def test_effects_are_the_facts_that_ask_for_something():
    play = Play(one(service_task("t")))
    play.start()
    assert [type(fact).__name__ for fact in play.facts if isinstance(fact, facts.EFFECTS)] == ["JobCreated"]


def test_a_user_task_computes_who_and_until_when():
    task = user_task(
        "t",
        zeebe("assignmentDefinition", assignee="=owner", candidateGroups='=["a", "b"]', candidateUsers="x, y"),
        zeebe("formDefinition", formId="form"),
        zeebe("taskSchedule", dueDate='=date and time("2026-01-06T12:00:00Z")'),
    )
    play = Play(one(task), thorough=True)
    play.start(owner="ann")
    created = play.facts[-1]
    assert isinstance(created, facts.TaskCreated)
    assert (created.assignee, created.candidate_groups, created.candidate_users) == ("ann", ("a", "b"), ("x", "y"))
    assert (created.form_id, created.due_at) == ("form", datetime(2026, 1, 6, 12, tzinfo=UTC))


def test_a_job_has_type_retries_and_headers():
    ext = zeebe("taskHeaders", zeebe("header", key="command", value="save"))
    play = Play(one(service_task("t", ext, job_type='="do-" + what')), thorough=True)
    play.start(what="it")
    assert play.facts[-1] == facts.JobCreated("000003", "000002", "t", "do-it", 3, {"command": "save"})
    play.complete_job("t", result="done")
    assert (play.outcome, play.variables["result"]) == ("completed", "done")


@pytest.mark.parametrize("tag", ["task", "manualTask"])
def test_undefined_and_manual_tasks_pass(tag):
    play = Play(one(element(tag, "t")), thorough=True)
    play.start()
    assert play.outcome == "completed"


def test_a_send_task_is_a_job():
    play = Play(one(element("sendTask", "t", extensions(zeebe("taskDefinition", type="send-message")))), thorough=True)
    play.start()
    assert play.waiting() == ["job t"]


def test_a_script_sets_its_result():
    play = Play(one(script_task("t", "a * 2", "b")), thorough=True)
    play.start(a=21)
    assert play.variables["b"] == Decimal(42)


def test_a_standard_script_gives_a_context_of_variables():
    play = Play(one(element("scriptTask", "t", "<bpmn:script>{b: a + 1, c: b + 1}</bpmn:script>")), thorough=True)
    play.start(a=1)
    assert (play.variables["b"], play.variables["c"]) == (Decimal(2), Decimal(3))


def decision(id_: str = "t") -> str:
    return element(
        "businessRuleTask", id_, extensions(zeebe("calledDecision", decisionId="triage", resultVariable="level"))
    )


def test_a_decision_sees_what_its_task_sees():
    asked: list[object] = []

    def decide(element_id, decision_id, context):
        asked.append((element_id, decision_id, dict(context)))
        return 3

    play = Play(one(decision()), decide=decide)
    play.start(kind="angry")
    assert asked == [("t", "triage", {"kind": "angry"})]
    assert play.variables["level"] == Decimal(3)
    assert facts.DecisionMade("000002", "t", "triage") in play.facts


def test_a_failed_decision_is_an_incident_that_can_be_retried():
    def decide(element_id, decision_id, context):
        if "kind" not in context:
            raise DecisionFailed("no rule matches")
        return "high"

    play = Play(one(decision()), decide=decide, thorough=True)
    play.start()
    assert play.incidents() == [("t", "decision", "The decision 'triage' has no result: no rule matches")]
    play.resolve(kind="angry")
    assert (play.outcome, play.incidents()) == ("completed", [])


def test_inputs_are_local_and_outputs_go_to_the_scope_around():
    io = mapping(inputs={"given.a": "=x", "given.b": "text"}, outputs={"out.sum": "=answer + x", "seen": "=given"})
    play = Play(one(service_task("t", io)), thorough=True)
    play.start(x=1)
    play.complete_job("t", answer=2)
    assert play.variables["out"] == {"sum": Decimal(3)}
    assert play.variables["seen"] == {"a": Decimal(1), "b": "text"}
    assert "answer" not in play.variables
    assert "given" not in play.variables


def test_a_failed_job_is_an_incident_and_goes_out_again_with_its_key():
    play = Play(one(service_task("t")), thorough=True)
    play.start()
    job_id = play.wait("job", "t")
    play.do(commands.FailJob(job_id=job_id, message="the other side said no"))
    assert play.incidents() == [("t", "job", "the other side said no")]
    play.resolve()
    assert play.facts[-1] == facts.JobRetried(job_id, "000002", "t", 1)
    assert play.incidents(), "closes only when the job has succeeded"
    play.complete_job("t")
    assert (play.outcome, play.incidents()) == ("completed", [])


def test_a_failed_mapping_waits_for_a_person():
    play = Play(one(service_task("t", mapping(inputs={"n": "=number(text)"}))), thorough=True)
    play.start(text="abc")
    ((where, kind, message),) = play.incidents()
    assert (where, kind) == ("t", "expression")
    assert "number(text)" in message
    play.resolve()
    assert isinstance(play.facts[-1], facts.IncidentRepeated)
    play.resolve(text="12")
    assert (play.waiting(), play.incidents()) == (["job t"], [])


def test_a_command_for_what_is_gone_is_rejected():
    play = Play(one(user_task("t")))
    play.start()
    task_id = play.wait("task", "t")
    play.complete_task("t")
    with pytest.raises(Rejected) as caught:
        play.do(commands.CompleteTask(task_id=task_id))
    assert caught.value.rejection.code == "unknown_task"


def test_values_that_cannot_be_kept_are_rejected():
    play = Play(one(user_task("t")))
    with pytest.raises(Rejected, match="infinite"):
        play.start(x=float("inf"))


def test_cancelling_withdraws_everything():
    play = Play(one(user_task("t")), thorough=True)
    play.start()
    play.do(commands.Cancel(reason="withdrawn by the customer"))
    assert play.outcome == "cancelled"
    assert [type(fact).__name__ for fact in play.facts[-3:]] == ["WaitCancelled", "ElementCancelled", "InstanceEnded"]
    assert play.waiting() == []


def test_variables_are_set_where_they_are():
    play = Play(one(user_task("t", mapping(inputs={"x": "=1"}))), thorough=True)
    play.start(x=0)
    play.do(commands.SetVariables(variables={"x": 9}))
    play.complete_task("t", x=5)
    assert play.variables["x"] == Decimal(9)


@pytest.mark.parametrize(
    "bad", [{"x": "a\x00b"}, {"x": ["\ud800"]}, {"n" * 201: 1}, {"": 1}, {"x": {"a\x00": 1}}, {"x": object()}]
)
def test_what_no_store_could_keep_is_rejected(bad):
    play = Play(one(user_task("t")))
    play.start()
    with pytest.raises(Rejected) as caught:
        play.complete_task("t", **bad)
    assert caught.value.rejection.code == "bad_variable"


@pytest.mark.parametrize(
    "task",
    [
        user_task("t", zeebe("assignmentDefinition", assignee="=long")),
        user_task("t", zeebe("assignmentDefinition", candidateGroups="=[long]")),
        user_task("t", zeebe("formDefinition", formId="=long")),
        service_task("t", job_type="=long"),
        element("serviceTask", "t", extensions(zeebe("taskDefinition", type="x", retries="99999999999"))),
    ],
)
def test_names_that_are_too_long_are_incidents(task):
    play = Play(one(task))
    play.start(long="x" * 201)
    assert [kind for _, kind, _ in play.incidents()] == ["expression"]
