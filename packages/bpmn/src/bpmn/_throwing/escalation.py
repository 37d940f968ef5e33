"""An escalation is thrown to the nearest event around that catches it; the process goes on where that doesn't interrupt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _events
from bpmn._program import Node
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Escalation:
    code: str
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        _events.throw_escalation(run, at, self.code, run.state.variables.all(at.id))
        return run.is_there(at)


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Escalation | None:
    code = reader.code_of("escalation", event, definition)
    if not code:
        reader.problem("escalation_code", event, "throws an escalation without a code")
        return None
    return Escalation(code)
