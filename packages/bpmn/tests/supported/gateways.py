"""Splitting and joining."""

from bpmn.testing import (
    element,
    end,
    flow,
    gateway,
    message_reference,
    path,
    signal_reference,
    start,
    timer,
    user_task,
)

from .row import STARTED, Row, call, process, starts_at


def diamond(split: str, join: str, *, condition: str = "") -> bytes:
    """Write a gateway that splits into two ways, and one where they meet."""
    return process(
        *(start(), split, join, user_task("one"), user_task("two"), end(), path("start", "split")),
        *(flow("split", name, condition) + flow(name, "join") for name in ("one", "two")),
        path("join", "end"),
    )


def race(**attributes: str) -> bytes:
    begin = [] if attributes else [start(), path("start", "first")]
    return process(
        *begin,
        element("eventBasedGateway", "first", **attributes),
        element("intermediateCatchEvent", "hear", message_reference("ask")),
        element("intermediateCatchEvent", "alarmed", signal_reference("alarm")),
        *(element("intermediateCatchEvent", "wait", timer(duration="PT1H")), end()),
        *(path("first", name, "end") for name in ("hear", "alarmed", "wait")),
    )


BOTH = (STARTED, call("complete_task", "one"), call("complete_task", "two"))
VOTE = "<bpmn:activationCondition>activationCount = 1</bpmn:activationCondition>"

ROWS = (
    Row(
        name="Exclusive gateway",
        does="The first flow whose condition holds, in the order of the file, else the default; every token that comes goes on.",
        model=diamond(gateway("exclusive", "split"), gateway("exclusive", "join"), condition="=true"),
        shown=("split",),
        test="test_gateways.py::test_exclusive_takes_the_first_flow_that_holds",
        plays=(STARTED, call("complete_task", "one")),
    ),
    Row(
        name="Parallel gateway",
        does="All flows; joining, it waits for a token over each.",
        model=diamond(gateway("parallel", "split"), gateway("parallel", "join")),
        shown=("split",),
        test="test_gateways.py::test_parallel_joins_when_all_have_come",
        plays=BOTH,
    ),
    Row(
        name="Inclusive gateway",
        does="Every flow whose condition holds, else the default; joining, it waits while a token anywhere in the scope can still"
        " come over an empty flow.",
        model=diamond(gateway("inclusive", "split"), gateway("inclusive", "join"), condition="=true"),
        shown=("split",),
        test="test_gateways.py::test_inclusive_join_waits_for_tokens_that_are_far_away",
        plays=BOTH,
    ),
    Row(
        name="Complex gateway",
        does="Joining, it goes on as soon as its activation condition over `activationCount` holds; what comes late is taken when it"
        " is reset. Its flows may read `waitingForStart`.",
        model=diamond(gateway("parallel", "split"), element("complexGateway", "join", VOTE)),
        shown=("join",),
        test="test_gateways.py::test_a_complex_gateway_goes_on_with_enough_tokens_and_swallows_the_rest",
        plays=BOTH,
    ),
    Row(
        name="Event-based gateway",
        does="Waits for the events behind it; the first one decides the way.",
        model=race(),
        shown=("first",),
        test="test_gateways.py::test_the_first_event_decides",
        plays=(STARTED, call("signal", "alarm")),
    ),
    Row(
        name="Instantiating event-based gateway",
        does="The first of the events behind it begins the process.",
        model=race(instantiate="true"),
        shown=("first",),
        test="test_event_kinds.py::test_an_event_based_gateway_instantiates",
        plays=(starts_at("alarmed"),),
    ),
    Row(
        name="Instantiating parallel event-based gateway",
        does="The first of the events behind it begins the process, which then waits for all others.",
        model=race(instantiate="true", eventGatewayType="Parallel"),
        shown=("first",),
        test="test_event_kinds.py::test_an_event_based_gateway_instantiates",
        plays=(starts_at("alarmed"), call("deliver", "hear"), call("wait_until", hours=1)),
    ),
)
