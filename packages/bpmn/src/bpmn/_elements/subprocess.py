"""A process inside a process: begins at its none start event, ends when no token is left in it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Node
from bpmn._run import Failure, Run
from bpmn._state import ElementInstance

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Subprocess:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        if node.start is None:
            raise Failure("no_start", "The subprocess has no start event.")
        run.enter(node.start, at.id)


def read(reader: "Reader", element: etree._Element) -> Subprocess:
    if element.get("triggeredByEvent") == "true":
        reader.problem("unsupported", element, "is an event subprocess, which isn't supported yet")
    return Subprocess()
