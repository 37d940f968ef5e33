"""An error is thrown to the nearest event around that catches it."""

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
class Error:
    code: str
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        _events.throw_error(run, at, self.code, node.name)
        return False


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Error | None:
    code = reader.code_of("error", event, definition)
    if not code:
        reader.problem("error_code", event, "throws an error without a code")
        return None
    return Error(code)
