"""Activities that repeat: standard loops, multi-instance, token quantities."""

from decimal import Decimal

import pytest

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    boundary,
    completion,
    each,
    element,
    end,
    error_definition,
    error_reference,
    extensions,
    gateway,
    mapping,
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


def numbers(*values: int) -> list[Decimal]:
    return [Decimal(value) for value in values]


def script(expression: str, result: str) -> str:
    return extensions(zeebe("script", expression=f"={expression}", resultVariable=result))


# --- standard loops ---


def loop(condition: str = "", **settings: str) -> str:
    body = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    written = "".join(f' {name}="{value}"' for name, value in settings.items())
    return f"<bpmn:standardLoopCharacteristics{written}>{body}</bpmn:standardLoopCharacteristics>"


@pytest.mark.parametrize(
    ("characteristics", "rounds"),
    [
        (loop("n &lt; 3"), 3),
        (loop("n &lt; 0"), 1),
        (loop("n &lt; 0", testBefore="true"), 0),
        (loop("n &lt; 3", testBefore="true"), 3),
        (loop("true", loopMaximum="5"), 5),
        (loop(loopMaximum="2"), 2),
        (loop("loopCounter &lt; 4"), 4),
    ],
)
def test_a_standard_loop_goes_on_while_its_condition_holds(characteristics, rounds):
    task = element("scriptTask", "t", script("n + 1", "n"), characteristics)
    play = Play(model(start(), task, user_task("next"), path("start", "t", "next")), thorough=True)
    play.start(n=0)
    assert (play.variables["n"], play.waiting()) == (Decimal(rounds), ["task next"])
    begun = [fact.round for fact in play.facts if isinstance(fact, facts.ElementEntered) and fact.element_id == "t"]
    assert begun == list(range(rounds + 1))


def test_a_loop_whose_condition_fails_is_an_incident_between_its_rounds():
    task = element("userTask", "t", loop("broken"))
    play = Play(model(start(), task, user_task("next"), path("start", "t", "next")), thorough=True)
    play.start()
    play.complete_task("t")
    assert [incident[:2] for incident in play.incidents()] == [("t", "condition")]
    play.resolve(broken=True)
    assert (play.waiting(), play.incidents()) == (["task t"], [])
    play.complete_task("t", broken=False)
    assert play.waiting() == ["task next"]


def test_a_boundary_event_ends_the_whole_loop():
    task = element("userTask", "t", loop("true"))
    event = boundary("b", "t", timer(duration="PT1H"))
    xml = model(start(), task, event, user_task("late"), path("start", "t"), path("b", "late"))
    play = Play(xml, thorough=True)
    play.start()
    play.complete_task("t")
    assert play.waiting() == ["task t", "timer b"]
    play.wait_until(hours=1)
    assert play.waiting() == ["task late"]


# --- multi-instance ---


def mapped(*, sequential: bool, body: str = "") -> bytes:
    loop_ = each("=items", "item", body, sequential=sequential, outputCollection="results", outputElement="=result")
    task = element("serviceTask", "t", extensions(zeebe("taskDefinition", type="work")), loop_)
    return model(start(), task, user_task("next"), path("start", "t", "next"))


def test_instances_run_at_once_and_their_outputs_are_in_the_order_of_the_items():
    play = Play(mapped(sequential=False), thorough=True)
    play.start(items=["a", "b", "c"])
    jobs = [fact.id for fact in play.facts if isinstance(fact, facts.JobCreated)]
    assert play.waiting() == ["job t"] * 3
    for job, result in zip(reversed(jobs), (3, 2, 1), strict=True):
        play.do(commands.CompleteJob(job_id=job, variables={"result": result}))
    assert (play.variables["results"], play.waiting()) == (numbers(1, 2, 3), ["task next"])
    assert "result" not in play.variables


def test_instances_run_one_after_another():
    play = Play(mapped(sequential=True), thorough=True)
    play.start(items=["a", "b"])
    for result in (1, 2):
        assert play.waiting() == ["job t"]
        play.complete_job("t", result=result)
    assert (play.variables["results"], play.waiting()) == (numbers(1, 2), ["task next"])
    entered = [fact for fact in play.facts if isinstance(fact, facts.VariableSet) and fact.name == "item"]
    assert [fact.value for fact in entered] == ["a", "b"]


@pytest.mark.parametrize("sequential", [True, False])
def test_an_empty_collection_is_done_at_once(sequential):
    play = Play(mapped(sequential=sequential), thorough=True)
    play.start(items=[])
    assert (play.variables["results"], play.waiting()) == ([], ["task next"])


@pytest.mark.parametrize("sequential", [True, False])
def test_a_completion_condition_ends_the_rest(sequential):
    enough = completion("numberOfCompletedInstances = 2 and numberOfInstances = 4")
    play = Play(mapped(sequential=sequential, body=enough), thorough=True)
    play.start(items=[1, 2, 3, 4])
    play.complete_job("t", result=1)
    play.complete_job("t", result=2)
    assert (play.variables["results"], play.waiting()) == ([*numbers(1, 2), None, None], ["task next"])
    cancelled = [fact for fact in play.facts if isinstance(fact, facts.ElementCancelled)]
    assert len(cancelled) == (0 if sequential else 2)


def test_a_collection_that_is_none_is_an_incident():
    play = Play(mapped(sequential=False), thorough=True)
    play.start(items=7)
    assert [incident[:2] for incident in play.incidents()] == [("t", "loop")]
    play.resolve(items=[1])
    assert play.waiting() == ["job t"]


def test_an_output_that_fails_is_an_incident_of_its_instance():
    play = Play(mapped(sequential=False).replace(b"=result", b"=result - 1"), thorough=True)
    play.start(items=[1])
    play.complete_job("t", result="1")
    assert [incident[:2] for incident in play.incidents()] == [("t", "expression")]
    assert play.waiting() == []


def cardinality(text: str, *, sequential: bool = False, behavior: str = "") -> str:
    written = f'isSequential="{str(sequential).lower()}"{behavior}'
    count = f"<bpmn:loopCardinality>{text}</bpmn:loopCardinality>"
    return f"<bpmn:multiInstanceLoopCharacteristics {written}>{count}</bpmn:multiInstanceLoopCharacteristics>"


def test_a_number_of_instances():
    task = element(
        "scriptTask", "t", script("append(seen, loopCounter)", "seen"), cardinality("n + 1", sequential=True)
    )
    play = Play(model(start(), task, user_task("next"), path("start", "t", "next")), thorough=True)
    play.start(n=2, seen=[])
    assert play.variables["seen"] == numbers(1, 2, 3)


def test_a_subprocess_per_item_with_scopes_of_their_own():
    body = subprocess(
        "sub",
        extensions(mapping(inputs={"x": "=n * 10"}, outputs={"last": "=x"})),
        each("=[1, 2]", "n", outputCollection="all", outputElement="=x"),
        start("in"),
        script_task("s", "x + n", "x"),
        user_task("t"),
        path("in", "s", "t"),
    )
    play = Play(model(start(), body, user_task("next"), path("start", "sub", "next")), thorough=True)
    play.start()
    assert play.waiting() == ["task t", "task t"]
    play.complete_task("t")
    play.complete_task("t")
    assert (play.variables["all"], play.variables["last"]) == (numbers(11, 22), Decimal(22))


def test_an_error_in_one_instance_ends_all():
    refused = error_definition("refused", "REFUSED")
    task = element("serviceTask", "t", extensions(zeebe("taskDefinition", type="work")), each("=[1, 2, 3]", "n"))
    xml = model(
        start(),
        task,
        boundary("b", "t", error_reference("refused")),
        user_task("after"),
        path("start", "t"),
        path("b", "after"),
        definitions=[refused],
    )
    play = Play(xml, thorough=True)
    play.start()
    play.do(commands.ThrowJobError(job_id=play.wait("job", "t"), error_code="REFUSED"))
    assert play.waiting() == ["task after"]


SIGNALS = (
    signal_definition("sig", "done"),
    '<bpmn:signalEventDefinition id="thrown" signalRef="sig"/>',
)


@pytest.mark.parametrize(
    ("behavior", "told"),
    [
        ("", 0),
        (' behavior="None" noneBehaviorEventRef="thrown"', 3),
        (' behavior="One" oneBehaviorEventRef="thrown"', 1),
        (' behavior="One"', 1),
    ],
)
def test_events_while_instances_end(behavior, told):
    task = element("userTask", "t", cardinality("3", behavior=behavior))
    xml = model(
        start(),
        task,
        boundary("b", "t", signal_reference("sig")),
        user_task("told"),
        user_task("next"),
        path("start", "t", "next"),
        path("b", "told"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.start()
    for _ in range(3):
        play.complete_task("t")
    assert play.waiting() == [*["task next"], *["task told"] * told]


def test_a_complex_behaviour_throws_when_its_condition_holds():
    complex_ = (
        '<bpmn:multiInstanceLoopCharacteristics behavior="Complex"><bpmn:loopCardinality>3</bpmn:loopCardinality>'
        "<bpmn:complexBehaviorDefinition><bpmn:condition>numberOfCompletedInstances = 2</bpmn:condition>"
        '<bpmn:event><bpmn:signalEventDefinition signalRef="sig"/></bpmn:event></bpmn:complexBehaviorDefinition>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    xml = model(
        start(),
        element("userTask", "t", complex_),
        boundary("b", "t", signal_reference("sig")),
        user_task("told"),
        path("start", "t"),
        path("b", "told"),
        definitions=SIGNALS,
    )
    play = Play(xml, thorough=True)
    play.start()
    for told in (0, 1, 1):
        play.complete_task("t")
        assert play.waiting().count("task told") == told


def test_the_standards_collections():
    data = (
        '<bpmn:ioSpecification><bpmn:dataInput id="in" name="lines"/><bpmn:dataOutput id="out" name="sums"/></bpmn:ioSpecification>'
        "<bpmn:dataInputAssociation><bpmn:sourceRef>order</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>"
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>out</bpmn:sourceRef><bpmn:targetRef>totals</bpmn:targetRef></bpmn:dataOutputAssociation>"
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopDataInputRef>in</bpmn:loopDataInputRef>'
        '<bpmn:loopDataOutputRef>out</bpmn:loopDataOutputRef><bpmn:inputDataItem id="i" name="line"/><bpmn:outputDataItem id="o" name="sum"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    task = element("scriptTask", "t", script("line * 2", "sum"), data)
    objects = element("dataObject", "order", name="Order Lines") + element("dataObject", "totals", name="Totals")
    play = Play(model(start(), objects, task, user_task("next"), path("start", "t", "next")), thorough=True)
    play.do(commands.Start(instance_id="i", variables={"Order Lines": [1, 2]}))
    assert play.variables["Totals"] == numbers(2, 4)


# --- quantities ---


def test_an_activity_that_takes_and_gives_several_tokens():
    many = element("task", "many", completionQuantity="3")
    few = element("userTask", "few", startQuantity="2")
    play = Play(model(start(), many, few, end(), path("start", "many", "few", "end")), thorough=True)
    play.start()
    assert play.waiting() == ["task few"]
    play.complete_task("few")
    # One token is left over, and waits for another.
    assert (play.outcome, play.waiting()) == ("", [])
    play.do(commands.Cancel())
    assert play.outcome == "cancelled"


def test_tokens_of_several_flows_count_together():
    xml = model(
        start(),
        gateway("parallel", "fork"),
        service_task("a"),
        service_task("c"),
        element("userTask", "both", startQuantity="2"),
        path("start", "fork", "a", "both"),
        path("fork", "c", "both"),
    )
    play = Play(xml, thorough=True)
    play.start()
    play.complete_job("a")
    assert play.waiting() == ["job c"]
    play.complete_job("c")
    assert play.waiting() == ["task both"]
