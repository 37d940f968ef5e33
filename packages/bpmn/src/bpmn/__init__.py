"""BPMN 2.0: XML to a program, advanced by a pure function.

`compile_model` turns XML into programs, once. `advance` carries out a command on an instance of one and says what follows
as facts; only `apply` changes state, by a fact. Whoever stores the state gives `advance` a slice of it and gets `NeedMore`
for what is missing.
"""

from bpmn import codec, commands, facts
from bpmn._applying import apply
from bpmn._compile import compile_model
from bpmn._engine import NeedMore, Step, advance, first_keys
from bpmn._indexes import Index
from bpmn._program import Flow, Model, Node, Program, StartEvent
from bpmn._reading import expressions_before_results
from bpmn._rejection import Rejection
from bpmn._rows import Compensable, ElementInstance, Errand, Incident, Instance, Join, Pending, Rounds, Wait
from bpmn._run import Decide, Perform
from bpmn._scopes import ABSENT
from bpmn._start_waits import StartWait, start_waits
from bpmn._state import State, slice_of
from bpmn._tables import Key
from bpmn._timers import due_again
from bpmn._values import storable_variables
from bpmn.errors import BpmnError, CodecError, DecisionFailed, ModelProblems, Problem

__all__ = [
    "ABSENT",
    "BpmnError",
    "CodecError",
    "Compensable",
    "Decide",
    "DecisionFailed",
    "ElementInstance",
    "Errand",
    "Flow",
    "Incident",
    "Index",
    "Instance",
    "Join",
    "Key",
    "Model",
    "ModelProblems",
    "NeedMore",
    "Node",
    "Pending",
    "Perform",
    "Problem",
    "Program",
    "Rejection",
    "Rounds",
    "StartEvent",
    "StartWait",
    "State",
    "Step",
    "Wait",
    "advance",
    "apply",
    "codec",
    "commands",
    "compile_model",
    "due_again",
    "expressions_before_results",
    "facts",
    "first_keys",
    "slice_of",
    "start_waits",
    "storable_variables",
]
