"""What operators do: suspend and resume, cancel, discard and move tokens, step back; and what is refused, with the reason."""

import pytest

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    compensated,
    compensation,
    each,
    element,
    end,
    event_subprocess,
    extensions,
    flow,
    gateway,
    mapping,
    message_definition,
    message_reference,
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

ORDER = model(start(), user_task("check"), user_task("pack"), end(), path("start", "check", "pack", "end"))
FORK = model(
    start(),
    user_task("check"),
    gateway("parallel", "split"),
    user_task("pack"),
    user_task("bill"),
    user_task("wrap"),
    gateway("parallel", "join"),
    user_task("send"),
    end(),
    path("start", "check", "split", "pack", "wrap", "join", "send", "end"),
    path("split", "bill", "join"),
)
NESTED = model(
    start(),
    user_task("first"),
    subprocess("inner", start("begin"), user_task("a"), user_task("b"), end("over"), path("begin", "a", "b", "over")),
    user_task("last"),
    end(),
    path("start", "first", "inner", "last", "end"),
)


def begun(xml: bytes, *done: str, **variables: object) -> Play:
    play = Play(xml, thorough=True)
    play.start(**variables)
    for task in done:
        play.complete_task(task)
    return play


def at(play: Play, element_id: str) -> str:
    (found,) = (row.id for row in play.state.elements.rows.values() if row.element_id == element_id and row.scope_id)
    return found


def move(play: Play, source: str, target: str) -> tuple[facts.Fact, ...]:
    return play.do(commands.MoveToken(element_instance_id=at(play, source), target_id=target, reason="by hand"))


def cancel(play: Play, element_id: str) -> tuple[facts.Fact, ...]:
    return play.do(commands.CancelToken(element_instance_id=at(play, element_id), reason="by hand"))


def refusal(do, *arguments: object) -> str:
    with pytest.raises(Rejected) as refused:
        do(*arguments)
    assert refused.value.rejection.message.endswith(".")
    return refused.value.rejection.code


# --- suspending ---

# Twenty rounds without waiting.
LOOP = model(
    start(),
    gateway("exclusive", "head"),
    script_task("again", "n + 1", "n"),
    gateway("exclusive", "more", "more-end"),
    end(),
    path("start", "head", "again", "more", "end"),
    flow("more", "head", "=n < 20"),
)


def test_a_suspended_instance_refuses_everything_but_operators_and_goes_on_afterwards():
    play = begun(ORDER)
    play.do(commands.Suspend(reason="we look into it"))
    assert play.facts[-1] == facts.InstanceSuspended("i", "we look into it")
    assert refusal(play.complete_task, "check") == "suspended"
    assert refusal(play.do, commands.Suspend()) == "suspended"
    play.do(commands.SetVariables(variables={"x": 1}))
    play.do(commands.Resume(reason="all is well"))
    play.complete_task("check")
    play.complete_task("pack")
    assert (play.outcome, play.variables) == ("completed", {"x": 1})


def test_timers_messages_and_signals_wait_while_it_is_suspended():
    xml = model(
        start(),
        user_task("work"),
        boundary("late", "work", timer(duration="PT1H")),
        boundary("called", "work", message_reference("m"), interrupting=False),
        boundary("alarm", "work", signal_reference("s"), interrupting=False),
        *(end(f"end_{n}") for n in range(4)),
        path("start", "work", "end_0"),
        *(path(event, f"end_{n}") for n, event in enumerate(("late", "called", "alarm"), 1)),
        definitions=[message_definition("m", "call", "=1"), signal_definition("s", "alarm")],
    )
    play = begun(xml)
    play.do(commands.Suspend())
    assert refusal(play.deliver, "called") == "suspended"
    assert refusal(play.signal, "alarm") == "suspended"
    with pytest.raises(Rejected):
        play.wait_until(hours=2)
    play.do(commands.Resume())
    play.signal("alarm")
    play.deliver("called")
    play.wait_until(hours=2)
    assert play.trace()[2:] == ["alarm", "end_3", "called", "end_2", "late", "end_1"]


def test_a_suspended_instance_can_be_cancelled_and_moved():
    play = begun(ORDER)
    play.do(commands.Suspend())
    move(play, "check", "pack")
    assert play.waiting() == ["task pack"]
    play.do(commands.Cancel(reason="no longer wanted"))
    assert play.outcome == "cancelled"
    assert refusal(play.do, commands.Resume()) == "ended"


def test_an_instance_suspended_in_the_middle_of_a_long_step_stays_there_until_it_is_resumed():
    play = Play(LOOP, pause_after=10)
    play.start(n=0)
    assert play.is_paused
    play.do(commands.Suspend(reason="look"))
    assert play.is_paused
    assert refusal(play.do, commands.GoOn()) == "suspended"
    assert refusal(play.do, commands.SetVariables(variables={"n": 0})) == "busy"
    play.do(commands.Resume())
    play.go_on()
    assert (play.outcome, play.variables) == ("completed", {"n": 20})


def test_what_isnt_suspended_isnt_resumed():
    play = begun(ORDER)
    assert refusal(play.do, commands.Resume()) == "not_suspended"
    assert refusal(play.do, commands.ResumeWithCaller()) == "not_suspended"


def test_what_is_suspended_with_its_caller_goes_on_with_it():
    play = begun(ORDER)
    play.do(commands.SuspendWithCaller())
    assert play.facts[-1] == facts.CallerSuspended("i")
    assert refusal(play.complete_task, "check") == "suspended"
    assert refusal(play.do, commands.SuspendWithCaller()) == "suspended"
    assert refusal(play.do, commands.Resume()) == "caller_suspended"
    play.do(commands.ResumeWithCaller())
    play.complete_task("check")


@pytest.mark.parametrize(
    ("first", "second"),
    [(commands.Suspend, commands.SuspendWithCaller), (commands.SuspendWithCaller, commands.Suspend)],
)
@pytest.mark.parametrize(
    ("free", "at_last"),
    [(commands.Resume, commands.ResumeWithCaller), (commands.ResumeWithCaller, commands.Resume)],
)
def test_what_is_suspended_by_itself_and_with_its_caller_goes_on_when_neither_holds(first, second, free, at_last):
    play = begun(ORDER)
    play.do(first())
    play.do(second())
    play.do(free())
    assert refusal(play.complete_task, "check") == "suspended"
    play.do(at_last())
    play.complete_task("check")


def test_a_long_step_stays_where_it_is_until_neither_the_instance_nor_its_caller_is_suspended():
    play = Play(LOOP, pause_after=10)
    play.start(n=0)
    play.do(commands.SuspendWithCaller())
    play.do(commands.Suspend())
    for command in (commands.ResumeWithCaller(), commands.SuspendWithCaller(), commands.Resume()):
        play.do(command)
        assert isinstance(play.facts[-1], facts.CallerResumed | facts.CallerSuspended | facts.InstanceResumed)
        assert play.is_paused
    play.do(commands.ResumeWithCaller())
    play.go_on()
    assert (play.outcome, play.variables) == ("completed", {"n": 20})


# --- moving ---


def test_a_token_moves_on_and_back_with_the_reason_in_the_facts():
    play = begun(ORDER)
    token = at(play, "check")
    told = move(play, "check", "pack")
    assert told[0] == facts.TokenMoved(token, "check", "pack", "by hand")
    assert any(isinstance(fact, facts.ElementCancelled) and fact.reason == "by hand" for fact in told)
    assert play.waiting() == ["task pack"]
    move(play, "pack", "check")
    play.complete_task("check")
    play.complete_task("pack")
    assert play.outcome == "completed"


def test_a_token_moved_to_where_paths_meet_arrives_over_a_flow_that_is_missing():
    play = begun(FORK, "check", "bill")
    move(play, "pack", "join")
    assert play.waiting() == ["task send"]


def test_a_token_can_be_put_on_a_flow():
    play = begun(FORK, "check")
    told = move(play, "bill", "bill-join")
    assert any(fact == facts.TokenPlaced("i", "bill-join") for fact in told)
    play.complete_task("pack")
    play.complete_task("wrap")
    assert play.waiting() == ["task send"]


@pytest.mark.parametrize(
    ("done", "source", "target"), [((), "check", "pack"), (("check",), "bill", "wrap"), (("check",), "pack", "send")]
)
def test_a_token_isnt_moved_to_where_a_gateway_would_wait_for_ever(done, source, target):
    play = begun(FORK, *done)
    before = play.waiting()
    assert refusal(move, play, source, target) == "stranded"
    assert play.waiting() == before


def test_both_ways_of_a_fork_can_be_left_one_after_the_other():
    play = begun(FORK, "check")
    move(play, "bill", "check")
    cancel(play, "pack")
    play.complete_task("check")
    assert play.waiting() == ["task bill", "task pack"]


def test_a_token_that_is_too_many_at_a_gateway_is_discarded():
    play = begun(FORK, "check", "bill")
    assert refusal(play.do, commands.DiscardToken(scope_id="i", flow_id="bill-join")) == "stranded"
    move(play, "pack", "check")
    play.do(commands.DiscardToken(scope_id="i", flow_id="bill-join", reason="once is enough"))
    assert play.facts[-1] == facts.TokensDiscarded("i", "join", ("bill-join",), "once is enough")
    assert refusal(play.do, commands.DiscardToken(scope_id="i", flow_id="bill-join")) == "unknown_token"
    for task in ("check", "bill", "pack", "wrap", "send"):
        play.complete_task(task)
    assert play.outcome == "completed"


def test_discarding_lets_an_inclusive_gateway_go_on_that_waited_for_it():
    xml = model(
        start(), gateway("parallel", "fork"), user_task("a"), gateway("exclusive", "choose", "choose-c"), user_task("b"),
        user_task("c"), gateway("parallel", "both"), gateway("inclusive", "any"), user_task("z"), end(),
        path("start", "fork", "a", "both", "any", "z", "end"), path("fork", "choose", "c", "any"),
        flow("choose", "b", "=false"), path("b", "both"),
    )  # fmt: skip
    play = begun(xml, "a", "c")
    assert play.waiting() == []
    play.do(commands.DiscardToken(scope_id="i", flow_id="a-both", reason="nobody will come"))
    assert play.waiting() == ["task z"]


def test_an_inclusive_gateway_goes_on_with_a_token_that_was_moved_there_out_of_a_subprocess():
    xml = model(
        start(), gateway("parallel", "fork"), subprocess("inner", start("begin"), user_task("a"), end("over"), path("begin", "a", "over")),
        gateway("exclusive", "choose", "choose-b"), user_task("b"), user_task("c"), gateway("inclusive", "any"), user_task("z"), end(),
        end("x"), path("start", "fork", "inner", "x"), path("fork", "choose", "b", "any", "z", "end"),
        flow("choose", "c", "=false"), path("c", "any"),
    )  # fmt: skip
    play = begun(xml, "b", "z")
    move(play, "a", "any")
    assert play.waiting() == ["task z"]


def test_the_last_token_of_a_subprocess_takes_it_along():
    play = begun(NESTED, "first", "a")
    told = move(play, "b", "last")
    cancelled = [fact.element_id for fact in told if isinstance(fact, facts.ElementCancelled)]
    assert cancelled == ["b", "inner"]
    play.complete_task("last")
    assert play.outcome == "completed"


def test_a_subprocess_is_begun_without_its_start_when_a_token_is_put_into_it():
    play = begun(NESTED)
    move(play, "first", "b")
    assert play.waiting() == ["task b"]
    assert play.trace()[-2:] == ["inner", "b"]
    play.complete_task("b")
    assert play.waiting() == ["task last"]


def test_a_subprocess_that_runs_gets_the_token():
    xml = model(
        start(),
        gateway("parallel", "split"),
        subprocess(
            "inner", start("begin"), user_task("a"), user_task("b"), end("over"), path("begin", "a", "b", "over")
        ),
        user_task("other"),
        end(),
        end("end_2"),
        path("start", "split", "inner", "end"),
        path("split", "other", "end_2"),
    )
    play = begun(xml)
    inner = at(play, "inner")
    move(play, "other", "b")
    assert play.state.elements.get(at(play, "b")).scope_id == inner
    assert play.waiting() == ["task a", "task b"]


def test_a_subprocess_whose_inputs_fail_isnt_begun_by_a_move():
    body = "".join((start("begin"), user_task("a"), end("over"), path("begin", "a", "over")))
    xml = model(
        start(),
        user_task("first"),
        element("subProcess", "inner", extensions(mapping(inputs={"x": "=assert(wanted, wanted != null)"})), body),
        end(),
        path("start", "first", "inner", "end"),
    )
    play = begun(xml)
    assert refusal(move, play, "first", "a") == "not_begun"
    assert play.waiting() == ["task first"]


PLACES = model(
    start(),
    user_task("work"),
    boundary("late", "work", timer(duration="PT1H")),
    compensated("work", "undo"),
    element("userTask", "undo", isForCompensation="true"),
    subprocess(
        "many", each("=[1, 2]", "n"), start("begin"), user_task("one"), end("over"), path("begin", "one", "over")
    ),
    event_subprocess("ev", signal_reference("s"), user_task("heard"), path("ev_start", "heard")),
    end(),
    end("too_late"),
    path("start", "work", "many", "end"),
    path("late", "too_late"),
    definitions=[signal_definition("s", "alarm")],
)


@pytest.mark.parametrize("target", ["late", "undo", "one", "ev", "ev_start", "heard", "p"])
def test_where_nothing_can_be_put_nothing_is_put(target):
    play = begun(PLACES)
    assert refusal(move, play, "work", target) == "no_place"


def test_what_the_model_doesnt_have_is_unknown():
    assert refusal(move, begun(PLACES), "work", "nowhere") == "unknown_element"


def test_a_token_that_has_gone_on_is_told_so():
    play = begun(ORDER)
    gone = at(play, "check")
    play.complete_task("check")
    command = commands.MoveToken(element_instance_id=gone, target_id="pack")
    assert refusal(play.do, command) == "unknown_element_instance"
    whole = commands.MoveToken(element_instance_id="i", target_id="pack")
    assert refusal(play.do, whole) == "whole_instance"


def test_a_move_closes_the_incident_of_the_element_that_is_left():
    xml = model(
        start(),
        script_task("add", "assert(x, x != null)", "y"),
        user_task("on"),
        end(),
        path("start", "add", "on", "end"),
    )
    play = begun(xml)
    assert len(play.incidents()) == 1
    move(play, "add", "on")
    assert (play.incidents(), play.waiting()) == ([], ["task on"])


def test_where_a_subprocess_runs_twice_it_isnt_clear_which_is_meant():
    inner = subprocess("inner", start("begin"), user_task("a"), end("over"), path("begin", "a", "over"))
    xml = model(
        start(),
        gateway("parallel", "split"),
        gateway("exclusive", "merge"),
        user_task("b"),
        inner,
        end(),
        end("done"),
        path("start", "split", "merge", "inner", "end"),
        path("split", "b", "done"),
        element("sequenceFlow", "second", sourceRef="split", targetRef="merge"),
    )
    assert refusal(move, begun(xml), "b", "a") == "ambiguous"


# --- cancelling ---


def test_one_of_several_tokens_is_cancelled_and_the_rest_goes_on():
    xml = model(
        start(), gateway("parallel", "split"), user_task("a"), user_task("b"), end("x"), end("y"),
        path("start", "split", "a", "x"), path("split", "b", "y"),
    )  # fmt: skip
    play = begun(xml)
    cancel(play, "a")
    assert play.waiting() == ["task b"]
    assert refusal(cancel, play, "b") == "last_token"
    play.complete_task("b")
    assert play.outcome == "completed"


def test_a_token_that_a_gateway_needs_isnt_cancelled():
    assert refusal(cancel, begun(FORK, "check"), "bill") == "stranded"
    assert refusal(cancel, begun(FORK, "check", "bill"), "pack") == "stranded"


def test_one_round_of_many_is_cancelled_and_gives_nothing():
    task = element("userTask", "ask", each("=[1, 2, 3]", "n", outputCollection="all", outputElement="=n"))
    xml = model(start(), task, user_task("on"), end(), path("start", "ask", "on", "end"))
    play = begun(xml)
    rounds = [row.id for row in play.state.elements.rows.values() if row.round]
    play.complete_task("ask")
    play.do(commands.CancelToken(element_instance_id=rounds[1], reason="ill"))
    play.complete_task("ask")
    assert play.waiting() == ["task on"]
    assert play.variables["all"] == [1, None, 3]


# --- stepping back ---


def undoable(*ids: str) -> str:
    handlers = (element("userTask", f"undo_{id_}", isForCompensation="true", name="Undo") for id_ in ids)
    return "".join((*(compensated(id_, f"undo_{id_}") for id_ in ids), *handlers))


BOOKED = model(
    start(), user_task("hotel"), user_task("flight"), user_task("note"), user_task("pay"), end(), undoable("hotel", "flight"),
    path("start", "hotel", "flight", "note", "pay", "end"),
)  # fmt: skip


def back(play: Play, element_id: str) -> tuple[facts.Fact, ...]:
    return play.do(commands.StepBack(element_instance_id=at(play, element_id), reason="wrong day"))


def test_the_last_activity_is_undone_and_begins_anew():
    play = begun(BOOKED, "hotel", "flight", "note")
    told = back(play, "pay")
    assert told[0].activity_id == "flight"
    assert play.waiting() == ["task undo_flight"]
    assert refusal(cancel, play, "undo_flight") == "compensating"
    play.complete_task("undo_flight")
    assert play.waiting() == ["task flight"]
    play.complete_task("flight")
    play.complete_task("note")
    play.complete_task("pay")
    assert play.outcome == "completed"


def test_stepping_back_twice_undoes_one_after_the_other():
    play = begun(BOOKED, "hotel", "flight")
    back(play, "note")
    play.complete_task("undo_flight")
    back(play, "flight")
    assert play.waiting() == ["task undo_hotel"]
    play.complete_task("undo_hotel")
    assert play.waiting() == ["task hotel"]
    assert refusal(back, play, "hotel") == "nothing_to_undo"


def test_what_ended_on_another_path_isnt_undone():
    xml = model(
        start(), gateway("parallel", "split"), user_task("a"), user_task("b"), user_task("c"), user_task("d"),
        end("x"), end("y"), undoable("a", "c"), path("start", "split", "a", "b", "x"), path("split", "c", "d", "y"),
    )  # fmt: skip
    play = begun(xml, "a", "c")
    assert back(play, "b")[0].activity_id == "a"
    play.complete_task("undo_a")
    assert play.waiting() == ["task a", "task d"]


def test_no_step_back_into_one_path_of_a_gateway_behind_which_the_token_stands():
    xml = model(
        start(), gateway("parallel", "split"), user_task("a"), user_task("b"), gateway("parallel", "join"), user_task("z"),
        end(), undoable("a"), path("start", "split", "a", "join", "z", "end"), path("split", "b", "join"),
    )  # fmt: skip
    assert refusal(back, begun(xml, "a", "b"), "z") == "stranded"


def test_what_ended_inside_a_subprocess_is_undone_with_it():
    xml = model(
        start(),
        subprocess("trip", start("begin"), user_task("hotel"), user_task("flight"), end("over"), undoable("hotel", "flight"),
                   path("begin", "hotel", "flight", "over")),
        user_task("pay"), end(), path("start", "trip", "pay", "end"),
    )  # fmt: skip
    play = begun(xml, "hotel", "flight")
    back(play, "pay")
    play.complete_task("undo_flight")
    play.complete_task("undo_hotel")
    assert play.waiting() == ["task hotel"]
    assert [row.element_id for row in play.state.elements.rows.values()] == ["p", "trip", "hotel"]


def test_an_instance_called_off_on_the_way_back_leaves_nothing():
    play = begun(BOOKED, "hotel")
    back(play, "flight")
    play.do(commands.Cancel(reason="called off"))
    assert (play.outcome, list(play.state.elements.rows)) == ("cancelled", [])


def test_a_step_back_goes_on_when_a_compensation_of_all_comes_later():
    throw = element("intermediateThrowEvent", "all", compensation())
    xml = model(
        start(), user_task("hotel"), user_task("flight"), throw, end(), undoable("hotel", "flight"),
        path("start", "hotel", "flight", "all", "end"),
    )  # fmt: skip
    play = begun(xml, "hotel")
    back(play, "flight")
    play.complete_task("undo_hotel")
    for task in ("hotel", "flight", "undo_flight", "undo_hotel"):
        play.complete_task(task)
    assert play.outcome == "completed"
