"""Another process, as an instance of its own; its result comes back by a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._evaluate import compute_text
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._variables import take_result, visible

if TYPE_CHECKING:
    from bpmn._reader import Reader


# "" = the model doesn't say.
_BINDINGS = ("", "latest", "deployment", "versionTag")


@dataclass(frozen=True, slots=True)
class CallActivity:
    process_id: Formula
    binding: str
    # Whether the called process gets every variable that is seen here, or only the mapped inputs.
    gives_all: bool
    takes_all: bool
    version_tag: str = ""

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        process_id = compute_text(run, self.process_id, at, "The id of a called process")
        variables = visible(run, at) if self.gives_all else run.state.variables.all(at.id)
        call = (at.id, node.id, process_id, self.binding, variables, self.version_tag)
        run.emit(facts.CallStarted(run.new_id(), *call))

    def returned(self, run: Run, node: Node, at: ElementInstance, variables: Mapping[str, object]) -> None:
        """Take the result of the called instance and go on."""
        if self.takes_all or node.outputs:
            take_result(run, node, at, variables)
        run.finish(node, at)


def read(reader: "Reader", element: etree._Element) -> CallActivity:
    """Read `zeebe:calledElement`, or the standard's `calledElement`."""
    called = reader.extension(element, "calledElement")
    process_id = called.get("processId", "") if called is not None else ""
    # The standard's is a qualified name.
    process_id = process_id or element.get("calledElement", "").rpartition(":")[2]
    if not process_id.strip():
        reader.problem("called_element", element, "names no process to call (zeebe:calledElement processId)")
    settings: Mapping[str, str] = {str(key): str(value) for key, value in called.items()} if called is not None else {}
    binding, tag = settings.get("bindingType", ""), settings.get("versionTag", "").strip()
    if binding not in _BINDINGS:
        reader.problem(
            "binding", element, f"binds the called process by '{binding}'; known are {', '.join(_BINDINGS[1:])}"
        )
    if binding == "versionTag" and not tag:
        reader.problem("binding", element, "binds the called process by a version tag, but names none")
    return CallActivity(
        reader.formula(process_id, element, "called process"),
        binding,
        settings.get("propagateAllParentVariables", "true") != "false",
        settings.get("propagateAllChildVariables", "true") != "false",
        tag,
    )
