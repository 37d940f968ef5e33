"""Elements inside each other: loops in loops, events in instances, ends of one among many."""

from decimal import Decimal

from bpmn import commands
from bpmn.testing import (
    Play,
    boundary,
    cancel,
    compensated,
    compensation,
    completion,
    condition,
    each,
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
    model,
    path,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    user_task,
    zeebe,
)

DEFINITIONS = (
    signal_definition("sig", "go"),
    error_definition("err", "ERR"),
    escalation_definition("esc", "ESC"),
)


def played(*parts: str, **variables: object) -> Play:
    play = Play(model(start(), *parts, definitions=DEFINITIONS), thorough=True)
    play.start(**variables)
    return play


def numbers(*values: int) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_each_instance_has_event_subprocesses_of_its_own():
    handler = event_subprocess("h", signal_reference("sig"), user_task("handle"), path("h_start", "handle"))
    body = subprocess("s", each("=[1, 2]", "x"), start("in"), user_task("work"), handler, path("in", "work"))
    play = played(body, user_task("next"), path("start", "s", "next"))
    assert play.waiting() == ["signal h_start", "signal h_start", "task work", "task work"]
    play.signal("go")
    assert play.waiting() == ["task handle", "task handle"]
    play.complete_task("handle")
    play.complete_task("handle")
    assert play.waiting() == ["task next"]


def test_terminate_ends_one_instance_among_many():
    body = subprocess(
        "s",
        each("=[1, 2]", "x"),
        start("in"),
        gateway("parallel", "fork"),
        user_task("a"),
        user_task("b"),
        end("stop", "<bpmn:terminateEventDefinition/>"),
        path("in", "fork", "a", "stop"),
        path("fork", "b"),
    )
    play = played(body, user_task("next"), path("start", "s", "next"))
    play.complete_task("a")
    assert play.waiting() == ["task a", "task b"]
    play.complete_task("a")
    assert play.waiting() == ["task next"]


def test_joins_wait_within_their_instance():
    body = subprocess(
        "s",
        each("=[1, 2]", "x"),
        start("in"),
        gateway("inclusive", "fork"),
        user_task("a"),
        user_task("b"),
        gateway("inclusive", "join"),
        user_task("c"),
        path("in", "fork"),
        flow("fork", "a", "x > 0"),
        flow("fork", "b", "x > 1"),
        path("a", "join", "c"),
        path("b", "join"),
    )
    play = played(body, path("start", "s"))
    play.complete_task("a")
    play.complete_task("a")
    assert play.waiting() == ["task b", "task c"]
    play.complete_task("b")
    assert play.waiting() == ["task c", "task c"]


def test_a_loop_in_a_loop_collects_for_itself():
    script = zeebe("script", expression="=x * y", resultVariable="product")
    inner = element(
        "scriptTask",
        "t",
        extensions(script),
        each("=[10, 20]", "y", outputCollection="row", outputElement="=product"),
    )
    body = subprocess(
        "s", each("=[1, 2]", "x", outputCollection="all", outputElement="=row"), start("in"), inner, path("in", "t")
    )
    play = played(body, user_task("next"), path("start", "s", "next"))
    assert play.variables["all"] == [numbers(10, 20), numbers(20, 40)]


def test_an_incident_in_one_round_is_resolved_there():
    script = zeebe("script", expression="=number(y) + x", resultVariable="sum")
    task = element(
        "scriptTask",
        "t",
        extensions(script),
        each("=[1, 2]", "x", sequential=True, outputCollection="all", outputElement="=sum"),
    )
    play = played(task, user_task("next"), path("start", "t", "next"), y="bad")
    assert [incident[:2] for incident in play.incidents()] == [("t", "expression")]
    play.resolve(y="5")
    assert (play.variables["all"], play.incidents()) == (numbers(6, 7), [])


def test_calls_for_each_item_and_the_error_of_one():
    call = element(
        "callActivity",
        "c",
        extensions(zeebe("calledElement", processId="other")),
        each("=[1, 2]", "x", outputCollection="all", outputElement="=answer"),
    )
    parts = (
        call,
        boundary("b", "c", error_reference("err")),
        user_task("bad"),
        user_task("next"),
        path("start", "c", "next"),
        path("b", "bad"),
    )
    play = played(*parts)
    for answer in (1, 2):
        play.do(commands.CompleteCall(call_id=play.wait("call", "c"), variables={"answer": answer}))
    assert (play.variables["all"], play.waiting()) == (numbers(1, 2), ["task next"])
    play = played(*parts)
    play.do(commands.FailCall(call_id=play.wait("call", "c"), error_code="ERR"))
    assert play.waiting() == ["task bad"]


def test_steps_are_offered_for_each_item():
    body = element(
        "adHocSubProcess",
        "s",
        extensions(zeebe("adHoc")),
        each("=[1, 2]", "x", sequential=True),
        user_task("a"),
        completion("=done"),
    )
    play = played(body, user_task("next"), path("start", "s", "next"), done=False)
    play.begin_step("s", "a")
    play.complete_task("a", done=True)
    assert play.waiting() == ["offer s"]
    play.begin_step("s", "a")
    play.complete_task("a")
    assert play.waiting() == ["task next"]


def test_one_instance_of_a_transaction_calls_all_off():
    body = element(
        "transaction",
        "s",
        each("=[1, 2]", "x"),
        start("in"),
        user_task("a"),
        compensated("a", "no_a"),
        element("userTask", "no_a", isForCompensation="true"),
        gateway("exclusive", "g", default="g-fine"),
        end("fine"),
        end("stop", cancel()),
        path("in", "a", "g", "fine"),
        flow("g", "stop", "x = 2"),
    )
    play = played(body, boundary("off", "s", cancel()), user_task("sorry"), path("start", "s"), path("off", "sorry"))
    first, second = sorted(wait.id for wait in play.state.waits.rows.values() if wait.kind == "task")
    play.do(commands.CompleteTask(task_id=first))
    play.do(commands.CompleteTask(task_id=second))
    assert play.waiting() == ["task no_a"]
    play.complete_task("no_a")
    assert play.waiting() == ["task sorry"]


def test_an_escalation_of_an_event_subprocess_is_for_its_neighbour():
    throws = event_subprocess(
        "h",
        signal_reference("sig"),
        element("endEvent", "t", escalation_reference("esc")),
        path("h_start", "t"),
        interrupting=False,
    )
    catches = event_subprocess(
        "n", escalation_reference("esc"), user_task("told"), path("n_start", "told"), interrupting=False
    )
    body = subprocess("s", start("in"), user_task("work"), throws, catches, path("in", "work"))
    play = played(body, path("start", "s"))
    play.signal("go")
    assert play.waiting() == ["signal h_start", "task told", "task work"]


def test_an_event_on_the_boundary_ends_compensation_under_way():
    body = subprocess(
        "s",
        start("in"),
        user_task("a"),
        compensated("a", "no_a"),
        element("userTask", "no_a", isForCompensation="true"),
        element("intermediateThrowEvent", "undo", compensation()),
        path("in", "a", "undo"),
    )
    play = played(
        body, boundary("b", "s", signal_reference("sig")), user_task("next"), path("start", "s"), path("b", "next")
    )
    play.complete_task("a")
    assert play.waiting() == ["signal b", "task no_a"]
    play.signal("go")
    assert play.waiting() == ["task next"]


def test_a_condition_of_the_process_that_holds_from_the_start():
    handler = event_subprocess("h", condition("n > 1"), user_task("handle"), path("h_start", "handle"))
    play = played(handler, user_task("a"), path("start", "a"), n=2)
    assert (play.waiting(), play.trace()) == (["task handle"], ["h", "h_start", "handle"])
