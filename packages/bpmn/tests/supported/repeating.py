"""Activities that repeat."""

from bpmn.testing import completion, each, element, end, gateway, path, start

from .row import STARTED, Row, call, process


def often(characteristics: str, **attributes: str) -> bytes:
    return process(
        start(), element("userTask", "work", characteristics, **attributes), end(), path("start", "work", "end")
    )


ROWS = (
    Row(
        name="Standard loop",
        does="Again while its condition holds, tested before or after each round, up to `loopMaximum` times; it may read"
        " `loopCounter`.",
        model=often(
            "<bpmn:standardLoopCharacteristics>"
            "<bpmn:loopCondition>loopCounter &lt; 2</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
        ),
        shown=("work",),
        test="test_loops.py::test_a_standard_loop_goes_on_while_its_condition_holds",
        plays=(STARTED, call("complete_task", "work"), call("complete_task", "work")),
    ),
    Row(
        name="Parallel multi-instance activity",
        does="An instance for each item or number, all at once; outputs are collected in the order of the items, until its"
        " completion condition holds.",
        model=often(
            each("=[1, 2, 3]", "item", completion("=numberOfCompletedInstances = 2"), outputCollection="answers")
        ),
        shown=("work",),
        zeebe=("loopCharacteristics",),
        test="test_loops.py::test_instances_run_at_once_and_their_outputs_are_in_the_order_of_the_items",
        plays=(STARTED, call("complete_task", "work"), call("complete_task", "work")),
    ),
    Row(
        name="Sequential multi-instance activity",
        does="An instance for each item or number, one after another.",
        model=often(each("=[1, 2]", "item", sequential=True)),
        shown=("work",),
        zeebe=("loopCharacteristics",),
        test="test_loops.py::test_instances_run_one_after_another",
        plays=(STARTED, call("complete_task", "work"), call("complete_task", "work")),
    ),
    Row(
        name="Activity that takes and gives several tokens",
        does="Begins when so many tokens have come, over whichever flows; so many leave over each flow.",
        model=process(
            *(start(), gateway("parallel", "fork"), element("task", "one"), element("task", "two"), end()),
            element("userTask", "work", startQuantity="2", completionQuantity="2"),
            *(path("start", "fork", "one", "work", "end"), path("fork", "two", "work")),
        ),
        shown=("work",),
        test="test_loops.py::test_an_activity_that_takes_and_gives_several_tokens",
        plays=(STARTED, call("complete_task", "work")),
    ),
)
