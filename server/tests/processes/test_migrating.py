"""Instances move to another deployment through PostgreSQL: what is stored is what the facts say, before and after."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from bpmn import State, codec, compile_model
from bpmn.testing import (
    boundary,
    compensated,
    compensation,
    element,
    end,
    extensions,
    flow,
    gateway,
    mapping,
    message_definition,
    message_reference,
    model,
    path,
    service_task,
    start,
    timer,
    user_task,
    zeebe,
)
from firstline import clock
from firstline.processes import actions, events, executor, migrating, queries
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.migrating import Moved, Stayed
from firstline.processes.models import Deployment, Instance, Subscription, Task, Timer

from .conftest import CASE, NOON

HOUR = timedelta(hours=1)


def deployed(*parts: str, release_id: str, **more: object) -> UUID:
    return actions.deploy(release_id=release_id, xml=model(*parts, **more))


def deployments(old: tuple[str, ...], new: tuple[str, ...], *definitions: str) -> tuple[UUID, UUID]:
    return (
        deployed(*old, release_id="old", definitions=definitions),
        deployed(*new, release_id="new", definitions=definitions),
    )


def begun(**variables: object) -> UUID:
    return actions.start_instance(release_id="old", process_id="p", business_id=CASE, variables=variables)


def moved(instance_id: UUID, source_id: UUID, target_id: UUID, **mapped: str) -> Moved:
    result = migrating.migrate_instance(
        instance_id=instance_id, source_id=source_id, target_id=target_id, mapped=tuple(sorted(mapped.items()))
    )
    assert isinstance(result, Moved), result
    assert_stored_as_told(instance_id)
    return result


def stored(instance_id: UUID) -> State:
    """Load the whole state, key by key, from the root on."""
    instance = Instance.objects.get(id=instance_id)
    program = compile_model(instance.deployment.xml.encode()).processes[instance.process_id]
    store = PostgresStore(instance, program)
    state = store.begin()
    ahead = [str(instance_id)]
    while ahead:
        id_ = ahead.pop()
        store.load(state, [("element", id_), ("children", id_), ("variables", id_)])
        store.load(state, [("join", id_, node.id) for node in program.nodes if node.joining is not None])
        row = state.elements.get(id_)
        store.load(state, [("compensable", id_, str(n)) for n in range(1, row.compensable + 1)])
        ahead.extend(state.children.ids(id_))
    return state


def assert_stored_as_told(instance_id: UUID) -> None:
    """What lies in the tables is what all facts in order lead to."""
    seen, told = (_data(state) for state in (stored(instance_id), queries.state_at(instance_id)))
    assert seen == told


def _data(state: State) -> dict[str, object]:
    for table in (state.elements, state.waits, state.joins, state.incidents, state.compensables):
        for key in [key for key, row in table.rows.items() if row is None]:
            del table.rows[key]
    return codec.state_to_data(state)


CHECK = (start(), user_task("check"), end(), path("start", "check", "end"))
LOOK = (
    start(),
    element("userTask", "look", extensions(zeebe("formDefinition", formId="looked")), name="Look"),
    user_task("pay"),
    end(),
    path("start", "look", "pay", "end"),
)

pytestmark = pytest.mark.django_db


def test_an_instance_goes_on_in_the_new_version_with_its_tasks_and_variables(heard):
    old, new = deployments(CHECK, LOOK)
    instance_id = begun(amount=5)
    (task,) = queries.open_tasks()
    moved(instance_id, old, new, check="look")
    assert queries.instance(instance_id).release_id == "new"
    (same,) = queries.open_tasks()
    assert (same.id, same.element_id, same.name, same.form_id) == (task.id, "look", "Look", "looked")
    assert heard[-1] == events.InstanceMigrated(
        instance_id=instance_id, business_id=CASE, from_release_id="old", release_id="new"
    )
    actions.complete_task(task_id=task.id, variables={"ok": True}, completed_by=None)
    assert [one.element_id for one in queries.open_tasks()] == ["pay"]
    assert queries.variables_of_instance(instance_id) == {"amount": 5, "ok": True}


def test_joins_timers_messages_and_what_can_be_compensated_go_along():
    def parts(book: str, late: str, join: str, catch: str) -> tuple[str, ...]:
        return (
            start(), gateway("parallel", "fork"), user_task(book), compensated(book, "undo"),
            element("userTask", "undo", isForCompensation="true"), gateway("parallel", join), user_task("b"),
            boundary(late, "b", timer(duration="PT5H")), end("too_late"), flow(late, "too_late"),
            element("receiveTask", catch, messageRef="m"), end(),
            element("intermediateThrowEvent", "back", compensation()),
            path("start", "fork", book, join, "back", "end"), path("fork", "b", join), path("fork", catch, join),
        )  # fmt: skip

    definition = message_definition("m", "answer", "=number")
    old, new = deployments(
        parts("book", "late", "sync", "ask"), parts("reserve", "reminder", "all", "wait"), definition
    )
    instance_id = begun(number=7)
    (booking,) = [task for task in queries.open_tasks() if task.element_id == "book"]
    actions.complete_task(task_id=booking.id, variables={}, completed_by=None)
    due_at = Timer.objects.get().due_at
    with clock.fixed(NOON + HOUR):
        moved(instance_id, old, new, book="reserve", book_undo="reserve_undo", late="reminder", sync="all", ask="wait")
    assert (Timer.objects.get().due_at, Timer.objects.get().element_id) == (due_at, "reminder")
    actions.publish_message(message_id="1", name="answer", key="7", variables={})
    executor.run_due()
    (task,) = queries.open_tasks()
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    assert [one.element_id for one in queries.open_tasks()] == ["undo"]


def test_a_message_that_came_early_finds_what_is_newly_waited_for():
    ask = boundary("asked", "check", message_reference("m"), interrupting=False)
    definition = message_definition("m", "answer", "=number")
    old, new = deployments(CHECK, (*CHECK, ask, user_task("reply"), path("asked", "reply")), definition)
    instance_id = begun(number=7)
    actions.publish_message(message_id="1", name="answer", key="7", variables={}, time_to_live=HOUR)
    moved(instance_id, old, new)
    assert Subscription.objects.get().stays_open
    executor.run_due()
    assert sorted(task.element_id for task in queries.open_tasks()) == ["check", "reply"]


def test_a_dry_run_writes_nothing_and_says_why_not():
    old, new = deployments(CHECK, (start(), service_task("check"), end(), path("start", "check", "end")))
    instance_id = begun()
    told = len(queries.facts_of(instance_id))
    (finding,) = migrating.check_instances(instance_ids=[instance_id], target_id=new)[instance_id]
    assert (finding.code, finding.element_id, finding.blocks) == ("other_kind", "check", True)
    result = migrating.migrate_instance(instance_id=instance_id, source_id=old, target_id=new)
    assert result == Stayed(findings=(finding,))
    assert len(queries.facts_of(instance_id)) == told
    assert queries.instance(instance_id).release_id == "old"


def test_a_called_instance_of_the_same_version_moves_along_or_none_does():
    call = element(
        "callActivity", "call", extensions(zeebe("calledElement", processId="child", bindingType="deployment"))
    )

    def file(task: str) -> bytes:
        caller = model(start(), call, end(), path("start", "call", "end")).decode()
        child = model(start("begin"), user_task(task), end("done"), path("begin", task, "done"), process_id="child")
        inner = child.decode().split(">", 1)[1].removesuffix("</bpmn:definitions>")
        return caller.replace("</bpmn:definitions>", f"{inner}</bpmn:definitions>").encode()

    old = actions.deploy(release_id="old", xml=file("ask"))
    new = actions.deploy(release_id="new", xml=file("question"))
    instance_id = begun()
    executor.run_due()
    result = migrating.migrate_instance(instance_id=instance_id, source_id=old, target_id=new)
    assert isinstance(result, Stayed)
    assert [finding.element_id for finding in result.findings] == ["ask"]
    both = moved(instance_id, old, new, ask="question")
    assert len(both.sequences) == 2
    assert set(Instance.objects.values_list("deployment_id", flat=True)) == {new}
    (task,) = queries.open_tasks()
    assert task.element_id == "question"
    back = migrating.revert_instances(sequences=both.sequences, source_id=old)
    assert isinstance(back, Moved)
    assert set(Instance.objects.values_list("deployment_id", flat=True)) == {old}
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    executor.run_due()
    assert queries.instance(instance_id).outcome == "completed"


def test_a_revert_leads_back_to_the_old_version_and_to_its_timers(heard):
    late = (boundary("late", "check", timer(duration="PT2H")), end("too_late"), flow("late", "too_late"))
    old, new = deployments((*CHECK, *late), LOOK)
    instance_id = begun()
    due_at = Timer.objects.get().due_at
    result = moved(instance_id, old, new, check="look")
    assert not Timer.objects.exists()
    with clock.fixed(NOON + HOUR):
        assert isinstance(migrating.revert_instances(sequences=result.sequences, source_id=old), Moved)
    assert_stored_as_told(instance_id)
    assert queries.instance(instance_id).release_id == "old"
    assert Timer.objects.get().due_at == due_at
    (task,) = queries.open_tasks()
    assert (task.element_id, task.name, task.form_id) == ("check", "Check", "")
    assert heard[-1].release_id == "old"


def test_whoever_has_gone_on_stays():
    old, new = deployments(CHECK, LOOK)
    instance_id = begun()
    result = moved(instance_id, old, new, check="look")
    actions.complete_task(task_id=queries.open_tasks()[0].id, variables={}, completed_by=None)
    stayed = migrating.revert_instances(sequences=result.sequences, source_id=old)
    assert isinstance(stayed, Stayed)
    assert [finding.code for finding in stayed.findings] == ["moved_on"]
    assert queries.instance(instance_id).release_id == "new"


def test_an_instance_that_ended_or_moved_meanwhile_is_left_alone():
    old, new = deployments(CHECK, LOOK)
    instance_id = begun()
    moved(instance_id, old, new, check="look")
    again = migrating.migrate_instance(instance_id=instance_id, source_id=old, target_id=new)
    assert [finding.code for finding in again.findings] == ["elsewhere"]
    actions.cancel_instance(instance_id=instance_id, reason="done")
    (finding,) = migrating.check_instances(instance_ids=[instance_id], target_id=new)[instance_id]
    assert finding.code == "ended"


def test_a_job_that_failed_is_tried_again_in_the_new_version():
    def parts(task: str) -> tuple[str, ...]:
        return (start(), service_task(task), end(), path("start", task, "end"))

    old, new = deployments(parts("save"), parts("keep"))
    instance_id = begun()
    (job,) = queries.open_jobs(instance_id)
    actions.fail_job(job_id=job.id, message="no")
    moved(instance_id, old, new, save="keep")
    (incident,) = queries.open_incidents(instance_id=instance_id)
    assert incident.element_id == "keep"
    actions.retry_incident(incident_id=incident.id)
    actions.complete_job(job_id=job.id, variables={})
    assert queries.instance(instance_id).outcome == "completed"


def test_mappings_of_inputs_are_not_evaluated_again():
    wanted = user_task("check", mapping(inputs={"twice": "=amount * 2"}))
    old, new = deployments(CHECK, (start(), wanted, end(), path("start", "check", "end")))
    instance_id = begun(amount=2)
    moved(instance_id, old, new)
    (task,) = queries.open_tasks()
    assert queries.variables_of_task(task.id) == {"amount": 2}


@pytest.mark.django_db(transaction=True)
def test_an_instance_that_somebody_has_in_hand_is_passed_over():
    old, new = deployments(CHECK, LOOK)
    instance_id = begun()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Instance.objects.select_for_update().get(id=instance_id)
            held.set()
            done.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    try:
        result = migrating.migrate_instance(instance_id=instance_id, source_id=old, target_id=new)
    finally:
        done.set()
        holder.join()
    assert isinstance(result, Stayed)
    assert result.is_passing
    assert Task.objects.get().element_id == "check"
    assert Deployment.objects.get(id=old).instances.count() == 1
