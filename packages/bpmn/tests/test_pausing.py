"""Long steps that pause: what is pending, what may come in between, and what counts as endless."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from bpmn import Errand, Pending, codec, commands, facts
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    completion,
    condition,
    each,
    element,
    end,
    flow,
    gateway,
    message_definition,
    model,
    path,
    script_task,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
)

from .blocks import answer, assert_nothing_is_left, processes
from .generating import examples


def rounds(number: int) -> bytes:
    """Write a loop of so many rounds, three elements each."""
    return model(
        *(start(), script_task("count", "n + 1", "n"), gateway("exclusive", "merge")),
        *(gateway("exclusive", "enough", "enough-merge"), end(), path("start", "merge", "count", "enough")),
        *(flow("enough", "merge"), flow("enough", "end", f"=n >= {number}")),
    )


def test_a_step_stops_after_so_many_elements_and_says_what_is_pending():
    play = Play(rounds(5), pause_after=4, thorough=True)
    play.start(n=0)
    assert play.trace() == ["start", "merge", "count", "enough"]
    assert play.facts[-1] == facts.Paused("i", Pending(tokens=(("enough-merge", "i"),), entered=4))
    assert play.state.head().pending == Pending(tokens=(("enough-merge", "i"),), entered=4)


def test_going_on_takes_up_what_is_pending_until_nothing_is():
    play = Play(rounds(5), pause_after=4, thorough=True)
    play.start(n=0)
    said = play.do(commands.GoOn())
    assert said[0] == facts.Resumed("i")
    assert [fact.element_id for fact in said if isinstance(fact, facts.ElementEntered)] == [
        *("merge", "count", "enough", "merge")
    ]
    play.go_on()
    assert play.outcome == "completed"
    assert play.variables["n"] == 5
    plain = Play(rounds(5))
    plain.start(n=0)
    assert play.trace() == plain.trace()


def test_what_waits_in_the_meantime_counts_elements_anew():
    play = Play(model(start(), user_task("a"), user_task("b"), end(), path("start", "a", "b", "end")), pause_after=1)
    play.start()
    play.go_on()
    assert play.waiting() == ["task a"]
    play.complete_task("a")
    assert not play.is_paused
    play.complete_task("b")
    play.go_on()
    assert play.outcome == "completed"


def test_nothing_to_go_on_with_is_a_rejection():
    play = Play(model(start(), user_task("a"), end(), path("start", "a", "end")), pause_after=5)
    play.start()
    with pytest.raises(Rejected) as rejected:
        play.do(commands.GoOn())
    assert rejected.value.rejection.code == "not_paused"
    play.complete_task("a")
    with pytest.raises(Rejected) as rejected:
        play.do(commands.GoOn())
    assert rejected.value.rejection.code == "ended"


@pytest.mark.parametrize("pause_after", [1, 7, 99])
def test_a_loop_without_end_becomes_an_incident_over_all_pauses(pause_after):
    xml = model(start(), element("task", "t"), gateway("exclusive", "g"), path("start", "g", "t", "g"))
    play = Play(xml, limit=100, pause_after=pause_after)
    play.start()
    play.go_on()
    assert [kind for _, kind, _ in play.incidents()] == ["endless"]
    assert len(play.trace()) == 101
    play.resolve()
    play.go_on()
    assert len(play.trace()) == 201


# --- what comes in between ---


LOOP = (
    *(start("in"), script_task("count", "n + 1", "n"), gateway("exclusive", "merge"), end("out")),
    *(gateway("exclusive", "enough", "enough-merge"), path("in", "merge", "count", "enough")),
    *(flow("enough", "merge"), flow("enough", "out", "=n >= 20")),
)


def beside() -> Play:
    """Begin a loop beside a task for a person, and stop when both are under way."""
    loop = subprocess("loop", *LOOP)
    play = Play(
        model(
            *(start(), gateway("parallel", "both"), loop, user_task("ask"), end(), end("asked")),
            *(path("start", "both", "loop", "end"), path("both", "ask", "asked")),
            boundary("late", "loop", timer(duration="PT1H")),
            *(user_task("after"), end("over"), path("late", "after", "over")),
        ),
        pause_after=9,
        thorough=True,
    )
    play.start(n=0)
    assert play.is_paused
    assert play.waiting() == ["task ask", "timer late"]
    return play


def test_a_person_is_answered_and_the_rest_goes_on():
    play = beside()
    play.complete_task("ask")
    assert play.is_paused
    assert "asked" in play.trace()
    play.go_on()
    assert play.outcome == "completed"


def test_a_command_that_is_rejected_leaves_the_pause_as_it_is():
    play = beside()
    before = play.state.head().pending
    with pytest.raises(Rejected):
        play.do(commands.CompleteTask(task_id="nobody's"))
    assert play.state.head().pending == before


def test_a_cancelled_instance_takes_the_tokens_off_their_flows():
    play = beside()
    pending = play.state.head().pending
    said = play.do(commands.Cancel(reason="called off"))
    lifted = [fact for fact in said if isinstance(fact, facts.TokensDiscarded)]
    assert [(flow_id, fact.scope_id) for fact in lifted for flow_id in fact.flow_ids] == list(pending.tokens)
    assert play.outcome == "cancelled"
    assert not play.is_paused
    assert_nothing_is_left(play)


def test_an_activity_that_is_interrupted_while_it_pauses_goes_no_further():
    play = beside()
    play.wait_until(hours=1)
    play.go_on()
    assert play.waiting() == ["task after", "task ask"]
    assert play.variables["n"] < 20
    play.complete_task("ask")
    play.complete_task("after")
    play.go_on()
    assert play.outcome == "completed"
    assert_nothing_is_left(play)


def test_a_condition_is_looked_at_before_the_step_pauses():
    play = Play(
        model(
            *(start(), gateway("parallel", "both"), user_task("work"), script_task("raise", "n + 1", "n"), end()),
            *(path("start", "both", "work", "end"), path("both", "raise", "end"), end("seen"), path("high", "seen")),
            boundary("high", "work", condition("n = 3"), interrupting=False),
        ),
        pause_after=4,
        thorough=True,
    )
    play.start(n=2)
    assert play.is_paused
    assert play.trace() == ["start", "both", "work", "raise", "high"]
    play.do(commands.SetVariables(variables={"n": 4}))
    play.go_on()
    assert play.trace().count("high") == 1


@examples(60)
@given(xml=processes(), pause_after=st.integers(1, 4), data=st.data())
def test_whatever_comes_in_between_every_token_comes_to_its_end(xml, pause_after, data):
    note(xml.decode())
    play = Play(xml, pause_after=pause_after, thorough=True)
    play.start(n=data.draw(st.integers(0, 3)), odd=data.draw(st.booleans()))
    for number in range(500):
        if play.outcome:
            break
        assert not play.incidents()
        if number > 60:
            # What can happen for ever may; in the end the people must get their turn, and the instance its own.
            play.go_on()
            if play.outcome:
                break
        waits = sorted(play.state.waits.rows)
        if number > 60:
            waits = [wait for wait in waits if wait[0] in {"task", "timer"}] or waits
        choices = [*waits, None] if play.is_paused else waits
        assert choices, "the instance runs, but waits for nothing"
        wait = data.draw(st.sampled_from(choices))
        if wait is None:
            play.do(commands.GoOn())
        elif wait in play.state.waits.rows:
            answer(play, wait, n=data.draw(st.integers(0, 3)))
    assert play.outcome == "completed"
    assert_nothing_is_left(play)


@examples(60)
@given(xml=processes(), pause_after=st.integers(1, 4), pauses=st.integers(0, 12))
def test_wherever_an_instance_pauses_it_can_be_cancelled(xml, pause_after, pauses):
    note(xml.decode())
    play = Play(xml, pause_after=pause_after, thorough=True)
    play.start(n=2, odd=True)
    for _ in range(pauses):
        if play.is_paused:
            play.do(commands.GoOn())
    if not play.outcome:
        play.do(commands.Cancel(reason="called off"))
        assert play.outcome == "cancelled"
    assert_nothing_is_left(play)


def test_where_very_much_is_pending_steps_are_longer_so_that_telling_it_costs_no_more_than_the_work():
    names = [f"t{number}" for number in range(60)]
    tasks = (element("task", name) for name in names)
    ways = (path("split", name, f"{name}_end") for name in names)
    ends = (end(f"{name}_end") for name in names)
    play = Play(
        model(start(), gateway("parallel", "split"), *tasks, *ends, path("start", "split"), *ways), pause_after=1
    )
    play.start()
    play.go_on()
    assert play.outcome == "completed"
    assert len(play.trace()) == 122
    told = [len(fact.pending.tokens) for fact in play.facts if isinstance(fact, facts.Paused)]
    assert max(told) > 40
    assert sum(told) <= 10 * len(play.trace())


# --- many instances ---


def reviews(condition: str = "") -> bytes:
    """Let each of the `people` do a review."""
    more = completion(condition) if condition else ""
    loop = each("=people", "person", more, outputCollection="answers", outputElement="=answer")
    return model(start(), element("userTask", "review", loop), end(), path("start", "review", "end"))


def test_many_instances_begin_in_several_steps():
    play = Play(reviews(), pause_after=3, thorough=True)
    play.start(people=[f"p{number}" for number in range(10)])
    assert len(play.waiting()) < 3
    assert play.state.head().pending.unbegun
    play.go_on()
    assert play.waiting() == ["task review"] * 10
    assert sum(isinstance(fact, facts.Paused) for fact in play.facts) > 2


def test_an_instance_may_end_before_the_others_have_begun():
    play = Play(reviews(), pause_after=3, thorough=True)
    play.start(people=["ann", "bob", "cem", "dee", "eve"])
    while play.waiting():
        play.complete_task("review", answer=len(play.waiting()))
    play.go_on()
    while play.waiting():
        play.complete_task("review", answer=0)
    play.go_on()
    assert play.outcome == "completed"
    assert len(play.variables["answers"]) == 5
    assert_nothing_is_left(play)


def test_instances_that_are_to_begin_count_as_active():
    enough = "numberOfActiveInstances = 8 and numberOfTerminatedInstances = 0"
    play = Play(reviews(condition=enough), pause_after=3, thorough=True)
    play.start(people=list("abcdefghij"))
    play.complete_task("review", answer=1)
    assert not play.outcome
    play.complete_task("review", answer=2)
    play.go_on()
    assert play.outcome == "completed"
    assert play.variables["answers"] == [1, 2, *[None] * 8]
    assert_nothing_is_left(play)


def test_instances_that_are_to_begin_never_do_when_the_activity_is_cancelled():
    loop = each("=people", "person")
    play = Play(
        model(
            *(start(), element("userTask", "review", loop), end(), path("start", "review", "end")),
            *(boundary("late", "review", timer(duration="PT1H")), end("over"), path("late", "over")),
        ),
        pause_after=3,
        thorough=True,
    )
    play.start(people=list("abcdefghij"))
    play.wait_until(hours=1)
    play.go_on()
    assert play.outcome == "completed"
    assert len([fact for fact in play.facts if isinstance(fact, facts.TaskCreated)]) < 3
    assert_nothing_is_left(play)


def test_the_last_instance_is_waited_for_when_those_before_it_have_ended_at_once():
    loop = each("=people", "person")
    body = (
        *(start("in"), gateway("exclusive", "who", "who-out"), user_task("review"), end("out")),
        *(path("in", "who", "review", "out"), flow("who", "out")),
    )
    inside = "".join(body).replace(flow("who", "review"), flow("who", "review", 'person = "cem"'))
    play = Play(
        model(start(), subprocess("each", loop, inside), end(), path("start", "each", "end")),
        thorough=True,
    )
    play.start(people=["ann", "bob", "cem"])
    assert play.waiting() == ["task review"]
    play.complete_task("review")
    assert play.outcome == "completed"
    assert_nothing_is_left(play)


def test_a_signal_is_thrown_when_all_instances_are_there_to_hear_it():
    loop = each("=people", "person")
    play = Play(
        model(
            *(start(), gateway("parallel", "both"), element("intermediateThrowEvent", "throw", signal_reference("go"))),
            *(end(), path("start", "both", "throw", "end"), path("both", "listen", "heard"), end("heard")),
            element("receiveTask", "listen", loop, messageRef="m"),
            *(boundary("hear", "listen", signal_reference("go")), end("told"), path("hear", "told")),
            definitions=[signal_definition("go", "go"), message_definition("m", "m", "=person")],
        ),
        pause_after=1,
        thorough=True,
    )
    play.start(people=list("abcd"))
    play.go_on()
    told = [type(fact) for fact in play.facts]
    assert told.count(facts.MessageSubscribed) == 4
    assert play.outcome == "completed"


# --- stored ---


def test_what_is_pending_comes_back_from_its_stored_form():
    pending = Pending(
        tokens=(("a-b", "i"), ("b-c", "e1")),
        errands=(Errand("e2", "e3", 4, ""),),
        unfinished=("e1",),
        touched=("i",),
        unbegun=("e4",),
        deferred=("e5",),
        entered=7,
    )
    assert codec.pending_from_data(codec.pending_to_data(pending)) == pending
    assert codec.pending_from_data(codec.pending_to_data(Pending())) == Pending()
