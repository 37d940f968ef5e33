"""SpiffWorkflow: the specification is read once; an instance is a workflow of it, with its whole history in its state."""

import json
import logging
import tempfile
from collections import Counter
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from measure import check, measure_all, milliseconds, say
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


def check_all() -> None:
    """Check that every shape runs as it should."""
    for shape in SHAPES:
        workflow = run(shape.name)
        assert workflow.is_completed(), shape.name
        check(shape, visited(workflow))
    assert workflow.last_task.data["outcome"] == "closed"
    assert workflow.last_task.data["payment"] == {"paid": 180}


_SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))


def without_model(text: str) -> int:
    """Count the bytes that belong to the instance, not to its model."""
    kept = {key: value for key, value in json.loads(text).items() if key not in {"spec", "subprocess_specs"}}
    return len(json.dumps(kept, separators=(",", ":")))


def step_after_restore() -> object:
    """Restore the waiting complaint, register it, save it at the next wait."""
    workflow = _SERIALIZER.deserialize_json(_AT_REGISTER)
    workflow.script_engine = _ENGINE
    to_handle(workflow)
    return _SERIALIZER.serialize_json(workflow)


check_all()
say(version=version("SpiffWorkflow"))
measure_all(run)
_WAITING = begin("COMPLAINT")
_AT_REGISTER = _SERIALIZER.serialize_json(_WAITING)
say(state="register", bytes=without_model(_AT_REGISTER))
to_handle(_WAITING)
say(state="handle", bytes=without_model(_SERIALIZER.serialize_json(_WAITING)))
say(step=milliseconds(step_after_restore))
