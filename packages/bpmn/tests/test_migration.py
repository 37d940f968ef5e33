"""Instances move to another version of their process: what is mapped and why, what goes along, what can't move."""

from datetime import timedelta

import pytest

from bpmn import Program, commands, compile_model, facts, migration
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    compensated,
    compensation,
    condition,
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
    service_task,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

from .moving import migrate, revert


def program_of(*parts: str, **more) -> Program:
    return next(iter(compile_model(model(*parts, **more)).processes.values()))


def started(*parts: str, definitions=(), **variables) -> Play:
    play = Play(model(*parts, definitions=definitions), thorough=True)
    play.start(**variables)
    return play


def blocking(found) -> list[tuple[str, str]]:
    return [(finding.code, finding.element_id) for finding in found if finding.blocks]


def notes(found) -> list[tuple[str, str]]:
    return [(finding.code, finding.element_id) for finding in found if not finding.blocks]


CHECK = (start(), user_task("check"), end(), path("start", "check", "end"))
BOTH = (start(), user_task("check"), user_task("pay"), end(), path("start", "check", "pay", "end"))


# --- the mapping ---


def pairs(old: Program, new: Program, **overrides: str) -> dict[str, tuple[str, str]]:
    plan = migration.plan(old, new, overrides)
    return {pair.old_id: (pair.new_id, pair.reason) for pair in plan.pairs.values()}


def test_elements_of_the_same_id_and_kind_are_pairs():
    assert pairs(program_of(*CHECK), program_of(*BOTH)) == {
        "p": ("p", "process"),
        "start": ("start", "same_id"),
        "check": ("check", "same_id"),
        "end": ("end", "same_id"),
    }


def test_an_element_of_another_id_is_found_by_its_name_and_its_neighbours():
    new = program_of(
        start(), element("userTask", "Activity_17", name="Check"), end(), path("start", "Activity_17", "end")
    )
    assert pairs(program_of(*CHECK), new)["check"] == ("Activity_17", "same_place")


def test_a_chain_of_elements_without_names_is_found_from_its_ends():
    old = program_of(
        start(), gateway("exclusive", "a"), gateway("parallel", "b"), end(), path("start", "a", "b", "end")
    )
    new = program_of(
        start(), gateway("exclusive", "x"), gateway("parallel", "y"), end(), path("start", "x", "y", "end")
    )
    found = pairs(old, new)
    assert found["a"] == ("", "gone")  # neither its neighbours nor a name tell which it is
    named = program_of(
        start(), gateway("exclusive", "x"), gateway("parallel", "b"), end(), path("start", "x", "b", "end")
    )
    assert pairs(old, named)["a"] == ("x", "same_place")


def test_what_several_are_like_is_left_to_a_person():
    old = program_of(start(), element("userTask", "a", name="Ask"), end(), path("start", "a", "end"))
    new = program_of(
        start(), element("userTask", "b", name="Ask"), element("userTask", "c", name="Ask"), end(),
        path("start", "b", "end"), path("start", "c", "end"),
    )  # fmt: skip
    assert pairs(old, new)["a"] == ("", "ambiguous")
    assert pairs(old, new, a="c")["a"] == ("c", "chosen")


def test_the_same_id_on_an_element_of_another_kind_is_no_pair():
    new = program_of(start(), service_task("check"), end(), path("start", "check", "end"))
    assert pairs(program_of(*CHECK), new)["check"] == ("", "other_kind")


def test_every_mistake_of_a_mapping_is_found_at_once():
    with pytest.raises(migration.MappingProblems) as raised:
        migration.plan(program_of(*CHECK), program_of(*BOTH), {"no": "pay", "check": "no", "start": "pay", "p": "p"})
    assert [(problem.code, problem.element_id) for problem in raised.value.problems] == [
        ("unknown_element", "no"),
        ("unknown_target", "check"),
        ("other_kind", "start"),
        ("process", "p"),
    ]


def test_what_the_new_version_adds_is_listed():
    assert migration.plan(program_of(*CHECK), program_of(*BOTH)).added == ("pay",)


# --- what goes along ---


def test_a_task_goes_on_in_the_new_version_with_its_variables():
    play = started(*CHECK, amount=5)
    assert migrate(play, program_of(*BOTH)) == ()
    play.complete_task("check", ok=True)
    assert play.waiting() == ["task pay"]
    assert play.variables == {"amount": 5, "ok": True}


def test_a_task_has_the_name_and_form_of_the_new_version_and_keeps_its_id():
    play = started(*CHECK)
    task_id = play.wait("task", "check")
    form = extensions(zeebe("formDefinition", formId="looked"))
    migrate(
        play,
        program_of(start(), element("userTask", "look", form, name="Look"), end(), path("start", "look", "end")),
        {"check": "look"},
    )
    assert [fact for fact in play.facts if isinstance(fact, facts.TaskRenewed)] == [
        facts.TaskRenewed(task_id, play.facts[-1].element_instance_id, "look", "Look", "looked")
    ]
    assert play.wait("task", "look") == task_id


def test_input_mappings_are_not_evaluated_again():
    play = started(*CHECK, amount=5)
    new = program_of(
        start(), user_task("check", mapping(inputs={"twice": "=amount * 2"})), end(), path("start", "check", "end")
    )
    task = play.facts[-1]
    assert migrate(play, new) == ()
    assert play.visible(task.element_instance_id) == {"amount": 5}


def test_two_elements_may_become_one():
    old = (start(), gateway("parallel", "fork"), user_task("a"), user_task("b"), end(),
           path("start", "fork", "a", "end"), path("fork", "b", "end"))  # fmt: skip
    play = started(*old)
    assert migrate(play, program_of(*CHECK), {"a": "check", "b": "check"}) == ()
    assert play.waiting() == ["task check", "task check"]
    revert(play)
    assert play.waiting() == ["task a", "task b"]


def test_an_incident_is_tried_again_with_the_new_version():
    play = started(start(), script_task("sum", "1 / 0", "x"), end(), path("start", "sum", "end"))
    assert play.incidents()
    migrate(
        play,
        program_of(start(), script_task("total", "1 + 1", "x"), end(), path("start", "total", "end")),
        {"sum": "total"},
    )
    assert [element_id for element_id, _, _ in play.incidents()] == ["total"]
    play.resolve()
    assert (play.outcome, play.variables["x"]) == ("completed", 2)


@pytest.mark.parametrize("sequential", [False, True])
def test_a_multi_instance_under_way_goes_on(sequential):
    def of(id_: str) -> tuple[str, ...]:
        loop = each("=items", "item", sequential=sequential, outputCollection="done", outputElement="=item")
        return (start(), element("userTask", id_, loop), end(), path("start", id_, "end"))

    play = started(*of("each"), items=["a", "b", "c"])
    play.complete_task("each")
    assert blocking(migrate(play, program_of(*of("all")), {"each": "all"})) == []
    play.complete_task("all")
    play.complete_task("all")
    assert (play.outcome, play.variables["done"]) == ("completed", ["a", "b", "c"])


def test_a_called_instance_still_answers():
    def of(id_: str) -> tuple[str, ...]:
        called = extensions(zeebe("calledElement", processId="other"))
        return (start(), element("callActivity", id_, called), end(), path("start", id_, "end"))

    play = started(*of("call"))
    migrate(play, program_of(*of("ask")), {"call": "ask"})
    assert play.waiting() == ["call ask"]


def test_offered_steps_are_offered_anew_when_they_are_others():
    def of(*steps: str) -> tuple[str, ...]:
        ad_hoc = element("adHocSubProcess", "any", extensions(zeebe("adHoc")), *map(user_task, steps))
        return (start(), ad_hoc, end(), path("start", "any", "end"))

    play = started(*of("a", "b"))
    play.begin_step("any", "a")
    migrate(play, program_of(*of("a", "c")))
    play.begin_step("any", "c")
    assert play.waiting() == ["offer any", "task a", "task c"]


# --- events ---

HOURS = timer(duration="PT2H")


def with_timer(id_: str = "late", definition: str = HOURS, *, host: str = "check", interrupting: bool = True):
    event = boundary(id_, host, definition, interrupting=interrupting)
    return (*CHECK, event, end(f"{id_}_end"), flow(id_, f"{id_}_end"))


def test_a_timer_that_is_written_alike_is_due_when_it_was():
    play = started(*with_timer())
    play.wait_until(hours=1)
    assert migrate(play, program_of(*with_timer("reminder")), {"late": "reminder"}) == ()
    play.wait_until(hours=2)
    assert play.trace()[-1] == "reminder_end"


def test_a_timer_that_is_written_otherwise_begins_anew_and_says_so():
    play = started(*with_timer())
    play.wait_until(hours=1)
    assert notes(migrate(play, program_of(*with_timer("late", timer(duration="PT5H"))))) == [("event_renewed", "late")]
    play.wait_until(hours=4)
    assert play.waiting() == ["task check", "timer late"]
    play.wait_until(hours=6)
    assert play.outcome == "completed"


def test_an_event_that_comes_is_waited_for_and_one_that_goes_is_not():
    play = started(*with_timer("old"))
    found = migrate(play, program_of(*with_timer("new", condition("=stop"), interrupting=False)))
    assert notes(found) == [("event_withdrawn", "old"), ("event_added", "new")]
    assert play.waiting() == ["condition new", "task check"]


def test_a_new_condition_that_holds_already_happens_at_once():
    play = started(*CHECK, stop=True)
    migrate(play, program_of(*with_timer("new", condition("=stop"))))
    assert play.trace()[-1] == "new_end"
    with pytest.raises(Rejected, match="has gone on"):
        revert(play)


def test_an_event_that_cannot_begin_to_wait_blocks_the_move():
    play = started(*CHECK)
    assert blocking(migrate(play, program_of(*with_timer("new", timer(duration='="soon"'))))) == [
        ("event_fails", "new")
    ]


def test_a_catch_event_waits_for_the_new_message_when_it_is_another():
    def of(id_: str, name: str) -> tuple[str, ...]:
        event = element("intermediateCatchEvent", id_, message_reference("m"))
        return (start(), event, end(), path("start", id_, "end"))

    play = Play(model(*of("paid", "paid"), definitions=[message_definition("m", "paid", "=order")]), thorough=True)
    play.start(order="17")
    subscription = play.wait("message", "paid")
    same = program_of(*of("money", "paid"), definitions=[message_definition("m", "paid", "=order")])
    assert migrate(play, same, {"paid": "money"}) == ()
    assert play.wait("message", "money") == subscription
    other = program_of(*of("money", "paid"), definitions=[message_definition("m", "settled", "=order")])
    assert notes(migrate(play, other)) == [("event_renewed", "money")]
    (told,) = [fact for fact in play.facts[-2:] if isinstance(fact, facts.MessageSubscribed)]
    assert (told.name, told.key) == ("settled", "17")
    revert(play)
    (told,) = [fact for fact in play.facts[-2:] if isinstance(fact, facts.MessageSubscribed)]
    assert (told.name, told.key) == ("paid", "17")


def test_ways_of_an_event_based_gateway_come_and_go():
    def of(*ways: tuple[str, str]) -> tuple[str, ...]:
        events = [element("intermediateCatchEvent", id_, definition) for id_, definition in ways]
        flows = [path("choose", id_, "end") for id_, _ in ways]
        return (start(), gateway("eventBased", "choose"), *events, end(), flow("start", "choose"), *flows)

    definitions = [signal_definition("s", "alarm")]
    play = started(*of(("hour", timer(duration="PT1H")), ("day", timer(duration="PT24H"))))
    new = program_of(*of(("day", timer(duration="PT24H")), ("alarm", signal_reference("s"))), definitions=definitions)
    assert notes(migrate(play, new)) == [("event_withdrawn", "hour"), ("event_added", "alarm")]
    play.signal("alarm")
    assert play.outcome == "completed"


def test_event_subprocesses_of_the_process_come_and_go():
    definitions = [signal_definition("s", "alarm")]
    inside = event_subprocess("handle", signal_reference("s"), user_task("help"), path("handle_start", "help"))
    play = started(*CHECK)
    migrate(play, program_of(*CHECK, inside, definitions=definitions))
    assert play.waiting() == ["signal handle_start", "task check"]
    play.signal("alarm")
    assert play.waiting() == ["task help"]


def test_a_revert_brings_a_withdrawn_timer_back_as_it_was():
    play = started(*with_timer())
    play.wait_until(hours=1)
    migrate(play, program_of(*CHECK))
    assert play.waiting() == ["task check"]
    play.wait_until(minutes=30)
    revert(play)
    (due,) = [wait.due_at for wait in play.state.waits.rows.values() if wait.kind == "timer"]
    assert due - play.now == timedelta(minutes=30)


def test_a_revert_comes_too_late_when_something_has_happened():
    play = started(*CHECK)
    migrate(play, program_of(*BOTH))
    play.complete_task("check")
    with pytest.raises(Rejected, match="has gone on"):
        revert(play)


# --- what can't move ---


def test_a_token_at_an_element_that_is_gone_says_so():
    play = started(*CHECK)
    (finding,) = migrate(play, program_of(start(), end(), path("start", "end")))
    assert (finding.code, finding.element_id, finding.blocks) == ("gone", "check", True)
    assert "no place" in finding.message


def test_a_token_at_an_element_of_another_kind_says_so():
    play = started(*CHECK)
    new = program_of(start(), service_task("check"), end(), path("start", "check", "end"))
    assert blocking(migrate(play, new)) == [("other_kind", "check")]


def test_a_token_whose_place_is_in_another_scope_says_so():
    inside = subprocess("sub", start("inner"), user_task("check"), path("inner", "check"))
    play = started(*CHECK)
    assert blocking(migrate(play, program_of(start(), inside, end(), path("start", "sub", "end")))) == [
        ("other_scope", "check")
    ]


FORK = (start(), gateway("parallel", "fork"), user_task("a"), user_task("b"), gateway("parallel", "join"),
        user_task("last"), end(), path("start", "fork", "a", "join", "last", "end"), path("fork", "b", "join"))  # fmt: skip


def test_tokens_at_a_join_wait_there_in_the_new_version():
    play = started(*FORK)
    play.complete_task("a")
    new = program_of(
        start(), gateway("parallel", "fork"), user_task("a"), user_task("b"), user_task("c"), gateway("parallel", "all"),
        user_task("last"), end(), path("start", "fork", "a", "c", "all", "last", "end"), path("fork", "b", "all"),
    )  # fmt: skip
    assert migrate(play, new, {"join": "all"}) == ()
    play.complete_task("b")
    assert play.waiting() == ["task last"]


def test_a_join_that_needs_fewer_tokens_now_goes_on():
    old = (*FORK, user_task("c"), path("fork", "c", "join"))
    play = started(*old)
    play.complete_task("a")
    play.complete_task("b")
    migrate(play, program_of(*FORK), {"c": "last"})
    assert play.waiting() == ["task last", "task last"]


def test_tokens_at_a_join_that_is_none_any_more_say_so():
    play = started(*FORK)
    play.complete_task("a")
    new = program_of(start(), user_task("b"), user_task("last"), end(), path("start", "b", "last", "end"))
    assert blocking(migrate(play, new)) == [("join", "join")]


def test_what_is_being_compensated_is_left_alone():
    undo = element("userTask", "undo", isForCompensation="true")
    book = (start(), user_task("book"), compensated("book", "undo"), undo)
    thrown = element("intermediateThrowEvent", "back", compensation())
    parts = (*book, user_task("wait"), thrown, end(), path("start", "book", "wait", "back", "end"))
    play = started(*parts)
    play.complete_task("book")
    other = [part.replace("undo", "take_back") for part in parts]
    renamed = {"book_undo": "book_take_back", "undo": "take_back"}
    assert migrate(play, program_of(*other), renamed) == ()
    assert blocking(migrate(play, program_of(start(), user_task("book"), user_task("wait"), end(),
                    path("start", "book", "wait", "end")))) == [("compensable", "book")]  # fmt: skip
    play.complete_task("wait")
    assert play.waiting() == ["task take_back"]
    assert blocking(migrate(play, program_of(*parts), {"book_take_back": "book_undo", "take_back": "undo"})) == [
        ("compensating", "take_back")
    ]


def test_an_instance_that_has_ended_stays_as_it_is():
    play = started(*CHECK)
    play.complete_task("check")
    assert blocking(migrate(play, program_of(*BOTH))) == [("ended", "")]


def test_a_timer_at_the_moment_of_the_move_is_still_due():
    play = started(*with_timer())
    play.now += timedelta(hours=3)
    migrate(play, program_of(*with_timer("reminder")), {"late": "reminder"})
    play.wait_until(seconds=1)
    assert play.outcome == "completed"


def test_an_instance_in_the_middle_of_a_long_step_moves_later():
    play = Play(model(*BOTH), pause_after=1)
    play.start()
    assert play.is_paused
    assert blocking(migrate(play, program_of(*CHECK))) == [("paused", "")]
    play.go_on()
    assert blocking(migrate(play, program_of(*CHECK))) == []


def test_a_suspended_instance_moves_and_stays_suspended():
    play = started(*CHECK)
    play.do(commands.Suspend(reason="a new version comes"))
    assert migrate(play, program_of(*BOTH)) == ()
    assert play.state.head().suspended
    play.do(commands.Resume())
    play.complete_task("check")
    assert play.waiting() == ["task pay"]


def test_where_nothing_takes_the_place_the_reason_is_said():
    one = (start(), element("userTask", "a", name="Ask"), end(), path("start", "a", "end"))
    two = program_of(
        start(), element("userTask", "b", name="Ask"), element("userTask", "c", name="Ask"), end(),
        path("start", "b", "end"), path("start", "c", "end"),
    )  # fmt: skip
    play = started(*one)
    assert blocking(migrate(play, two)) == [("ambiguous", "a")]
    assert blocking(migrate(play, two, {"a": ""})) == [("chosen", "a")]


def test_steps_that_are_done_one_after_another_must_be_the_same():
    def of(*steps: str) -> tuple[str, ...]:
        offered = extensions(zeebe("adHoc", activeElementsCollection='=["a", "b"]'))
        ad_hoc = element("adHocSubProcess", "any", offered, *map(user_task, steps), ordering="Sequential")
        return (start(), ad_hoc, end(), path("start", "any", "end"))

    play = started(*of("a", "b"))
    assert blocking(migrate(play, program_of(*of("a", "b", "c")))) == [("steps", "any")]
    assert blocking(migrate(play, program_of(*of("a", "b")))) == []


def test_an_event_that_needs_several_things_must_need_the_same():
    definitions = [signal_definition("s", "alarm"), signal_definition("t", "calm")]

    def of(second: str) -> tuple[str, ...]:
        both = (signal_reference("s"), signal_reference(second))
        event = element("intermediateCatchEvent", "both", *both, parallelMultiple="true")
        return (start(), event, end(), path("start", "both", "end"))

    play = started(*of("t"), definitions=definitions)
    play.signal("alarm")
    assert blocking(migrate(play, program_of(*of("t"), definitions=definitions))) == []
    assert blocking(migrate(play, program_of(*of("s"), definitions=definitions))) == [("parts", "both")]
    play.signal("calm")
    assert play.outcome == "completed"


def test_two_joins_with_tokens_cannot_become_one():
    def of(*joins: str) -> tuple[str, ...]:
        fork = [
            gateway("parallel", "fork"),
            *(user_task(name) for name in "abcd"),
            *(gateway("parallel", id_) for id_ in dict.fromkeys(joins)),
        ]
        ways = [path("fork", name, joins[number // 2]) for number, name in enumerate("abcd")]
        return (
            start(),
            *fork,
            end(),
            flow("start", "fork"),
            *ways,
            *(flow(id_, "end") for id_ in dict.fromkeys(joins)),
        )

    play = started(*of("one", "two"))
    play.complete_task("a")
    play.complete_task("c")
    assert blocking(migrate(play, program_of(*of("all", "all")), {"one": "all", "two": "all"})) == [("join", "two")]
