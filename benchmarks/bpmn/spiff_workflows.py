"""Instances of SpiffWorkflow: the specification is read once; an instance is a workflow of it, with its whole history in its state."""

import json
import logging
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from shapes import CUSTOMER, REGISTERED, SHAPES, decision_xml
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

logging.disable(logging.CRITICAL)
_SERVICES = {
    "op_lookup": lambda _: json.dumps(CUSTOMER),
    "op_pay": lambda parameters: json.dumps({"paid": parameters["amount"]["value"]}),
}


class _Environment(TaskDataEnvironment):
    def call_service(self, context, operation_name=None, operation_params=None, **_rest):  # noqa: ANN001, ANN003, ANN202 -- as SpiffWorkflow calls it, which has no types
        return _SERVICES[operation_name](operation_params)


_ENGINE = PythonScriptEngine(environment=_Environment({"timedelta": timedelta}))


def _read(name: str, xml: str, folder: Path) -> tuple[object, object]:
    parser = SpiffBpmnParser()
    (folder / "model.bpmn").write_text(xml)
    parser.add_bpmn_file(str(folder / "model.bpmn"))
    if name == "COMPLAINT":
        (folder / "triage.dmn").write_text(decision_xml("python"))
        parser.add_dmn_file(str(folder / "triage.dmn"))
    return parser.get_spec(name), parser.get_subprocess_specs(name)


with tempfile.TemporaryDirectory() as made:
    _SPECS = {shape.name: _read(shape.name, shape.xml("python"), Path(made)) for shape in SHAPES}


def begin(name: str) -> BpmnWorkflow:
    """Start an instance and move it until it waits."""
    workflow = BpmnWorkflow(*_SPECS[name], script_engine=_ENGINE)
    workflow.do_engine_steps()
    return workflow


def complete_task(workflow: BpmnWorkflow, variables: dict[str, object]) -> None:
    """Complete the one user task that is open."""
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    task.data.update(variables)
    task.run()
    workflow.do_engine_steps()


def to_handle(workflow: BpmnWorkflow) -> None:
    """Register the complaint; services answer at once."""
    complete_task(workflow, REGISTERED)
    workflow.refresh_waiting_tasks()


def run(name: str) -> BpmnWorkflow:
    """Run one instance of a shape to its end."""
    workflow = begin(name)
    if name == "COMPLAINT":
        to_handle(workflow)
        complete_task(workflow, {"decision": "refund"})
    return workflow


def visited(workflow: BpmnWorkflow) -> Counter[str]:
    """Count the elements of the model among its tasks that were done, or begun and cancelled.

    It makes a task of a parallel join for each token that comes; they are one here.
    """
    done = TaskState.COMPLETED | TaskState.CANCELLED
    tasks = [task for task in workflow.get_tasks(state=done) if getattr(task.task_spec, "bpmn_id", None)]
    joins = {task.task_spec.bpmn_id for task in tasks if isinstance(task.task_spec, ParallelGateway)}
    seen = Counter(task.task_spec.bpmn_id for task in tasks)
    return Counter({id_: 1 if id_ in joins else number for id_, number in seen.items()})


_SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))


def saved(workflow: BpmnWorkflow) -> str:
    """Write an instance as text."""
    return _SERIALIZER.serialize_json(workflow)  # type: ignore[no-any-return] -- SpiffWorkflow has no types


def restored(text: str) -> BpmnWorkflow:
    """Read an instance from what `saved` wrote."""
    workflow = _SERIALIZER.deserialize_json(text)
    workflow.script_engine = _ENGINE
    return workflow
