"""Variables in a state, and in a fork over it: both must tell the same as a plain copy would."""

import pytest

from bpmn import ABSENT, Instance, State
from bpmn.testing import Play, each, element, end, model, path, script_task, start, subprocess, user_task

FEW = {"a": 1, "b": 2}
MANY = {f"n{number}": number for number in range(200)}


def holding(**scopes):
    state = State()
    state.instance = Instance("i", "p", "b", None)
    for scope_id, values in scopes.items():
        for name, value in values.items():
            state.variables.set(scope_id, name, value)
    return state


@pytest.mark.parametrize("before", [FEW, MANY])
def test_a_change_is_seen_with_what_was_there_and_the_state_below_stays(before):
    state = holding(s=before)
    fork = state.fork()
    fork.variables.set("s", "x", 3)
    assert fork.variables.all("s") == {**before, "x": 3}
    assert [fork.variables.find("s", name) for name in (*before, "x", "y")] == [*before.values(), 3, ABSENT]
    assert state.variables.all("s") == before
    state.adopt(fork)
    assert state.variables.all("s") == {**before, "x": 3}


@pytest.mark.parametrize("before", [FEW, MANY])
def test_what_was_dropped_is_gone_and_doesn_t_come_back_with_what_is_set_after(before):
    state = holding(s=before)
    fork = state.fork()
    fork.variables.drop_scope("s")
    assert (fork.variables.all("s"), fork.variables.may_hold("s")) == ({}, False)
    assert fork.variables.in_one_place("s") == {}
    fork.variables.set("s", "x", 3)
    assert fork.variables.all("s") == fork.variables.in_one_place("s") == {"x": 3}
    state.adopt(fork)
    assert state.variables.all("s") == {"x": 3}


def test_a_scope_of_many_variables_is_not_copied_to_change_one():
    state = holding(s=MANY)
    fork = state.fork()
    fork.variables.set("s", "x", 3)
    assert fork.variables.values == {"s": {"x": 3}}
    assert fork.variables.in_one_place("s") is None


def test_a_state_that_was_adopted_is_apart_from_later_forks():
    state = holding(s=FEW)
    first = state.fork()
    first.variables.set("s", "x", 3)
    state.adopt(first)
    second = state.fork()
    second.variables.set("s", "x", 4)
    assert (state.variables.find("s", "x"), second.variables.find("s", "x")) == (3, 4)


def test_a_name_is_read_from_the_nearest_scope_though_others_lie_further_out():
    inner = script_task("inner", "[item, total, mine]", "seen")
    loop = each("=items", "item", sequential=True, outputCollection="all", outputElement="=seen")
    mapping = (
        "<bpmn:extensionElements><zeebe:ioMapping>"
        '<zeebe:input source="=item * 10" target="mine"/></zeebe:ioMapping></bpmn:extensionElements>'
    )
    box = subprocess("box", mapping, loop, start("begin"), inner, end("done"), path("begin", "inner", "done"))
    play = Play(model(start(), box, user_task("look"), end(), path("start", "box", "look", "end")), thorough=True)
    play.start(items=[1, 2], item=99, total=3)
    assert play.variables["all"] == [[1, 3, 10], [2, 3, 20]]
    assert play.variables["item"] == 99


@pytest.mark.parametrize(
    ("expression", "value"), [("1", 1), ("-1.50", "-1.50"), ('"closed"', "closed"), ("null", None)]
)
def test_a_script_that_reads_nothing_gives_its_value(expression, value):
    play = Play(
        model(start(), script_task("s", expression, "x"), user_task("t"), end(), path("start", "s", "t", "end")),
        thorough=True,
    )
    play.start()
    assert str(play.variables["x"]) == str(value)


def test_a_script_whose_text_can_t_be_kept_is_an_incident_and_no_problem_at_deployment():
    play = Play(
        model(start(), script_task("s", '"a" + "\\u0000"', "x"), element("manualTask", "t"), path("start", "s", "t"))
    )
    play.start()
    assert [incident.kind for incident in play.state.incidents.rows.values()] == ["expression"]
