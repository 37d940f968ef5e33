"""Nothing to do: undefined and manual tasks, boundary events that happened, none end and throw events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class PassThrough:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.finish(node, at)

    def is_idle(self, node: Node) -> bool:
        return True

    def through(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Sequence[Flow]:
        return node.outgoing


def read(reader: "Reader", element: etree._Element) -> PassThrough:
    return PassThrough()
