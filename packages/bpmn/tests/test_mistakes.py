"""What a model can get wrong about events, loops, compensation and the like: told at deployment, with code and element."""

import pytest

from bpmn import ModelProblems, compile_model
from bpmn.testing import (
    boundary,
    cancel,
    compensation,
    condition,
    each,
    element,
    end,
    error_reference,
    escalation_reference,
    event_subprocess,
    extensions,
    flow,
    gateway,
    link,
    message_reference,
    model,
    path,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

GO = signal_definition("sig", "go")


def problems(*parts: str) -> list[tuple[str, str]]:
    with pytest.raises(ModelProblems) as caught:
        compile_model(model(*parts, definitions=[GO]))
    return sorted((problem.code, problem.element_id) for problem in caught.value.problems)


def after_start(*parts: str) -> tuple[str, ...]:
    """Lead from a start event to the element "x"."""
    return (start(), *parts, path("start", "x"))


def on_boundary(definition: str, *, interrupting: bool = True) -> tuple[str, ...]:
    event = boundary("b", "x", definition, interrupting=interrupting)
    return (*after_start(user_task("x")), event, user_task("y"), flow("b", "y"))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # events in the wrong place, or without what they need
        (after_start(element("endEvent", "x", timer(duration="PT1H"))), [("event", "x")]),
        (after_start(element("intermediateCatchEvent", "x", error_reference())), [("event", "x")]),
        (after_start(element("intermediateCatchEvent", "x")), [("event", "x")]),
        (after_start(element("intermediateThrowEvent", "x", cancel())), [("event", "x")]),
        ((element("startEvent", "s", error_reference()), user_task("x"), path("s", "x")), [("event", "s")]),
        (after_start(element("endEvent", "x", signal_reference("nothing"))), [("signal", "x")]),
        (after_start(element("endEvent", "x", escalation_reference())), [("escalation_code", "x")]),
        (
            after_start(element("endEvent", "x", escalation_reference("no"))),
            [("escalation_code", "x"), ("escalation_reference", "x")],
        ),
        (after_start(element("intermediateCatchEvent", "x", message_reference("no"))), [("message", "x")]),
        (after_start(element("intermediateCatchEvent", "x", condition("1 +"))), [("feel", "x")]),
        (
            after_start(element("endEvent", "x", "<bpmn:eventDefinitionRef>no</bpmn:eventDefinitionRef>")),
            [("event_definition", "x")],
        ),
        # boundaries
        (on_boundary(error_reference(), interrupting=False), [("error_boundary", "b")]),
        (on_boundary(cancel()), [("cancel", "b")]),
        (on_boundary(compensation()), [("compensation", "b"), ("outgoing_flow", "b")]),
        # subprocesses
        (
            after_start(subprocess("x", element("startEvent", "s", signal_reference("sig")), end("e"), path("s", "e"))),
            [("event", "s")],
        ),
        (
            (start(), end(), path("start", "end"), element("subProcess", "x", triggeredByEvent="true")),
            [("start_event", "x")],
        ),
        (
            (
                start(),
                end(),
                path("start", "end"),
                event_subprocess("x", compensation(), end("e"), path("x_start", "e")),
            ),
            [("compensation", "x_start")],
        ),
        (
            (
                start(),
                end(),
                path("start", "end"),
                event_subprocess("x", error_reference(), end("e"), path("x_start", "e"), interrupting=False),
            ),
            [("error_start", "x_start")],
        ),
        (
            (
                start(),
                event_subprocess("x", signal_reference("sig"), end("e"), path("x_start", "e")),
                path("start", "x"),
            ),
            [("incoming_flow", "x")],
        ),
        (
            after_start(element("adHocSubProcess", "x", start("s"), user_task("t"), path("s", "t"))),
            [("start_event", "x")],
        ),
        # transactions
        (after_start(element("endEvent", "x", cancel())), [("cancel", "x")]),
        (after_start(element("transaction", "x", start("s"), end("e", cancel()), path("s", "e"))), [("cancel", "e")]),
        # compensation of what isn't there
        (after_start(element("endEvent", "x", compensation("no"))), [("compensation", "x")]),
        ((start(), element("task", "x", isForCompensation="true"), path("start", "x")), [("incoming_flow", "x")]),
        # links
        (after_start(element("intermediateThrowEvent", "x", link("a"))), [("link", "x")]),
        (
            after_start(
                element("intermediateThrowEvent", "x", link("a")),
                element("intermediateCatchEvent", "c", link("a")),
                element("intermediateCatchEvent", "d", link("a")),
            ),
            [("link", "d"), ("unreachable", "c")],
        ),
        # gateways
        (after_start(gateway("eventBased", "x"), user_task("t"), path("x", "t")), [("event_gateway", "x")]),
        (after_start(gateway("eventBased", "x")), [("outgoing_flow", "x")]),
        (
            after_start(element("eventBasedGateway", "x", eventGatewayType="Parallel")),
            [("event_gateway", "x"), ("outgoing_flow", "x")],
        ),
        (
            after_start(element("complexGateway", "x", "<bpmn:activationCondition>1 +</bpmn:activationCondition>")),
            [("feel", "x")],
        ),
        # loops
        (after_start(element("task", "x", "<bpmn:standardLoopCharacteristics/>")), [("loop", "x")]),
        (
            after_start(element("task", "x", '<bpmn:standardLoopCharacteristics loopMaximum="-1"/>')),
            [("loop", "x"), ("loop_maximum", "x")],
        ),
        (after_start(element("task", "x", "<bpmn:multiInstanceLoopCharacteristics/>")), [("loop", "x")]),
        (after_start(element("task", "x", each("=[1", "i"))), [("feel", "x"), ("loop", "x")]),
        (after_start(element("task", "x", startQuantity="0")), [("start_quantity", "x")]),
        (after_start(element("task", "x", completionQuantity="many")), [("completion_quantity", "x")]),
        # calls
        (
            after_start(
                element("callActivity", "x", extensions(zeebe("calledElement", processId="p", bindingType="newest")))
            ),
            [("binding", "x")],
        ),
        (
            after_start(
                element(
                    "callActivity", "x", extensions(zeebe("calledElement", processId="p", bindingType="versionTag"))
                )
            ),
            [("binding", "x")],
        ),
    ],
)
def test_mistakes(parts, expected):
    assert problems(*parts) == expected


def test_every_problem_is_a_whole_sentence():
    with pytest.raises(ModelProblems) as caught:
        compile_model(model(*on_boundary(cancel()), element("endEvent", "z", compensation("no"))))
    for problem in caught.value.problems:
        assert problem.message[0].isupper()
        assert problem.message.endswith(".")
        assert problem.element_id in problem.message
