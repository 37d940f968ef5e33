"""Which elements a token passes at once; that facts and state are those of the general way is proven by `Play(thorough=True)`."""

import pytest

from bpmn import compile_model
from bpmn.testing import (
    Play,
    boundary,
    compensated,
    completion,
    each,
    element,
    end,
    extensions,
    flow,
    gateway,
    mapping,
    model,
    path,
    script_task,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

SCRIPT = zeebe("script", expression="=n + 1", resultVariable="n")


def passed(xml: bytes) -> set[str]:
    (program,) = compile_model(xml).processes.values()
    return {node.id for node in program.nodes if node.passing is not None}


def test_what_comes_and_goes_at_once_is_passed() -> None:
    xml = model(
        *(start(), gateway("parallel", "fork"), script_task("s", "1", "a"), element("manualTask", "m")),
        *(gateway("parallel", "join"), gateway("exclusive", "x", "x-end"), user_task("u"), end()),
        *(path("start", "fork", "s", "join", "x", "end"), path("fork", "m", "join"), flow("x", "u", "=a > 1")),
        path("u", "end"),
    )
    assert passed(xml) == {"start", "fork", "s", "m", "join", "x", "end"}


@pytest.mark.parametrize(
    "parts",
    [
        (
            element("scriptTask", "t", extensions(SCRIPT)),
            boundary("b", "t", timer(duration="PT1H")),
            end("late"),
            path("b", "late"),
        ),
        (
            element("scriptTask", "t", extensions(SCRIPT)),
            compensated("t", "undo"),
            element("task", "undo", isForCompensation="true"),
        ),
        (element("scriptTask", "t", extensions(SCRIPT), each("=[1]", "item", completion("=false"))),),
        (element("scriptTask", "t", extensions(SCRIPT), completionQuantity="2"),),
        (element("scriptTask", "t", extensions(SCRIPT)), end("other"), flow("t", "other", "=n > 1")),
    ],
    ids=["boundary event", "compensation", "multi-instance", "completion quantity", "conditions on its flows"],
)
def test_what_others_have_to_do_with_is_not(parts: tuple[str, ...]) -> None:
    assert "t" not in passed(model(start(), *parts, end(), path("start", "t", "end")))


def test_mapped_variables_are_those_of_the_general_way() -> None:
    io = mapping(inputs={"n": "=base * 2"}, outputs={"result": "=n"})
    xml = model(start(), element("scriptTask", "t", extensions(SCRIPT, io)), user_task("u"), path("start", "t", "u"))
    assert "t" in passed(xml)
    play = Play(xml, thorough=True)
    play.start(base=3)
    assert play.variables == {"base": 3, "result": 7}


@pytest.mark.parametrize(
    ("inputs", "expression", "outputs", "stage"),
    [
        ("=1 / none", "=1", "=n", "enter"),
        ("=1", '="a" * 2', "=n", "begin"),
        ("=1", "=1", '="a" * n', "leave"),
    ],
)
def test_what_fails_stays_where_it_stopped_and_goes_on(inputs: str, expression: str, outputs: str, stage: str) -> None:
    io = mapping(inputs={"i": inputs}, outputs={"result": outputs})
    script = zeebe("script", expression=expression, resultVariable="n")
    inside = subprocess(
        "sub", start("s"), element("scriptTask", "t", extensions(script, io)), end("e"), path("s", "t", "e")
    )
    play = Play(model(start(), inside, end(), path("start", "sub", "end")), thorough=True)
    play.start(none=0)
    (incident,) = play.state.incidents.rows.values()
    assert incident is not None
    assert (incident.element_id, incident.stage) == ("t", stage)
    assert play.state.elements.get(incident.element_instance_id).incident_id == incident.id


@pytest.mark.parametrize("expression", ["=10", "=base + 4"])
def test_what_an_element_gave_is_still_there_when_its_mapping_is_tried_again(expression: str) -> None:
    script = zeebe("script", expression=expression, resultVariable="n")
    io = mapping(outputs={"result": "=n / by", "both": "=n + base"})
    xml = model(
        start(),
        element("scriptTask", "t", extensions(script, io)),
        user_task("u"),
        end(),
        path("start", "t", "u", "end"),
    )
    play = Play(xml, thorough=True)
    play.start(by=0, base=6)
    assert [stage.stage for stage in play.state.incidents.rows.values() if stage] == ["leave"]
    play.resolve(by=2)
    assert play.variables == {"by": 2, "base": 6, "result": 5, "both": 16}
