"""Nothing to do: undefined and manual tasks, boundary events that happened, none end and throw events."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class PassThrough:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.finish(node, at)


def read(reader: "Reader", element: etree._Element) -> PassThrough:
    return PassThrough()
