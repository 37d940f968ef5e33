"""Jobs that are done within the step that comes to them."""

import re
from collections.abc import Callable, Mapping
from itertools import count

import pytest

from bpmn import Key, NeedMore, Perform, Step, advance, commands, facts, first_keys
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    each,
    element,
    end,
    extensions,
    flow,
    gateway,
    model,
    path,
    service_task,
    slice_from,
    start,
    timer,
    user_task,
    zeebe,
)

IN_A_ROW = model(
    start(), service_task("a"), service_task("b"), user_task("t"), end(), path("start", "a", "b", "t", "end")
)
SIDE_BY_SIDE = model(
    start(),
    gateway("parallel", "fork"),
    service_task("a"),
    user_task("t"),
    service_task("b"),
    gateway("parallel", "sync"),
    end(),
    path("start", "fork", "a", "sync", "end"),
    path("fork", "b", "t", "sync"),
)
WATCHED = model(
    start(),
    service_task("a"),
    boundary("late", "a", timer(duration="PT1H")),
    user_task("t"),
    end(),
    path("start", "a", "t", "end"),
    flow("late", "t"),
)
FOR_EACH = element("serviceTask", "a", extensions(zeebe("taskDefinition", type="work")), each("=[1, 2, 3]", "item"))
EACH = model(start(), FOR_EACH, user_task("t"), end(), path("start", "a", "t", "end"))
LOOP = model(start(), gateway("exclusive", "again"), service_task("a"), path("start", "again", "a", "again"))

TERMINATES = "<bpmn:terminateEventDefinition/>"


def given(job: facts.JobCreated, see: Callable[[], Mapping[str, object]]) -> dict[str, object]:
    return {f"{job.element_id}_done": see().get("n", 0)}


def play(xml: bytes, perform: Perform | None = given, *, pause_after: int | None = None) -> Play:
    """Start an instance; jobs are done by `perform`."""
    instance = Play(xml, perform=perform, thorough=True, pause_after=pause_after)
    instance.start(n=7)
    return instance


@pytest.mark.parametrize("xml", [IN_A_ROW, SIDE_BY_SIDE, WATCHED, EACH], ids=["row", "side", "watched", "each"])
def test_it_is_as_if_each_result_had_come_by_itself(xml):
    at_once, one_by_one = play(xml), play(xml, None)
    while jobs := [fact for fact in one_by_one.facts if isinstance(fact, facts.JobCreated)][done(one_by_one) :]:
        one_by_one.do(commands.CompleteJob(job_id=jobs[0].id, variables=given(jobs[0], lambda: {"n": 7})))
    assert done(at_once) > 0
    assert renumbered(at_once.facts) == renumbered(one_by_one.facts)
    assert at_once.waiting() == one_by_one.waiting()


def renumbered(told: list[facts.Fact]) -> list[str]:
    """Write facts with ids in the order of their appearance: every step leaves one out."""
    found: dict[str, str] = {}
    return [re.sub(r"'\d{6}'", lambda id_: found.setdefault(id_[0], f"id {len(found)}"), repr(fact)) for fact in told]


def done(instance: Play) -> int:
    return sum(isinstance(fact, facts.JobCompleted) for fact in instance.facts)


def test_a_job_sees_what_its_task_sees():
    seen = []
    Play(EACH, perform=lambda _, see: seen.append(see()) or {}).start(n=7)
    assert [(variables["n"], variables["item"]) for variables in seen] == [(7, 1), (7, 2), (7, 3)]


def test_what_a_job_sees_is_asked_for_only_when_it_is_done():
    instance = Play(model(start(), user_task("t"), service_task("a"), end(), path("start", "t", "a", "end")))
    instance.start(n=7)
    command = commands.CompleteTask(task_id=instance.wait("task", "t"), variables={}, completed_by="")
    wholly = {
        perform: {key for key in asked_for(instance, command, perform) if key[0] == "variables"}
        for perform in (leave, given)
    }
    assert wholly[leave] == set()
    assert {scope for _, scope, *_ in wholly[given]} >= {"i"}


def leave(*_: object) -> None:
    return None


def asked_for(instance: Play, command: commands.Command, perform: Perform) -> list[Key]:
    """Name the keys that the slice of a step needs."""
    keys = list(first_keys(command))
    while True:
        state, new_ids = slice_from(instance.state, keys), map(Play.id_of, count(100))
        result = advance(instance.program, state, command, instance.now, new_ids.__next__, perform=perform)
        if isinstance(result, Step):
            return keys
        assert isinstance(result, NeedMore)
        keys += result.keys


def test_what_isnt_done_waits():
    instance = play(SIDE_BY_SIDE, lambda job, _: {} if job.element_id == "b" else None)
    assert instance.waiting() == ["job a", "task t"]


def test_a_loop_of_jobs_lets_others_in_between():
    instance = play(LOOP)
    assert (done(instance), instance.waiting()) == (20, ["job a"])


def test_nothing_is_done_while_the_instance_pauses():
    instance = play(IN_A_ROW, pause_after=1)
    assert (instance.is_paused, done(instance)) == (True, 0)


def test_what_the_job_was_for_may_be_gone_before_it_is_done():
    instance = play(
        model(
            start(),
            gateway("parallel", "fork"),
            service_task("a"),
            end("over", TERMINATES),
            path("start", "fork", "a"),
            flow("fork", "over"),
        )
    )
    assert (instance.outcome, done(instance)) == ("terminated", 0)


def test_bad_variables_are_refused_like_those_of_a_command():
    with pytest.raises(Rejected) as refused:
        play(IN_A_ROW, lambda *_: {"x": object()})
    assert refused.value.rejection.code == "bad_variable"
