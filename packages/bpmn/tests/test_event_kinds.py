"""Signals, escalations, conditions, links, multiple events: who catches what, and what follows."""

from decimal import Decimal

import pytest

from bpmn import commands, compile_model, facts
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    condition,
    element,
    end,
    error_definition,
    error_reference,
    escalation_definition,
    escalation_reference,
    event_subprocess,
    extensions,
    flow,
    gateway,
    link,
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

SIGNALS = (signal_definition("sig_a", "a"), signal_definition("sig_b", "b"))
LATE = escalation_definition("late", "LATE")


def said(play: Play, *kinds: type) -> list[facts.Fact]:
    return [fact for fact in play.facts if isinstance(fact, kinds)]


# --- signals ---


def test_a_signal_is_heard_by_who_listens_and_told_to_the_world():
    xml = model(
        start(),
        gateway("parallel", "fork"),
        element("intermediateThrowEvent", "throw", signal_reference("sig_a")),
        element("intermediateCatchEvent", "catch", signal_reference("sig_a")),
        end(),
        path("start", "fork", "throw", "end"),
        path("fork", "catch", "end"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.start()
    assert play.outcome == "completed"
    assert said(play, facts.SignalSubscribed, facts.SignalThrown, facts.SignalCaught) == [
        facts.SignalSubscribed("000005", "000004", "catch", "a"),
        facts.SignalThrown("000003", "throw", "a", {}),
        facts.SignalCaught("000005", "000004", "catch", False),
    ]


def test_a_signal_carries_what_its_input_mappings_set():
    throw = element("endEvent", "throw", extensions(mapping(inputs={"x": "=n + 1"})), signal_reference("sig_a"))
    play = Play(model(start(), throw, path("start", "throw"), definitions=SIGNALS), thorough=True)
    play.start(n=1)
    assert said(play, facts.SignalThrown)[0].variables == {"x": Decimal(2)}


def test_a_signal_from_elsewhere_reaches_every_listener():
    waits = [
        element("intermediateCatchEvent", name, extensions(mapping(outputs={name: "=x"})), signal_reference("sig_a"))
        for name in ("one", "two")
    ]
    xml = model(
        start(),
        gateway("parallel", "fork"),
        *waits,
        path("start", "fork", "one"),
        path("fork", "two"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.start()
    play.signal("a", x=7)
    assert (play.variables, play.outcome) == ({"one": Decimal(7), "two": Decimal(7)}, "completed")
    with pytest.raises(Rejected):
        play.signal("a")


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_signal_on_the_boundary(interrupting):
    xml = model(
        start(),
        user_task("t"),
        boundary("b", "t", signal_reference("sig_a"), interrupting=interrupting),
        user_task("after"),
        path("start", "t"),
        path("b", "after"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.start()
    play.signal("a")
    assert play.waiting() == (["task after"] if interrupting else ["signal b", "task after", "task t"])
    if not interrupting:
        play.signal("a")
        assert play.waiting() == ["signal b", "task after", "task after", "task t"]


# --- escalations ---


def escalating(throw: str, *, interrupting: bool, code: str = "late") -> bytes:
    return model(
        start(),
        subprocess("sub", start("in"), throw, user_task("inside"), path("in", "throw")),
        boundary("b", "sub", escalation_reference(code), interrupting=interrupting),
        user_task("told"),
        user_task("next"),
        path("start", "sub", "next"),
        path("b", "told"),
        definitions=[LATE],
    )


@pytest.mark.parametrize(
    ("interrupting", "code", "waiting"),
    [
        (True, "late", ["task told"]),
        (False, "late", ["task next", "task told"]),
        (False, "", ["task next", "task told"]),
    ],
)
def test_an_escalation_end_event_is_caught_around(interrupting, code, waiting):
    inside = element("endEvent", "throw", escalation_reference("late"))
    xml = escalating(inside, interrupting=interrupting, code=code).replace(user_task("inside").encode(), b"")
    play = Play(xml, thorough=True)
    play.start()
    assert play.waiting() == waiting
    assert said(play, facts.EscalationThrown)[0].caught_by == "b"


def test_an_escalation_that_nobody_catches_is_told_and_goes_on():
    throw = element("intermediateThrowEvent", "throw", escalation_reference("late"))
    xml = model(start(), throw, end(), path("start", "throw", "end"), definitions=[LATE])
    play = Play(xml, thorough=True)
    play.start(call_id="c")
    assert said(play, facts.EscalationThrown) == [facts.EscalationThrown("000002", "throw", "LATE", None, "c", {})]
    assert play.outcome == "completed"


@pytest.mark.parametrize(("interrupting", "waiting"), [(True, ["task told"]), (False, ["call call", "task told"])])
def test_an_escalation_of_the_called_instance_is_caught_at_the_call(interrupting, waiting):
    xml = model(
        start(),
        element("callActivity", "call", calledElement="tns:other"),
        boundary("b", "call", escalation_reference("late"), interrupting=interrupting),
        user_task("told"),
        path("start", "call"),
        path("b", "told"),
        definitions=[LATE],
    )
    play = Play(xml, thorough=True)
    play.start()
    play.do(commands.EscalateCall(call_id=play.wait("call", "call"), escalation_code="LATE"))
    assert play.waiting() == waiting


# --- conditions ---


def conditional(*, interrupting: bool) -> bytes:
    return model(
        start(),
        user_task("t"),
        boundary("b", "t", condition("=n > 3"), interrupting=interrupting),
        user_task("after"),
        path("start", "t"),
        path("b", "after"),
    )


def test_a_condition_is_looked_at_when_its_variable_changes():
    play = Play(conditional(interrupting=True), thorough=True)
    play.start()
    play.do(commands.SetVariables(variables={"n": 3, "m": 9}))
    assert play.waiting() == ["condition b", "task t"]
    play.do(commands.SetVariables(variables={"n": 4}))
    assert play.waiting() == ["task after"]


def test_a_condition_that_holds_already_happens_at_once():
    play = Play(conditional(interrupting=True), thorough=True)
    play.start(n=4)
    assert play.waiting() == ["task after"]
    assert said(play, facts.TaskCreated)[0].element_id != "t"


def test_a_condition_that_does_not_interrupt_happens_each_time_it_begins_to_hold():
    play = Play(conditional(interrupting=False), thorough=True)
    play.start(n=4)
    for n, tasks in ((5, 1), (1, 1), (6, 2), (7, 2)):
        play.do(commands.SetVariables(variables={"n": n}))
        assert play.waiting().count("task after") == tasks
    assert [fact.holds for fact in said(play, facts.ConditionChanged)] == [True, False, True]


def test_a_condition_that_fails_is_an_incident_that_can_be_resolved():
    xml = conditional(interrupting=True).replace(b"n &gt; 3", b"n + 1")
    play = Play(xml, thorough=True)
    play.start()
    play.do(commands.SetVariables(variables={"n": 1}))
    assert [incident[:2] for incident in play.incidents()] == [("t", "condition")]
    play.complete_task("t")
    assert play.incidents() == []


def test_a_condition_sees_the_variables_of_its_own_scope_first():
    inner = subprocess(
        "sub",
        extensions(mapping(inputs={"n": "=0"})),
        start("in"),
        element("intermediateCatchEvent", "c", condition("=n > 3")),
        path("in", "c"),
    )
    play = Play(model(start(), inner, path("start", "sub")), thorough=True)
    play.start(n=9)
    assert play.waiting() == ["condition c"]
    play.do(commands.SetVariables(variables={"n": 10}))
    assert play.waiting() == ["condition c"]
    (sub,) = (row.id for row in play.state.elements.rows.values() if row.element_id == "sub")
    play.do(commands.SetVariables(variables={"n": 10}, element_instance_id=sub))
    assert play.outcome == "completed"


# --- links ---


def test_a_link_is_a_flow_and_joins_count_on_it():
    xml = (
        model(
            start(),
            gateway("inclusive", "fork", default="fork-one"),
            user_task("one"),
            user_task("two"),
            element("intermediateThrowEvent", "go", link("there")),
            element("intermediateCatchEvent", "come", link("there")),
            gateway("inclusive", "join"),
            end(),
            path("start", "fork", "one", "go"),
            path("come", "join", "end"),
            flow("fork", "two", "=true"),
            path("two", "join"),
        )
        .replace(b'default="fork-one"', b"")
        .replace(flow("fork", "one").encode(), flow("fork", "one", "=true").encode())
    )
    play = Play(xml, thorough=True)
    play.start()
    play.complete_task("two")
    assert play.waiting() == ["task one"]
    play.complete_task("one")
    assert play.outcome == "completed"
    assert play.trace() == ["start", "fork", "one", "two", "go", "come", "join", "end"]


# --- multiple ---

HELLO = message_definition("hello", "hello", "=1")


def multiple(*, parallel: bool) -> bytes:
    event = element(
        "intermediateCatchEvent",
        "c",
        signal_reference("sig_a"),
        message_reference("hello"),
        parallelMultiple="true" if parallel else "false",
    )
    return model(start(), event, end(), path("start", "c", "end"), definitions=[*SIGNALS, HELLO])


def test_one_of_multiple_events_is_enough():
    play = Play(multiple(parallel=False), thorough=True)
    play.start()
    play.deliver("c")
    assert play.outcome == "completed"
    assert [fact.kind for fact in said(play, facts.WaitCancelled)] == ["signal"]


def test_all_of_parallel_multiple_events_are_needed():
    play = Play(multiple(parallel=True), thorough=True)
    play.start()
    play.signal("a")
    assert play.waiting() == ["message c"]
    play.deliver("c")
    assert play.outcome == "completed"


def test_a_parallel_multiple_boundary_event_that_does_not_interrupt_listens_again():
    xml = model(
        start(),
        user_task("t"),
        boundary("b", "t", signal_reference("sig_a") + signal_reference("sig_b"), interrupting=False).replace(
            "<bpmn:boundaryEvent", '<bpmn:boundaryEvent parallelMultiple="true"'
        ),
        user_task("after"),
        path("start", "t"),
        path("b", "after"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.start()
    for name, tasks in (("a", 0), ("b", 1), ("b", 1), ("a", 2)):
        play.signal(name)
        assert play.waiting().count("task after") == tasks


def test_several_throws_of_one_event_all_happen():
    both = element("endEvent", "e", signal_reference("sig_a"), escalation_reference("late"))
    play = Play(model(start(), both, path("start", "e"), definitions=[*SIGNALS, LATE]), thorough=True)
    play.start()
    assert [type(fact) for fact in said(play, facts.SignalThrown, facts.EscalationThrown)] == [
        facts.SignalThrown,
        facts.EscalationThrown,
    ]
    assert play.outcome == "completed"


# --- event subprocesses ---


def guarded(definition: str, *, interrupting: bool = True, definitions: tuple[str, ...] = ()) -> bytes:
    handler = event_subprocess(
        "handler", definition, user_task("handle"), path("handler_start", "handle"), interrupting=interrupting
    )
    body = subprocess("sub", start("in"), user_task("work"), handler, path("in", "work"))
    return model(start(), body, user_task("next"), path("start", "sub", "next"), definitions=definitions)


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize(
    ("definition", "happen"),
    [
        (signal_reference("sig_a"), lambda play: play.signal("a")),
        (message_reference("hello"), lambda play: play.deliver("handler_start")),
        (timer(duration="PT1H"), lambda play: play.wait_until(hours=1)),
        (condition("=n > 3"), lambda play: play.do(commands.SetVariables(variables={"n": 4}))),
    ],
)
def test_an_event_subprocess_begins_with_its_event(definition, happen, interrupting):
    play = Play(guarded(definition, interrupting=interrupting, definitions=(*SIGNALS, HELLO)), thorough=True)
    play.start()
    happen(play)
    tasks = [wait for wait in play.waiting() if wait.startswith("task")]
    assert tasks == (["task handle"] if interrupting else ["task handle", "task work"])
    play.complete_task("handle")
    if not interrupting:
        play.complete_task("work")
    assert play.waiting() == ["task next"]


def test_an_interrupted_scope_hears_no_further_events():
    play = Play(guarded(signal_reference("sig_a"), definitions=SIGNALS), thorough=True)
    play.start()
    play.signal("a")
    assert said(play, facts.ModeChanged)[0].mode == "interrupted"
    with pytest.raises(Rejected):
        play.signal("a")


def test_an_error_goes_to_the_event_subprocess_before_the_boundary():
    refused = error_definition("refused", "REFUSED")
    handler = event_subprocess(
        "handler",
        error_reference("refused"),
        user_task("handle"),
        end("again", error_reference("refused")),
        path("handler_start", "handle", "again"),
    )
    body = subprocess("sub", start("in"), end("bad", error_reference("refused")), handler, path("in", "bad"))
    xml = model(
        start(),
        body,
        boundary("b", "sub", error_reference("refused")),
        user_task("outside"),
        path("start", "sub"),
        path("b", "outside"),
        definitions=[refused],
    )
    play = Play(xml, thorough=True)
    play.start()
    assert play.waiting() == ["task handle"]
    # Thrown inside the handler, the same error is for those around the scope.
    play.complete_task("handle")
    assert play.waiting() == ["task outside"]
    assert [fact.caught_by for fact in said(play, facts.ErrorThrown)] == ["handler_start", "b"]


def test_an_event_subprocess_of_the_process_itself():
    handler = event_subprocess(
        "handler", signal_reference("sig_a"), script_task("s", "x + 1", "y"), path("handler_start", "s")
    )
    xml = model(start(), user_task("t"), handler, path("start", "t"), definitions=SIGNALS)
    play = Play(xml, thorough=True)
    play.start()
    assert play.waiting() == ["signal handler_start", "task t"]
    play.signal("a", x=1)
    assert (play.variables["y"], play.outcome) == (Decimal(2), "completed")


def test_a_broken_event_of_the_process_is_an_incident_and_the_rest_goes_on():
    handler = event_subprocess("handler", timer(duration="=wait"), end("e"), path("handler_start", "e"))
    play = Play(model(start(), user_task("t"), handler, path("start", "t")), thorough=True)
    play.start()
    assert (play.waiting(), [incident[:2] for incident in play.incidents()]) == (["task t"], [("p", "timer")])
    play.complete_task("t")
    assert play.outcome == ""
    play.resolve(wait="PT1H")
    assert play.outcome == "completed"


# --- beginnings ---


def test_a_process_without_a_start_event_begins_at_what_no_flow_leads_to():
    play = Play(model(user_task("a"), user_task("c"), end(), path("a", "end"), path("c", "end")), thorough=True)
    play.start()
    assert play.waiting() == ["task a", "task c"]


def test_ways_into_a_process():
    xml = model(
        element("startEvent", "by_message", message_reference("hello")),
        element("startEvent", "by_signal", signal_reference("sig_a")),
        element("startEvent", "by_time", timer(cycle="R/P1D")),
        element("startEvent", "by_condition", condition("=n > 1")),
        user_task("t"),
        *(path(name, "t") for name in ("by_message", "by_signal", "by_time", "by_condition")),
        definitions=[*SIGNALS, HELLO],
    )
    program = compile_model(xml).processes["p"]
    ways = {way.node.id: (way.message_name, way.timer is not None, way.signal_name) for way in program.starts}
    assert ways == {
        "by_message": ("hello", False, None),
        "by_signal": (None, False, "a"),
        "by_time": (None, True, None),
        "by_condition": (None, False, None),
    }
    play = Play(xml, thorough=True)
    with pytest.raises(Rejected, match="no such start event"):
        play.start()
    play.do(commands.Start(instance_id="i", variables={"x": 1}, start_element_id="by_signal"))
    assert (play.trace(), play.variables) == (["by_signal", "t"], {"x": Decimal(1)})


def test_a_start_event_maps_what_it_brings():
    event = element("startEvent", "s", extensions(mapping(outputs={"y": "=x + 1"})), signal_reference("sig_a"))
    play = Play(model(event, user_task("t"), path("s", "t"), definitions=SIGNALS), thorough=True)
    play.do(commands.Start(instance_id="i", variables={"x": 1}, start_element_id="s"))
    assert play.variables == {"y": Decimal(2)}


def test_what_is_given_to_an_instance_is_there_whatever_its_start_event_maps():
    event = element("startEvent", "s", extensions(mapping(outputs={"y": "=x + 1"})), signal_reference("sig_a"))
    play = Play(model(event, user_task("t"), path("s", "t"), definitions=SIGNALS), thorough=True)
    play.do(commands.Start(instance_id="i", variables={"x": 1}, given={"case": "c"}, start_element_id="s"))
    assert play.variables == {"case": "c", "y": Decimal(2)}
    plain = Play(model(start(), user_task("t"), path("start", "t")), thorough=True)
    plain.do(commands.Start(instance_id="i", variables={"case": "forged", "x": 1}, given={"case": "c"}))
    assert plain.variables == {"case": "c", "x": Decimal(1)}


def test_a_parallel_multiple_start_event_waits_for_the_rest():
    both = element("startEvent", "s", signal_reference("sig_a"), signal_reference("sig_b"), parallelMultiple="true")
    play = Play(model(both, user_task("t"), path("s", "t"), definitions=SIGNALS), thorough=True)
    play.do(commands.Start(instance_id="i", start_element_id="s", start_part=1))
    assert play.waiting() == ["signal s"]
    play.signal("a")
    assert play.waiting() == ["task t"]


def beginning_with(*triggers: str) -> Play:
    event = element("startEvent", "s", *triggers, parallelMultiple="true")
    return Play(model(event, user_task("t"), path("s", "t"), definitions=SIGNALS), thorough=True)


def test_the_rest_of_a_parallel_multiple_start_event_is_waited_for_also_after_a_retry():
    play = beginning_with(signal_reference("sig_a"), timer(duration="=wait"), condition("=n > 1"))
    play.do(commands.Start(instance_id="i", start_element_id="s", start_part=0))
    assert (play.waiting(), [incident[:2] for incident in play.incidents()]) == ([], [("s", "timer")])
    play.resolve()
    assert (play.waiting(), len(play.incidents())) == ([], 1)
    play.resolve(wait="PT1H")
    assert (play.waiting(), play.incidents()) == (["condition s", "timer s"], [])
    play.wait_until(hours=1)
    assert play.waiting() == ["condition s"]
    play.do(commands.SetVariables(variables={"n": 2}))
    assert play.waiting() == ["task t"]


def test_a_condition_that_holds_when_a_parallel_multiple_start_event_begins_is_met():
    play = beginning_with(signal_reference("sig_a"), condition("=n > 1"))
    play.do(commands.Start(instance_id="i", start_element_id="s", start_part=0, variables={"n": 2}))
    assert play.waiting() == ["task t"]


def test_a_receive_task_instantiates():
    task = element("receiveTask", "r", messageRef="hello", instantiate="true")
    play = Play(model(task, user_task("t"), path("r", "t"), definitions=[HELLO]), thorough=True)
    play.do(commands.Start(instance_id="i", start_element_id="r", variables={"x": 1}))
    assert (play.waiting(), play.variables) == (["task t"], {"x": Decimal(1)})


@pytest.mark.parametrize(("kind", "waiting"), [("Exclusive", ["task one"]), ("Parallel", ["signal two", "task one"])])
def test_an_event_based_gateway_instantiates(kind, waiting):
    xml = model(
        element("eventBasedGateway", "g", instantiate="true", eventGatewayType=kind),
        element("intermediateCatchEvent", "c", signal_reference("sig_a")),
        element("intermediateCatchEvent", "two", signal_reference("sig_b")),
        user_task("one"),
        path("g", "c", "one"),
        path("g", "two"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.do(commands.Start(instance_id="i", start_element_id="c"))
    assert play.waiting() == waiting
