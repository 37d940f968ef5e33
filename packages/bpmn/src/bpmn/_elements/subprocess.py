"""A process inside a process: begins at its none start event, or at all that no flow leads to; ends when no token is left in it.

A transaction is one that can be cancelled; an event subprocess is begun by its event, not by a flow.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._evaluate import Failure
from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Subprocess:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        starts = (node.start,) if node.start is not None else node.starts
        if not starts:
            raise Failure("no_start", "Nothing in the subprocess can begin.")
        for start in starts:
            run.enter(start, at.id)


def read(reader: "Reader", element: etree._Element) -> Subprocess:
    return Subprocess()
