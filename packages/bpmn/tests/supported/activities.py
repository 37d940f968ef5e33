"""Tasks."""

from bpmn.testing import (
    compensated,
    compensation,
    element,
    end,
    extensions,
    path,
    service_task,
    start,
    user_task,
    zeebe,
)

from .row import STARTED, Row, call, process, starts_at


def one(task: str) -> bytes:
    return process(start(), task, end(), path("start", "work", "end"))


JOB = ("taskDefinition", "taskHeaders")

ROWS = (
    Row(
        name="Undefined task",
        does="Passes.",
        model=one(element("task", "work")),
        shown=("work",),
        test="test_tasks.py::test_undefined_and_manual_tasks_pass",
    ),
    Row(
        name="Manual task",
        does="Passes: it is done where no system sees it.",
        model=one(element("manualTask", "work")),
        shown=("work",),
        test="test_tasks.py::test_undefined_and_manual_tasks_pass",
    ),
    Row(
        name="User task",
        does="Tells of a task for a person, with assignee, candidates, form and due date, and waits until it is completed. Where"
        " nobody is named it is for the innermost lane.",
        model=one(user_task("work")),
        shown=("work",),
        zeebe=("assignmentDefinition", "formDefinition", "taskSchedule"),
        test="test_tasks.py::test_a_user_task_computes_who_and_until_when",
        plays=(STARTED, call("complete_task", "work")),
    ),
    Row(
        name="Service task",
        does="A job for a worker of its type, with retries and headers; waits until it is completed, fails, or throws an error.",
        model=one(service_task("work")),
        shown=("work",),
        zeebe=JOB,
        test="test_tasks.py::test_a_job_has_type_retries_and_headers",
        plays=(STARTED, call("complete_job", "work")),
    ),
    Row(
        name="Send task",
        does="Sends a message as a throw event does, or is a job.",
        model=one(element("sendTask", "work", messageRef="ask")),
        shown=("work",),
        zeebe=("publishMessage", "subscription", *JOB),
        test="test_tasks.py::test_a_send_task_is_a_job",
    ),
    Row(
        name="Receive task",
        does="Listens for its message, as a catch event does.",
        model=one(element("receiveTask", "work", messageRef="ask")),
        shown=("work",),
        zeebe=("subscription",),
        test="test_events.py::test_a_receive_task_waits_for_its_message",
        plays=(STARTED, call("deliver", "work")),
    ),
    Row(
        name="Instantiating receive task",
        does="Its message begins the process, as that of a start event does.",
        model=process(element("receiveTask", "work", messageRef="ask", instantiate="true"), end(), path("work", "end")),
        shown=("work",),
        zeebe=("subscription",),
        test="test_event_kinds.py::test_a_receive_task_instantiates",
        plays=(starts_at("work"),),
    ),
    Row(
        name="Script task",
        does="Evaluates FEEL: the extension with a result variable, or the standard's script, whose context gives variables; or is a"
        " job.",
        model=one(element("scriptTask", "work", "<bpmn:script>{total: 1 + 1}</bpmn:script>")),
        shown=("work",),
        zeebe=("script", *JOB),
        test="test_tasks.py::test_a_standard_script_gives_a_context_of_variables",
    ),
    Row(
        name="Business rule task",
        does="Asks the `decide` that `advance` is given for the decision, and sets its result variable; or is a job.",
        model=one(
            element(
                "businessRuleTask",
                "work",
                extensions(zeebe("calledDecision", decisionId="level", resultVariable="level")),
            )
        ),
        shown=("work",),
        zeebe=("calledDecision", *JOB),
        test="test_tasks.py::test_a_decision_sees_what_its_task_sees",
    ),
    Row(
        name="Compensation activity",
        does="Any activity can undo another: it stands apart, and is done when what it undoes is compensated.",
        model=process(
            *(start(), element("task", "book"), compensated("book", "work")),
            element("userTask", "work", isForCompensation="true"),
            element("endEvent", "undo", compensation()),
            path("start", "book", "undo"),
        ),
        shown=("work",),
        test="test_compensation.py::test_a_handler_of_the_subprocess_goes_before_those_inside",
        plays=(STARTED, call("complete_task", "work")),
    ),
)
