"""End events that do more than end: terminate and error."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Node
from bpmn._run import Run
from bpmn._state import ElementInstance
from bpmn._xml import BPMN

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class TerminateEnd:
    """Everything else in this process or subprocess is cancelled."""

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        scope = run.state.elements.get(at.scope_id or "")
        run.leave(node, at, ())
        run.empty_scope(run.node_of(scope), scope.id, "terminated")
        if scope.scope_id is None:
            run.end_instance("terminated")


@dataclass(frozen=True, slots=True)
class ErrorEnd:
    """An error is thrown to the nearest boundary event around that catches it."""

    code: str

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.throw(at, self.code, node.name)


def read_terminate(reader: "Reader", element: etree._Element) -> TerminateEnd:
    return TerminateEnd()


def read_error(reader: "Reader", element: etree._Element) -> ErrorEnd:
    definition = element.find(BPMN + "errorEventDefinition")
    code = reader.error_code(element, definition) if definition is not None else ""
    if not code:
        reader.problem("error_code", element, "throws an error without a code")
    return ErrorEnd(code)
