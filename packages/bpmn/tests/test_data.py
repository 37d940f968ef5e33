"""Data objects and associations, correlation, pools and message flows, lanes, calls."""

from decimal import Decimal

import pytest

from bpmn import commands, compile_model, facts
from bpmn.testing import (
    Play,
    boundary,
    element,
    end,
    extensions,
    mapping,
    message_definition,
    message_reference,
    model,
    path,
    script_task,
    service_task,
    signal_reference,
    start,
    subprocess,
    user_task,
    zeebe,
)


def association(direction: str, source: str, target: str, *more: str) -> str:
    tag = f"data{direction}Association"
    ends = f"<bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
    return f"<bpmn:{tag}>{ends}{''.join(more)}</bpmn:{tag}>"


SPECIFICATION = (
    '<bpmn:ioSpecification><bpmn:dataInput id="in" name="amount"/>'
    '<bpmn:dataOutput id="out" name="answer"/></bpmn:ioSpecification>'
)
OBJECTS = (
    element("dataObject", "order", name="Order Total")
    + element("dataObject", "result_object")
    + element("dataObjectReference", "result", name="Result", dataObjectRef="result_object")
)


def test_data_associations_copy_in_and_out():
    task = element(
        "serviceTask",
        "t",
        extensions(zeebe("taskDefinition", type="work")),
        SPECIFICATION,
        association("Input", "order", "in"),
        association("Output", "out", "result"),
    )
    play = Play(model(start(), OBJECTS, task, end(), path("start", "t", "end")), thorough=True)
    play.do(commands.Start(instance_id="i", variables={"Order Total": 5}))
    (at,) = (row.id for row in play.state.elements.rows.values() if row.element_id == "t")
    assert play.visible(at)["amount"] == Decimal(5)
    play.complete_job("t", answer=6, other=7)
    assert play.variables == {"Order Total": Decimal(5), "Result": Decimal(6), "other": Decimal(7)}


def test_transformations_and_assignments():
    doubled = "<bpmn:transformation>amount * 2</bpmn:transformation>"
    assigned = "<bpmn:assignment><bpmn:from>total + 1</bpmn:from><bpmn:to>amount</bpmn:to></bpmn:assignment>"
    task = element(
        "manualTask",
        "t",
        SPECIFICATION,
        association("Input", "order", "in", assigned),
        association("Output", "out", "result", doubled),
    )
    play = Play(model(start(), OBJECTS, task, end(), path("start", "t", "end")), thorough=True)
    play.start(total=1)
    assert play.variables["Result"] == Decimal(4)


def test_data_of_a_subprocess_live_and_end_with_it():
    body = subprocess(
        "sub",
        element("property", "note", name="note"),
        element("dataObject", "draft", name="draft"),
        start("in"),
        script_task("s", '"text"', "draft"),
        script_task("u", '"also"', "note"),
        path("in", "s", "u"),
    )
    play = Play(model(start(), body, end(), path("start", "sub", "end")), thorough=True)
    play.start()
    assert (play.outcome, play.variables) == ("completed", {})


def test_a_data_store_is_a_variable_of_the_instance():
    stock = element("dataStoreReference", "stock", name="Stock", dataStoreRef="shelf")
    task = element(
        "scriptTask",
        "t",
        "<bpmn:script>{answer: amount - 1}</bpmn:script>",
        SPECIFICATION,
        association("Input", "stock", "in"),
        association("Output", "out", "stock"),
    )
    shelf = element("dataStore", "shelf", name="Shelf")
    xml = model(
        start(), subprocess("sub", stock, start("s"), task, path("s", "t")), path("start", "sub"), definitions=[shelf]
    )
    play = Play(xml, thorough=True)
    play.start(Shelf=5)
    assert play.variables == {"Shelf": Decimal(4)}


# --- correlation ---

CORRELATION = (
    element("message", "ask", name="ask")
    + element("message", "reply", name="reply")
    + '<bpmn:correlationProperty id="case"><bpmn:correlationPropertyRetrievalExpression messageRef="ask">'
    "<bpmn:messagePath>case_id</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
    '<bpmn:correlationPropertyRetrievalExpression messageRef="reply"><bpmn:messagePath>case_id</bpmn:messagePath>'
    "</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"
    '<bpmn:collaboration id="c"><bpmn:participant id="us" name="Us" processRef="p"/>'
    '<bpmn:participant id="them" name="Them" processRef="q"/>'
    '<bpmn:messageFlow id="f" sourceRef="throw" targetRef="hear"/>'
    '<bpmn:correlationKey id="key"><bpmn:correlationPropertyRef>case</bpmn:correlationPropertyRef></bpmn:correlationKey>'
    "</bpmn:collaboration>"
    '<bpmn:process id="q"><bpmn:startEvent id="hear"><bpmn:messageEventDefinition messageRef="ask"/></bpmn:startEvent>'
    '<bpmn:sendTask id="answer" messageRef="reply"/><bpmn:sequenceFlow id="hear-answer" sourceRef="hear" targetRef="answer"/>'
    "</bpmn:process>"
)


def test_the_standards_correlation_keys_and_message_flows():
    subscription = (
        '<bpmn:correlationSubscription correlationKeyRef="key"><bpmn:correlationPropertyBinding correlationPropertyRef="case">'
        "<bpmn:dataPath>case_id</bpmn:dataPath></bpmn:correlationPropertyBinding></bpmn:correlationSubscription>"
    )
    throw = element(
        "intermediateThrowEvent", "throw", extensions(mapping(inputs={"text": '="hi"'})), message_reference("ask")
    )
    xml = model(
        subscription,
        start(),
        throw,
        element("intermediateCatchEvent", "catch", message_reference("reply")),
        end(),
        path("start", "throw", "catch", "end"),
        definitions=[CORRELATION],
    )
    compiled = compile_model(xml)
    assert [(one.process_id, one.participant) for one in compiled.processes.values()] == [("q", "Them"), ("p", "Us")]
    play = Play(compiled.processes["p"], thorough=True)
    play.start(case_id=42)
    told = [fact for fact in play.facts if isinstance(fact, facts.MessageThrown | facts.MessageSubscribed)]
    assert told == [
        facts.MessageThrown("000003", "000002", "throw", "ask", "42", "q", "hear", {"text": "hi"}),
        facts.MessageSubscribed("000005", "000004", "catch", "reply", "42"),
    ]
    other = Play(compiled.processes["q"], thorough=True)
    other.do(commands.Start(instance_id="i", variables={"case_id": 42}, start_element_id="hear"))
    assert other.outcome == "completed"
    assert other.facts[-3].key == "42"


def test_a_message_without_a_key_goes_by_its_name_alone():
    catch = element("intermediateCatchEvent", "c", message_reference("m"))
    xml = model(start(), catch, path("start", "c"), definitions=[element("message", "m", name="hello")])
    play = Play(xml, thorough=True)
    play.start()
    assert play.facts[-1] == facts.MessageSubscribed("000003", "000002", "c", "hello", "")


def test_what_has_no_name_goes_by_its_id():
    xml = model(
        start(),
        element("endEvent", "e", message_reference("m"), signal_reference("s")),
        path("start", "e"),
        definitions=[element("message", "m"), element("signal", "s")],
    )
    play = Play(xml, thorough=True)
    play.start()
    assert [fact.name for fact in play.facts if isinstance(fact, facts.MessageThrown | facts.SignalThrown)] == [
        "m",
        "s",
    ]


def test_a_published_message_has_a_key_of_its_own():
    throw = element(
        "endEvent", "e", extensions(zeebe("publishMessage", correlationKey="=number")), message_reference("m")
    )
    definitions = [message_definition("m", "hello", "=other")]
    play = Play(model(start(), throw, path("start", "e"), definitions=definitions), thorough=True)
    play.start(number=7)
    thrown = next(fact for fact in play.facts if isinstance(fact, facts.MessageThrown))
    assert (thrown.name, thrown.key, play.outcome) == ("hello", "7", "completed")


def test_an_operation_names_its_message():
    interface = (
        '<bpmn:interface id="i1" name="i"><bpmn:operation id="op" name="op"><bpmn:inMessageRef>m</bpmn:inMessageRef>'
        "</bpmn:operation></bpmn:interface>"
    )
    task = element("receiveTask", "r", operationRef="op")
    xml = model(start(), task, path("start", "r"), definitions=[element("message", "m", name="hello"), interface])
    play = Play(xml, thorough=True)
    play.start()
    play.deliver("r")
    assert play.outcome == "completed"


# --- lanes ---


@pytest.mark.parametrize(
    ("task", "groups"),
    [
        (user_task("t"), ("Complaints, EU",)),
        (user_task("t", zeebe("assignmentDefinition", candidateGroups="other")), ("other",)),
        (user_task("t", zeebe("assignmentDefinition", assignee="ann")), ()),
    ],
)
def test_a_lane_is_for_whom_its_tasks_are_when_nobody_else_is_named(task, groups):
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="outer" name="Service"><bpmn:flowNodeRef>t</bpmn:flowNodeRef>'
        '<bpmn:childLaneSet id="cs"><bpmn:lane id="inner" name="Complaints, EU"><bpmn:flowNodeRef>t</bpmn:flowNodeRef>'
        "</bpmn:lane></bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
    )
    play = Play(model(lanes, start(), task, path("start", "t")), thorough=True)
    play.start()
    assert play.facts[-1].candidate_groups == groups


# --- calls ---


@pytest.mark.parametrize(
    ("settings", "binding"),
    [
        ({}, ("", "")),
        ({"bindingType": "latest"}, ("latest", "")),
        ({"bindingType": "versionTag", "versionTag": "v2"}, ("versionTag", "v2")),
    ],
)
def test_a_call_is_bound_to_a_version(settings, binding):
    call = element("callActivity", "call", extensions(zeebe("calledElement", processId="other", **settings)))
    play = Play(model(start(), call, path("start", "call")), thorough=True)
    play.start()
    assert (play.facts[-1].binding, play.facts[-1].version_tag) == binding


def test_a_global_task_is_a_process_of_that_task_alone():
    script = extensions(zeebe("script", expression="=1 + 1", resultVariable="x"))
    xml = model(
        start(),
        service_task("s"),
        path("start", "s"),
        definitions=[element("globalScriptTask", "sum", script, name="Sum")],
    )
    play = Play(compile_model(xml).processes["sum"], thorough=True)
    play.start(call_id="c")
    assert play.facts[-1] == facts.InstanceEnded("i", "completed", "", "", "c", {"x": Decimal(2)})


def test_what_an_older_history_did_not_say_has_its_default():
    from bpmn import codec

    entered = facts.ElementEntered("1", "t", "i", "flow")
    data = codec.fact_to_data(entered)
    del data["round"]
    assert codec.fact_from_data(data) == entered


def test_a_boundary_event_has_data_too():
    event = boundary("b", "t", message_reference("m")).replace(
        "</bpmn:boundaryEvent>",
        '<bpmn:dataOutput id="payload" name="payload"/>'
        + association("Output", "payload", "result")
        + "</bpmn:boundaryEvent>",
    )
    xml = model(
        start(),
        OBJECTS,
        user_task("t"),
        event,
        user_task("u"),
        path("start", "t"),
        path("b", "u"),
        definitions=[message_definition("m", "hello", "=1")],
    )
    play = Play(xml, thorough=True)
    play.start()
    play.deliver("b", payload="text")
    assert play.variables == {"Result": "text"}
