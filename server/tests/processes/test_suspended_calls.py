"""An instance that is suspended holds those that it has called, and theirs; each goes on when nobody holds it any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bpmn import commands, facts
from bpmn.testing import boundary, element, end, extensions, model, path, service_task, start, timer, user_task, zeebe
from firstline import clock
from firstline.processes import actions, executor, queries
from firstline.processes import workers as outside
from firstline.processes.models import InboxEntry, Instance, Timer

from .conftest import NOON

pytestmark = pytest.mark.django_db


def calling(process_id: str, called: str) -> bytes:
    call = element("callActivity", "call", extensions(zeebe("calledElement", processId=called)))
    return model(start(), call, end(), path("start", "call", "end"), process_id=process_id)


CALLER, BETWEEN = calling("p", "between"), calling("between", "child")
CHILD = model(
    start(),
    user_task("work"),
    boundary("late", "work", timer(duration="PT1H")),
    end("done"),
    user_task("too_late"),
    path("start", "work", "done"),
    path("late", "too_late"),
    process_id="child",
)


@pytest.fixture
def called(run: Callable[..., UUID]) -> list[UUID]:
    """A caller, the instance that it has called, and the one that this one has called, which waits for a person."""
    for xml in (BETWEEN, CHILD):
        actions.deploy(release_id="release", xml=xml)
    run(CALLER)
    drain()
    return [Instance.objects.get(process_id=one).id for one in ("p", "between", "child")]


def do(instance_id: UUID, command: Any) -> None:
    actions.operate(instance_id=instance_id, command=command)


def drain() -> None:
    while executor.run_due():
        pass


def suspended() -> set[str]:
    return set(Instance.objects.filter(suspended_at__isnull=False).values_list("process_id", flat=True))


def work() -> None:
    (task,) = queries.open_tasks()
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    drain()


def test_called_instances_stand_still_with_their_caller_and_go_on_with_it(called):
    caller, _between, child = called
    do(caller, commands.Suspend(reason="look"))
    drain()
    assert suspended() == {"p", "between", "child"}
    with clock.fixed(NOON + timedelta(hours=2)):
        drain()
        with pytest.raises(actions.Suspended):
            work()
        do(caller, commands.Resume(reason="go on"))
        drain()
        assert not suspended()
        assert [task.element_id for task in queries.open_tasks()] == ["too_late"]
        work()
    assert [queries.instance(one).outcome for one in called] == ["completed"] * 3
    told = [type(fact) for fact in queries.facts_of(child)]
    assert (told.count(facts.CallerSuspended), told.count(facts.CallerResumed)) == (1, 1)


def test_one_that_was_suspended_by_itself_stays_so_when_its_caller_goes_on(called):
    caller, between, _child = called
    do(between, commands.Suspend(reason="look"))
    drain()
    do(caller, commands.Suspend(reason="look at all"))
    drain()
    do(caller, commands.Resume())
    drain()
    assert suspended() == {"between", "child"}
    assert Timer.objects.get().is_held is False
    do(between, commands.Resume())
    drain()
    assert not suspended()
    work()
    assert queries.instance(caller).outcome == "completed"


def test_only_its_caller_lets_one_go_that_is_suspended_with_it(called):
    caller, _between, child = called
    do(caller, commands.Suspend())
    drain()
    with pytest.raises(actions.Refused) as refused:
        do(child, commands.Resume())
    assert refused.value.fields["reason"] == "caller_suspended"
    do(child, commands.Suspend(reason="this one, too"))
    do(child, commands.Resume())
    assert suspended() == {"p", "between", "child"}
    assert queries.state_at(child).instance.caller_suspended


def test_what_is_called_by_a_suspended_instance_begins_when_that_goes_on(run):
    for xml in (BETWEEN, CHILD):
        actions.deploy(release_id="release", xml=xml)
    caller = run(CALLER)
    do(caller, commands.Suspend())
    drain()
    assert queries.next_due_at() is None
    assert Instance.objects.count() == 1
    do(caller, commands.Resume())
    drain()
    work()
    assert queries.instance(caller).outcome == "completed"
    assert not InboxEntry.objects.exists()


@pytest.mark.parametrize("has_begun", [True, False])
def test_a_suspended_instance_that_is_cancelled_takes_along_what_it_has_called(run, has_begun):
    for xml in (BETWEEN, CHILD):
        actions.deploy(release_id="release", xml=xml)
    caller = run(CALLER)
    if has_begun:
        drain()
    do(caller, commands.Suspend())
    drain()
    actions.cancel_instance(instance_id=caller, reason="no longer wanted")
    drain()
    assert set(Instance.objects.values_list("outcome", flat=True)) == {"cancelled"}
    assert Instance.objects.count() == (3 if has_begun else 1)
    assert not suspended()
    assert not InboxEntry.objects.exists()


def test_one_that_hears_late_does_as_its_caller_does_now(called):
    caller, between, _child = called
    do(caller, commands.Suspend())
    do(caller, commands.Resume())
    drain()
    assert not any(isinstance(fact, facts.CallerSuspended) for fact in queries.facts_of(between))
    do(caller, commands.Suspend())
    do(caller, commands.Resume())
    do(caller, commands.Suspend())
    drain()
    assert suspended() == {"p", "between", "child"}


def test_one_with_trouble_in_its_inbox_stands_still_all_the_same(called):
    caller, between, _child = called
    entry = InboxEntry.objects.create(instance_id=between, kind="signal", payload={"name": "s"}, created_at=NOON)
    drain()
    entry.refresh_from_db()
    assert entry.is_held  # its payload lacks the variables
    do(caller, commands.Suspend())
    drain()
    assert suspended() == {"p", "between", "child"}


def test_workers_outside_get_no_jobs_of_what_a_suspended_instance_has_called(run, workers):
    job = service_task("job", job_type="outside")
    actions.deploy(
        release_id="release", xml=model(start(), job, end(), path("start", "job", "end"), process_id="between")
    )
    caller = run(CALLER)
    drain()
    do(caller, commands.Suspend())
    drain()
    assert handed_out() == 0
    do(caller, commands.Resume())
    drain()
    assert handed_out() == 1


def handed_out() -> int:
    lease = timedelta(minutes=1)
    return len(
        outside.hand_out(
            types=["outside"], worker="w", limit=5, lease=lease, variables=None, key_id=None, now=clock.now()
        )
    )
