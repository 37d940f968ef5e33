"""Start events: one that needs all of its triggers waits for the others, everything else passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._events import open_triggers
from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Start:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        # `round` says which trigger it was that began the instance, so that a retry waits for the others too.
        if node.is_parallel and at.round:
            others = (trigger for number, trigger in enumerate(node.triggers, 1) if number != at.round)
            open_triggers(run, [(node, trigger) for trigger in others], at)
        else:
            run.finish(node, at)

    def is_idle(self, node: Node) -> bool:
        return True

    def through(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Sequence[Flow]:
        return node.outgoing


def read(reader: "Reader", element: etree._Element) -> Start:
    return Start()
